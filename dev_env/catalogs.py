"""Exporting the terms of the add-ons, and comparing or merging them with the catalogs in i18n/."""

import shutil

from . import addons, odoo, paths, test_database
from .process import follow, run

FRESH = paths.ENV / "pot"


def check_command(database):
    """Return the command that checks the catalogs; it needs the environment's Python."""
    return _po_files("check", database)


def refresh(database):
    """Write the .pot files and merge new terms into the .po files."""
    run(*_po_files("merge", database), cwd=paths.REPO)


def _po_files(action, database):
    shutil.rmtree(FRESH, ignore_errors=True)
    FRESH.mkdir()
    glue = addons.glue()
    for name in addons.names():
        # glue is installed only where its optional module is
        where = test_database.ensure_optional() if name in glue else database
        options = ["-d", where, "-l", "pot", "-o", FRESH / f"{name}.pot", name]
        follow(f"export the terms of {name}", *odoo.command("i18n export", *options))
    return [paths.PYTHON, "-m", "dev_env.po_files", action, FRESH]
