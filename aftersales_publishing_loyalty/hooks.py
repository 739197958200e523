from odoo import Command

MODULE = "aftersales_publishing"
OFFERED_FOR = ("misprint", "pages", "printing", "binding", "damaged_copy", "transit_damage")


def post_init_hook(env):
    """Offer store credit for the shipped case types, where they are kept and name their remedies."""
    remedy = env.ref("aftersales_publishing_loyalty.aftersales_remedy_store_credit")
    for code in OFFERED_FOR:
        case_type = env.ref(f"{MODULE}.aftersales_case_type_{code}", raise_if_not_found=False)
        if case_type and case_type.remedy_ids:
            case_type.remedy_ids = [Command.link(remedy.id)]


def uninstall_hook(env):
    """Take the effect out of the remedies; what readers were given stays on their gift cards."""
    Remedy = env["aftersales.remedy"].with_context(active_test=False)
    remedies = Remedy.search([("gives_store_credit", "=", True)])
    remedies.effect_ids.filtered(lambda effect: effect.kind == "store_credit").unlink()
    remedies.filtered(lambda remedy: not remedy.effect_ids).active = False
