from odoo import models


class StockReturnPicking(models.TransientModel):
    _inherit = "stock.return.picking"

    def _prepare_picking_default_values_based_on(self, picking):
        """A reader's copy comes back to the workshop, never onto a shelf: it is not ours (R6.1)."""
        vals = super()._prepare_picking_default_values_based_on(picking)
        if picking.sudo().move_ids.aftersales_effect_id.filtered(
            lambda effect: effect.kind in ("repair", "giveback")
        ):
            vals["location_dest_id"] = picking.location_id.id
        return vals
