from odoo import api, fields, models

from .aftersales_tracking import QUIET


class AftersalesEffect(models.Model):
    """Repair the reader's own copy and give it back (R6.1).

    The copy comes, goes to the binder and goes home by native transfers that carry the reader
    as owner of the goods: Odoo counts it and never values it, and the order stays untouched.
    """

    _inherit = "aftersales.effect"

    kind = fields.Selection(
        selection_add=[("repair", "Repair"), ("giveback", "Give the copy back")],
        ondelete={"repair": "cascade", "giveback": "cascade"},
    )
    repair_ids = fields.One2many("aftersales.repair", "effect_id", "Repairs")

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends(
        "resolution_id.repair_ids.state",
        "resolution_id.repair_ids.quantity",
        "resolution_id.repair_ids.outcome",
    )
    def _compute_quantity_released(self):
        return super()._compute_quantity_released()

    @api.depends("repair_ids.state", "repair_ids.quantity", "repair_ids.outcome")
    def _compute_progress(self):
        return super()._compute_progress()

    def _get_released_quantity(self):
        if self.kind == "repair":
            return max(0.0, super()._get_released_quantity() - self._get_going_home())
        if self.kind != "giveback":
            return super()._get_released_quantity()
        finished = self.resolution_id.repair_ids.filtered(lambda r: r._goes_home())
        return min(self.quantity, sum(finished.mapped("quantity")))

    def _get_going_home(self):
        """Copies announced to go back to the reader as they are, and not gone yet."""
        moves = self._get_moves_home().filtered(lambda m: m.state != "done")
        return sum(moves._get_lines_to_reader().mapped("quantity_product_uom"))

    def _get_moves_home(self):
        """Returns of our return: copies that went, or are to go, back as they are."""
        returns = self.resolution_id.effect_ids.filtered(lambda e: e.kind == "return")
        moves = returns.move_ids.returned_move_ids
        return moves.filtered(lambda m: not m.aftersales_effect_id)

    # ------------------------------------------------------------------
    # Take back: the copy stays the reader's
    # ------------------------------------------------------------------
    def _is_for_repair(self):
        return self.resolution_id.remedy_id.repairs

    def _get_copy_owner(self):
        """Return whose copy it is: the reader, else the customer of the order."""
        return self.ticket_id.partner_id or self.ticket_id._get_shipping_partner()

    def _get_return_key(self):
        return *super()._get_return_key(), self._is_for_repair()

    def _get_quarantine(self):
        quarantine = super()._get_quarantine()
        if not self._is_for_repair():
            return quarantine
        own = self.resolution_id._get_warehouse().aftersales_quarantine_location_id
        return (
            own or self._get_setting("aftersales_quarantine_location_id")
        )._get_aftersales_repairs()

    def _prepare_return_move_vals(self, picking):
        vals = super()._prepare_return_move_vals(picking)
        if self._is_for_repair():
            vals["restrict_partner_id"] = self._get_copy_owner().id
        return vals

    # ------------------------------------------------------------------
    # Repair
    # ------------------------------------------------------------------
    def _post_repair(self):
        """Put the copies that the inspection confirmed on the list of repairs."""
        vals_list = []
        for effect in self:
            company = effect.company_id
            due = fields.Date.add(
                company._get_aftersales_today(), days=company.aftersales_repair_days
            )
            vals_list += [
                {
                    "effect_id": effect.id,
                    "inspection_id": inspection.id,
                    "quantity": copies,
                    "due": due,
                }
                for inspection, copies in effect._get_copies_to_repair().items()
            ]
        self.env["aftersales.repair"].create(vals_list)
        self.env["aftersales.event"]._log("repair_started", self)
        self.resolution_id._tell_repair_term()
        self.ticket_id._follow_repair_term()

    def _get_copies_to_repair(self):
        """Return ``{inspection: copies}`` that are here, confirmed and not on the list of repairs."""
        unlisted = self.resolution_id._get_unlisted_copies()
        listed = self.repair_ids.filtered(lambda r: not r.is_cancelled)
        copies = {}
        for inspection in self.resolution_id.inspection_ids:
            if inspection.state != "done" or not inspection.confirmed:
                continue
            key = inspection.move_line_id.move_id, inspection.lot_id
            known = listed.filtered(lambda r, i=inspection: r.inspection_id == i)
            free = min(inspection.quantity - sum(known.mapped("quantity")), unlisted[key])
            if self._compare(free, 0.0) > 0:
                copies[inspection] = free
                unlisted[key] -= free
        return copies

    def _get_repair_planned(self):
        repairs = self.repair_ids.filtered(
            lambda r: r.state != "cancelled" and r.outcome != "instead"
        )
        return sum(repairs.mapped("quantity"))

    def _get_repair_done(self):
        return sum(self.repair_ids.filtered(lambda r: r._goes_home()).mapped("quantity"))

    # ------------------------------------------------------------------
    # Give back
    # ------------------------------------------------------------------
    def _post_giveback(self):
        """Announce the native return of our return, with the very copies and their print runs."""
        parcels = [
            (effect, return_move, by_lot)
            for effect in self
            for return_move, by_lot in effect._get_copies_to_give_back().items()
        ]
        self.env["aftersales.repair"]._check_at_hand(
            [
                (effect, return_move, lot, copies)
                for effect, return_move, by_lot in parcels
                for lot, copies in by_lot.items()
            ]
        )
        pickings = (
            self.env["stock.picking"]
            .with_context(**QUIET)
            .create(
                [
                    effect.resolution_id._prepare_send_back_vals(return_move)
                    for effect, return_move, _by_lot in parcels
                ]
            )
        )
        moves = self.env["stock.move"].create(
            [
                {
                    **effect.resolution_id._prepare_send_back_move_vals(
                        picking, return_move, by_lot
                    ),
                    "aftersales_effect_id": effect.id,
                }
                for picking, (effect, return_move, by_lot) in zip(pickings, parcels, strict=True)
            ]
        )
        pickings.action_confirm()
        moves._action_assign()
        self.env["aftersales.event"]._log("give_back_ready", self)

    def _get_copies_to_give_back(self):
        """Return ``{return move: {lot: copies}}`` that are ready to go home and not announced."""
        copies = {}
        for repair in self.resolution_id.repair_ids.filtered(lambda r: r._goes_home()):
            by_lot = copies.setdefault(repair.return_move_id, {})
            by_lot[repair.lot_id] = by_lot.get(repair.lot_id, 0.0) + repair.quantity
        for move in self.move_ids.filtered(lambda m: m.state != "cancel"):
            came_again = move.returned_move_ids.filtered(lambda m: m.state == "done")
            by_lot = copies.setdefault(move.origin_returned_move_id, {})
            for sign, lines in ((-1, move.move_line_ids), (1, came_again.move_line_ids)):
                for line in lines:
                    by_lot[line.lot_id] = (
                        by_lot.get(line.lot_id, 0.0) + sign * line.quantity_product_uom
                    )
        return self._limit_to_open(copies)

    def _limit_to_open(self, copies):
        """Take off what is announced without saying which run: a transfer that was unreserved."""
        left, limited = self._get_open_quantity(), {}
        for move, by_lot in copies.items():
            for lot, quantity in by_lot.items():
                ready = min(quantity, left)
                if self._compare(ready, 0.0) > 0:
                    limited.setdefault(move, {})[lot] = ready
                    left -= ready
        return limited

    def _get_giveback_planned(self):
        live = self.move_ids.filtered(lambda m: m.state != "cancel")
        announced = sum(m.quantity if m.state == "done" else m.product_qty for m in live)
        return announced - self._get_came_again()

    def _get_giveback_done(self):
        done = self.move_ids.filtered(lambda m: m.state == "done")
        return sum(done.mapped("quantity")) - self._get_came_again()

    def _get_came_again(self):
        """Copies that came back to the house because they could not be delivered."""
        back = self.move_ids.returned_move_ids.filtered(
            lambda m: m.state == "done" and m.location_id.usage == "customer"
        )
        return sum(back.mapped("quantity"))

    # ------------------------------------------------------------------
    # Undo, and what did not arrive
    # ------------------------------------------------------------------
    def _has_posted_document(self):
        if self.kind == "repair":
            return False  # where the copies are is told by the return and its undoing
        if self.kind == "giveback":
            return self._compare(self._get_giveback_done(), 0.0) > 0
        return super()._has_posted_document()

    def _do_cancel(self):
        repairs = self.filtered(lambda e: e.kind == "repair").repair_ids
        repairs.filtered(lambda r: not r.result).is_cancelled = True
        return super()._do_cancel()

    def _is_postable(self, again=False):
        """What came again is sent again by an agent, never by itself."""
        return super()._is_postable(again) and (again or not self._was_sent_in_vain())

    def _was_sent_in_vain(self):
        if self.kind == "giveback":
            return self._get_came_again() > 0 and self._get_open_quantity() > 0
        return super()._was_sent_in_vain()

    def _on_changed(self, before):
        result = super()._on_changed(before)
        home = self.filtered(lambda e: e.kind == "giveback" and e.quantity_done > before[e.id])
        self.env["aftersales.event"]._log("given_back", home)
        return result
