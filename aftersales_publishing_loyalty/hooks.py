from odoo import Command

MODULE = "aftersales_publishing"
REMEDIES = ("store_credit", "coupon")
OFFERED_FOR = ("misprint", "pages", "printing", "binding", "damaged_copy", "transit_damage")


def post_init_hook(env):
    """Offer the remedies for the shipped case types, where they are kept and name theirs."""
    for code in REMEDIES:
        offer(env, env.ref(f"aftersales_publishing_loyalty.aftersales_remedy_{code}"))


def offer(env, remedy):
    """Add a remedy to the shipped case types that have remedies of their own."""
    for code in OFFERED_FOR:
        case_type = env.ref(f"{MODULE}.aftersales_case_type_{code}", raise_if_not_found=False)
        if case_type and case_type.remedy_ids:
            case_type.remedy_ids = [Command.link(remedy.id)]


def uninstall_hook(env):
    """Take the effect out of the remedies; what readers were given stays on their gift cards."""
    Remedy = env["aftersales.remedy"].with_context(active_test=False)
    remedies = Remedy.search(["|", ("gives_store_credit", "=", True), ("gives_coupon", "=", True)])
    remedies.effect_ids.filtered(lambda effect: effect.kind in REMEDIES).unlink()
    remedies.filtered(lambda remedy: not remedy.effect_ids).active = False
