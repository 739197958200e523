from odoo import api, fields, models
from odoo.exceptions import ValidationError

REPAIR_KINDS = {"return", "repair", "giveback"}


class AftersalesRemedy(models.Model):
    """Repair or rebind: the reader's own copy comes back, is mended and goes home (R6.1)."""

    _inherit = "aftersales.remedy"

    repairs = fields.Boolean(compute="_compute_effect_flags", store=True)

    @api.depends("effect_ids.kind")
    def _compute_effect_flags(self):
        result = super()._compute_effect_flags()
        for remedy in self:
            remedy.repairs = remedy._has_kind("repair", "giveback")
        return result

    @api.constrains("effect_ids")
    def _check_amount_of_its_own(self):
        """Keep a repair apart: whose copy goes home gets no other copy and no money for it."""
        result = super()._check_amount_of_its_own()
        for remedy in self:
            kinds = set(remedy.effect_ids.mapped("kind"))
            if kinds & {"repair", "giveback"} and kinds - REPAIR_KINDS:
                raise ValidationError(
                    self.env._(
                        "Remedy %s: a copy that is repaired goes back to its reader, so nothing else "
                        "is sent or paid for it. Keep “Take back”, “Repair” and “Give the copy "
                        "back”, and remove the other effects.",
                        remedy.display_name,
                    )
                )
        return result
