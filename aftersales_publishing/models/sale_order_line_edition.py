from odoo import fields, models


class SaleOrderLine(models.Model):
    """The line that sells a new edition for a case (R6.1)."""

    _inherit = "sale.order.line"

    aftersales_edition_effect_id = fields.Many2one(
        "aftersales.effect",
        "After-sales Effect",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    def _get_edition_sent(self):
        """Return the copies that left for the reader, also those that came back since."""
        self.ensure_one()
        sent = self.move_ids.filtered(
            lambda move: (
                move.state == "done"
                and move.location_dest_id.usage == "customer"
                and not move.origin_returned_move_id
            )
        )
        return sum(sent.mapped("quantity"))
