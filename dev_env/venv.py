"""Python packages: one virtual environment for Odoo and the tests, one for the linters."""

import sys

from . import paths
from .paths import DIST_PACKAGES, digest, is_current
from .process import Failed, follow, output


def create():
    """Make the virtual environment Odoo runs in."""
    requirements = [paths.REQUIREMENTS_ODOO, paths.REQUIREMENTS_DEV]
    python = _create(paths.VENV, requirements, before=_link_odoo)
    assert python == paths.PYTHON


def create_for_lint():
    """Make the linters' virtual environment; return its interpreter."""
    return _create(paths.LINT_VENV, [paths.REQUIREMENTS_LINT])


def _create(folder, requirements, before=None):
    python, stamp = folder / "bin/python", folder / ".stamp"
    wanted = digest(sys.version, *(file.read_text() for file in requirements))
    if is_current(stamp, wanted):
        return python
    follow(f"virtual environment {folder.name}", sys.executable, "-m", "venv", "--clear", folder)
    if before:
        before(python)
    names = [argument for file in requirements for argument in ("-r", file)]
    # no compiling ahead: Python does it for the few modules that are used
    pip = [python, "-m", "pip"]
    follow(f"pip install into {folder.name}", *pip, "install", "--no-compile", *names)
    follow(f"pip check of {folder.name}", *pip, "check")
    stamp.write_text(wanted)
    return python


def _link_odoo(python):
    """Make the unpacked Odoo importable.

    A .pth file rather than PYTHONPATH: site-packages comes first, and the add-ons that pip
    installs there merge with Odoo's own into the package odoo.addons.
    """
    site = output(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
    with open(f"{site.strip()}/odoo.pth", "w") as file:
        file.write(f"{DIST_PACKAGES}\n")


def check_given():
    """Check the interpreter that ODOO_PYTHON names."""
    probe = "from odoo import release; import odoo.addons.helpdesk_mgmt; print(release.version)"
    try:
        version = output(paths.PYTHON, "-c", probe, cwd="/")
    except (Failed, OSError) as error:
        raise Failed(
            f"ODOO_PYTHON={paths.PYTHON} must import odoo and helpdesk_mgmt. Perhaps:\n\n"
            f"    {paths.PYTHON} -m pip install -r {paths.REQUIREMENTS_DEV}\n"
        ) from error
    if not version.startswith("19."):
        raise Failed(f"ODOO_PYTHON={paths.PYTHON} has Odoo {version.strip()}, wanted is 19.0")
