"""The add-ons' dependencies, installed once: the template of all other databases.

Without Odoo's demo data: that is furniture, and the tests make what they need. Odoo itself loads
its generic chart of accounts for the company. It is made again when what it depends on changes.
"""

from . import addons, databases, odoo, odoo_source, paths
from .process import output

LAYOUT = 3  # raise it when the steps below change
# Modules of Odoo that houses add: ours must neither need them nor be broken by them
OPTIONAL_MODULES = (
    "mrp",
    "payment_demo",
    "sale_loyalty",
    "stock_dropshipping",
    "stock_picking_batch",
)


def name():
    """Return the name for the present dependencies, languages and packages."""
    requirements = [paths.REQUIREMENTS_ODOO, paths.REQUIREMENTS_DEV]
    return databases.named("base-") + paths.digest(
        LAYOUT,
        addons.dependencies(),
        addons.languages(),
        _odoo_version(),
        *(file.read_text() for file in requirements),
    )


def _odoo_version():
    if paths.OWN_ODOO:
        return odoo_source.STAMP.read_text()
    return output(paths.PYTHON, "-c", "from odoo import release; print(release.version)", cwd="/")


def ensure():
    """Make the base database if need be; return its name."""
    base = name()
    if base not in databases.existing():
        with databases.created(base, "dependencies") as new:
            # Odoo makes the first one the default and switches English off if it is not named
            languages = f"--load-language={','.join(['en_US', *addons.languages()])}"
            modules = ",".join(addons.dependencies())
            odoo.change_modules("install the dependencies", new, "-i", modules, languages)
        databases.drop_superseded("base-", keep=base)
    return base


def ensure_optional():
    """Make the one with optional modules of Odoo if need be; return its name."""
    base = ensure()
    modules = sorted({*OPTIONAL_MODULES, *addons.glued()})
    optional = databases.named("optional-") + paths.digest(base, modules)
    if optional not in databases.existing():
        with databases.created(optional, "optional modules", template=base) as new:
            odoo.change_modules("install the optional modules", new, "-i", ",".join(modules))
        databases.drop_superseded("optional-", keep=optional)
    return optional
