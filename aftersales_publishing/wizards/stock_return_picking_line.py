from odoo import models


class StockReturnPickingLine(models.TransientModel):
    _inherit = "stock.return.picking.line"

    def _prepare_move_default_values(self, new_picking):
        """A copy that came back without lowering the order goes back without raising it (I4)."""
        vals = super()._prepare_move_default_values(new_picking)
        ours = self.move_id.sudo().aftersales_effect_id.kind in ("return", "giveback")
        if ours and not self.move_id.to_refund:
            vals["to_refund"] = False
        return vals
