from odoo import models


class AftersalesEffect(models.Model):
    """Who carries the parcels of a case (R6.5)."""

    _inherit = "aftersales.effect"

    def _prepare_return_picking_vals(self):
        """Name the carrier that we pay for the parcel; else the reader chooses one."""
        vals = super()._prepare_return_picking_vals()
        carrier = self.resolution_id._get_return_carrier()
        if carrier.can_generate_return or self.resolution_id.return_way == "pick_up":
            vals["carrier_id"] = carrier.id
        return vals

    def _post_return(self):
        result = super()._post_return()
        self.resolution_id._note_booked_pickups()
        return result

    def _get_shipment_carrier(self):
        """Return who brings a replacement or part: as the copies came, else as the house says."""
        self.ensure_one()
        line = self.line_id
        known = (
            line.delivery_move_id.picking_id.carrier_id
            | line.sale_line_id.order_id.carrier_id
            | self.company_id.aftersales_shipment_carrier_id
        )
        return known._get_serving(self.ticket_id._get_shipping_partner(), self.company_id)
