from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestWalkFindings(AftersalesCommon):
    """Stories that random walks found, shortened to what went wrong."""

    def _refund(self, order, copies=1):
        """Let a reader have the price back and keep the copies; return the posted refund."""
        ticket = self._case(order, {self.run_1: copies})
        self._agree(ticket, "refund_only")
        refund = ticket.refund_ids.with_user(self.finance)
        refund.action_approve_and_post()
        return refund

    def test_case_leaves_the_status_of_a_short_delivery(self):
        """One of three copies was never delivered: a case does not call the order open again."""
        order = self._sell({self.run_1: 2})
        order.order_line.product_uom_qty = 3
        order.picking_ids.filtered(lambda p: p.state != "done").action_cancel()
        order.order_line.invalidate_recordset()
        before = self._order_figures(order)
        ticket = self._case(order, {self.run_1: 1})
        self._agree(ticket, "exchange", advance=True)
        self.assertEqual(self._order_figures(order), before)

    def test_return_is_not_announced_again_for_copies_claimed_otherwise(self):
        """The warehouse cancels our return and prepares one by hand: ours is not tried again."""
        order = self._sell({self.run_1: 1})
        resolution = self._agree(self._case(order, {self.run_1: 1}), "exchange")
        returns = resolution.sudo().effect_ids.move_ids.picking_id
        returns.action_cancel()
        wizard = self.env["stock.return.picking"].with_context(
            active_model="stock.picking", active_id=order.picking_ids.filtered("sale_id")[:1].id
        )
        wizard = wizard.create({})
        wizard.product_return_moves.quantity = 1
        wizard.action_create_returns()
        with self.assertRaisesRegex(UserError, "only 0 can still be"):
            resolution.action_retry()

    def test_giving_up_the_rest_gives_no_more(self):
        """Two copies come instead of one: giving up the rest pays back one, as agreed."""
        order = self._sell({self.run_1: 3})
        resolution = self._agree(self._case(order, {self.run_1: 1}), "return_refund")
        self._receive(resolution, quantity=2)
        self._inspect(resolution)
        resolution.action_give_up_rest("two came")
        credit = resolution.sudo().effect_ids.filtered(lambda e: e.kind == "credit")
        self.assertEqual((credit.quantity, credit.quantity_planned), (1, 1))

    def test_drafted_payout_is_paid_again(self):
        """Accounting drafts a payout: the next one pays the whole amount, the first is void."""
        refund = self._refund(self._sell({self.run_1: 1}))
        refund.action_pay()
        first = refund.sudo().payment_ids
        first.action_draft()
        self.assertEqual(refund.state, "posted")
        refund.action_pay()
        second = refund.sudo().payment_ids - first
        self.assertEqual((second.amount, second.state), (refund.amount, "paid"))
        self.assertEqual((refund.state, first.state), ("paid", "canceled"))

    def test_rejected_payout_is_paid_again(self):
        """The bank rejects a payout, which leaves the credit note “paid” in Odoo."""
        refund = self._refund(self._sell({self.run_1: 1}))
        refund.action_pay()
        first = refund.sudo().payment_ids
        first.action_reject()
        refund.action_pay()
        self.assertEqual((refund.sudo().payment_ids - first).amount, refund.amount)
        self.assertEqual(refund.state, "paid")

    def test_payout_outlives_its_credit_note(self):
        """Accounting resets a paid credit note: the one posted anew is paid already (I2)."""
        refund = self._refund(self._sell({self.run_1: 1}))
        refund.action_pay()
        refund.sudo().credit_note_id.button_draft()
        self._end_of_request()
        self.assertEqual(refund.state, "approved")
        refund.action_post()
        self.assertEqual(refund.state, "paid")
        refund.action_pay()
        self.assertEqual(len(refund.sudo().payment_ids), 1)
        self.assertEqual(refund.sudo().credit_note_id.amount_residual, 0)

    def test_reversed_credit_note_is_undone(self):
        """Accounting reverses our credit note by an invoice: nothing was given back."""
        refund = self._refund(self._sell({self.run_1: 1}))
        resolution = refund.sudo().line_ids.effect_id.resolution_id
        refund.credit_note_id._reverse_moves([{}], cancel=True)
        self._end_of_request()
        self.assertEqual(refund.state, "approved")
        self.assertNotEqual(resolution.progress, "done")
        resolution.with_user(self.agent).action_cancel("credited by mistake")
        self.assertEqual(refund.state, "cancelled")

    def test_copy_sent_back_by_mistake_leaves_the_order(self):
        """A copy to be exchanged is natively sent back: the order counts nothing twice (I4)."""
        order = self._sell({self.run_1: 2})
        before = self._order_figures(order)
        resolution = self._agree(self._case(order, {self.run_1: 1}), "exchange")
        received = self._receive(resolution)
        self._send_back(received)
        self.assertEqual(self._order_figures(order), before)

    def test_no_copy_is_put_away_twice(self):
        """A copy is sent back before it was inspected: it cannot be put on the shelf."""
        order = self._sell({self.run_1: 1})
        resolution = self._agree(self._case(order, {self.run_1: 1}), "exchange")
        received = self._receive(resolution)
        self._send_back(received)
        self.assertEqual(self._quarantined(self.run_1), 0)
        with self.assertRaisesRegex(UserError, "0 copies of .* are in quarantine"):
            self._inspect(resolution, disposition="restock")
        self._inspect(resolution)
        shipment = resolution.sudo().effect_ids.filtered(lambda e: e.kind == "shipment")
        self.assertFalse(shipment.move_ids, "the reader has the copy: none is sent")

    def _send_back(self, picking, copies=1):
        """Return copies of a receipt by Odoo's own wizard."""
        wizard = self.env["stock.return.picking"].with_context(
            active_model="stock.picking", active_id=picking.id
        )
        wizard = wizard.create({})
        wizard.product_return_moves.quantity = copies
        self._validate(self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"]))
