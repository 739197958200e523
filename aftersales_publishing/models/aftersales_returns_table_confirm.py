from collections import defaultdict

from odoo import Command, api, models
from odoo.exceptions import UserError

from ..locking import lock_and_touch
from .aftersales_returns_table import ROLES

FOUND = ("grade", "disposition", "contradicts", "wrap", "accessories", "note")


class AftersalesReturnsTable(models.AbstractModel):
    """Receive and inspect a parcel in one go, or note one that has no owner (R6.5, R6.6)."""

    _inherit = "aftersales.returns.table"

    @api.model
    def confirm(self, picking_id, received, copies, extras=None):
        """Receive what was counted, inspect it, and note what should not have been there.

        Copies that are not counted stay expected: in a backorder of the return, or to inspect.

        :param received: what the parcel said when it was opened; its lines are others once it
            is received
        :param copies: list of ``{"line_id", "lot_id", "quantity", "grade"}`` and optionally
            ``"disposition", "contradicts", "wrap", "accessories", "note"`` and ``"checks"``, a
            list of ``[question id, in order or not]``. Quantities are in the product's unit.
        :param extras: list of ``{"product_id" or "description", "lot_id", "quantity"}``: copies
            beyond what is expected, and other titles
        :return: ``{"message", "counted", "missing", "contradicting", "stray", "labels"}``; of the
            last, how many copies were put aside and get a label
        :raises UserError: naming the parcel and what to do, when it is finished with, when more
            is counted than expected, or when a grade or print run is missing
        """
        self._check_role(*ROLES)
        picking = self._get_parcel(picking_id)
        lock_and_touch(picking)
        if received != (picking.state == "done"):
            raise UserError(
                self.env._(
                    "%s was received by a colleague meanwhile. Scan the parcel again to inspect "
                    "its copies.",
                    picking.name,
                )
            )
        if not copies and not extras:
            raise UserError(
                self.env._("%s: count a copy first, or leave the parcel with Esc.", picking.name)
            )
        lines = self._get_lines(picking)
        counted = self._group_copies(picking, lines, copies)
        missing = self._get_expected(lines) - sum(sum(group.values()) for group in counted.values())
        with self.env["aftersales.event"]._together():
            if counted and not received:
                self._receive(picking, counted)
            inspections = self._grade(picking, counted, received)
            inspections.with_env(self.env).action_done()
            stray = self._note_extras(picking, lines, extras or [])
        return self._tell_confirmed(picking, inspections, missing, stray)

    @api.model
    def record_stray(self, waybill, contents, sender=None):
        """Note a parcel that nobody announced.

        :param contents: list of ``{"product_id" or "description", "lot_id", "quantity"}``
        :param sender: what is written on it
        :return: ``{"id", "name", "message"}``
        """
        self._check_role(*ROLES)
        parcel = self.env["aftersales.stray.parcel"].create(
            {
                "waybill": waybill or False,
                "sender": sender or False,
                "line_ids": [Command.create(vals) for vals in self._get_content_vals(contents)],
            }
        )
        return {
            "id": parcel.id,
            "name": parcel.name,
            "message": self.env._(
                "Recorded as ownerless parcel %s. Write the number on it and put it aside.",
                parcel.name,
            ),
        }

    # ------------------------------------------------------------------
    # Count
    # ------------------------------------------------------------------
    @api.model
    def _group_copies(self, picking, lines, copies):
        """Return ``{line: {what was found: quantity}}``, after checking what was counted."""
        by_id = {line.id: line for line in lines}
        counted = defaultdict(lambda: defaultdict(float))
        lots = self.env["stock.lot"].sudo().browse({c.get("lot_id") for c in copies} - {None, 0})
        titles_by_lot = {lot.id: lot.product_id for lot in lots.exists()}
        for copy in copies:
            line = by_id.get(copy["line_id"])
            if line is None:
                raise UserError(
                    self.env._(
                        "%s: a copy is not expected any more. Leave the parcel with Esc and scan "
                        "it again.",
                        picking.name,
                    )
                )
            lot_id = copy.get("lot_id") or False
            self._check_copy(picking, line, copy, titles_by_lot.get(lot_id))
            checks = tuple(sorted((int(q), bool(ok)) for q, ok in copy.get("checks") or ()))
            found = tuple((name, copy[name]) for name in FOUND if copy.get(name) is not None)
            counted[line][lot_id, found, checks] += copy.get("quantity", 1.0)
        for line, groups in counted.items():
            self._check_count(picking, line, sum(groups.values()))
        return counted

    @api.model
    def _check_copy(self, picking, line, copy, lot_title):
        title = line.product_id
        if not copy.get("grade"):
            raise UserError(
                self.env._("%(parcel)s: give %(title)s a grade.", **self._get_names(picking, title))
            )
        if title.tracking == "lot" and lot_title != title:
            raise UserError(
                self.env._(
                    "%(parcel)s: choose the print run of %(title)s by its copyright page.",
                    **self._get_names(picking, title),
                )
            )

    @api.model
    def _check_count(self, picking, line, quantity):
        title, expected = line.product_id, self._get_expected(line)
        if title.uom_id.compare(quantity, 0.0) <= 0 or title.uom_id.compare(quantity, expected) > 0:
            raise UserError(
                self.env._(
                    "%(parcel)s: %(expected)g copies of %(title)s are expected, %(quantity)g were "
                    "counted. Record the others as unexpected copies.",
                    expected=expected,
                    quantity=quantity,
                    **self._get_names(picking, title),
                )
            )

    @api.model
    def _get_names(self, picking, title):
        return {"parcel": picking.name, "title": title.name}

    @api.model
    def _get_expected(self, lines):
        field = "quantity" if lines._name == "aftersales.inspection" else "product_qty"
        return sum(lines.mapped(field))

    # ------------------------------------------------------------------
    # Receive
    # ------------------------------------------------------------------
    @api.model
    def _receive(self, picking, counted):
        """Validate the return with the print runs that came; the rest becomes a backorder."""
        picking_sudo = picking.sudo()
        moves = self.env["stock.move"].sudo().concat(*counted)
        obsolete, new_vals = self.env["stock.move.line"].sudo(), []
        for move, groups in counted.items():
            by_lot = defaultdict(float)
            for (lot_id, *_found), quantity in groups.items():
                by_lot[lot_id] += quantity
            planned = {line.lot_id.id: line.quantity_product_uom for line in move.move_line_ids}
            if len(planned) != len(move.move_line_ids) or planned != dict(by_lot):
                obsolete |= move.move_line_ids
                new_vals += [
                    self._prepare_move_line_vals(move, lot_id, quantity)
                    for lot_id, quantity in by_lot.items()
                ]
        obsolete.unlink()
        self.env["stock.move.line"].sudo().create(new_vals)
        (picking_sudo.move_ids - moves).picked = False
        moves.picked = True
        picking_sudo.with_context(skip_backorder=True, skip_sms=True).button_validate()
        if picking_sudo.state != "done":
            raise UserError(
                self.env._(
                    "%s could not be received here. Open it under “Returns to Receive” and "
                    "validate it there.",
                    picking.name,
                )
            )

    @api.model
    def _prepare_move_line_vals(self, move, lot_id, quantity):
        return {
            "move_id": move.id,
            "picking_id": move.picking_id.id,
            "company_id": move.company_id.id,
            "product_id": move.product_id.id,
            "product_uom_id": move.product_id.uom_id.id,
            "lot_id": lot_id,
            "quantity": quantity,
            "location_id": move.location_id.id,
            "location_dest_id": move.location_dest_id.id,
        }

    # ------------------------------------------------------------------
    # Inspect
    # ------------------------------------------------------------------
    @api.model
    def _grade(self, picking, counted, received):
        """Type what was found into the inspections of the parcel; return those."""
        pools = defaultdict(list)
        for inspection in self._get_open_inspections(picking):
            move = inspection.move_line_id.move_id
            key = inspection if received else (move, inspection.lot_id.id)
            pools[key].append(inspection)
        graded = self.env["aftersales.inspection"].sudo()
        for line, groups in counted.items():
            for (lot_id, found, checks), quantity in groups.items():
                key = line if received else (line, lot_id)
                vals = {**dict(found), **self._prepare_check_vals(checks)}
                for inspection in self._take(pools[key], quantity):
                    inspection.write(vals)
                    graded |= inspection
        return graded

    @api.model
    def _prepare_check_vals(self, checks):
        """Answer the checklist anew; without an answer, what was typed elsewhere stays."""
        answers = [{"question_id": question, "in_order": in_order} for question, in_order in checks]
        if not answers:
            return {}
        return {"check_ids": [Command.clear(), *map(Command.create, answers)]}

    @api.model
    def _take(self, pool, quantity):
        """Take inspections of so many copies from a pool, splitting the last one."""
        taken = []
        while pool and quantity > 0:
            inspection = pool.pop(0)
            compare = inspection.product_id.uom_id.compare
            if compare(inspection.quantity, quantity) > 0:
                pool.insert(0, inspection._split(quantity))
                inspection.quantity = quantity
            quantity -= inspection.quantity
            taken.append(inspection)
        return taken

    # ------------------------------------------------------------------
    # What should not have been there
    # ------------------------------------------------------------------
    @api.model
    def _note_extras(self, picking, lines, extras):
        """Note unexpected copies on the case of the parcel; the agent decides about them.

        They are not received: nobody claimed them, and a receipt would say that more came back
        than was delivered (R6.4).
        """
        if not extras:
            return self.env["aftersales.stray.parcel"]
        ticket = self._get_effects(lines).ticket_id[:1]
        stray = (
            self.env["aftersales.stray.parcel"]
            .sudo()
            .create(
                {
                    "company_id": picking.company_id.id,
                    "ticket_id": ticket.id,
                    "picking_id": picking.id,
                    "waybill": ticket.waybill_ids[:1].number,
                    "line_ids": [Command.create(vals) for vals in self._get_content_vals(extras)],
                }
            )
        )
        stray._transition(("open",), "linked")
        stray.write({"linked_by_id": self.env.uid, "linked_at": stray.create_date})
        stray._tell_cases("unexpected")
        return stray

    @api.model
    def _get_content_vals(self, contents):
        """Return the values of the contents: known keys only, nothing else is written."""
        return [
            {
                name: item[name]
                for name in ("product_id", "lot_id", "description", "quantity")
                if item.get(name)
            }
            for item in contents
        ]

    # ------------------------------------------------------------------
    # Answer
    # ------------------------------------------------------------------
    @api.model
    def _tell_confirmed(self, picking, inspections, missing, stray):
        contradicting = inspections.filtered("contradicts")
        count = sum(inspections.mapped("quantity"))
        parts = []
        if count:
            parts.append(
                self.env._(
                    "%(parcel)s: %(count)g copies received and inspected.",
                    parcel=picking.name,
                    count=count,
                )
            )
        if missing > 0:
            parts.append(self.env._("%g are missing and stay expected.", missing))
        if contradicting:
            parts.append(
                self.env._(
                    "%g contradict the claim: the agent decides.",
                    sum(contradicting.mapped("quantity")),
                )
            )
        if stray:
            parts.append(self.env._("Unexpected copies are noted on the case as %s.", stray.name))
        return {
            "message": " ".join(parts),
            "counted": count,
            "missing": missing,
            "contradicting": sum(contradicting.mapped("quantity")),
            "stray": stray.name or False,
            "labels": sum(i._get_label_count() for i in inspections._get_labelled()),
        }
