from odoo import api, fields, models
from odoo.exceptions import ValidationError


class AftersalesRemedy(models.Model):
    """How much a remedy pays: the price, an agreed part of it, or return postage (R6.1, R6.5)."""

    _inherit = "aftersales.remedy"

    credit_basis = fields.Selection(
        [("share", "A fixed share of the price"), ("agreed", "Agreed with the reader")],
        "Amount Credited",
        default="share",
        required=True,
        help="Agreed: the proposal asks for an amount, or a percentage of what was paid, and for "
        "the reason. The reader keeps the copy.",
    )
    reimburses_freight = fields.Boolean(compute="_compute_effect_flags", store=True)
    asks_amount = fields.Boolean(compute="_compute_asks_amount")

    @api.depends("effect_ids.kind")
    def _compute_effect_flags(self):
        result = super()._compute_effect_flags()
        for remedy in self:
            remedy.reimburses_freight = remedy._has_kind("freight")
        return result

    @api.depends("credit_basis", "credits", "reimburses_freight")
    def _compute_asks_amount(self):
        for remedy in self:
            agreed = remedy.credits and remedy.credit_basis == "agreed"
            remedy.asks_amount = agreed or remedy.reimburses_freight

    @api.constrains("credit_basis", "effect_ids")
    def _check_amount_of_its_own(self):
        """Keep apart what has an amount of its own: it would be paid for copies that come back."""
        for remedy in self:
            kinds = set(remedy.effect_ids.mapped("kind"))
            if "freight" in kinds and len(kinds) > 1:
                raise ValidationError(
                    self.env._(
                        "Remedy %s: return postage is a remedy by itself, beside the one that takes "
                        "the copy back. Remove the other effects.",
                        remedy.display_name,
                    )
                )
            moving = kinds & {"return", "shipment", "cancellation"}
            if remedy.credit_basis == "agreed" and "credit" in kinds and moving:
                raise ValidationError(
                    self.env._(
                        "Remedy %s: an amount agreed with the reader is for copies that the reader "
                        "keeps. Credit a fixed share of the price, or remove what takes back, ships "
                        "or cancels.",
                        remedy.display_name,
                    )
                )
