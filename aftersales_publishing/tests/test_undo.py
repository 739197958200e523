from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestUndo(AftersalesCommon):
    """Every step can be undone by the native reversal, by the role that may."""

    def _inspected(self, remedy, copies=1, order=None, **inspection):
        order = order or self._sell({self.run_1: 3})
        ticket = self._case(order, {self.run_1: copies})
        resolution = self._agree(ticket, remedy)
        self._receive(resolution)
        self._inspect(resolution, **inspection)
        return order, ticket, resolution

    def _send_back(self, resolution):
        resolution.action_send_back("wants it after all")
        moves = resolution.sudo().effect_ids.move_ids.returned_move_ids
        moves = moves.filtered(lambda m: m.state == "assigned" and not m.aftersales_effect_id)
        self._validate(moves.picking_id.with_user(self.warehouse))

    def test_a_contradicted_copy_goes_back(self):
        """Nothing is left to credit on the order once the reader has the copy again."""
        order = self._sell({self.run_1: 3})
        before = self._order_figures(order)
        _order, ticket, resolution = self._inspected(
            "return_refund", order=order, grade="reader_damage"
        )
        resolution.action_give_up_rest("scribbled in")
        self.assertEqual(order.order_line.qty_to_invoice, -1)
        self._send_back(resolution)
        self.assertEqual(self._order_figures(order), before)
        self.assertEqual(self._quarantined(self.run_1), 0)
        self.assertEqual(self._stock(self.run_1, self.customers), 3)
        self.assertEqual((resolution.progress, ticket.phase), ("done", "done"))

    def test_the_reader_wants_it_back(self):
        """Received and confirmed, not yet paid: sent back, then the remedy is cancelled (I6)."""
        order = self._sell({self.run_1: 3})
        before = self._order_figures(order)
        _order, ticket, resolution = self._inspected("return_refund", order=order)
        with self.assertRaisesRegex(UserError, "already happened"):
            resolution.action_cancel("changed mind")
        self._send_back(resolution)
        resolution.action_cancel("changed mind")
        self.assertEqual(self._order_figures(order), before)
        self.assertEqual(resolution.state, "cancelled")
        self.assertEqual(ticket.refund_ids.state, "cancelled")
        self.assertEqual(ticket.line_ids.claimable_quantity, 3, "it can be claimed again")

    def test_nothing_to_send_back(self):
        _order, _ticket, resolution = self._inspected("return_refund", disposition="restock")
        with self.assertRaisesRegex(UserError, "none of its copies is in quarantine"):
            resolution.action_send_back("too late")

    def test_sending_back_twice_sends_once(self):
        _order, _ticket, resolution = self._inspected("exchange", grade="reader_damage")
        resolution.action_send_back("not ours")
        with self.assertRaisesRegex(UserError, "none of its copies is in quarantine"):
            resolution.action_send_back("not ours")

    def test_finance_undoes_a_paid_refund(self):
        """Payment cancelled, credit note reversed, order raised: then it can be paid again."""
        order, ticket, resolution = self._inspected("return_refund", 2)
        refund = ticket.refund_ids.with_user(self.finance)
        refund.action_approve_and_post()
        refund.action_pay()
        note, payment = refund.sudo().credit_note_id, refund.sudo().payment_ids
        refund.action_reverse("wrong account")
        self._end_of_request()
        self.assertEqual((note.amount_residual, payment.state), (0, "canceled"))
        self.assertFalse(note._is_standing_credit())
        self.assertEqual(refund.state, "cancelled")
        self.assertEqual(
            self._order_figures(order),
            {"ordered": 3, "delivered": 1, "invoiced": 3, "to_invoice": -2, "status": "to invoice"},
        )
        resolution.with_user(self.agent).action_retry()
        again = ticket.refund_ids - refund
        self.assertEqual(again.amount, refund.amount, "the reversal is not creditable itself")
        again.with_user(self.finance).action_approve_and_post()
        again.with_user(self.finance).action_pay()
        self.assertEqual(resolution.progress, "done")
        self.assertEqual(order.order_line.qty_to_invoice, 0)

    def test_undone_refund_of_an_open_invoice(self):
        """The invoice is open again in full."""
        order = self._sell({self.run_1: 3}, pay=False)
        _order, ticket, _resolution = self._inspected("return_refund", 1, order)
        ticket.with_user(self.agent).action_post_refunds()
        invoice = ticket.refund_ids.invoice_id
        self.assertEqual(invoice.amount_residual, 130.37)
        ticket.refund_ids.with_user(self.finance).action_reverse("wrong copy")
        self.assertEqual(invoice.amount_residual, 195.55)

    def test_only_finance_undoes_a_refund(self):
        _order, ticket, _resolution = self._inspected("return_refund")
        ticket.with_user(self.agent).action_post_refunds()
        with self.assertRaises(AccessError):
            ticket.refund_ids.with_user(self.agent).action_reverse("oops")
        with self.assertRaisesRegex(UserError, "Say why"):
            ticket.refund_ids.with_user(self.finance).action_reverse(" ")
