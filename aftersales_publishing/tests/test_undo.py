from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestUndo(AftersalesCommon):
    """Every step can be undone by the native reversal, by the role that may."""

    def _received(self, remedy, copies=1, order=None):
        order = order or self._sell({self.run_1: 3})
        ticket = self._case(order, {self.run_1: copies})
        resolution = self._agree(ticket, remedy)
        self._receive(resolution)
        return order, ticket, resolution

    def _inspected(self, remedy, copies=1, order=None, **inspection):
        order, ticket, resolution = self._received(remedy, copies, order)
        self._inspect(resolution, **inspection)
        return order, ticket, resolution

    def _send_back(self, resolution):
        resolution.action_send_back("wants it after all")
        self._send_away(resolution)

    def _send_away(self, resolution):
        """Let the warehouse send the copies that go back to the reader."""
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

    def test_the_reader_s_own_copy_of_a_held_run_goes_back(self):
        """A hold stops our copies; the one the reader scribbled in is not ours."""
        _order, ticket, resolution = self._inspected("return_refund", grade="reader_damage")
        resolution.action_give_up_rest("scribbled in")
        resolution.action_send_back("is the reader's own fault")
        self.run_1.with_user(self.quality).action_hold("glue does not hold")
        self._send_away(resolution)
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

    def test_a_contradicted_copy_is_finished_with_when_it_is_sent_back(self):
        """What was not confirmed and goes back needs no other word: nothing is left to do."""
        _order, ticket, resolution = self._inspected("exchange", grade="reader_damage")
        self._send_back(resolution)
        self.assertEqual((resolution.progress, ticket.next_step), ("done", False))
        shipment = resolution.sudo().effect_ids.filtered(lambda e: e.kind == "shipment")
        self.assertEqual((shipment.state, shipment.move_ids.ids), ("cancelled", []))

    def test_sent_back_and_tried_again(self):
        """The photo proves the reader right after all: the same line gets a remedy again."""
        order = self._sell({self.run_1: 3})
        before = self._order_figures(order)
        _order, ticket, resolution = self._inspected("exchange", 1, order, grade="reader_damage")
        resolution.action_send_back("coffee stains")
        with self.assertRaisesRegex(UserError, "already happened"):
            resolution.action_cancel("not sent yet")
        self._send_away(resolution)
        resolution.action_cancel("the stains are printed")
        ticket.action_reopen("the stains are printed")
        self.assertEqual((resolution.state, ticket.phase), ("cancelled", "proposal"))
        self.assertEqual(ticket.line_ids.claimable_quantity, 3)
        again = self._agree(ticket, "exchange")
        self._receive(again)
        self._inspect(again)
        self._ship(again)
        self.assertEqual((again.progress, ticket.phase), ("done", "done"))
        self.assertEqual(self._order_figures(order), before)
        self.assertEqual(ticket.line_ids.claimable_quantity, 2)

    def test_sent_back_and_announced_again(self):
        """A stained copy and a faulty one go back, the faulty one comes again with the third:
        two are paid for, not three."""
        order = self._sell({self.run_1: 3})
        ticket = self._case(order, {self.run_1: 3})
        resolution = self._agree(ticket, "return_refund")
        self._receive(resolution, 2)
        ticket.inspection_ids.with_user(self.warehouse).action_split()
        stained, good = ticket.inspection_ids.with_user(self.warehouse)
        stained.grade, good.grade = "reader_damage", "defective"
        (stained | good).action_done()
        self._send_back(resolution)
        self.assertEqual(self._quarantined(self.run_1), 0)
        ticket.sudo().refund_ids._do_cancel()
        resolution.action_retry()
        self._receive(resolution)
        self._inspect(resolution)
        self.assertEqual(self._quarantined(self.run_1), 2)
        refunds = ticket.sudo().refund_ids.filtered(lambda r: r.state != "cancelled")
        self.assertEqual(sum(refunds.line_ids.mapped("quantity")), 2)

    def test_the_copy_sent_back_is_no_delivery_of_its_own(self):
        """Three were delivered: three can be claimed, wherever the one that came back is."""
        order, ticket, resolution = self._inspected("return_refund")
        self._send_back(resolution)
        resolution.action_cancel("changed mind")
        sent = order.picking_ids.move_ids.filtered(
            "origin_returned_move_id.origin_returned_move_id"
        )
        self.assertTrue(sent)
        wizard = self.env["aftersales.delivered.wizard"].with_user(self.agent)
        wizard = wizard.create({"ticket_id": ticket.id, "order_id": order.id})
        self.assertEqual(wizard.line_ids.mapped("claimable_quantity"), [3])
        with self.assertRaisesRegex(UserError, f"{ticket.number}.*gave back copies"):
            ticket.line_ids.copy({"delivery_move_id": sent.id})
        [result] = (
            self.env["helpdesk.ticket"]
            .with_user(self.agent)
            .aftersales_submit([self._prepare_item(order, 4)])
        )
        self.assertIn("3", result["errors"][0]["message"])

    def _prepare_item(self, order, copies):
        lines = [{"isbn": self.novel.barcode, "quantity": copies}]
        return {
            "partner_id": self.reader.id,
            "order_ref": order.name,
            "case_type": "binding",
            "lines": lines,
        }

    def test_the_reader_returns_the_copy_sent_back_by_hand(self):
        """The warehouse returns the transfer that sent it back: the delivery knows (R6.4)."""
        order, ticket, resolution = self._inspected("return_refund", 3)
        self._send_back(resolution)
        resolution.action_cancel("changed mind")
        self.assertEqual(ticket.line_ids.claimable_quantity, 3)
        sent = order.picking_ids.move_ids.filtered(
            "origin_returned_move_id.origin_returned_move_id"
        )
        wizard = self.env["stock.return.picking"].with_context(
            active_model="stock.picking", active_id=sent.picking_id.id
        )
        wizard = wizard.create({})
        wizard.product_return_moves.quantity = 2
        returned = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        ticket.line_ids.invalidate_recordset()
        self.assertEqual(ticket.line_ids.claimable_quantity, 1, "announced")
        self._validate(returned)
        ticket.line_ids.invalidate_recordset()
        self.assertEqual(ticket.line_ids.claimable_quantity, 1, "came back")

    def test_nothing_to_send_back(self):
        _order, _ticket, resolution = self._inspected("return_refund", disposition="restock")
        with self.assertRaisesRegex(UserError, "none of its copies is in quarantine"):
            resolution.action_send_back("too late")

    def _return_by_hand(self, picking):
        """Let the warehouse return a whole transfer by Odoo's own wizard."""
        wizard = (
            self.env["stock.return.picking"]
            .with_user(self.warehouse)
            .with_context(active_model="stock.picking", active_id=picking.id)
            .create({})
        )
        for line in wizard.product_return_moves:
            line.quantity = line.move_id.quantity
        returned = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        self._validate(returned)
        return returned

    def test_put_away_by_mistake(self):
        """The warehouse returns the put-away; the copy is in quarantine again and can go back."""
        order = self._sell({self.run_1: 3})
        before = self._order_figures(order)
        _order, ticket, resolution = self._inspected(
            "return_refund", 1, order, disposition="restock"
        )
        put_away = resolution.sudo().inspection_ids.move_id.picking_id
        with self.assertRaisesRegex(UserError, f"returns the put-away transfer.*{put_away.name}"):
            resolution.action_send_back("not ours")
        shelf = self._stock(self.run_1)
        returned = self._return_by_hand(put_away)
        self.assertEqual((self._stock(self.run_1), self._quarantined(self.run_1)), (shelf - 1, 1))
        self.assertEqual(ticket.inspection_ids.quantity_in_quarantine, 1)
        self.assertEqual((resolution.progress, ticket.refund_ids.state), ("executing", "approved"))
        ticket.invalidate_recordset()
        self.assertIn(returned, ticket.picking_ids)
        self._send_back(resolution)
        resolution.action_cancel("the reader keeps it")
        self.assertEqual(self._quarantined(self.run_1), 0)
        self.assertEqual(self._order_figures(order), before)

    def test_pulped_by_mistake(self):
        """Only an inventory adjustment brings the copy back; the case stays what it was."""
        _order, ticket, resolution = self._inspected("return_refund", 1, disposition="pulp")
        self._pulp()
        self.assertEqual(self._stock(self.run_1, self.company.aftersales_pulp_location_id), 1)
        quant = self.env["stock.quant"].create(
            {
                "product_id": self.novel.id,
                "lot_id": self.run_1.id,
                "location_id": self.house.aftersales_quarantine_location_id.id,
                "inventory_quantity": 1,
            }
        )
        quant.action_apply_inventory()
        self._end_of_request()
        self.assertEqual(self._quarantined(self.run_1), 1)
        self.assertEqual((resolution.progress, ticket.refund_ids.state), ("executing", "approved"))
        self.assertEqual(ticket.inspection_ids.quantity_in_quarantine, 0)
        with self.assertRaisesRegex(UserError, "pulped ones can only be replaced"):
            resolution.action_send_back("not ours")

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

    def test_what_accounting_paid_itself_is_not_paid_again(self):
        """The case did not make the payment: undoing the refund would let it pay once more."""
        _order, ticket, _resolution = self._inspected("return_refund", 2)
        refund = ticket.refund_ids.with_user(self.finance)
        refund.action_approve_and_post()
        note = refund.sudo().credit_note_id
        payment = (
            self.env["account.payment.register"]
            .with_context(active_model=note._name, active_ids=note.ids)
            .create({})
            ._create_payments()
        )
        self.assertEqual(refund.state, "paid")
        with self.assertRaisesRegex(UserError, "outside of the case"):
            refund.action_reverse("wrong account")
        self.assertEqual((refund.state, note.amount_residual), ("paid", 0))
        payment.action_draft()
        payment.action_cancel()
        refund.action_reverse("wrong account")
        self.assertEqual(refund.state, "cancelled")

    def test_only_finance_undoes_a_refund(self):
        _order, ticket, _resolution = self._inspected("return_refund")
        ticket.with_user(self.agent).action_post_refunds()
        with self.assertRaises(AccessError):
            ticket.refund_ids.with_user(self.agent).action_reverse("oops")
        with self.assertRaisesRegex(UserError, "Say why"):
            ticket.refund_ids.with_user(self.finance).action_reverse(" ")
