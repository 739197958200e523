from odoo import Command, models


class AftersalesEffect(models.Model):
    """Copies that the reader bought elsewhere: taken back and replaced outside of every order (R1.2).

    They come from and go to *Given to readers*. What comes back has no value in the books, what
    goes out is a cost of after-sales service, booked once.
    """

    _inherit = "aftersales.effect"

    # ------------------------------------------------------------------
    # Take back
    # ------------------------------------------------------------------
    def _prepare_return_picking_vals(self):
        vals = super()._prepare_return_picking_vals()
        if self.line_id.bought_elsewhere:
            vals["origin"] = self.ticket_id.number
            vals["return_id"] = False
            vals["location_id"] = self._get_readers_location().id
        return vals

    def _prepare_return_move_vals(self, picking):
        if not self.line_id.bought_elsewhere or self.line_id.volume_id:
            return super()._prepare_return_move_vals(picking)
        vals = self._prepare_other_title_vals(
            picking, self.product_id, self._get_readers_location()
        )
        vals["to_refund"] = False
        if self.lot_id:  # else the returns table asks for it
            vals["move_line_ids"] = [
                Command.create(
                    {
                        "picking_id": picking.id,
                        "company_id": self.company_id.id,
                        "product_id": self.product_id.id,
                        "product_uom_id": self.product_id.uom_id.id,
                        "lot_id": self.lot_id.id,
                        "quantity": vals["product_uom_qty"],
                        "location_id": vals["location_id"],
                        "location_dest_id": vals["location_dest_id"],
                    }
                )
            ]
        return vals

    def _get_quarantine(self):
        quarantine = super()._get_quarantine()
        if self.line_id.bought_elsewhere:
            return quarantine._get_aftersales_without_value()
        return quarantine

    def _get_readers_location(self):
        if self.line_id.bought_elsewhere:
            return self._get_setting("aftersales_customer_location_id")
        return super()._get_readers_location()

    # ------------------------------------------------------------------
    # Ship
    # ------------------------------------------------------------------
    def _prepare_procurement(self):
        procurement = super()._prepare_procurement()
        if self.line_id.bought_elsewhere:
            return procurement._replace(origin=self.ticket_id.number)
        return procurement

    def _prepare_sold_vals(self):
        if self.line_id.bought_elsewhere:
            return self._prepare_volume_shipment_vals()
        return super()._prepare_sold_vals()

    # ------------------------------------------------------------------
    # Credit
    # ------------------------------------------------------------------
    def _post_credit(self):
        """Request what was agreed at list price for these copies; the others as always."""
        elsewhere = self.filtered("line_id.bought_elsewhere")
        if elsewhere:
            self.env["aftersales.refund"]._request(
                {
                    effect: [effect.resolution_id._get_agreed_share(effect._get_open_quantity())]
                    for effect in elsewhere
                }
            )
        rest = self - elsewhere
        return super(AftersalesEffect, rest)._post_credit() if rest else None
