"""Offer the new edition (R6.1) where the shipped case types are kept."""

from odoo import SUPERUSER_ID, api

from odoo.addons.aftersales_publishing.hooks import offer_remedies

OFFERED = {
    "misprint": ("new_edition",),
    "wrong_edition": ("new_edition",),
    "not_as_described": ("new_edition",),
    "bought_by_mistake": ("new_edition",),
    "return_no_reason": ("new_edition",),
}


def migrate(cr, version):
    """Add the new edition; what a manager took off or archived stays as it is."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    offer_remedies(env, OFFERED)
