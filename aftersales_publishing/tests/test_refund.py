from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestRefund(AftersalesCommon):
    """Money back, to the cent.

    Three copies of 59.80 with 9 % VAT cost 195.55: the copy that stays is worth
    65.18, so two give back 130.37 and the three together exactly what was paid.
    """

    def _to_approve(self, order=None, quantity=2, remedy="return_refund"):
        order = order or self._sell({self.run_1: 3})
        ticket = self._case(order, {self.run_1: quantity})
        resolution = self._agree(ticket, remedy)
        if remedy == "return_refund":
            self._receive(resolution)
            self._inspect(resolution)
        return order, ticket, resolution

    def test_return_and_refund(self):
        order, ticket, resolution = self._to_approve()
        refund = ticket.refund_ids
        self.assertEqual(refund.amount, 130.37)
        self.assertEqual(refund.state, "to_approve", "above the agent's limit of 100")
        self.assertEqual((ticket.phase, ticket.next_step), ("approval", "approve"))
        refund.with_user(self.finance).action_approve()
        refund.with_user(self.finance).action_post()
        note = refund.credit_note_id
        self.assertEqual(note.amount_total, 130.37)
        self.assertEqual(note.reversed_entry_id, order.invoice_ids[0])
        self.assertEqual((refund.state, ticket.next_step), ("posted", "pay"))
        refund.with_user(self.finance).action_pay()
        self.assertEqual(refund.state, "paid")
        self.assertEqual(note.amount_residual, 0)
        self.assertEqual(refund.payment_ids.amount, 130.37)
        self.assertEqual((resolution.progress, ticket.phase), ("done", "done"))
        self.assertEqual(
            self._order_figures(order),
            {"ordered": 1, "delivered": 1, "invoiced": 1, "to_invoice": 0, "status": "invoiced"},
        )

    def test_cost_of_goods_comes_back_at_original_cost(self):
        """Sold at the cost of the first run; later runs cost more."""
        order = self._sell({self.run_1: 2})
        sold = self._ledger(order.invoice_ids)
        self._print(self.novel, "NOVEL-1-9", 9, 100, 30.0, self.printer)
        _order, ticket, _resolution = self._to_approve(order)
        refund = ticket.refund_ids
        refund.with_user(self.finance).action_approve_and_post()
        credited = self._ledger(refund.credit_note_id)
        self.assertEqual(credited, {code: -balance for code, balance in sold.items()})

    def test_the_order_keeps_the_price_that_was_agreed(self):
        """The title costs more today, every copy comes back, then finance refunds it elsewhere."""
        self.env.ref("base.group_user")._apply_group(
            self.env.ref("sale.group_discount_per_so_line")
        )
        order, ticket, _resolution = self._to_approve(quantity=3)
        price = order.order_line.price_unit
        order.order_line.discount = 5.0  # typed by a salesman since
        self.novel.list_price = price + 30.0
        refund = ticket.refund_ids
        refund.with_user(self.finance).action_approve_and_post()
        self.env.flush_all()
        self.assertEqual(order.order_line.product_uom_qty, 0)
        self.assertEqual((order.order_line.price_unit, order.order_line.discount), (price, 5.0))
        refund.with_user(self.finance).action_reverse("The reader keeps the copies")
        self.env.flush_all()
        self.assertEqual(order.order_line.product_uom_qty, 3)
        self.assertEqual(order.amount_total, 185.77, "as it was")

    def test_below_the_limit_the_agent_posts(self):
        """One copy is within the agent's own limit: no finance needed (R6.8)."""
        _order, ticket, _resolution = self._to_approve(quantity=1)
        refund = ticket.refund_ids
        self.assertEqual(refund.state, "approved")
        self.assertEqual(ticket.next_step, "post_refund")
        ticket.with_user(self.agent).action_post_refunds()
        self.assertEqual(refund.credit_note_id.state, "posted")
        self.assertEqual(refund.requested_by_id, self.agent)
        self.assertFalse(refund.approved_by_id)

    def test_limit_holds_for_the_sum_of_a_case(self):
        """Two refunds of one copy are not smaller than one of two."""
        order = self._sell({self.run_1: 3})
        ticket = self._case(order, {self.run_1: 2})
        first = self._agree(ticket, "refund_only", 1)
        ticket.with_user(self.agent).action_post_refunds()
        self._agree(ticket, "refund_only", 1)
        second = ticket.refund_ids - first.sudo().effect_ids.refund_line_ids.refund_id
        self.assertEqual(second.state, "to_approve")

    def test_requester_does_not_approve(self):
        self.agent.group_ids |= self.env.ref("aftersales_publishing.group_finance")
        _order, ticket, _resolution = self._to_approve()
        with self.assertRaisesRegex(AccessError, "requested by yourself"):
            ticket.refund_ids.with_user(self.agent).action_approve()

    def test_agent_cannot_post_above_the_limit(self):
        _order, ticket, _resolution = self._to_approve()
        with self.assertRaisesRegex(UserError, "not approved yet"):
            ticket.refund_ids.with_user(self.agent).action_post()

    def test_refund_without_return(self):
        """The reader keeps the copy: an allowance, stock and order untouched."""
        order = self._sell({self.run_1: 3})
        before = self._order_figures(order)
        ticket = self._case(order, {self.run_1: 1})
        resolution = self._agree(ticket, "refund_only")
        ticket.with_user(self.agent).action_post_refunds()
        note = ticket.refund_ids.credit_note_id
        self.assertEqual(note.amount_total, 65.18)
        self.assertEqual(
            note.invoice_line_ids.product_id, self.company.aftersales_allowance_product_id
        )
        self.assertEqual(self._order_figures(order), before)
        self.assertEqual(ticket.line_ids.claimable_quantity, 2, "paid back in full")
        ticket.refund_ids.with_user(self.finance).action_pay()
        self.assertEqual(resolution.progress, "done")

    def test_open_invoice_absorbs_the_credit(self):
        """Not paid yet: the credit note is set off, no money leaves."""
        order = self._sell({self.run_1: 3}, pay=False)
        _order, ticket, resolution = self._to_approve(order, 1)
        ticket.with_user(self.agent).action_post_refunds()
        self.assertEqual(ticket.refund_ids.state, "settled")
        self.assertEqual(order.invoice_ids[0].amount_residual, 130.37)
        self.assertEqual(resolution.progress, "done")

    def test_discount_and_tax_as_invoiced(self):
        order = self._sell({self.run_1: 3}, discount=15.0)
        total = order.invoice_ids.amount_total
        _order, ticket, _resolution = self._to_approve(order, 3)
        self.assertEqual(ticket.refund_ids.amount, total)
        ticket.refund_ids.with_user(self.finance).action_approve_and_post()
        self.assertEqual(ticket.refund_ids.credit_note_id.amount_total, total)

    def test_single_refunds_add_up_to_what_was_paid(self):
        """Three copies refunded one by one, each rounded: the sum is what was paid."""
        order = self._sell({self.run_1: 7}, price_unit=9.99, discount=33.0)
        total, paid_back = order.invoice_ids.amount_total, 0.0
        for _copy in range(7):
            _order, ticket, _resolution = self._to_approve(order, 1)
            ticket.with_user(self.agent).action_post_refunds()
            paid_back += ticket.refund_ids.credit_note_id.amount_total
        self.assertAlmostEqual(paid_back, total, 2)
        self.assertEqual(order.order_line.qty_delivered, 0)
        self.assertEqual(order.order_line.qty_to_invoice, 0)

    def test_a_reduced_refund_is_not_made_good_by_the_next(self):
        """A hurt copy is refunded at 90 %: the next one is worth its own price, no more."""
        order = self._sell({self.run_1: 2})
        remedy = self.env["aftersales.remedy"]._get("return_refund")
        remedy.credit_share = 90.0
        self._to_approve(order, quantity=1)
        remedy.credit_share = 100.0
        self._to_approve(order, quantity=1)
        amounts = self.env["aftersales.refund"].search([], order="id").mapped("amount")
        self.assertEqual(amounts, [58.66, 65.18], "of 130.36 for two copies")

    def test_several_lots_and_deliveries(self):
        """Two runs in one delivery, the rest in a second one."""
        order = self._sell({self.run_1: 2, self.run_2: 3})
        ticket = self._case(order, {self.run_1: 2, self.run_2: 1})
        resolutions = self._agree(ticket, "return_refund")
        self._receive(resolutions)
        self.assertEqual((self._quarantined(self.run_1), self._quarantined(self.run_2)), (2, 1))
        self._inspect(resolutions)
        self.assertEqual(len(ticket.refund_ids), 1, "one refund for case and invoice")
        ticket.refund_ids.with_user(self.finance).action_approve_and_post()
        self.assertEqual(order.order_line.qty_delivered, 2)
        self.assertEqual(order.order_line.qty_to_invoice, 0)

    def test_policy_ordered_and_locked_order(self):
        self.novel.invoice_policy = "order"
        order = self._sell({self.run_1: 3})
        order.action_lock()
        _order, ticket, _resolution = self._to_approve(order, 1)
        ticket.with_user(self.agent).action_post_refunds()
        self.assertTrue(order.locked)
        self.assertEqual(
            self._order_figures(order),
            {"ordered": 2, "delivered": 2, "invoiced": 2, "to_invoice": 0, "status": "invoiced"},
        )

    def test_nothing_invoiced_nothing_refunded(self):
        order = self._sell({self.run_1: 1}, invoice=False)
        ticket = self._case(order, {self.run_1: 1})
        with self.assertRaisesRegex(UserError, "not invoiced yet"):
            ticket.line_ids.with_user(self.agent).action_propose("return_refund")

    def test_credited_by_hand_meanwhile(self):
        """Accounting credits the invoice in full while the copy is on its way."""
        order, ticket, _resolution = self._to_approve(quantity=1)
        invoice = order.invoice_ids
        reversal = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id})
        )
        self.env["account.move"].browse(reversal.refund_moves()["res_id"]).action_post()
        with self.assertRaisesRegex(UserError, f"{ticket.number}.*credited or changed"):
            ticket.with_user(self.agent).action_post_refunds()
        self.assertFalse(ticket.refund_ids.credit_note_id)

    def test_refused_by_finance_with_a_reason(self):
        _order, ticket, _resolution = self._to_approve()
        refund = ticket.refund_ids.with_user(self.finance)
        with self.assertRaisesRegex(UserError, "Say why"):
            refund.action_refuse(" ")
        refund.action_refuse("no proof of payment")
        self.assertEqual((refund.state, ticket.next_step), ("refused", "refused"))

    def test_two_refunds_of_one_invoice_in_one_batch(self):
        """Two cases on one invoice and one on another, posted together."""
        order, other = self._sell({self.run_1: 3}), self._sell({self.run_2: 1}, pay=False)
        tickets = self.env["helpdesk.ticket"]
        for _case in range(2):
            tickets |= self._to_approve(order, 1)[1]
        ticket = self._case(other, {self.run_2: 1})
        resolution = self._agree(ticket, "return_refund")
        self._receive(resolution)
        self._inspect(resolution)
        refunds = (tickets | ticket).refund_ids
        self.assertEqual(set(refunds.mapped("state")), {"approved"})
        refunds.with_user(self.finance).action_post()
        self.assertEqual(refunds.mapped("state"), ["posted", "posted", "settled"])
        amounts = [refund.credit_note_id.amount_total for refund in refunds]
        self.assertEqual(amounts, [65.18, 65.19, 65.18])
        refunds[:2].with_user(self.finance).action_pay()
        self.assertEqual(refunds.mapped("state"), ["paid", "paid", "settled"])

    def test_paying_twice_pays_once(self):
        _order, ticket, _resolution = self._to_approve()
        refund = ticket.refund_ids.with_user(self.finance)
        refund.action_approve_and_post()
        refund.action_pay()
        refund.action_pay()
        self.assertEqual(len(refund.sudo().payment_ids), 1)

    def test_accounting_resets_the_credit_note(self):
        """The case follows what accounting does, says so, and can go on."""
        _order, ticket, resolution = self._to_approve()
        refund = ticket.refund_ids.with_user(self.finance)
        refund.action_approve_and_post()
        self._end_of_request()
        refund.credit_note_id.button_draft()
        self._end_of_request()
        self.assertEqual(refund.state, "approved")
        self.assertIn("credit_undone", ticket.event_ids.mapped("code"))
        self.assertNotEqual(resolution.progress, "done")
        first = refund.credit_note_id
        refund.action_post()
        self.assertEqual(first.state, "cancel", "nobody may post it a second time")
        self.assertEqual(refund.credit_note_id.amount_total, 130.37)
        refund.action_pay()
        self.assertEqual(resolution.progress, "done")
        order_line = ticket.line_ids.sale_line_id
        self.assertEqual((order_line.product_uom_qty, order_line.qty_to_invoice), (1, 0))

    def test_finance_refuses_and_the_agent_ends_it(self):
        """The copy is back, finance says no: not for ever, and not by asking again."""
        _order, ticket, resolution = self._to_approve(quantity=1)
        refund = ticket.refund_ids
        refund.with_user(self.finance).action_refuse("the receipt is forged")
        resolution.with_user(self.agent).action_retry()
        again = ticket.refund_ids - refund
        self.assertEqual(again.state, "to_approve", "finance decides again, whatever the limit")
        again.with_user(self.finance).action_refuse("still")
        resolution.with_user(self.agent).action_give_up_rest("told the reader")
        self.assertEqual((resolution.progress, ticket.phase), ("done", "done"))

    def test_no_lines_in_the_refund_of_another(self):
        """Who approves must not find an own request in a colleague's refund (R6.8)."""
        order = self._sell({self.run_1: 6})
        ticket = self._case(order, {self.run_1: 4})
        self._agree(ticket, "refund_only", 2)
        line = ticket.line_ids.with_user(self.other_agent)
        second = line.action_propose("refund_only", 2)
        second.action_agree()
        second.action_execute()
        self.assertEqual(ticket.refund_ids.requested_by_id, self.agent | self.other_agent)

    def test_single_copies_of_a_dozen(self):
        """Invoiced by the dozen, refunded copy by copy: the sum is what was paid."""
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._sell({self.run_1: 1}, product_uom_id=dozen.id, price_unit=94.94)
        total, paid_back = order.invoice_ids.amount_total, 0.0
        for _copy in range(12):
            _order, ticket, _resolution = self._to_approve(order, 1)
            ticket.with_user(self.agent).action_post_refunds()
            paid_back += ticket.refund_ids.credit_note_id.amount_total
        self.assertAlmostEqual(paid_back, total, 2)
