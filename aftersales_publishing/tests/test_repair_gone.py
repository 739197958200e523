from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..hooks import _check_nothing_away
from ..models.aftersales_case_phase import AftersalesCasePhase
from . import invariants
from .test_repair import RepairCommon


class GoneCommon(RepairCommon):
    """Whose copy is where."""

    def _here(self, reader=None):
        """Copies of the reader in the workshop."""
        self.env["stock.quant"].invalidate_model()
        quants = self.env["stock.quant"].search(
            [
                ("location_id", "=", self._workshop().id),
                ("owner_id", "=", (reader or self.reader).id),
            ]
        )
        return sum(quants.mapped("quantity"))

    def _moves_home(self, resolution):
        moves = resolution.sudo().inspection_ids.move_line_id.move_id.returned_move_ids
        return moves.filtered(lambda m: m.state not in ("done", "cancel"))

    def _live(self, ticket):
        return self._repairs(ticket).filtered(lambda r: r.state != "cancelled")

    def _return_natively(self, picking, copies):
        wizard = self.env["stock.return.picking"].with_context(
            active_model="stock.picking", active_id=picking.id
        )
        wizard = wizard.create({})
        wizard.product_return_moves.quantity = copies
        picking = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        self._validate(picking)
        return picking


@tagged("post_install", "-at_install")
class TestRepairGone(GoneCommon):
    """Copies that went home as they are, are on no list of repairs any more (R6.1, I4)."""

    def test_the_second_copy_comes_later(self):
        """One of two is sent home unmended; when the other one comes, only that one is repaired."""
        order = self._sell({self.run_1: 2})
        ticket = self._case(order, {self.run_1: 2}, "binding")
        resolution = self._agree(ticket, "repair")
        self._receive(resolution, 1)
        self._inspect(resolution, disposition="repair")
        resolution.action_send_back("needs it for an exam")
        self._go(self._moves_home(resolution))
        self._receive(resolution)
        self._inspect(resolution, disposition="repair")
        self.assertEqual(sum(self._live(ticket).mapped("quantity")), 1)
        self._live(ticket).action_repaired()
        self._send_home(resolution)
        self.assertEqual((self._here(), self._held(self.run_1)), (0, 2))
        self.assertEqual(invariants.find_breaches(self.env), [])

    def test_on_its_way_home(self):
        """Until the warehouse has sent it, the case asks for just that, and nothing starts anew."""
        _order, ticket, resolution = self._take_in(1)
        resolution.action_send_back("needs it for an exam")
        self.assertEqual(ticket.next_step, "give_back")
        home = self._moves_home(resolution)
        self.assertEqual(ticket.action_open_give_back()["res_id"], home.picking_id.id)
        resolution.action_retry()
        self.assertFalse(self._live(ticket))
        self._go(home)
        self.assertEqual((self._here(), self._held(self.run_1)), (0, 1))

    def test_not_sent_home_after_all(self):
        """The transfer is cancelled: the copy is here, and its repair starts again."""
        _order, ticket, resolution = self._take_in(1)
        resolution.action_send_back("needs it for an exam")
        self._moves_home(resolution).picking_id.action_cancel()
        resolution.action_retry()
        self.assertEqual(self._live(ticket).quantity, 1)
        self.assertEqual(ticket.next_step, "repair")

    def test_one_of_three_went_home_mended(self):
        """Of the two that are here, mended or not, both are sent back, each once."""
        _order, ticket, resolution = self._take_in(3)
        self._repairs(ticket).action_split()
        first = self._repairs(ticket).filtered(lambda r: r.quantity == 1)
        first.action_repaired()
        self._send_home(resolution)
        rest = self._repairs(ticket) - first
        rest.action_split()
        (self._repairs(ticket) - first)[:1].action_repaired()
        resolution.action_send_back("needs them")
        resolution.action_retry()
        moves = self._moves_home(resolution)
        self.assertEqual(sum(moves.mapped("product_uom_qty")), 2)
        self.assertEqual((self._live(ticket).state, self._live(ticket).quantity), ("repaired", 1))
        self._go(moves)
        self.assertEqual((self._here(), self._held(self.run_1)), (0, 3))
        self.assertEqual(invariants.find_breaches(self.env), [])

    def test_returned_by_hand(self):
        """The warehouse sends it home by Odoo's own return: its repair ends, the remedy can end."""
        _order, ticket, resolution = self._take_in(1)
        picking = resolution.sudo().inspection_ids.move_line_id.picking_id
        self._return_natively(picking, 1)
        self._end_of_request()
        self.assertFalse(self._live(ticket))
        self.assertEqual(self._here(), 0)
        resolution.invalidate_recordset()
        self.assertTrue(resolution.can_cancel)
        resolution.action_cancel("went home")
        self.assertEqual((self._claimable(ticket), ticket.phase), (1, "proposal"))

    def test_one_of_two_returned_by_hand(self):
        """The other one is still to be mended, and goes home alone."""
        _order, ticket, resolution = self._take_in(2)
        picking = resolution.sudo().inspection_ids.move_line_id.picking_id
        self._return_natively(picking, 1)
        self.assertEqual(self._live(ticket).quantity, 1)
        self._live(ticket).action_repaired()
        self._send_home(resolution)
        self.assertEqual((self._here(), self._held(self.run_1)), (0, 2))


@tagged("post_install", "-at_install")
class TestRepairList(GoneCommon):
    """The list of repairs and the day of the case."""

    def test_what_is_due_now_stays_due(self):
        """A binder's three weeks don't move the day of the decision about another title."""
        lot = self._print(self.atlas, "ATLAS-1", 1, 50, 40.0, self.printer)
        order = self._sell({self.run_1: 1, lot: 1})
        ticket = self._case(order, {self.run_1: 1, lot: 1}, "binding")
        resolutions = self._agree(ticket, "repair")
        self._receive(resolutions)
        torn = resolutions.filtered(lambda r: r.line_id.lot_id == lot)
        self._inspect(torn, grade="reader_damage")
        self._inspect(resolutions - torn, disposition="repair")
        due = ticket.next_deadline
        self.assertEqual(ticket.next_step, "decide")
        self._repairs(ticket).action_send_to_binder(self.bindery)
        self.assertEqual((ticket.next_step, ticket.next_deadline), ("decide", due))

    def test_one_of_many_is_away(self):
        """What can be noted is noted, the other one is named."""
        _order, ticket, _resolution = self._take_in(2)
        self._repairs(ticket).action_split()
        away, here = self._repairs(ticket)
        away.action_send_to_binder(self.bindery)
        told = (away | here).action_repaired()
        self.assertIn("Take the copies in", told["params"]["message"])
        self.assertEqual((away.state, here.state), ("sending", "repaired"))
        with self.assertRaisesRegex(UserError, "Take the copies in"), self.cr.savepoint():
            away.action_repaired()

    def test_the_reader_of_the_case_is_corrected(self):
        """To the binder goes the copy of whoever sent it."""
        _order, ticket, _resolution = self._take_in(1)
        student = self.env["res.partner"].create({"name": "Student Wu"})
        ticket.partner_id = student
        repair = self._repairs(ticket)
        repair.action_send_to_binder(self.bindery)
        self._go(repair.sudo().out_move_id)
        self.assertEqual((self._here(), self._here(student)), (0, 0))
        with self.assertRaisesRegex(UserError, ticket.number):
            _check_nothing_away(self.env)

    def test_unreserved(self):
        """An announced way home without a reservation is announced all the same."""
        _order, ticket, resolution = self._take_in(2)
        self._repairs(ticket).action_split()
        one, other = self._repairs(ticket)
        one.action_repaired()
        gives = resolution.sudo().effect_ids.filtered(lambda e: e.kind == "giveback")
        gives.move_ids.picking_id.do_unreserve()
        other.action_repaired()
        self.assertEqual(sum(gives.move_ids.mapped("product_uom_qty")), 2)

    def test_one_broken_case(self):
        """The job marks the others."""
        tickets = self._take_in(1)[1], self._take_in(1)[1]
        sync, broken = AftersalesCasePhase._sync_phase, tickets[0].id

        def fails(cases):
            if broken in cases.ids:
                raise ValueError("broken")
            return sync(cases)

        with (
            freeze_time(fields.Datetime.now() + timedelta(days=60)),
            patch.object(AftersalesCasePhase, "_sync_phase", fails),
            self.assertLogs("odoo.addons.aftersales_publishing", "ERROR"),
        ):
            self.env["aftersales.repair"]._cron_overdue()
        late = [self._repairs(ticket).is_overdue for ticket in tickets]
        self.assertEqual(late, [False, True])

    def test_what_takes_nothing_back(self):
        """A refund without return is no remedy for a copy that is here, nor is a repair."""
        _order, ticket, resolution = self._take_in(1)
        self._repairs(ticket).action_not_repairable("torn")
        for remedy in ("refund_only", "repair"):
            with self.assertRaisesRegex(UserError, "does not take them over"), self.cr.savepoint():
                resolution.action_replace_repair(remedy)
        self.assertEqual(self._here(), 1)
