"""Offer the remedies for copies that never arrived (R6.10) where the shipped case types are kept."""

from odoo import SUPERUSER_ID, api

from odoo.addons.aftersales_publishing.hooks import offer_remedies

OFFERED = {
    "late": ("urge", "cancel_refund", "cancel_rest"),
    "lost": ("reship",),
    "short": ("reship", "urge"),
    "refused_parcel": ("reship",),
    "cancel": ("cancel_refund", "cancel_rest"),
    "change": ("cancel_refund", "cancel_rest"),
}


def migrate(cr, version):
    """Add the new remedies; what a manager took off or archived stays as it is."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    offer_remedies(env, OFFERED)
