from odoo import api, fields, models


class AftersalesRefundLine(models.Model):
    """A credit that a new edition is sold against (ADR 33)."""

    _inherit = "aftersales.refund.line"

    edition_effect_id = fields.Many2one(
        "aftersales.effect",
        "For the New Edition",
        index="btree_not_null",
        ondelete="set null",
        help="What sells the new edition for the copies that are credited here.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        effects = self.env["aftersales.effect"].browse(vals["effect_id"] for vals in vals_list)
        for effect, vals in zip(effects, vals_list, strict=True):
            if effect.resolution_id.remedy_id.sells_edition:
                vals["edition_effect_id"] = effect.resolution_id._get_edition_effects().id
        return super().create(vals_list)
