from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..locking import lock_and_touch
from .aftersales_repair import OPEN_STATES
from .aftersales_tracking import QUIET


class AftersalesResolution(models.Model):
    """Repair or rebind the reader's own copy: its progress, its undoing, what follows a failure."""

    _inherit = "aftersales.resolution"

    progress = fields.Selection(
        selection_add=[
            ("repairing", "In repair"),
            ("repair_failed", "Not repairable"),
            ("partly_done",),
            ("done",),
        ]
    )
    repair_ids = fields.One2many("aftersales.repair", "resolution_id", "Repairs")
    repair_due = fields.Date(compute="_compute_repair_due", help="When the last repair is due.")

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends("repair_ids.state", "repair_ids.due")
    def _compute_repair_due(self):
        for resolution in self:
            waiting = resolution.repair_ids.filtered(lambda r: r.state in OPEN_STATES)
            resolution.repair_due = max(waiting.filtered("due").mapped("due"), default=False)

    @api.depends("repair_ids.state", "repair_ids.outcome")
    def _compute_progress(self):
        return super()._compute_progress()

    def _get_progress(self):
        progress = super()._get_progress()
        first = (False, "to_execute", "contradicted", "to_inspect", "done")
        if progress in first or not self.remedy_id.repairs:
            return progress
        if self._get_failed_repairs():
            return "repair_failed"
        if any(repair.state in OPEN_STATES for repair in self.repair_ids):
            return "repairing"
        return progress

    @api.depends("repair_ids.state", "inspection_ids.disposition")
    def _compute_can_send_back(self):
        result = super()._compute_can_send_back()
        for resolution in self.sudo().filtered("remedy_id.repairs"):
            inspections = resolution.inspection_ids
            resolution.can_send_back = (
                resolution.state == "agreed"
                and bool(inspections)
                and all(i.state == "done" for i in inspections)
                and resolution.progress not in ("done", "repair_failed")
                and not any(r.state in ("sending", "away") for r in resolution.repair_ids)
            )
        return result

    @api.depends("remedy_id")
    def _compute_can_cancel(self):
        result = super()._compute_can_cancel()
        self.filtered(lambda r: r.progress in ("repairing", "repair_failed")).can_cancel = False
        return result

    # ------------------------------------------------------------------
    # What forbids it
    # ------------------------------------------------------------------
    def _get_line_problems(self):
        problems = super()._get_line_problems()
        remedy, line = self.remedy_id, self.line_id
        if not remedy.repairs or not line:
            return problems
        names = {
            "case": self.ticket_id.number,
            "remedy": remedy.name,
            "title": line._get_title(),
        }
        if {"return", "repair", "giveback"} - set(remedy.effect_ids.mapped("kind")):
            problems.append(
                self.env._(
                    "Case %(case)s: “%(remedy)s” is incomplete. Let a manager give it the effects "
                    "“Take back”, “Repair” and “Give the copy back” (Configuration, Remedies).",
                    **names,
                )
            )
        if line.sent_product_id:
            problems.append(
                self.env._(
                    "Case %(case)s: instead of “%(title)s” another title came, so there is nothing "
                    "to repair. Exchange it.",
                    **names,
                )
            )
        if not (self.ticket_id.partner_id or self.ticket_id._get_shipping_partner()):
            problems.append(
                self.env._(
                    "Case %(case)s: “%(title)s” stays the property of its reader, and nobody is "
                    "named. Pick the reader from the contacts first.",
                    **names,
                )
            )
        return problems

    # ------------------------------------------------------------------
    # Undo: the copy goes home as it is
    # ------------------------------------------------------------------
    def _do_send_back(self, reason):
        """End the repairs that are not sent home yet; the reader gets the copies as they are."""
        if self.remedy_id.repairs:
            away = self.repair_ids.filtered(lambda r: r.state in ("sending", "away"))
            if away:
                raise UserError(
                    self.env._(
                        "%(repair)s is at the binder or on its way there. Cancel the transfer, or "
                        "take the copies in first.",
                        repair=away[0]._get_label(),
                    )
                )
            self._withdraw_give_back()
            result = super()._do_send_back(reason)
            self._end_repairs_of_copies_gone()
            return result
        return super()._do_send_back(reason)

    def _get_unlisted_copies(self):
        """Return ``{(return move, lot): copies}`` that are here, less those on the list of repairs.

        Above zero where a repair is to be opened, below zero where copies of repairs went, or are
        announced to go, back to the reader as they are.
        """
        copies = defaultdict(float)
        sent = defaultdict(float)
        for inspection in self.inspection_ids.filtered(lambda i: i.state == "done"):
            key = inspection.move_line_id.move_id, inspection.lot_id
            if inspection.confirmed:
                copies[key] += inspection.quantity
            elif inspection.contradiction == "upheld":
                sent[key] -= inspection.quantity  # its going home takes off no confirmed copy
        for line in self.inspection_ids.move_line_id.move_id.returned_move_ids.filtered(
            lambda m: not m.aftersales_effect_id
        )._get_lines_to_reader():
            sent[line.move_id.origin_returned_move_id, line.lot_id] += line.quantity_product_uom
        live = self.repair_ids.filtered(lambda r: not r.is_cancelled)
        for repair in live:
            key = repair.return_move_id, repair.lot_id
            copies[key] -= repair.quantity
            if repair.outcome == "instead":
                sent[key] -= repair.quantity  # handed over on paper, and on the list all the same
        return {key: n - max(0.0, sent[key]) for key, n in copies.items()}

    def _end_repairs_of_copies_gone(self):
        """End the repairs of copies that go home as they are; what was given back stays mended."""
        for resolution in self:
            gives = resolution.effect_ids.filtered(lambda e: e.kind == "giveback")
            given = defaultdict(float)
            for line in gives.move_ids.filtered(lambda m: m.state == "done").move_line_ids:
                key = line.move_id.origin_returned_move_id, line.lot_id
                given[key] += line.quantity_product_uom
            unlisted = resolution._get_unlisted_copies()
            live = resolution.repair_ids.filtered(
                lambda r: not r.is_cancelled and r.outcome != "instead"
            )
            # what was mended first was given back first
            live = live.sorted(lambda r: r.result_at or fields.Datetime.now())
            for repair in live.sorted(lambda r: (r.state in ("sending", "away"), r._goes_home())):
                key = repair.return_move_id, repair.lot_id
                free = repair.quantity
                if repair._goes_home():
                    kept = min(free, given[key])
                    given[key] -= kept
                    free -= kept
                gone = min(free, -unlisted[key])
                if repair.product_id.uom_id.compare(gone, 0.0) <= 0:
                    continue
                unlisted[key] += gone
                if repair.product_id.uom_id.compare(gone, repair.quantity) < 0:
                    repair = repair._split(gone)
                repair.is_cancelled = True

    def _follow_own_return(self):
        """Follow copies that the warehouse sent home as they are, by Odoo's own return."""
        resolutions = self.filtered("remedy_id.repairs")
        live = resolutions.repair_ids.filtered(lambda r: not r.is_cancelled)
        before = {r: sum((live & r.repair_ids).mapped("quantity")) for r in resolutions}
        resolutions._end_repairs_of_copies_gone()
        live = resolutions.repair_ids.filtered(lambda r: not r.is_cancelled)
        ended = resolutions.filtered(
            lambda r: sum((live & r.repair_ids).mapped("quantity")) < before[r]
        )
        if ended:
            ended._withdraw_give_back()  # announced anew for what is still here
            ended.ticket_id._note_problems(ended._post_in_batches(lambda r: r._advance()))

    def _is_given_for(self, inspection):
        """Copies that went home again were not given for what stays."""
        if self.remedy_id.repairs:
            return False
        return super()._is_given_for(inspection)

    def _withdraw_give_back(self):
        """Cancel announced ways home: they are announced anew for what is still to go."""
        gives = self.effect_ids.filtered(lambda e: e.kind == "giveback")
        gives._cancel_open_moves()

    def _prepare_send_back_move_vals(self, picking, return_move, by_lot):
        vals = super()._prepare_send_back_move_vals(picking, return_move, by_lot)
        if owner := return_move.restrict_partner_id:
            vals["restrict_partner_id"] = owner.id
            for _command, _id, line_vals in vals["move_line_ids"]:
                line_vals["owner_id"] = owner.id
        return vals

    # ------------------------------------------------------------------
    # What cannot be repaired
    # ------------------------------------------------------------------
    def _get_failed_repairs(self):
        return self.repair_ids.filtered(lambda r: r.state == "failed" and not r.outcome)

    def _check_failed_repairs(self):
        for resolution in self.filtered(lambda r: not r._get_failed_repairs()):
            raise UserError(
                self.env._(
                    "%s: no copy waits for your decision, all were repaired or decided already.",
                    resolution.display_name,
                )
            )

    def action_return_unrepaired(self):
        """Send copies that cannot be repaired back to the reader as they are.

        :raises UserError: when no copy waits for the decision
        """
        self._check_role("agent", "manager")
        resolutions = self.sudo()
        resolutions.ticket_id._check_may_decide()
        lock_and_touch(resolutions)
        resolutions._check_failed_repairs()
        failed = resolutions._get_failed_repairs()
        failed.outcome = "unrepaired"
        self.env["aftersales.event"]._log("unrepaired", failed)
        return failed._go_on()

    def action_exchange_instead(self):
        """Exchange copies that cannot be repaired; see :meth:`action_replace_repair`."""
        return self.action_replace_repair("exchange")

    def action_refund_instead(self):
        """Refund copies that cannot be repaired; see :meth:`action_replace_repair`."""
        return self.action_replace_repair("return_refund")

    def action_replace_repair(self, remedy):
        """Give the reader another remedy for copies that cannot be repaired and are here.

        Odoo moves no goods from one owner to another: on paper the reader gets the copies back and
        sends them in again, this time as ours. So the order, the ledger and the stock are those of
        any exchange or refund, and the claim is checked as for any other.

        :param remedy: ``aftersales.remedy`` or its code; one that takes the copies back
        :raises UserError: when no copy waits for the decision, or the remedy cannot be carried out
        """
        self._check_role("agent", "manager")
        self.ticket_id._check_may_decide()
        resolutions = self.sudo()
        remedy = self.env["aftersales.remedy"]._get(remedy, resolutions.company_id)
        lock_and_touch(resolutions)
        lock_and_touch(resolutions.line_id.delivery_move_id)
        resolutions._check_failed_repairs()
        resolutions._check_replaces_repair(remedy)
        for resolution in resolutions:
            resolution._replace_repair(remedy)
        resolutions.ticket_id._sync_phase()
        return True

    def _check_replaces_repair(self, remedy):
        for resolution in self if remedy.repairs or not remedy.takes_back else ():
            raise UserError(
                self.env._(
                    "%(resolution)s: the copies are here, and “%(remedy)s” does not take them over. "
                    "Choose an exchange or a refund that takes them back.",
                    resolution=resolution.display_name,
                    remedy=remedy.name,
                )
            )

    def _replace_repair(self, remedy):
        self.ensure_one()
        failed = self._get_failed_repairs()
        reason = "; ".join(filter(None, dict.fromkeys(failed.mapped("result_note"))))
        copies, line = sum(failed.mapped("quantity")), self.line_id
        failed.outcome = "instead"
        self._hand_over_failed(failed)
        quantity = line.product_id.uom_id._compute_quantity(copies, line.product_uom_id)
        self._lower_repair(copies, quantity, reason)
        self.env["aftersales.event"]._log("repair_replaced", failed, reason)
        note = self.env._("Not repairable: %s", reason)
        line.action_settle(remedy, quantity, by="agent", note=note)
        taken = line.resolution_ids.filtered(
            lambda r: r.remedy_id == remedy and r.state == "agreed" and not r.inspection_ids
        ).sorted("id")[-1:]
        taken._take_in_failed(failed)

    def _hand_over_failed(self, failed):
        """Let the copies leave the reader's property, by a native return of our return."""
        copies = {}
        for repair in failed:
            by_lot = copies.setdefault(repair.return_move_id, {})
            by_lot[repair.lot_id] = by_lot.get(repair.lot_id, 0.0) + repair.quantity
        failed._check_at_hand(
            [(self, move, lot, n) for move, by_lot in copies.items() for lot, n in by_lot.items()]
        )
        for return_move, by_lot in copies.items():
            vals = {
                **self._prepare_send_back_vals(return_move),
                # no outgoing operation: nothing leaves, and no reader is told that it does
                "picking_type_id": self._get_warehouse().int_type_id.id,
                "origin": self.env._(
                    "%s (not repairable, taken over on paper)", self.ticket_id.number
                ),
            }
            picking = self.env["stock.picking"].with_context(**QUIET).create(vals)
            self.env["stock.move"].create(
                self._prepare_send_back_move_vals(picking, return_move, by_lot)
            )
            picking.action_confirm()
            picking.move_ids._action_assign()
            picking.move_ids.picked = True
            picking._action_done()

    def _lower_repair(self, copies, quantity, reason):
        """Take copies off the repair; end it where none is left.

        :param copies: in the product's unit
        :param quantity: in the unit of the case line
        """
        rest = self.quantity - quantity
        if self.line_id.product_uom_id.compare(rest, 0.0) <= 0:
            self.effect_ids.is_cancelled = True
            self._transition(("agreed",), "cancelled")
            self.closing_reason = self.env._("Not repairable: %s", reason)
            return
        self.quantity = rest
        for effect in self.effect_ids:
            effect.quantity -= copies

    def _take_in_failed(self, failed):
        """Receive and inspect what is here already, for the remedy that replaces the repair."""
        self.ensure_one()
        picking = self._get_return_pickings()
        moves = self.effect_ids.filtered(lambda e: e.kind == "return").move_ids
        moves = moves.filtered(lambda m: m.state not in ("done", "cancel"))
        by_lot = {}
        for repair in failed:
            by_lot[repair.lot_id] = by_lot.get(repair.lot_id, 0.0) + repair.quantity
        moves.move_line_ids.unlink()
        table = self.env["aftersales.returns.table"]
        self.env["stock.move.line"].create(
            [table._prepare_move_line_vals(moves[:1], lot.id, n) for lot, n in by_lot.items()]
        )
        moves.picked = True
        picking._action_done()
        self.slip_due = False
        found = failed[:1].inspection_id
        inspections = self.inspection_ids.filtered(lambda i: i.state == "draft")
        inspections.write(
            {
                "grade": found.grade if found.grade != "as_new" else "defective",
                "disposition": "quarantine",
                "contradicts": False,
                "note": failed[:1].result_note,
            }
        )
        inspections.action_done()

    # ------------------------------------------------------------------
    # Tell the reader
    # ------------------------------------------------------------------
    def _tell_repair_term(self):
        """Mail readers with an address until when their copies are repaired (R8.6, R9.1)."""
        for resolution in self.filtered("repair_due"):
            resolution.ticket_id._mail_about(
                resolution,
                "mail_template_repair",
                self.env._(
                    "No mail address is known, so the reader was not told that the copies are in "
                    "repair until %s. Call the reader.",
                    fields.Date.to_string(resolution.repair_due),
                ),
            )

    def _tell_not_repairable(self):
        """Mail readers that their copies cannot be repaired, as the first mail promised (R9.1)."""
        for resolution in self:
            resolution.ticket_id._mail_about(
                resolution,
                "mail_template_not_repairable",
                self.env._(
                    "No mail address is known, so the reader was not told that the copies cannot be "
                    "repaired. Call the reader, and say what you offer instead."
                ),
            )
