"""The demo database: the add-ons with their demo data, in Chinese and English.

When the add-ons have changed, it is updated, not made again: what was done in it by hand stays.
"""

from . import addons, base_database, databases, fingerprint, odoo
from .paths import ODOO_SCRIPTS
from .process import Failed, say

NAME = databases.named("demo")


def ensure(fresh=False):
    """Make the demo database, or bring it up to date; return its name."""
    base = base_database.ensure()
    wanted = f"{base} {fingerprint.of_addons(demo=True)}"
    present = None if fresh else databases.content(NAME)
    if present is None:
        _create(base, wanted)
    elif present != wanted:
        _update(base, present, wanted)
    return NAME


def _create(base, wanted):
    names = addons.standalone()
    with databases.created(NAME, wanted, template=base) as new:
        odoo.change_modules("install the add-ons for the demo", new, "-i", ",".join(names))
        odoo.run_script("load the demo data", new, ODOO_SCRIPTS / "load_demo.py", *names)


def _update(base, present, wanted):
    """Update the add-ons, or everything when the dependencies have changed, too."""
    say("the add-ons have changed: the demo database is updated, your work in it stays")
    modules = ",".join(addons.standalone()) if present.startswith(f"{base} ") else "all"
    odoo.change_modules("update the demo database", NAME, "-u", modules)
    _check_demo_data()
    databases.describe(NAME, wanted)


def _check_demo_data():
    """Fail if an update could not load demo data: Odoo only warns, and never tries again."""
    ours = ", ".join(f"'{name}'" for name in addons.standalone())
    lost = f"WHERE name IN ({ours}) AND NOT demo"
    if names := databases.sql(NAME, f"SELECT name FROM ir_module_module {lost}").split():
        databases.sql(NAME, f"UPDATE ir_module_module SET demo = true {lost}")
        raise Failed(f"The demo data of {', '.join(names)} can't be loaded, see above.")
