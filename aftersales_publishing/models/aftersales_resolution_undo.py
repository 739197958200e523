from odoo import Command, models
from odoo.exceptions import UserError

from ..locking import lock_and_touch
from .aftersales_tracking import QUIET


class AftersalesResolution(models.Model):
    """Undo what came back: the reader gets the very copies again."""

    _inherit = "aftersales.resolution"

    def action_send_back(self, reason=None):
        """Announce the native return of our return: the copies go back to the reader.

        For a claim that the inspection contradicted, or a reader who changes their mind. A claim
        still in dispute counts as contradicted. Once the warehouse has sent the copies, the order
        is as before the return, and a remedy of which nothing else happened can be cancelled.

        :raises UserError: when nothing of it is in quarantine, or copies wait for inspection
        """
        self._check_role("agent", "manager")
        self.ticket_id._check_may_decide()
        resolutions = self.sudo()
        lock_and_touch(resolutions)
        lock_and_touch(resolutions.line_id.delivery_move_id)
        for resolution in resolutions:
            resolution._do_send_back(reason)
        resolutions.ticket_id._sync_phase()
        return True

    def _do_send_back(self, reason):
        self.ensure_one()
        copies = self._get_copies_to_send_back()
        self._uphold_contradictions()
        self.inspection_ids.filtered(lambda i: not self._is_given_for(i))._leave_pulp_list()
        for return_move, by_lot in copies.items():
            picking = (
                self.env["stock.picking"]
                .with_context(**QUIET)
                .create(self._prepare_send_back_vals(return_move))
            )
            move = self.env["stock.move"].create(
                self._prepare_send_back_move_vals(picking, return_move, by_lot)
            )
            picking.action_confirm()
            move._action_assign()
        self.env["aftersales.event"]._log("sent_back", self, reason)

    def _uphold_contradictions(self):
        """Take the inspection's side; where no copy is awaited any more, nothing is left to do."""
        disputed = self.inspection_ids.filtered(lambda i: i.contradiction == "open")
        disputed.contradiction = "upheld"
        returns = self.effect_ids.filtered(lambda e: e.kind == "return" and not e.is_cancelled)
        if disputed and all(effect.state == "done" for effect in returns):
            self.effect_ids._do_limit(self._get_confirmed_quantity())

    def _get_copies_to_send_back(self):
        """Return ``{return move: {lot: copies}}`` of what lies in quarantine for this remedy."""
        copies = {}
        for inspection in self.inspection_ids:
            if inspection.state == "draft":
                raise UserError(
                    self.env._(
                        "%(resolution)s: copies wait for inspection. Inspect them first.",
                        resolution=self.display_name,
                    )
                )
            at_hand = inspection.quantity_in_quarantine
            if at_hand and not self._is_given_for(inspection):
                by_lot = copies.setdefault(inspection.move_line_id.move_id, {})
                by_lot[inspection.lot_id] = by_lot.get(inspection.lot_id, 0.0) + at_hand
        for return_move, by_lot in copies.items():
            for line in return_move.returned_move_ids._get_lines_to_reader():
                by_lot[line.lot_id] = by_lot.get(line.lot_id, 0.0) - line.quantity_product_uom
        uom = self.product_id.uom_id
        copies = {
            move: {lot: n for lot, n in by_lot.items() if uom.compare(n, 0.0) > 0}
            for move, by_lot in copies.items()
        }
        copies = {move: by_lot for move, by_lot in copies.items() if by_lot}
        if not copies:
            raise UserError(
                self.env._(
                    "%(resolution)s: none of its copies is in quarantine, so none can be sent "
                    "back. Of copies on a shelf, the warehouse returns the put-away transfer "
                    "(%(transfers)s) first; pulped ones can only be replaced.",
                    resolution=self.display_name,
                    transfers=", ".join(self.inspection_ids.move_id.picking_id.mapped("name"))
                    or "—",
                )
            )
        return copies

    def _is_given_for(self, inspection):
        """Whether the reader got a copy or money for what the inspection confirmed."""
        return inspection.confirmed and any(
            effect.kind != "return" and effect._has_posted_document() for effect in self.effect_ids
        )

    def _prepare_send_back_vals(self, return_move):
        house = self._get_warehouse()
        return {
            "picking_type_id": house.out_type_id.id,
            "partner_id": self.ticket_id._get_shipping_partner().id,
            "origin": self.env._("%s (back to the reader)", self.ticket_id.number),
            "return_id": return_move.picking_id.id,
            "company_id": self.company_id.id,
            "location_id": return_move.location_dest_id.id,
            "location_dest_id": return_move.location_id.id,
        }

    def _prepare_send_back_move_vals(self, picking, return_move, by_lot):
        locations = {
            "location_id": picking.location_id.id,
            "location_dest_id": picking.location_dest_id.id,
        }
        unit = return_move.product_id.uom_id
        return {
            **locations,
            "picking_id": picking.id,
            "picking_type_id": picking.picking_type_id.id,
            "company_id": self.company_id.id,
            "product_id": return_move.product_id.id,
            "product_uom": unit.id,
            "product_uom_qty": sum(by_lot.values()),
            "origin_returned_move_id": return_move.id,
            "procure_method": "make_to_stock",
            "sale_line_id": return_move.sale_line_id.id,
            "reference_ids": [Command.set(return_move.reference_ids.ids)],
            "to_refund": return_move.to_refund,
            "move_line_ids": [
                Command.create(
                    {
                        **locations,
                        "picking_id": picking.id,
                        "company_id": self.company_id.id,
                        "product_id": return_move.product_id.id,
                        "product_uom_id": unit.id,
                        "lot_id": lot.id,
                        "quantity": copies,
                    }
                )
                for lot, copies in by_lot.items()
            ],
        }
