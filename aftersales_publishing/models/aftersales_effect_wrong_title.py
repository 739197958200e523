from odoo import Command, models


class AftersalesEffect(models.Model):
    """A wrong title that we sent: it comes back as itself (R6.11).

    By the books the ordered copy left and the wrong one still stands on the shelf. So the wrong
    one is moved from the shelf to quarantine when its parcel is received (reserved until then:
    nobody can sell a copy that is not there), and the ordered one is booked back to the shelf.
    """

    _inherit = "aftersales.effect"

    def _prepare_wrong_title_vals(self, picking):
        """Values of the announced return of the title that was sent by mistake."""
        self.ensure_one()
        shelf = self.resolution_id._get_warehouse().lot_stock_id
        return self._prepare_other_title_vals(picking, self.line_id.sent_product_id, shelf)

    def _prepare_other_title_vals(self, picking, title, location):
        """Values of the announced return of a title that its delivery does not name."""
        return {
            "location_id": location.id,
            "location_dest_id": picking.location_dest_id.id,
            "picking_id": picking.id,
            "picking_type_id": picking.picking_type_id.id,
            "warehouse_id": picking.picking_type_id.warehouse_id.id,
            "company_id": self.company_id.id,
            "product_id": title.id,
            "product_uom": title.uom_id.id,
            "product_uom_qty": self._get_open_quantity(),
            "procure_method": "make_to_stock",
            "aftersales_effect_id": self.id,
        }

    def _book_ordered_title_back(self, moves):
        """Put the ordered copies back on the shelf by the books: they never left it.

        :param moves: the received moves of the titles sent by mistake
        """
        wrong = moves.filtered(lambda move: move.aftersales_effect_id.line_id.sent_product_id)
        vals_list = [
            move.aftersales_effect_id._prepare_booking_back_vals(move.quantity) for move in wrong
        ]
        self.env["stock.move"].create(vals_list)._action_done()

    def _prepare_booking_back_vals(self, quantity):
        self.ensure_one()
        delivery_move = self.delivery_move_id
        common = {
            "product_id": delivery_move.product_id.id,
            "company_id": self.company_id.id,
            "location_id": delivery_move.location_dest_id.id,
            "location_dest_id": self.resolution_id._get_warehouse().lot_stock_id.id,
        }
        return {
            **common,
            "product_uom": delivery_move.product_id.uom_id.id,
            "product_uom_qty": quantity,
            "origin": self.ticket_id.number,
            "origin_returned_move_id": delivery_move.id,
            "sale_line_id": delivery_move.sale_line_id.id,
            "to_refund": self.resolution_id.remedy_id.credits,
            "procure_method": "make_to_stock",
            "picked": True,
            "move_line_ids": [
                Command.create(
                    {
                        **common,
                        "product_uom_id": delivery_move.product_id.uom_id.id,
                        "lot_id": self.lot_id.id,
                        "quantity": quantity,
                        "picked": True,
                    }
                )
            ],
        }
