from odoo import api, fields, models
from odoo.exceptions import ValidationError

EDITION_KINDS = {"return", "credit", "edition"}


class AftersalesRemedy(models.Model):
    """The new edition against the price difference (补差换新版, R6.1)."""

    _inherit = "aftersales.remedy"

    sells_edition = fields.Boolean(
        compute="_compute_effect_flags",
        store=True,
        help="Only offered where the next edition of the title is known. Without “Take back”, the "
        "old copy is left to the reader.",
    )

    @api.depends("effect_ids.kind")
    def _compute_effect_flags(self):
        result = super()._compute_effect_flags()
        for remedy in self:
            remedy.sells_edition = remedy._has_kind("edition")
        return result

    @api.constrains("credit_basis", "effect_ids")
    def _check_amount_of_its_own(self):
        """The old copy is credited at a share of its price, and nothing else is given for it."""
        result = super()._check_amount_of_its_own()
        for remedy in self:
            kinds = set(remedy.effect_ids.mapped("kind"))
            if "edition" not in kinds:
                continue
            if kinds - EDITION_KINDS or "credit" not in kinds or remedy.credit_basis != "share":
                raise ValidationError(
                    self.env._(
                        "Remedy %s: the new edition is sold against the credit for the old copy. "
                        "Keep “Credit” (a fixed share of the price), “Sell the new edition” and, "
                        "unless the reader keeps the old copy, “Take back”; remove the other "
                        "effects.",
                        remedy.display_name,
                    )
                )
        return result
