from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from . import invariants
from .common import AftersalesCommon


class RepairDesk:
    """What the workshop does, for test cases of any world."""

    def _repairs(self, ticket, user=None):
        repairs = self.env["aftersales.repair"].search([("ticket_id", "=", ticket.id)])
        return repairs.with_user(user or self.warehouse)

    def _go(self, move):
        """Validate the transfer of a move."""
        self._validate(move.sudo().picking_id.with_user(self.warehouse))

    def _send_home(self, resolution):
        moves = resolution.sudo().effect_ids.filtered(lambda e: e.kind == "giveback").move_ids
        pickings = moves.filtered(lambda m: m.state == "assigned").picking_id
        self._validate(pickings.with_user(self.warehouse))
        return pickings

    def _workshop(self):
        return self.house.aftersales_quarantine_location_id._get_aftersales_repairs()


class RepairCommon(RepairDesk, AftersalesCommon):
    """A workshop in the house and a bindery outside of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bindery = cls.env["res.partner"].create(
            {"name": "Daxing Bindery", "is_company": True, "email": "bind@daxing.example"}
        )

    # ------------------------------------------------------------------
    # What the desks do
    # ------------------------------------------------------------------
    def _take_in(self, copies=1, lot=None, **sale):
        """Sell copies, agree on their repair, receive and inspect them."""
        lot = lot or self.run_1
        order = self._sell({lot: copies}, **sale)
        ticket = self._case(order, {lot: copies}, "binding")
        resolution = self._agree(ticket, "repair")
        self._receive(resolution)
        self._inspect(resolution, disposition="repair")
        return order, ticket, resolution

    # ------------------------------------------------------------------
    # Figures, from native records alone
    # ------------------------------------------------------------------
    def _value(self, product=None):
        """Value of our stock, by Odoo."""
        product = (product or self.novel).with_company(self.company)
        product.invalidate_recordset()
        return product.total_value

    def _held(self, lot):
        """Copies of a run with all customers, by native moves."""
        lines = self.env["stock.move.line"].search(
            [("lot_id", "=", lot.id), ("state", "=", "done")]
        )
        to = lines.filtered(lambda ln: ln.location_dest_id.usage == "customer")
        back = lines.filtered(lambda ln: ln.location_id.usage == "customer")
        return sum(to.mapped("quantity")) - sum(back.mapped("quantity"))

    def _claimable(self, ticket):
        line = ticket.line_ids[:1]
        line.invalidate_recordset(["claimable_quantity"])
        return line.claimable_quantity

    def _entries(self):
        return self.env["account.move"].search_count([("company_id", "=", self.company.id)])


@tagged("post_install", "-at_install")
class TestRepair(RepairCommon):
    """A reader's copy with a broken spine is glued in the house and goes home (R6.1)."""

    def test_the_same_copy_goes_home(self):
        """Returned, inspected, mended, sent: nothing but its place ever changes."""
        order = self._sell({self.run_1: 1})
        ticket = self._case(order, {self.run_1: 1}, "binding")
        before = self._order_figures(order)
        value, entries, stock = self._value(), self._entries(), self._stock(self.run_1)
        resolution = self._agree(ticket, "repair")
        self.assertEqual(ticket.next_step, "receive")
        picking = self._receive(resolution)
        self.assertEqual(picking.location_dest_id, self._workshop())
        self.assertEqual((ticket.next_step, self._claimable(ticket)), ("inspect", 0))
        self._inspect(resolution, disposition="repair")
        self.assertEqual((ticket.next_step, resolution.progress), ("repair", "repairing"))
        quant = self.env["stock.quant"].search([("location_id", "=", self._workshop().id)])
        self.assertEqual(
            (quant.lot_id, quant.quantity, quant.owner_id), (self.run_1, 1, self.reader)
        )
        self.assertEqual((self._value(), self._entries()), (value, entries))
        self.assertEqual(self._order_figures(order), before)

        self._repairs(ticket).action_repaired()
        self.assertEqual((ticket.next_step, ticket.phase), ("give_back", "execution"))
        home = self._send_home(resolution)
        self.assertEqual(home.move_line_ids.lot_id, self.run_1)
        self.assertEqual(home.partner_id, self.reader)
        self.assertEqual((resolution.progress, ticket.phase), ("done", "done"))
        self.assertEqual(
            (
                self._held(self.run_1),
                self._stock(self.run_1),
                self._stock(self.run_1, self._workshop()),
            ),
            (1, stock, 0),
        )
        self.assertEqual((self._value(), self._entries()), (value, entries))
        self.assertEqual(self._order_figures(order), before)
        self.assertEqual(self._claimable(ticket), 1)

    def test_before_it_is_invoiced(self):
        """A repair between delivery and invoice leaves amount and cost of the invoice alone."""
        order, _ticket, resolution = self._take_in(2, invoice=False)
        self._repairs(resolution.ticket_id).action_repaired()
        self._send_home(resolution)
        self.assertEqual(self._order_figures(order)["to_invoice"], 2)
        invoice = self._invoice(order)
        self.assertEqual(invoice.amount_untaxed, 119.6)
        expense = self.category.with_company(self.company).property_account_expense_categ_id
        cogs = invoice.line_ids.filtered(lambda ln: ln.display_type == "cogs" and ln.debit)
        cost = round(2 * (200 * 12.0 + 200 * 14.0) / 400, 2)  # average of both runs
        self.assertEqual((sum(cogs.mapped("debit")), cogs.account_id), (cost, expense))

    def test_nothing_else_while_it_is_in_repair(self):
        """The copy on the bench is neither exchanged nor refunded in another case (R6.4)."""
        order, ticket, resolution = self._take_in(1)
        other = self._case(order, {self.run_1: 1}, "binding", duplicate_id=ticket.id)
        for remedy in ("exchange", "return_refund", "repair"):
            with self.assertRaisesRegex(UserError, "only 0 can still be"), self.cr.savepoint():
                other.line_ids.with_user(self.agent).action_propose(remedy)
        self._repairs(ticket).action_repaired()
        self._send_home(resolution)
        exchange = self._agree(other, "exchange")
        self._receive(exchange)
        self._inspect(exchange)
        self._ship(exchange)
        self.assertEqual(exchange.progress, "done")
        self.assertEqual((self._held(self.run_1), self._held(self.run_2)), (0, 1))
        self.assertEqual(invariants.find_breaches(self.env), [])

    def test_two_of_three_can_be_mended(self):
        """Two copies go home mended; the third is exchanged by one click, and leaves with a new one."""
        order, ticket, resolution = self._take_in(3)
        before, value = self._order_figures(order), self._value()
        repairs = self._repairs(ticket)
        repairs.action_split()
        one, two = self._repairs(ticket).sorted("quantity")
        self.assertEqual((one.quantity, two.quantity), (1, 2))
        two.action_repaired()
        one.action_not_repairable("the book block is torn")
        self.assertEqual(
            (ticket.next_step, resolution.progress), ("repair_failed", "repair_failed")
        )
        self.assertEqual(
            ticket.repair_note, f"1 × {self.novel.display_name}: the book block is torn"
        )
        ticket.with_user(self.agent).action_exchange_instead()
        self._end_of_request()
        self.assertFalse(ticket.repair_note)
        exchange = ticket.resolution_ids - resolution
        self.assertEqual((resolution.quantity, exchange.quantity), (2, 1))
        self.assertEqual(exchange.inspection_ids.mapped("state"), ["done"])
        self.assertEqual(exchange.inspection_ids.note, "the book block is torn")
        self._ship(exchange)
        self._send_home(resolution)
        self.assertEqual((resolution.progress, exchange.progress, ticket.phase), ("done",) * 3)
        self.assertEqual((self._held(self.run_1), self._held(self.run_2)), (2, 1))
        self.assertEqual(
            (self._quarantined(self.run_1), self._stock(self.run_1, self._workshop())), (1, 0)
        )
        self.assertEqual(self._order_figures(order), before)
        # the torn copy came in at its cost, another one left at the same average cost
        self.assertAlmostEqual(self._value(), value, 2)

    def test_refund_instead(self):
        """What cannot be mended is refunded to the cent: 59.80 and 9 % of tax."""
        order, ticket, resolution = self._take_in(1)
        value = self._value()
        self._repairs(ticket).action_not_repairable("leaves are missing")
        ticket.with_user(self.agent).action_refund_instead()
        self._end_of_request()
        refund = ticket.refund_ids
        self.assertEqual((resolution.state, refund.amount), ("cancelled", 65.18))
        self.assertEqual(resolution.closing_reason, "Not repairable: leaves are missing")
        ticket.with_user(self.agent).action_post_refunds()
        refund.with_user(self.finance).action_pay()
        self.assertEqual(ticket.phase, "done")
        self.assertEqual(
            self._order_figures(order),
            {"ordered": 0, "delivered": 0, "invoiced": 0, "to_invoice": 0, "status": "invoiced"},
        )
        self.assertAlmostEqual(self._value() - value, 13.0, 2)  # average cost
        self.assertEqual((self._held(self.run_1), self._quarantined(self.run_1)), (0, 1))

    def test_home_as_it_is(self):
        """The reader wants the copy back although it cannot be repaired."""
        order, ticket, resolution = self._take_in(1)
        before = self._order_figures(order)
        repair = self._repairs(ticket)
        repair.action_not_repairable("too brittle")
        ticket.with_user(self.agent).action_return_unrepaired()
        self.assertEqual(ticket.next_step, "give_back")
        self._send_home(resolution)
        self.assertEqual((ticket.phase, repair.outcome), ("done", "unrepaired"))
        self.assertEqual((self._order_figures(order), self._claimable(ticket)), (before, 1))

    def test_a_held_run_goes_home(self):
        """The run is stopped meanwhile: that holds our copies, not the reader's own."""
        _order, ticket, resolution = self._take_in(1)
        self.run_1.with_user(self.quality).action_hold("glue fails")
        self._repairs(ticket).action_repaired()
        self._send_home(resolution)
        self.assertEqual(ticket.phase, "done")


@tagged("post_install", "-at_install")
class TestRepairAtBinder(RepairCommon):
    """A bindery sews the books anew: native transfers out to it and back (R6.1)."""

    def test_to_the_binder_and_back(self):
        order, ticket, resolution = self._take_in(2)
        before, value, entries = self._order_figures(order), self._value(), self._entries()
        repair = self._repairs(ticket)
        repair.action_send_to_binder(self.bindery)
        self.assertEqual((repair.state, ticket.next_step), ("sending", "send_binder"))
        out = repair.sudo().out_move_id
        self.assertEqual(
            (out.picking_id.partner_id, out.location_dest_id.usage), (self.bindery, "supplier")
        )
        self._go(out)
        self.assertEqual((repair.state, ticket.next_step), ("away", "await_binder"))
        due = self.company._get_aftersales_today() + timedelta(days=21)
        self.assertEqual((repair.due, ticket.next_deadline), (due, due))
        self.assertEqual(self._claimable(ticket), 0)
        with self.assertRaisesRegex(UserError, "At the binder"):
            repair.action_repaired()
        self._go(repair.sudo().back_move_id)
        self.assertEqual((repair.state, ticket.next_step), ("back", "repair"))
        repair.action_repaired()
        self._send_home(resolution)
        self.assertEqual(ticket.phase, "done")
        self.assertEqual((self._value(), self._entries()), (value, entries))
        self.assertEqual((self._order_figures(order), self._held(self.run_1)), (before, 2))
        at_binder = self.env["stock.quant"].search(
            [("location_id", "=", out.location_dest_id.id), ("owner_id", "=", self.reader.id)]
        )
        self.assertEqual(sum(at_binder.mapped("quantity")), 0)
        codes = ticket.event_ids.sorted("id").mapped("code")
        wanted = [
            "repair_started",
            "repair_term",
            "binder_sent",
            "binder_back",
            "repaired",
            "given_back",
        ]
        self.assertEqual([code for code in codes if code in wanted], wanted)

    def test_the_binder_keeps_one(self):
        """Two of three come back; the mended ones wait no longer than the third."""
        _order, ticket, resolution = self._take_in(3)
        repair = self._repairs(ticket)
        repair.action_send_to_binder(self.bindery)
        self._go(repair.sudo().out_move_id)
        back = repair.sudo().back_move_id
        back.move_line_ids.quantity = 2
        self._validate(back.picking_id.with_user(self.warehouse), skip_backorder=True)
        here, rest = self._repairs(ticket).sorted("id")
        self.assertEqual((here.state, here.quantity), ("back", 2))
        self.assertEqual((rest.state, rest.quantity), ("away", 1))
        here.action_repaired()
        self._send_home(resolution)
        self.assertEqual((resolution.progress, ticket.next_step), ("repairing", "await_binder"))
        self._go(rest.sudo().back_move_id)
        rest.action_repaired()
        self._send_home(resolution)
        self.assertEqual((ticket.phase, self._held(self.run_1)), ("done", 3))

    def test_a_part_leaves_for_the_binder(self):
        """One of two did not fit into the box: it waits with a transfer of its own."""
        _order, ticket, _resolution = self._take_in(2)
        repair = self._repairs(ticket)
        repair.action_send_to_binder(self.bindery)
        out = repair.sudo().out_move_id
        out.move_line_ids.quantity = 1
        self._validate(out.picking_id.with_user(self.warehouse), skip_backorder=True)
        left, waits = self._repairs(ticket).sorted("id")
        self.assertEqual((left.state, left.quantity, waits.state), ("away", 1, "sending"))
        self.assertEqual(left.sudo().back_move_id.product_uom_qty, 1)
        self._go(waits.sudo().out_move_id)
        self.assertEqual(waits.state, "away")

    def test_the_way_out_is_cancelled(self):
        """The transfer is cancelled: the copy is on our bench again, and can be mended here."""
        _order, ticket, resolution = self._take_in(1)
        repair = self._repairs(ticket)
        repair.action_send_to_binder(self.bindery)
        repair.sudo().out_move_id.picking_id.action_cancel()
        self._end_of_request()
        self.assertEqual((repair.state, ticket.next_step), ("todo", "repair"))
        repair.action_repaired()
        self._send_home(resolution)
        self.assertEqual(ticket.phase, "done")

    def test_the_way_back_is_cancelled(self):
        _order, ticket, _resolution = self._take_in(1)
        repair = self._repairs(ticket)
        repair.action_send_to_binder(self.bindery)
        self._go(repair.sudo().out_move_id)
        repair.sudo().back_move_id.picking_id.action_cancel()
        self.assertTrue(repair.can_await)
        repair.action_await_back()
        self._go(repair.sudo().back_move_id)
        self.assertEqual(repair.state, "back")

    def test_returned_by_hand(self):
        """The warehouse returns the way out in Odoo itself: that is the way back."""
        _order, ticket, _resolution = self._take_in(1)
        repair = self._repairs(ticket)
        repair.action_send_to_binder(self.bindery)
        out, announced = repair.sudo().out_move_id, repair.sudo().back_move_id
        self._go(out)
        announced = repair.sudo().back_move_id
        wizard = self.env["stock.return.picking"].with_context(
            active_model="stock.picking", active_id=out.picking_id.id
        )
        wizard = wizard.create({})
        wizard.product_return_moves.quantity = 1
        self._validate(self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"]))
        self.assertEqual((repair.state, announced.state), ("back", "cancel"))
        line = repair.sudo().back_move_id.move_line_ids
        self.assertEqual((line.owner_id, line.location_dest_id), (self.reader, self._workshop()))

    def test_the_binder_is_late(self):
        """Once: the agent sees it, urges, agrees on a new day, and the reader is told."""
        _order, ticket, _resolution = self._take_in(1)
        repair = self._repairs(ticket)
        repair.action_send_to_binder(self.bindery)
        self._go(repair.sudo().out_move_id)
        with freeze_time(fields.Datetime.now() + timedelta(days=23)):
            self.env["aftersales.repair"]._cron_overdue()
            self.assertEqual(ticket.next_step, "repair_overdue")
            self.env["aftersales.repair"]._cron_overdue()
            late = ticket.event_ids.filtered(lambda e: e.code == "repair_overdue")
            self.assertEqual(len(late), 1)
            mails = self.env["mail.mail"].search_count([("subject", "like", ticket.number)])
            due = self.company._get_aftersales_today() + timedelta(days=5)
            with self.assertRaisesRegex(UserError, "today or a later day"), self.cr.savepoint():
                repair.with_user(self.agent).action_set_due(due - timedelta(days=9))
            repair.with_user(self.agent).action_set_due(due)
            self.assertEqual((ticket.next_step, ticket.next_deadline), ("await_binder", due))
            told = self.env["mail.mail"].search_count([("subject", "like", ticket.number)])
            self.assertEqual(told - mails, 1)


@tagged("post_install", "-at_install")
class TestRepairValue(RepairCommon):
    """Whatever the cost method: the copy on the bench is worth nothing to us (I3)."""

    cost = 13.0  # average of two runs of the same size, at 12.00 and 14.00

    def _go_round(self):
        """To the binder, back, one of two home, the other one exchanged; the value at each step."""
        order = self._sell({self.run_1: 2})
        ticket = self._case(order, {self.run_1: 2}, "binding")
        values = [self._value()]
        resolution = self._agree(ticket, "repair")
        self._receive(resolution)
        values.append(self._value())
        self._inspect(resolution, disposition="repair")
        repair = self._repairs(ticket)
        repair.action_send_to_binder(self.bindery)
        self._go(repair.sudo().out_move_id)
        values.append(self._value())
        self._go(repair.sudo().back_move_id)
        repair.action_split()
        one, other = self._repairs(ticket)
        one.action_repaired()
        self._send_home(resolution)
        values.append(self._value())
        other.action_not_repairable("torn")
        ticket.with_user(self.agent).action_exchange_instead()
        self._end_of_request()
        took_in = self._value()
        self._ship(ticket.resolution_ids - resolution)
        self.assertEqual(ticket.phase, "done")
        return values, took_in, self._value()

    def test_value(self):
        """A copy that is repaired changes nothing; one that is taken over comes in at its cost."""
        values, took_in, end = self._go_round()
        self.assertEqual(len(set(values)), 1)
        self.assertAlmostEqual(took_in - values[0], self.cost, 2)
        if self.cost_method != "fifo":  # the other copy left at what it cost
            self.assertAlmostEqual(end, values[0], 2)


@tagged("post_install", "-at_install")
class TestRepairFifo(TestRepairValue):
    """First in, first out: the first run cost 12.00, the exchanged copy comes in at that."""

    cost_method = "fifo"
    cost = 12.0


@tagged("post_install", "-at_install")
class TestRepairStandard(TestRepairValue):
    """Standard cost: 10.00 a copy."""

    cost_method = "standard"
    cost = 10.0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.novel.standard_price = cls.cost


@tagged("post_install", "-at_install")
class TestRepairUndone(RepairCommon):
    """Whatever was done too early is taken back, until the copy has left for its reader (I6)."""

    def test_cancelled_before_it_came(self):
        order = self._sell({self.run_1: 1})
        ticket = self._case(order, {self.run_1: 1}, "binding")
        resolution = self._agree(ticket, "repair")
        resolution.action_cancel("the reader keeps it")
        self.assertEqual((resolution.state, self._claimable(ticket)), ("cancelled", 1))
        self.assertEqual(set(ticket.sudo().picking_ids.mapped("state")), {"cancel"})

    def test_mended_by_mistake(self):
        """The result is taken back: the announced way home is cancelled with it."""
        _order, ticket, resolution = self._take_in(1)
        repair = self._repairs(ticket)
        repair.action_repaired()
        home = resolution.sudo().effect_ids.filtered(lambda e: e.kind == "giveback").move_ids
        repair.action_reopen()
        self.assertEqual((repair.state, home.state, ticket.next_step), ("todo", "cancel", "repair"))
        repair.action_repaired()
        self._send_home(resolution)
        self.assertEqual((ticket.phase, repair.can_reopen), ("done", False))
        with self.assertRaisesRegex(UserError, "Open a new case"):
            repair.action_reopen()

    def test_the_reader_wants_it_back(self):
        """Sent back unmended on the reader's wish; then the remedy can be cancelled."""
        order, ticket, resolution = self._take_in(1)
        before = self._order_figures(order)
        self.assertTrue(resolution.can_send_back)
        resolution.action_send_back("needs it for an exam")
        moves = resolution.sudo().inspection_ids.move_line_id.move_id.returned_move_ids
        self.assertEqual(moves.move_line_ids.owner_id, self.reader)
        self._go(moves)
        self.assertEqual(self._repairs(ticket).state, "cancelled")
        resolution.action_cancel("went home")
        self.assertEqual((self._claimable(ticket), ticket.phase), (1, "proposal"))
        self.assertEqual((self._order_figures(order), self._held(self.run_1)), (before, 1))

    def test_it_is_put_nowhere_else(self):
        """A copy in repair is its reader's: the warehouse is told, and not offered the button."""
        _order, ticket, resolution = self._take_in(1)
        inspection = resolution.sudo().inspection_ids.with_user(self.warehouse)
        self.assertFalse(inspection.can_correct)
        for disposition in ("restock", "quarantine"):
            with self.assertRaisesRegex(UserError, "belongs to the reader"):
                inspection.action_correct(disposition, "wrong key")
        self.assertEqual((inspection.disposition, self._repairs(ticket).state), ("repair", "todo"))

    def test_not_while_it_is_away(self):
        _order, ticket, resolution = self._take_in(1)
        repair = self._repairs(ticket)
        repair.action_send_to_binder(self.bindery)
        self.assertFalse(resolution.can_send_back)
        with self.assertRaisesRegex(UserError, "at the binder or on its way"):
            resolution.action_send_back("needs it")
        with self.assertRaisesRegex(UserError, "already happened"), self.cr.savepoint():
            resolution.action_cancel("too late")

    def test_the_parcel_home_comes_again(self):
        """Undeliverable: the copy is in the workshop again, still the reader's, and is sent anew."""
        order, ticket, resolution = self._take_in(1)
        before = self._order_figures(order)
        self._repairs(ticket).action_repaired()
        home = self._send_home(resolution)
        wizard = self.env["stock.return.picking"].with_context(
            active_model="stock.picking", active_id=home.id
        )
        wizard = wizard.create({})
        wizard.product_return_moves.quantity = 1
        value = self._value()
        picking = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        self._validate(picking)
        self.assertEqual(picking.move_line_ids.location_dest_id, self._workshop())
        self.assertEqual(picking.move_line_ids.owner_id, self.reader)
        self.assertEqual((ticket.next_step, self._claimable(ticket)), ("resend", 0))
        self.assertEqual(self._order_figures(order), before)
        resolution.action_retry()
        self._send_home(resolution)
        self.assertEqual((ticket.phase, self._claimable(ticket), self._value()), ("done", 1, value))
        self.assertEqual(self._order_figures(order), before)
        self.assertEqual(invariants.find_breaches(self.env), [])

    def test_contradicted(self):
        """The reader tore it himself: nothing is mended before the agent says so."""
        order = self._sell({self.run_1: 1})
        ticket = self._case(order, {self.run_1: 1}, "binding")
        resolution = self._agree(ticket, "repair")
        self._receive(resolution)
        inspection = resolution.inspection_ids.with_user(self.warehouse)
        inspection.grade = "reader_damage"
        self.assertEqual(inspection.disposition, "quarantine")
        inspection.action_done()
        self.assertEqual((ticket.next_step, len(self._repairs(ticket))), ("decide", 0))
        inspection.with_user(self.agent).action_overrule("as a courtesy")
        self.assertEqual((ticket.next_step, len(self._repairs(ticket))), ("repair", 1))


@tagged("post_install", "-at_install")
class TestRepairDesks(RepairCommon):
    """Who does what, and what the desks are told (R13.1)."""

    def test_the_reader_s_copy_is_not_ours(self):
        """It is neither sold nor pulped by the warehouse."""
        order = self._sell({self.run_1: 1})
        ticket = self._case(order, {self.run_1: 1}, "binding")
        resolution = self._agree(ticket, "repair")
        self._receive(resolution)
        for disposition in ("restock", "hurt", "pulp"):
            with self.assertRaisesRegex(UserError, "belongs to the reader"), self.cr.savepoint():
                self._inspect(resolution, disposition=disposition)
        self._inspect(resolution, disposition="quarantine")
        with self.assertRaises(UserError), self.cr.savepoint():
            resolution.inspection_ids.with_user(self.warehouse).action_pulp()

    def test_kept_for_a_repair_that_nobody_agreed(self):
        ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1}, "binding")
        resolution = self._agree(ticket, "exchange")
        self._receive(resolution)
        with self.assertRaisesRegex(UserError, "no repair .* is agreed"):
            self._inspect(resolution, disposition="repair")

    def test_roles(self):
        """Agents decide, the warehouse mends, auditors read."""
        _order, ticket, resolution = self._take_in(1)
        repair = self._repairs(ticket)
        for user in (self.agent, self.finance, self.auditor):
            with self.assertRaises(AccessError), self.cr.savepoint():
                repair.with_user(user).action_repaired()
            with self.assertRaises(AccessError), self.cr.savepoint():
                repair.with_user(user).action_send_to_binder(self.bindery)
        with self.assertRaises(AccessError), self.cr.savepoint():
            repair.write({"result": "repaired"})
        with self.assertRaisesRegex(UserError, "Say why"):
            repair.action_not_repairable(" ")
        repair.action_not_repairable("torn")
        with self.assertRaises(AccessError), self.cr.savepoint():
            resolution.with_user(self.warehouse).action_exchange_instead()
        self.assertEqual(repair.with_user(self.auditor).result_note, "torn")

    def test_at_the_returns_table(self):
        """Scanned, graded, kept: the table proposes the workshop and nothing else."""
        order = self._sell({self.run_1: 1})
        ticket = self._case(order, {self.run_1: 1}, "binding")
        resolution = self._agree(ticket, "repair")
        table = self.env["aftersales.returns.table"].with_user(self.warehouse)
        parcel = table.find(ticket.number)["parcel"]
        self.assertTrue(parcel["repairs"])
        self.assertEqual(set(parcel["dispositions"].values()), {"repair"})
        copy = {"line_id": parcel["lines"][0]["id"], "lot_id": self.run_1.id, "grade": "defective"}
        table.confirm(parcel["id"], False, [copy])
        self._end_of_request()
        self.assertEqual(
            (resolution.inspection_ids.disposition, ticket.next_step), ("repair", "repair")
        )
        self.assertEqual(resolution.inspection_ids.move_line_id.owner_id, self.reader)

    def test_the_reader_is_told(self):
        """One mail with the day, when the repair starts; a second one when the day moves."""
        _order, ticket, _resolution = self._take_in(1)
        mails = self.env["mail.mail"].search([("subject", "like", "is being repaired")])
        mails = mails.filtered(lambda m: ticket.number in m.subject)
        self.assertEqual(len(mails), 1)
        self._repairs(ticket).action_send_to_binder(self.bindery)
        mails = self.env["mail.mail"].search([("subject", "like", "is being repaired")])
        self.assertEqual(len(mails.filtered(lambda m: ticket.number in m.subject)), 2)

    def test_plan_dialog(self):
        """The dialog proposes who bound the run, and three weeks."""
        self.run_1.binder_id = self.bindery
        _order, ticket, _resolution = self._take_in(1)
        action = self._repairs(ticket).action_open_binder()
        wizard = self.env["aftersales.repair.wizard"].with_user(self.warehouse)
        wizard = wizard.with_context(**action["context"]).create({})
        self.assertEqual((wizard.binder_id, wizard.may_send), (self.bindery, True))
        wizard.action_save()
        self.assertEqual(self._repairs(ticket).state, "sending")

    def test_an_exchange_beside_it(self):
        """Of two titles of one parcel, one is mended and one exchanged: two transfers, two places."""
        lot = self._print(self.atlas, "ATLAS-1", 1, 50, 40.0, self.printer)
        order = self._sell({self.run_1: 1, lot: 1})
        ticket = self._case(order, {self.run_1: 1, lot: 1}, "binding")
        mended = ticket.line_ids.filtered(lambda ln: ln.lot_id == self.run_1)
        lines = ticket.line_ids.with_user(self.agent)
        lines.filtered(lambda ln: ln.id == mended.id).action_settle("repair")
        lines.filtered(lambda ln: ln.id != mended.id).action_settle("return_refund")
        self._end_of_request()
        places = ticket.sudo().picking_ids.mapped("location_dest_id")
        self.assertEqual(places, self._workshop() | self.house.aftersales_quarantine_location_id)
