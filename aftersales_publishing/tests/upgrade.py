from importlib.util import module_from_spec, spec_from_file_location

from odoo.modules import get_module_path


def migrate_before(env, module, version):
    """Run what an upgrade to a version of a module does before it loads its data."""
    path = f"{get_module_path(module)}/migrations/{version}/pre-codes.py"
    spec = spec_from_file_location("aftersales_pre_codes", path)
    script = module_from_spec(spec)
    spec.loader.exec_module(script)
    env.flush_all()
    script.migrate(env.cr, "")
    env.invalidate_all()
