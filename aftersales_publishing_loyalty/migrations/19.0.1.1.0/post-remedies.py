"""Offer the coupon (R6.1) where the shipped case types are kept."""

from odoo import SUPERUSER_ID, api

from odoo.addons.aftersales_publishing.hooks import offer_remedies
from odoo.addons.aftersales_publishing_loyalty.hooks import MODULE, OFFERED_FOR


def migrate(cr, version):
    """Add the new remedy; what a manager took off or archived stays as it is."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    offer_remedies(env, dict.fromkeys(OFFERED_FOR, ("coupon",)), MODULE)
