"""Make room for the remedies that this version brings (R6.1)."""

from odoo.addons.aftersales_publishing.hooks import rename_own_remedies


def migrate(cr, version):
    """Give remedies of the house that use their codes another one."""
    rename_own_remedies(cr, "aftersales_publishing", ["repair", "new_edition"])
