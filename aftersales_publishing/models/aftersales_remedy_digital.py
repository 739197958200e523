from odoo import api, fields, models

from .aftersales_digital import DIGITAL_KINDS


class AftersalesRemedy(models.Model):
    """Remedies that send an e-book or a code (R6.1)."""

    _inherit = "aftersales.remedy"

    sends_digital = fields.Boolean(
        compute="_compute_effect_flags",
        store=True,
        help="Only offered where the title has such a file, or enough free codes.",
    )
    digital_kind = fields.Selection(
        DIGITAL_KINDS, "E-book or Code", default="ebook", help="What of the title it sends."
    )

    @api.depends("effect_ids.kind")
    def _compute_effect_flags(self):
        result = super()._compute_effect_flags()
        for remedy in self:
            remedy.sends_digital = remedy._has_kind("digital")
        return result
