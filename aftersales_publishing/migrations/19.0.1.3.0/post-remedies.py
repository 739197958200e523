"""Offer the new remedies (R6.1) where the shipped case types are kept."""

from odoo import SUPERUSER_ID, api

from odoo.addons.aftersales_publishing.hooks import offer_remedies

OFFERED = {
    "binding": ("repair",),
    "damaged_copy": ("repair",),
}


def migrate(cr, version):
    """Add the new remedies; what a manager took off or archived stays as it is."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    offer_remedies(env, OFFERED)
