from odoo import models


class AftersalesBalance(models.AbstractModel):
    """Copies that a sales platform paid and that come back later or never (I1, R6.9)."""

    _inherit = "aftersales.balance"

    def _add_paid_by_platform(self, moves, result):
        """What the platform alone paid in full is the reader's."""
        res = super()._add_paid_by_platform(moves, result)
        records = self.env["aftersales.platform.refund"]._search_paying_whole(
            [("line_ids.delivery_move_id", "in", moves.ids)]
        )
        for line in records.line_ids.filtered(lambda line: line.delivery_move_id in moves):
            quantity = line._get_quantity_in_stock_unit(line.quantity)
            result[line.delivery_move_id][line.lot_id].claim(line.volume_id, quantity)
        return res

    def _add_compensated(self, moves, result):
        """Copies paid ahead that came back after all are returned, not given."""
        res = super()._add_compensated(moves, result)
        effects = (
            self.env["aftersales.effect"]
            .sudo()
            .search(
                [
                    ("delivery_move_id", "in", moves.ids),
                    ("kind", "=", "credit"),
                    ("compensates_in_full", "=", True),
                    ("is_cancelled", "=", False),
                    ("resolution_id.paid_ahead", "=", True),
                ]
            )
        )
        for effect in effects:
            returns = effect.resolution_id.effect_ids.filtered(lambda e: e.kind == "return")
            back = sum(returns.mapped("quantity_done"))
            lot, volume = effect.lot_id, effect.line_id.volume_id
            result[effect.delivery_move_id][lot].claim(volume, -min(back, effect.quantity))
        return res
