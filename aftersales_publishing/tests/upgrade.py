from importlib.util import module_from_spec, spec_from_file_location

from odoo.modules import get_module_path


def migrate_before(env, module, version):
    """Run what an upgrade to a version of a module does before it loads its data."""
    run_script(env, module, version, "pre-codes")


def run_script(env, module, version, name):
    """Run one script of an upgrade to a version of a module."""
    path = f"{get_module_path(module)}/migrations/{version}/{name}.py"
    spec = spec_from_file_location(f"aftersales_{name.replace('-', '_')}", path)
    script = module_from_spec(spec)
    spec.loader.exec_module(script)
    env.flush_all()
    script.migrate(env.cr, "")
    env.invalidate_all()
