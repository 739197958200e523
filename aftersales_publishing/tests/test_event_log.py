from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..locking import lock_and_touch
from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestEventLog(AftersalesCommon):
    """What a click did is logged by one statement, in the order in which it happened."""

    def _codes(self, ticket):
        return ticket.event_ids.sorted("id").mapped("code")

    def test_in_the_order_it_happened(self):
        ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1})
        before = len(ticket.event_ids)
        ticket.line_ids.with_user(self.agent).action_settle("return_refund")
        events = ticket.event_ids.sorted("id")[before:]
        self.assertEqual(
            events.mapped("code"), ["proposed", "agreed", "execution_started", "return_ready"]
        )
        self.assertEqual(events.user_id, self.agent)

    def test_of_what_fails_nothing_is_logged(self):
        """The second of two cases cannot be executed: the first is, of the second nothing is said."""
        tickets = self.env["helpdesk.ticket"].union(
            *(self._case(self._sell({self.run_1: 1}), {self.run_1: 1}) for _i in range(2))
        )
        resolutions = tickets.line_ids.with_user(self.agent).action_propose("return_refund")
        resolutions.action_agree("phone")
        good, bad = tickets.resolution_ids
        self._return_by_hand(bad.line_id.delivery_move_id)
        resolutions.action_execute()
        self.assertIn("return_ready", self._codes(good.ticket_id))
        codes = self._codes(bad.ticket_id)
        self.assertEqual(codes[-1], "failed")
        self.assertNotIn("execution_started", codes)

    def _return_by_hand(self, move):
        """Announce a native return of all copies of a delivery."""
        context = {"active_model": "stock.picking", "active_id": move.picking_id.id}
        wizard = self.env["stock.return.picking"].with_context(**context).create({})
        wizard.product_return_moves.quantity = move.quantity
        wizard.action_create_returns()

    def test_blocks_in_blocks(self):
        """What an inner block logged is dropped with it, the rest of the outer one is kept."""
        ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1})
        before = len(ticket.event_ids)
        log = self.env["aftersales.event"]
        with log._together():
            log._log("urged", ticket, "before")
            with self.assertRaises(ValueError), log._together():
                log._log("guided", ticket, "inside")
                raise ValueError
            log._log("urged", ticket, "after")
            self.assertEqual(len(ticket.event_ids), before, "logged at the end")
        ticket.invalidate_recordset(["event_ids"])
        notes = ticket.event_ids.sorted("id")[before:].mapped("note")
        self.assertEqual(notes, ["before", "after"])

    def test_raised_while_it_is_written(self):
        """What is refused only when it reaches the database leaves nothing in the log either."""
        ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1})
        line, log = ticket.line_ids, self.env["aftersales.event"]
        before = len(ticket.event_ids)

        def refuse(_lines):
            raise UserError(ticket.number)

        def post(_lines):
            log._log("urged", ticket)
            self.env.add_to_compute(line._fields["verdict_id"], line)

        with patch.object(type(line), "_compute_verdict_id", refuse), log._together():
            problems = line._post_in_batches(post)
        ticket.invalidate_recordset(["event_ids"])
        self.assertEqual(list(problems), list(line))
        self.assertEqual(len(ticket.event_ids), before)


@tagged("post_install", "-at_install")
class TestTouchedOnce(AftersalesCommon):
    """A row is locked and touched once in a transaction, and again after what touched it was undone."""

    def setUp(self):
        super().setUp()
        self.move = self._sell({self.run_1: 1}).picking_ids.move_ids
        self.env.flush_all()
        self.env.cr.cache.clear()

    def test_once(self):
        with self.assertQueryCount(1):
            lock_and_touch(self.move)
            lock_and_touch(self.move)

    def test_again_after_a_rollback(self):
        with self.assertRaises(ValueError), self.env.cr.savepoint():
            lock_and_touch(self.move)
            raise ValueError
        with self.assertQueryCount(1):
            lock_and_touch(self.move)

    def test_rows_of_others_beside_own_ones(self):
        other = self._sell({self.run_1: 1}).picking_ids.move_ids
        lock_and_touch(self.move)
        self.env.flush_all()
        with self.assertQueryCount(1):
            lock_and_touch(self.move | other)
