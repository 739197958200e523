from odoo import Command, models
from odoo.exceptions import UserError

from ..locking import lock_and_touch, own
from .aftersales_tracking import QUIET


class AftersalesEffect(models.Model):
    """Take back: a native return to quarantine, prepared for the warehouse (R6.5)."""

    _inherit = "aftersales.effect"

    def _post_return(self):
        """Announce returns: one transfer per case and delivery, nothing validated.

        The moves carry lot, order line and origin, so the copy comes back at its
        original cost. They lower the order's delivered quantity only where the copy
        is refunded (``to_refund``).

        :raises UserError: when copies announced before were claimed otherwise meanwhile
        """
        self.filtered("move_ids")._check_still_claimable()
        groups = self.grouped(lambda e: e._get_return_key())
        pickings = (
            self.env["stock.picking"]
            .with_context(**QUIET)
            .create(
                # iterated, not indexed: that would read each effect's documents by itself
                [next(iter(effects))._prepare_return_picking_vals() for effects in groups.values()]
            )
        )
        moves = self.env["stock.move"].create(
            [
                effect._prepare_return_move_vals(picking)
                for picking, effects in zip(pickings, groups.values(), strict=True)
                for effect in effects
            ]
        )
        moves._action_confirm(merge=False)  # each effect has its own
        pickings.action_confirm()
        moves._action_assign()
        self.resolution_id._start_return_term()
        self.env["aftersales.event"]._log("return_ready", self)

    def _check_still_claimable(self):
        """A cancelled return freed its copies: others may have claimed them since (R6.4)."""
        lock_and_touch(self.delivery_move_id)
        quantities = {effect.resolution_id: effect._get_open_quantity() for effect in self}
        if problems := self.resolution_id._get_delivered_problems(quantities):
            raise UserError("\n".join(problems))

    def _get_return_key(self):
        """What comes back in one transfer has the same key."""
        return self.ticket_id, self.delivery_move_id.picking_id

    def _prepare_return_picking_vals(self):
        delivery = self.delivery_move_id.picking_id
        return_type = self._get_setting("aftersales_return_type_id")
        return {
            "picking_type_id": return_type.id,
            "partner_id": self.ticket_id._get_shipping_partner().id,
            "origin": f"{self.ticket_id.number} ({delivery.name})",
            "return_id": delivery.id,
            "company_id": self.company_id.id,
            "location_id": self.delivery_move_id.location_dest_id.id,
            "location_dest_id": self._get_quarantine().id,
        }

    def _prepare_return_move_vals(self, picking):
        if self.line_id.sent_product_id:
            return self._prepare_wrong_title_vals(picking)
        if self.line_id.volume_id:
            return self._prepare_volume_vals(picking)
        delivery_move, quantity = self.delivery_move_id, self._get_open_quantity()
        locations = {
            "location_id": delivery_move.location_dest_id.id,
            "location_dest_id": picking.location_dest_id.id,
        }
        return {
            **locations,
            "picking_id": picking.id,
            "picking_type_id": picking.picking_type_id.id,
            "warehouse_id": picking.picking_type_id.warehouse_id.id,
            "company_id": self.company_id.id,
            "product_id": self.product_id.id,
            "product_uom": self.product_id.uom_id.id,
            "product_uom_qty": quantity,
            "origin_returned_move_id": delivery_move.id,
            "move_orig_ids": [Command.link(delivery_move.id)],
            "procure_method": "make_to_stock",
            "sale_line_id": delivery_move.sale_line_id.id,
            "reference_ids": [Command.set(delivery_move.reference_ids.ids)],
            "to_refund": self.resolution_id.remedy_id.credits,
            "aftersales_effect_id": self.id,
            # picking_id must be given: a line created through its move has none
            "move_line_ids": [
                Command.create(
                    {
                        **locations,
                        "picking_id": picking.id,
                        "company_id": self.company_id.id,
                        "product_id": self.product_id.id,
                        "product_uom_id": self.product_id.uom_id.id,
                        "lot_id": self.lot_id.id,
                        "quantity": quantity,
                    }
                )
            ],
        }

    def _get_quarantine(self):
        """The part of the quarantine in the house that delivered, else the whole."""
        own = self.resolution_id._get_warehouse().aftersales_quarantine_location_id
        return own or self._get_setting("aftersales_quarantine_location_id")

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------
    def _get_return_planned(self):
        live = self.move_ids.filtered(lambda m: m.state != "cancel")
        return sum(m.quantity if m.state == "done" else m.product_qty for m in live) - (
            self._get_sent_back_quantity()
        )

    def _get_return_done(self):
        done = self.move_ids.filtered(lambda m: m.state == "done")
        return sum(done.mapped("quantity")) - self._get_sent_back_quantity()

    def _get_sent_back_quantity(self):
        """Copies that the warehouse sent back to the reader by a native return.

        Those whose claim the inspection contradicted, and rightly so, don't count: their return
        is over, sending them back does not open it again.
        """
        upheld = self.inspection_ids.filtered(lambda i: i.contradiction == "upheld")
        return max(0.0, self._get_all_sent_back() - sum(upheld.mapped("quantity")))

    def _get_all_sent_back(self):
        """Copies that went back to the reader, whoever was right about them."""
        sent_back = self.move_ids.returned_move_ids.filtered(
            lambda m: (
                m.state == "done"
                and not m.aftersales_effect_id
                and m.location_dest_id.usage == "customer"
            )
        )
        return sum(sent_back.mapped("quantity"))

    def _has_copies_back(self):
        """Whether copies came and did not all go back to the reader."""
        done = self.move_ids.filtered(lambda m: m.state == "done")
        return self._compare(sum(done.mapped("quantity")), self._get_all_sent_back()) > 0

    def _on_received(self, moves):
        """Open one inspection per lot received; called when the moves are done."""
        self._book_ordered_title_back(moves)
        lines = moves.move_line_ids.filtered(lambda ml: ml.quantity > 0)
        inspections = self.env["aftersales.inspection"].create(
            [
                {
                    "move_line_id": line.id,
                    "effect_id": line.move_id.aftersales_effect_id.id,
                    "lot_id": line.lot_id.id,
                    "quantity": line.quantity_product_uom,
                }
                for line in lines
            ]
        )
        own(inspections)
        self.env["aftersales.event"]._log("received", self)
        self.env["aftersales.change.hook"]._follow_tickets(self.ticket_id)
