"""The database `./dev test` runs on: the add-ons without their demo data.

It is made again, from the base database, whenever fingerprint.py says that the add-ons' content
differs; else it is used as it is, since each test undoes what it did.
"""

from . import addons, base_database, bundles, databases, fingerprint, odoo

NAME = databases.named("test")


def ensure(fresh=False):
    """Make the test database if need be; return its name."""
    base = base_database.ensure()
    wanted = f"{base} {fingerprint.of_addons(demo=False)}"
    if fresh or databases.content(NAME) != wanted:
        with databases.created(NAME, wanted, template=base) as new:
            odoo.change_modules("install the add-ons", new, "-i", ",".join(addons.names()))
            if NAME in databases.existing():
                bundles.carry_over(NAME, new)
    return NAME
