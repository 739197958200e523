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
    edition_ended_quantity = fields.Float(
        "Copies Ended",
        digits="Product Unit",
        copy=False,
        help="Copies whose sale the agent ended: they are paid out, nothing is sold for them.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        effects = self.env["aftersales.effect"].browse(vals["effect_id"] for vals in vals_list)
        for effect, vals in zip(effects, vals_list, strict=True):
            if effect.resolution_id.remedy_id.sells_edition:
                vals["edition_effect_id"] = effect.resolution_id._get_edition_effects().id
        return super().create(vals_list)

    def _get_edition_copies(self):
        """Return the credited copies that a new edition is to be sold for."""
        return sum(line.quantity - line.edition_ended_quantity for line in self)

    def _end_edition_copies(self, copies):
        """Note copies for which nothing more is sold, on the first lines that have some.

        :return: what could not be noted: it was ended before
        """
        for line in self:
            ended = min(copies, line._get_edition_copies())
            if ended > 0:
                line.edition_ended_quantity += ended
                copies -= ended
        return copies
