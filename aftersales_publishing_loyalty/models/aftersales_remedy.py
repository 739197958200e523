from odoo import api, fields, models


class AftersalesRemedy(models.Model):
    """Remedies that give store credit or a coupon (R6.1)."""

    _inherit = "aftersales.remedy"

    gives_store_credit = fields.Boolean(
        compute="_compute_effect_flags",
        store=True,
        help="The agent names the amount when proposing it.",
    )
    gives_coupon = fields.Boolean(
        compute="_compute_effect_flags",
        store=True,
        help="The agent chooses one of the coupons that managers offer.",
    )

    @api.depends("effect_ids.kind")
    def _compute_effect_flags(self):
        result = super()._compute_effect_flags()
        for remedy in self:
            remedy.gives_store_credit = remedy._has_kind("store_credit")
            remedy.gives_coupon = remedy._has_kind("coupon")
        return result

    def _gives_money(self):
        return super()._gives_money() or self.gives_store_credit or self.gives_coupon
