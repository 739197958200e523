from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestFreight(AftersalesCommon):
    """The reader's return postage: as proven, once a parcel, and never out of the copy's price (R6.5)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.postage = cls.company.aftersales_freight_product_id

    def _sell_with_postage(self, price=8.0, **options):
        """Sell a novel; the order charges postage with 9 % tax."""
        order = self._sell({self.run_1: 1}, invoice=False)
        order.order_line = [
            Command.create(
                {
                    "product_id": self.postage.id,
                    "price_unit": price,
                    "tax_ids": [Command.set(self.tax.ids)],
                }
            )
        ]
        self._invoice(order)
        return order

    def _reimburse(self, ticket, amount=0.0, payer="reader", reason="waybill SF123", **options):
        return self._agree_postage(ticket.line_ids[:1], amount, payer, reason, **options)

    def _agree_postage(self, line, amount, payer, reason, user=None):
        line = line.with_user(user or self.agent)
        options = {"amount": amount, "freight_payer": payer, "reason": reason}
        resolution = line.action_propose("freight", **options)
        resolution.action_execute()
        return resolution

    def _post(self, ticket):
        self._end_of_request()
        refunds = ticket.refund_ids.with_user(self.finance)
        refunds.filtered(lambda r: r.state == "to_approve").action_approve()
        todo = refunds.filtered(lambda r: r.state == "approved")
        todo.action_post()
        return todo.sudo().credit_note_id

    def _exchange(self, order, copies=1):
        ticket = self._case(order, {self.run_1: copies})
        return ticket, self._agree(ticket, "exchange")

    def assertRefused(self, ticket, message, **options):
        with self.assertRaisesRegex(UserError, f"{ticket.number}.*{message}"), self.cr.savepoint():
            self._reimburse(ticket, **options)

    # ------------------------------------------------------------------
    # Where it is booked
    # ------------------------------------------------------------------
    def test_nothing_charged_is_an_expense(self):
        """The invoice stays worth what it was: the copy is paid back in full afterwards."""
        order = self._sell({self.run_1: 1})
        ticket = self._case(order, {self.run_1: 1})
        resolution = self._agree(ticket, "return_refund")
        postage = self._reimburse(ticket, 12)
        refund = ticket.refund_ids
        self.assertTrue(refund.is_expense)
        self.assertEqual(
            (refund.amount, refund.summary), (12, f"Return postage, {self.novel.name}")
        )
        note = self._post(ticket)
        self.assertFalse(note.reversed_entry_id, "no part of the invoice is taken back")
        self.assertEqual((note.amount_tax, note.amount_total), (0, 12))
        expense = self.postage.product_tmpl_id.get_product_accounts()["expense"]
        self.assertEqual(note.invoice_line_ids.account_id, expense)
        self.assertFalse(note.invoice_line_ids.aftersales_origin_line_id)
        refund.with_user(self.finance).action_pay()
        self.assertEqual((refund.state, postage.progress), ("paid", "done"))
        self._receive(resolution)
        self._inspect(resolution)
        self.assertEqual(self._post(ticket).amount_total, 65.18)
        self.assertEqual(self._order_figures(order)["to_invoice"], 0)

    def test_taken_off_the_postage_charged(self):
        """The order charged 8.72: so much is taken off it, the rest is ours."""
        order = self._sell_with_postage()
        ticket, _exchange = self._exchange(order)
        postage = self._reimburse(ticket, 12)
        notes = self._post(ticket).sorted("amount_total")
        self.assertEqual(notes.mapped("amount_total"), [3.28, 8.72])
        self.assertEqual(notes.mapped("amount_tax"), [0, 0.72])
        invoice = order.invoice_ids - notes
        self.assertEqual(notes[1].reversed_entry_id, invoice)
        charged = invoice.invoice_line_ids.filtered(lambda ln: ln.product_id == self.postage)
        self.assertEqual(notes[1].invoice_line_ids.aftersales_origin_line_id, charged)
        ticket.refund_ids.with_user(self.finance).action_pay()
        self.assertEqual(postage.progress, "done")
        later = self._case(order, {self.run_1: 1})
        with self.assertRaisesRegex(UserError, "came back, are announced"):
            self._agree(later, "return_refund")

    def test_postage_charged_is_taken_off_once(self):
        """Two parcels of one order: the second finds nothing left of the postage charged."""
        order = self._sell({self.run_1: 2}, invoice=False)
        order.order_line = [Command.create({"product_id": self.postage.id, "price_unit": 8.0})]
        self._invoice(order)
        amounts = []
        for _parcel in range(2):
            ticket, _exchange = self._exchange(order)
            self._reimburse(ticket, 6)
            amounts += [(r.is_expense, r.amount) for r in ticket.refund_ids]
        self.assertEqual(amounts, [(False, 6), (False, 2), (True, 4)])

    def test_finance_refuses_a_part(self):
        """The part that was refused is asked for once more, not the whole."""
        ticket, _exchange = self._exchange(self._sell_with_postage())
        postage = self._reimburse(ticket, 12)
        expense = ticket.refund_ids.filtered("is_expense")
        expense.with_user(self.finance).action_refuse("no receipt")
        self.assertEqual(ticket.next_step, "receive", "the parcel is on its way")
        postage.with_user(self.agent).action_retry()
        again = ticket.refund_ids.filtered(lambda r: r.state == "to_approve")
        self.assertEqual((again.is_expense, again.amount), (True, 3.28))

    def test_both_parts_count_for_the_limit(self):
        """A receipt of 12.00 makes two refunds: within the agent's limit both go, above it both wait."""
        for limit, state in ((12.0, "approved"), (11.99, "to_approve")):
            self.company.aftersales_refund_limit = limit
            ticket, _exchange = self._exchange(self._sell_with_postage())
            self._reimburse(ticket, 12)
            refunds = ticket.refund_ids
            self.assertEqual(refunds.mapped("state"), [state, state])
            self.assertEqual(refunds.mapped("paid_for"), ["waybill SF123"] * 2, "seen together")

    def test_undone_and_cancelled(self):
        ticket, _exchange = self._exchange(self._sell_with_postage())
        postage = self._reimburse(ticket, 12)
        self._post(ticket)
        ticket.refund_ids.with_user(self.finance).action_reverse("a forged receipt")
        self._end_of_request()
        postage.with_user(self.agent).action_cancel("forged")
        self.assertEqual(postage.state, "cancelled")
        self._reimburse(ticket, 10)
        live = ticket.refund_ids.filtered(lambda r: r.state not in ("cancelled", "refused"))
        self.assertEqual(sorted(live.mapped("amount")), [1.28, 8.72])

    def test_foreign_currency(self):
        """Proven and paid in the currency of the invoice."""
        euro = self.env.ref("base.EUR")
        euro.active = True
        rate = {"name": "2020-01-01", "rate": 0.8, "currency_id": euro.id}
        self.env["res.currency.rate"].create(rate)
        pricelist = self.env["product.pricelist"].create({"name": "EUR", "currency_id": euro.id})
        reader = self.reader.copy({"property_product_pricelist": pricelist.id})
        ticket, _exchange = self._exchange(self._sell({self.run_1: 1}, reader))
        self.company.aftersales_freight_limit = 12
        self.assertRefused(ticket, "above what is reimbursed", amount=10)
        self._reimburse(ticket, 9)
        note = self._post(ticket)
        self.assertEqual((note.currency_id, note.amount_total), (euro, 9))
        self.assertEqual(note.amount_total_signed, -11.25)

    # ------------------------------------------------------------------
    # Once
    # ------------------------------------------------------------------
    def test_once_for_a_line(self):
        ticket, _exchange = self._exchange(self._sell({self.run_1: 1}))
        postage = self._reimburse(ticket, 12)
        self.assertRefused(ticket, "is reimbursed already .*waybill SF123", amount=5)
        postage.with_user(self.agent).action_cancel("typed wrongly")
        self.assertEqual(ticket.refund_ids.state, "cancelled")
        self._reimburse(ticket, 5)

    def test_once_for_a_parcel(self):
        """Two books in one parcel: the postage of the second is that of the first."""
        order = self._sell({self.run_1: 1, self.run_2: 1})
        ticket = self._case(order, {self.run_1: 1, self.run_2: 1})
        resolutions = self._agree(ticket, "return_refund")
        self.assertEqual(len(resolutions.effect_ids.move_ids.picking_id), 1)
        self._reimburse(ticket, 12)
        with self.assertRaisesRegex(UserError, "A parcel is reimbursed once"):
            self._agree_postage(ticket.line_ids[1], 12, "reader", "the same waybill")

    def test_freight_insurance_paid(self):
        """运费险 paid the courier: noted, and nothing is reimbursed any more."""
        ticket, _exchange = self._exchange(self._sell({self.run_1: 1}))
        self.assertRefused(ticket, "did not pay", amount=5, payer="insurance")
        note = self._reimburse(ticket, payer="insurance", reason="policy 88")
        self.assertEqual((note.progress, note.freight_payer), ("done", "insurance"))
        self.assertFalse(ticket.refund_ids)
        self.assertIn("freight_noted", ticket.event_ids.mapped("code"))
        self.assertRefused(ticket, "Freight insurance .policy 88", amount=12)
        note.with_user(self.agent).action_cancel("it was refused by the insurer")
        self._reimburse(ticket, 12)

    # ------------------------------------------------------------------
    # What forbids it
    # ------------------------------------------------------------------
    def test_asked_for_properly(self):
        ticket, _exchange = self._exchange(self._sell({self.run_1: 1}))
        self.assertRefused(ticket, "say why", amount=5, reason="")
        self.assertRefused(ticket, "who paid", amount=5, payer=None)
        self.assertRefused(ticket, "proved to have paid", amount=0)

    def test_nothing_comes_back(self):
        ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1})
        self.assertRefused(ticket, "no return postage", amount=5)
        self._agree(ticket, "refund_only")
        self.assertRefused(ticket, "no return postage", amount=5)

    def test_the_limit_of_the_house(self):
        self.company.aftersales_freight_limit = 10
        ticket, _exchange = self._exchange(self._sell({self.run_1: 1}))
        self.assertRefused(ticket, "above what is reimbursed for a parcel", amount=10.01)
        self._agree_postage(ticket.line_ids, 12, "reader", "from the island", user=self.manager)
        self.assertEqual(ticket.refund_ids.amount, 12)

    def test_what_a_manager_proposed_the_agent_executes(self):
        self.company.aftersales_freight_limit = 10
        ticket, _exchange = self._exchange(self._sell({self.run_1: 1}))
        line = ticket.line_ids.with_user(self.manager)
        postage = line.action_propose(
            "freight", amount=12, freight_payer="reader", reason="from the island"
        )
        self.assertIs(postage.with_user(self.agent).action_execute(), True)
        self.assertEqual(ticket.refund_ids.amount, 12)

    def test_not_invoiced(self):
        ticket, _exchange = self._exchange(self._sell({self.run_1: 1}, invoice=False))
        self.assertRefused(ticket, "not invoiced yet", amount=5)

    def test_the_return_is_cancelled(self):
        """No postage stays for a parcel that is not sent."""
        ticket, exchange = self._exchange(self._sell({self.run_1: 1}))
        postage = self._reimburse(ticket, 6)
        with self.assertRaisesRegex(UserError, "postage of .* was decided on"), self.cr.savepoint():
            exchange.with_user(self.agent).action_cancel("keeps it")
        (postage | exchange).with_user(self.agent).action_cancel("keeps it")
        self.assertEqual(ticket.refund_ids.state, "cancelled")

    def test_a_short_parcel(self):
        """Finishing with what came asks nothing of the postage."""
        order = self._sell({self.run_1: 2})
        ticket, exchange = self._exchange(order, 2)
        postage = self._reimburse(ticket, 6)
        self._receive(exchange, 1)
        self._inspect(exchange)
        action = ticket.with_user(self.agent).action_open_give_up()
        self.assertEqual(action["context"]["default_res_ids"], str(exchange.id))
        exchange.with_user(self.agent).action_give_up_rest("lost")
        self.assertEqual((postage.state, ticket.refund_ids.amount), ("agreed", 6))

    # ------------------------------------------------------------------
    # Beside the copies
    # ------------------------------------------------------------------
    def test_it_is_no_remedy_for_the_copy(self):
        """Of two copies one is exchanged, and the other still has no remedy."""
        ticket = self._case(self._sell({self.run_1: 2}), {self.run_1: 2})
        self._agree(ticket, "exchange", 1)
        self._reimburse(ticket, 6)
        self.assertEqual(ticket.line_ids.resolved_quantity, 1)
        self._agree(ticket, "refund_only")
        self.assertEqual(ticket.line_ids.resolved_quantity, 2)

    def test_the_dialog(self):
        """A row of a return opens it; it says where the money is booked."""
        ticket, exchange = self._exchange(self._sell_with_postage())
        self.assertTrue(exchange.can_reimburse)
        action = exchange.with_user(self.agent).action_open_freight()
        wizard = self.env[action["res_model"]].with_user(self.agent)
        form = Form(wizard.with_context(**action["context"]))
        self.assertEqual(form.remedy_id.code, "freight")
        self.assertEqual(form.offered_ids.ids, form.remedy_id.ids, "every copy has a remedy")
        form.amount = 12
        self.assertRegex(form.amount_note, "8.72 off the postage.*3.28 at our expense")
        form.reason = "waybill SF9"
        form.save().action_propose()
        postage = ticket.resolution_ids - exchange
        self.assertEqual((postage.amount, postage.credit_reason), (12, "waybill SF9"))
        self.assertEqual((postage.state, postage.agreed_by), ("agreed", "not_needed"))
        exchange.invalidate_recordset(["can_reimburse"])
        self.assertFalse(exchange.can_reimburse)

    def test_it_is_offered_where_a_parcel_comes_back(self):
        ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1})
        wizard = self.env["aftersales.propose.wizard"].with_user(self.agent)
        wizard = wizard.create({"ticket_id": ticket.id, "line_ids": ticket.line_ids.ids})
        self.assertNotIn("freight", wizard.offered_ids.mapped("code"))

    def test_a_remedy_by_itself(self):
        remedy = self.env["aftersales.remedy"]._get("exchange").with_user(self.manager)
        with self.assertRaisesRegex(UserError, "a remedy by itself"):
            remedy.effect_ids = [Command.create({"kind": "freight"})]

    def test_finance_refuses_the_postage_alone(self):
        """Ending what finance refused leaves the exchange of the same case on its way."""
        ticket, exchange = self._exchange(self._sell({self.run_1: 3}), 3)
        postage = self._reimburse(ticket, 12.0)
        ticket.refund_ids.with_user(self.finance).action_refuse("no receipt")
        self._end_of_request()
        self.assertEqual(ticket.next_step, "refused")
        context = ticket.with_user(self.agent).action_open_give_up()["context"]
        self.assertEqual(context["default_res_ids"], str(postage.id))
        getattr(postage, context["default_verb"])("finance refused it")
        self.assertEqual((postage.state, exchange.progress), ("cancelled", "waiting_return"))
        self.assertEqual(ticket.next_step, "receive")
