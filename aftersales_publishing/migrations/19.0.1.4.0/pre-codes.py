"""Make room for the remedy and the case type that this version brings (R6.1, R3.2)."""

from odoo.addons.aftersales_publishing.hooks import rename_own_case_types, rename_own_remedies


def migrate(cr, version):
    """Give those of the house that use their codes other ones."""
    rename_own_remedies(cr, "aftersales_publishing", ["new_edition"])
    rename_own_case_types(cr, "aftersales_publishing", ["piracy"])
