from odoo.addons.aftersales_publishing.hooks import offer_remedies, rename_own_remedies

MODULE = "aftersales_publishing_loyalty"
REMEDIES = ("store_credit", "coupon")
OFFERED_FOR = ("misprint", "pages", "printing", "binding", "damaged_copy", "transit_damage")


def pre_init_hook(env):
    """Make room for the remedies: the house may have used their codes for its own."""
    rename_own_remedies(env.cr, MODULE, REMEDIES)


def post_init_hook(env):
    """Offer the remedies for the shipped case types, where they are kept and name theirs."""
    offer_remedies(env, dict.fromkeys(OFFERED_FOR, REMEDIES), MODULE)


def uninstall_hook(env):
    """Take the effect out of the remedies; what readers were given stays on their gift cards."""
    Remedy = env["aftersales.remedy"].with_context(active_test=False)
    remedies = Remedy.search(["|", ("gives_store_credit", "=", True), ("gives_coupon", "=", True)])
    remedies.effect_ids.filtered(lambda effect: effect.kind in REMEDIES).unlink()
    remedies.filtered(lambda remedy: not remedy.effect_ids).active = False
