"""Offer the new remedies (R6.1); keep objections of before away from who refused (R9.3)."""

from odoo import SUPERUSER_ID, Command, api

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

    def find(kind, code):
        return env.ref(f"aftersales_publishing.aftersales_{kind}_{code}", raise_if_not_found=False)

    for type_code, remedy_codes in OFFERED.items():
        case_type = find("case_type", type_code)
        remedies = [find("remedy", code) for code in remedy_codes]
        if case_type and case_type.remedy_ids:
            case_type.remedy_ids = [Command.link(remedy.id) for remedy in remedies if remedy]
    companies = env["res.company"].search([("aftersales_freight_product_id", "=", False)])
    companies.aftersales_freight_product_id = companies._get_or_create_freight_product()
    cr.execute(
        """
        UPDATE helpdesk_ticket SET is_objected = true
         WHERE id IN (SELECT ticket_id FROM aftersales_event WHERE code = 'objected')
        """
    )
