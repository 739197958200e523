from odoo import models


class StockMove(models.Model):
    """Moves of cases in their parcels: the carrier, and what is void with them."""

    _inherit = "stock.move"

    def _get_parcel_effects(self):
        """Return the effects that travel: those of the moves, or of the returns sent back."""
        back = self.filtered(lambda m: not m.aftersales_effect_id and m._gives_back())
        return self.aftersales_effect_id | back.origin_returned_move_id.aftersales_effect_id

    def _get_parcel_quantity(self):
        """Return the copies in the parcel, in the product's unit."""
        self.ensure_one()
        if self.state != "done":
            return self.product_qty
        return self.product_uom._compute_quantity(
            self.quantity, self.product_id.uom_id, round=False
        )

    def _get_new_picking_values(self):
        """Choose the carrier of replacements and parts; nothing that the order has to pay."""
        vals = super()._get_new_picking_values()
        effects = self.aftersales_effect_id.filtered(lambda e: e.kind in ("shipment", "part"))
        if effects and self.picking_type_id[:1].code == "outgoing":
            carrier = effects.sudo()[:1]._get_shipment_carrier()
            vals["carrier_id"] = carrier.id or vals.get("carrier_id")
        return vals

    def _action_cancel(self):
        """A parcel that is not sent needs no label: it is cancelled with its carrier."""
        pickings = self.picking_id
        result = super()._action_cancel()
        pickings.sudo()._void_cancelled_labels()
        return result
