"""Offer the coupon, once the add-on that brings it is updated too (R6.1)."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Add the coupon to the shipped case types that are kept, where coupons are installed."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    remedy = env.ref(
        "aftersales_publishing_loyalty.aftersales_remedy_coupon", raise_if_not_found=False
    )
    if remedy:
        from odoo.addons.aftersales_publishing_loyalty.hooks import offer

        offer(env, remedy)
