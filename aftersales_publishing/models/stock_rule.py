from odoo import models


class StockRule(models.Model):
    _inherit = "stock.rule"

    def _get_custom_move_fields(self):
        """Let procurements give a replacement its links (ids; ``to_refund`` is native)."""
        return [
            *super()._get_custom_move_fields(),
            "aftersales_effect_id",
            "aftersales_excluded_lot_id",
            "origin_returned_move_id",
        ]

    def _push_prepare_move_copy_values(self, move_to_copy, new_date):
        """Carry the links of a replacement to the next step (pick, pack, ship).

        Without ``origin_returned_move_id`` and ``to_refund`` the shipped move would count as a
        second delivery of the order line. Native returns pushed inwards stay as they are.
        """
        vals = super()._push_prepare_move_copy_values(move_to_copy, new_date)
        if move_to_copy.aftersales_effect_id:
            vals["aftersales_effect_id"] = move_to_copy.aftersales_effect_id.id
            if move_to_copy._aftersales_leaves_house():
                vals["origin_returned_move_id"] = move_to_copy.origin_returned_move_id.id
                vals["to_refund"] = move_to_copy.to_refund
        return vals
