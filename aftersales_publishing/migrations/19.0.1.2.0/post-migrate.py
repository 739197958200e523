"""Offer the remedies that send a part (R6.1); keep objections of before away from who refused (R9.3)."""

from odoo import SUPERUSER_ID, Command, api

OFFERED = {
    "misprint": "send_errata",
    "pages": "send_pages",
    "extras_missing": "send_extra",
}


def migrate(cr, version):
    """Add the new remedies where the shipped case types are kept; mark the cases objected to."""
    env = api.Environment(cr, SUPERUSER_ID, {})

    def find(kind, code):
        return env.ref(f"aftersales_publishing.aftersales_{kind}_{code}", raise_if_not_found=False)

    for type_code, remedy_code in OFFERED.items():
        case_type, remedy = find("case_type", type_code), find("remedy", remedy_code)
        if remedy and case_type and case_type.remedy_ids:
            case_type.remedy_ids = [Command.link(remedy.id)]
    cr.execute(
        """
        UPDATE helpdesk_ticket SET is_objected = true
         WHERE id IN (SELECT ticket_id FROM aftersales_event WHERE code = 'objected')
        """
    )
