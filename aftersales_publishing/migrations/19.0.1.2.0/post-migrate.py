"""Offer the new remedies (R6.1); keep objections of before away from who refused (R9.3)."""

from odoo import SUPERUSER_ID, api

from odoo.addons.aftersales_publishing.hooks import offer_remedies

OFFERED = {
    "misprint": ("send_errata", "compensation", "freight", "ebook"),
    "pages": ("send_pages", "compensation", "freight", "ebook"),
    "printing": ("compensation", "freight", "ebook", "gift"),
    "binding": ("compensation", "freight", "gift"),
    "damaged_copy": ("compensation", "freight", "gift"),
    "extras_missing": ("send_extra", "compensation", "freight", "new_code"),
    "wrong_edition": ("compensation", "freight"),
    "not_as_described": ("compensation", "freight"),
    "late": ("compensation",),
    "transit_damage": ("compensation", "freight", "gift"),
    "dead_code": ("freight", "new_code"),
    "wrong_title": ("freight",),
}


def migrate(cr, version):
    """Add the new remedies where the shipped case types are kept; mark the cases objected to."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    offer_remedies(env, OFFERED)
    companies = env["res.company"].search([("aftersales_freight_product_id", "=", False)])
    companies.aftersales_freight_product_id = companies._get_or_create_freight_product()
    cr.execute(
        """
        UPDATE helpdesk_ticket SET is_objected = true
         WHERE id IN (SELECT ticket_id FROM aftersales_event WHERE code = 'objected')
        """
    )
