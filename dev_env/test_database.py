"""The databases `./dev test` runs on: the add-ons without their demo data.

They are made again, from their template, whenever fingerprint.py says that the add-ons' content
differs; else they are used as they are, since each test undoes what it did.
"""

from . import addons, base_database, bundles, databases, fingerprint, odoo

NAME = databases.named("test")
OPTIONAL = databases.named("test-optional")
PARALLEL = databases.named("test-parallel")
PARALLEL_OPTIONAL = databases.named("test-parallel-optional")


def ensure(fresh=False):
    """Make the test database if need be; return its name."""
    return _installed(NAME, base_database.ensure(), addons.standalone(), fresh)


def ensure_optional(fresh=False):
    """Make the one of a house that also uses optional modules of Odoo; return its name."""
    return _installed(OPTIONAL, base_database.ensure_optional(), addons.names(), fresh)


def ensure_parallel(fresh=False):
    """Make one for tests that commit, for one run; return its name."""
    with databases.created(PARALLEL, "a test run", template=ensure(fresh)):
        pass
    return PARALLEL


def ensure_parallel_optional(fresh=False):
    """Make one for tests that commit and that use optional modules, for one run; return its name."""
    with databases.created(PARALLEL_OPTIONAL, "a test run", template=ensure_optional(fresh)):
        pass
    return PARALLEL_OPTIONAL


def _installed(name, template, modules, fresh):
    wanted = f"{template} {fingerprint.of_addons(demo=False)}"
    if fresh or databases.content(name) != wanted:
        with databases.created(name, wanted, template=template) as new:
            odoo.change_modules("install the add-ons", new, "-i", ",".join(modules))
            if name in databases.existing():
                bundles.carry_over(name, new)
    return name
