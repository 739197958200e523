"""Make room for the remedy that this version brings (R6.1)."""

from odoo.addons.aftersales_publishing.hooks import rename_own_remedies


def migrate(cr, version):
    """Give remedies of the house that use its code another one."""
    rename_own_remedies(cr, "aftersales_publishing", ["repair"])
