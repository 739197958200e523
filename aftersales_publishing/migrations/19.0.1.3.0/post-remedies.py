"""Offer the new remedies (R6.1) where the shipped case types are kept."""

from odoo import SUPERUSER_ID, Command, api

OFFERED = {
    "binding": ("repair",),
    "damaged_copy": ("repair",),
    "misprint": ("new_edition",),
    "wrong_edition": ("new_edition",),
    "not_as_described": ("new_edition",),
    "bought_by_mistake": ("new_edition",),
    "return_no_reason": ("new_edition",),
}


def migrate(cr, version):
    """Add the new remedies; what a manager took off or archived stays as it is."""
    env = api.Environment(cr, SUPERUSER_ID, {})

    def find(kind, code):
        return env.ref(f"aftersales_publishing.aftersales_{kind}_{code}", raise_if_not_found=False)

    for type_code, remedy_codes in OFFERED.items():
        case_type = find("case_type", type_code)
        remedies = [find("remedy", code) for code in remedy_codes]
        if case_type and case_type.remedy_ids:
            case_type.remedy_ids = [Command.link(remedy.id) for remedy in remedies if remedy]
