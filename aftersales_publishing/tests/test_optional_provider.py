from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

import requests
from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, ConcurrencyError, UserError, ValidationError
from odoo.tests import tagged

from . import invariants
from .common import AftersalesCommon


class ProviderCommon(AftersalesCommon):
    """Readers pay by a provider that can refund, Odoo's own Demo; the job works when told to."""

    needs_modules = {"payment_demo"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider = cls.env["payment.provider"].search(
            [("code", "=", "demo"), ("company_id", "=", cls.company.id)], limit=1
        )
        cls.method = cls.env.ref("payment_demo.payment_method_demo")
        cls.company.aftersales_refund_limit = 1000.0
        cls.other_currency = cls.env["res.currency"].search(
            [("id", "!=", cls.company.currency_id.id)], limit=1
        )

    @classmethod
    def _pay_online(cls, amount=None, invoice=None, order=None, partner=None):
        """Let a customer pay an invoice or order by the provider; return the transaction."""
        document = invoice or order
        transaction = cls.env["payment.transaction"].create(
            {
                "provider_id": cls.provider.id,
                "payment_method_id": cls.method.id,
                "amount": amount or document.amount_total,
                "currency_id": document.currency_id.id,
                "partner_id": (partner or document.partner_id).id,
                "operation": "online_direct",
                "invoice_ids": [Command.set(invoice.ids if invoice else [])],
                "sale_order_ids": [Command.set(order.ids if order else [])],
            }
        )
        transaction._set_done()
        transaction._post_process()
        return transaction

    def _sell_online(self, copies=2, amounts=(None,)):
        """Sell copies, paid online in as many payments; return ``(order, transactions)``."""
        order = self._sell({self.run_1: copies}, pay=False)
        transactions = self.env["payment.transaction"]
        for amount in amounts:
            transactions |= self._pay_online(amount, invoice=order.invoice_ids)
        return order, transactions

    def _refund(self, order, copies=1, post=True):
        """Ask for a refund without return; return it as finance sees it, posted."""
        ticket = self._case(order, {self.run_1: copies})
        self._agree(ticket, "refund_only")
        refund = ticket.refund_ids.with_user(self.finance)
        if post:
            refund.action_post()
            self.assertEqual(refund.state, "posted")
        return refund

    @contextmanager
    def _asked(self, answer="done", on_commit=lambda: None):
        """Have the provider answer so; count how often it is asked.

        :param answer: state, or an exception that asking raises
        """
        asked = []

        def send(transaction):
            asked.append(transaction)
            if isinstance(answer, BaseException):
                raise answer
            if answer:
                getattr(transaction, f"_set_{answer}")(
                    **({"state_message": "Card is blocked"} if answer == "error" else {})
                )

        def commit(_cron, *_arguments, **_options):
            self._end_of_request()
            on_commit()
            return 60

        def roll_back(_transaction):
            self.env.invalidate_all()

        Transaction = type(self.env["payment.transaction"])
        with (
            patch.object(Transaction, "_send_refund_request", send),
            patch.object(Transaction, "_give_up", roll_back),
            patch.object(type(self.env["ir.cron"]), "_commit_progress", commit),
        ):
            yield asked

    def _work(self, **options):
        """Let the job ask the provider; return what it asked for."""
        with self._asked(**options) as asked:
            self.env["payment.transaction"].sudo()._cron_ask_providers()
        self._end_of_request()
        return asked

    def _children(self, refund):
        return refund.sudo().provider_transaction_ids

    def assertSound(self):
        self.assertEqual(invariants.find_breaches(self.env), [])


@tagged("-standard", "-at_install", "post_install", "optional_modules")
class TestProvider(ProviderCommon):
    """Paid online, refunded online: finance presses one button (R6.8)."""

    def _pay_by_bank_and_unmatch(self, refund):
        """Accounting pays the credit note by bank, then takes the payment off it."""
        note = refund.sudo().credit_note_id
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=note.ids
        )
        payment = wizard.create({})._create_payments()
        payment.move_id.line_ids.remove_move_reconcile()
        self._end_of_request()
        return payment

    def test_not_asked_for_what_the_bank_paid(self):
        """The match is gone, the money may not be: nobody asks the provider for it as well."""
        order, _transactions = self._sell_online()
        refund = self._refund(order)
        payment = self._pay_by_bank_and_unmatch(refund)
        self.assertEqual(refund.state, "posted")
        with self.assertRaisesRegex(UserError, "Match it again"), self.cr.savepoint():
            refund.action_pay()
        self.assertFalse(self._work())
        payment.action_cancel()
        refund.action_pay()
        self.assertEqual(len(self._work()), 1)
        self.assertEqual(refund.state, "paid")

    def test_not_asked_for_what_the_bank_paid_meanwhile(self):
        """Accounting was quicker than the job."""
        order, _transactions = self._sell_online()
        refund = self._refund(order)
        refund.action_pay()
        self._pay_by_bank_and_unmatch(refund)
        self.assertFalse(self._work())

    def test_back_through_the_provider(self):
        """With the provider's own answer: nothing of Odoo is replaced but the commit."""
        order, transaction = self._sell_online()
        refund = self._refund(order)
        self.assertTrue(refund.by_provider)
        self.assertIn("65.18 back through Demo", refund.payout_way)
        self.assertFalse(refund.payout_reason)
        refund.action_pay()
        child = self._children(refund)
        self.assertEqual((child.state, child.amount, child.operation), ("draft", -65.18, "refund"))
        self.assertEqual(child.source_transaction_id, transaction)
        self.assertEqual((refund.state, refund.provider_state), ("posted", "waiting"))
        self.assertEqual(refund.ticket_id.next_step, "await_provider")
        commit = patch.object(
            type(self.env["ir.cron"]),
            "_commit_progress",
            lambda *a, **k: self._end_of_request() or 9,
        )
        with commit:
            self.env["payment.transaction"].sudo()._cron_ask_providers()
        self.assertEqual(
            (child.state, child.provider_reference), ("done", f"demo-{child.reference}")
        )
        self.assertEqual((refund.state, refund.provider_state), ("paid", "done"))
        self.assertEqual(refund.ticket_id.phase, "done")
        payment = refund.sudo().payment_ids
        self.assertEqual(payment, child.payment_id)
        self.assertEqual((payment.payment_type, payment.amount), ("outbound", 65.18))
        self.assertEqual(payment.source_payment_id, transaction.payment_id)
        self.assertEqual(refund.sudo().credit_note_id.amount_residual, 0.0)
        codes = refund.ticket_id.event_ids.mapped("code")
        self.assertEqual((codes.count("provider_asked"), codes.count("paid")), (1, 1))
        self.assertSound()

    def test_a_double_click(self):
        order, _transaction = self._sell_online()
        refund = self._refund(order)
        refund.action_pay()
        refund.action_pay()
        self.assertEqual(len(self._children(refund)), 1)
        self.assertEqual(len(self._work()), 1)
        self.assertFalse(self._work(), "not a second time")
        refund.action_pay()
        self.assertEqual(len(refund.sudo().payment_ids), 1)

    def test_spread_over_several_payments(self):
        """Two copies for 130.36, paid as 50.00 and the rest: the first gives all, the second some."""
        order, transactions = self._sell_online(amounts=(50.0, 80.36))
        refund = self._refund(order)
        refund.action_pay()
        self.assertEqual(
            {tx.source_transaction_id: -tx.amount for tx in self._children(refund)},
            {transactions[0]: 50.0, transactions[1]: 15.18},
        )
        self.assertEqual(len(self._work()), 2)
        self.assertEqual(refund.state, "paid")
        self.assertEqual(len(refund.sudo().payment_ids), 2)
        self.assertSound()

    def test_what_the_provider_cannot_take_goes_by_bank(self):
        order, _transaction = self._sell_online(amounts=(40.0,))
        self._pay(order.invoice_ids)
        refund = self._refund(order)
        journal = self.company.aftersales_payout_journal_id.display_name
        self.assertIn(f"25.18 from {journal}", refund.payout_way)
        self.assertIn("40.00", refund.payout_reason)
        refund.action_pay()
        self.assertEqual(-self._children(refund).amount, 40.0)
        self._work()
        self.assertEqual((refund.state, refund.ticket_id.next_step), ("posted", "pay"))
        self.assertFalse(refund.by_provider)
        refund.action_pay()
        self.assertEqual(refund.state, "paid")
        self.assertEqual(sorted(refund.sudo().payment_ids.mapped("amount")), [25.18, 40.0])

    def test_whole_payments_only(self):
        """A method that refunds all or nothing: nothing of two copies, but the whole of both."""
        self.method.support_refund = "full_only"
        order, _transaction = self._sell_online()
        refund = self._refund(order)
        self.assertFalse(refund.by_provider)
        self.assertRegex(refund.payout_reason, "Demo refunds only the whole payment .*130.36")
        refund.action_pay()
        self.assertFalse(self._children(refund))
        self.assertEqual(refund.state, "paid")
        order, transaction = self._sell_online()
        refund = self._refund(order, copies=2)
        refund.action_pay()
        self.assertEqual(-self._children(refund).amount, transaction.amount)

    def test_where_there_is_no_provider_to_ask(self):
        """Switched off, without refunds, or not the one who gets the money: the reason stands there."""
        order, _transaction = self._sell_online()
        refund = self._refund(order)
        self.method.support_refund = "none"
        refund.invalidate_recordset()
        self.assertIn("makes no refunds", refund.payout_reason)
        self.method.support_refund = "partial"
        self.provider.state = "disabled"
        refund.invalidate_recordset()
        self.assertIn("switched off", refund.payout_reason)
        self.provider.state = "test"
        refund.sudo().payee_id = self.env["res.partner"].create({"name": "Wang Fang"})
        self.assertFalse(refund.by_provider)
        self.assertIn("Li Wei paid online, Wang Fang is to get", refund.payout_reason)

    def test_paid_with_the_order(self):
        """A prepayment: the transaction is the order's, the invoice comes later."""
        order = self._sell({self.run_1: 2}, invoice=False)
        transaction = self._pay_online(order=order)
        invoice = self._invoice(order, pay=False)
        lines = (transaction.payment_id.move_id | invoice).line_ids
        lines.filtered(
            lambda ln: ln.account_type == "asset_receivable" and not ln.reconciled
        ).reconcile()
        refund = self._refund(order)
        self.assertTrue(refund.by_provider)
        refund.action_pay()
        self.assertEqual(self._children(refund).source_transaction_id, transaction)
        self._work()
        self.assertEqual(refund.state, "paid")

    def test_another_invoice_of_the_order_was_paid_online(self):
        """Who paid this invoice by bank gets this money by bank."""
        order = self._sell({self.run_1: 1}, pay=False)
        self._pay_online(invoice=order.invoice_ids)
        order.order_line.product_uom_qty = 2
        self._deliver(order, {self.novel: {self.run_2: 1}})
        second = self._invoice(order)
        ticket = self._case(order, {self.run_1: 1, self.run_2: 1})
        self._agree(ticket, "refund_only")
        by_invoice = {r.invoice_id: r.by_provider for r in ticket.sudo().refund_ids}
        self.assertFalse(by_invoice.get(second))
        self.assertTrue(by_invoice[order.invoice_ids - second])

    # ------------------------------------------------------------------
    # Refunds by hand
    # ------------------------------------------------------------------
    def _by_hand(self, transaction, amount):
        """Let accounting refund in Odoo's own dialog; return the payment."""
        wizard = self.env["payment.refund.wizard"].create(
            {"payment_id": transaction.payment_id.id, "amount_to_refund": amount}
        )
        wizard.action_refund()
        child = transaction.child_transaction_ids.sorted("id")[-1]
        child._post_process()
        return child.payment_id

    def test_what_was_refunded_by_hand_counts(self):
        order, transaction = self._sell_online()
        payment = self._by_hand(transaction, 100.0)
        refund = self._refund(order)
        self.assertIn("30.36 back through Demo", refund.payout_way)
        with self.assertRaisesRegex(UserError, f"{payment.display_name}.*Match it with"):
            refund.action_pay()
        other = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": self.reader.id,
                "invoice_date": "2026-01-01",
                "invoice_line_ids": [Command.create({"name": "Gift", "price_unit": 100.0})],
            }
        )
        other.invoice_line_ids.tax_ids = False
        other.action_post()
        self._match(payment, other)
        refund.action_pay()
        self.assertEqual(-self._children(refund).amount, 30.36)

    def _match(self, payment, note):
        (payment.move_id | note).line_ids.filtered(
            lambda ln: ln.account_type == "asset_receivable" and not ln.reconciled
        ).reconcile()

    def test_refunded_by_hand_and_matched_is_paid(self):
        order, transaction = self._sell_online()
        refund = self._refund(order)
        self._match(self._by_hand(transaction, 65.18), refund.sudo().credit_note_id)
        self._end_of_request()
        self.assertEqual((refund.state, refund.ticket_id.phase), ("paid", "done"))
        refund.action_pay()
        self.assertFalse(self._children(refund))

    def test_paid_by_hand_before_it_is_asked(self):
        """Accounting pays the credit note between the click and the job: nobody is asked."""
        order, _transaction = self._sell_online()
        refund = self._refund(order)
        refund.action_pay()
        self._pay(refund.sudo().credit_note_id)
        self.assertFalse(self._work())
        child = self._children(refund)
        self.assertEqual((child.state, child.aftersales_asked_at), ("cancel", False))
        self.assertEqual(refund.state, "paid")
        self.assertSound()

    # ------------------------------------------------------------------
    # Other answers
    # ------------------------------------------------------------------
    def test_refused_by_the_provider(self):
        order, _transaction = self._sell_online()
        refund = self._refund(order)
        refund.action_pay()
        self._work(answer="error")
        self.assertEqual((refund.state, refund.provider_state), ("posted", "failed"))
        self.assertEqual(refund.ticket_id.next_step, "pay")
        self.assertIn("Card is blocked", refund.provider_note)
        message = refund.sudo().message_ids[0]
        self.assertIn("Card is blocked", str(message.body))
        self.assertEqual(message.partner_ids, self.finance.partner_id)
        self.assertIn("provider_failed", refund.ticket_id.event_ids.mapped("code"))
        with self.assertRaisesRegex(UserError, "Say why"):
            refund.action_pay_otherwise(" ")
        refund.action_pay_otherwise("The card is blocked, by bank as agreed")
        self.assertEqual(refund.state, "paid")
        self.assertEqual(len(refund.sudo().payment_ids), 1)
        self.assertFalse(refund.sudo().payment_ids.payment_transaction_id)
        self.assertSound()

    def test_tried_again(self):
        order, _transaction = self._sell_online()
        refund = self._refund(order)
        refund.action_pay()
        self._work(answer="error")
        refund.action_pay()
        self.assertEqual(refund.provider_state, "waiting")
        self._work()
        self.assertEqual((refund.state, len(self._children(refund))), ("paid", 2))
        self.assertEqual(refund.provider_state, "done", "the newest answer counts")

    def test_pending_until_the_provider_tells(self):
        """The provider takes a day; meanwhile nothing else pays, then its message does."""
        order, _transaction = self._sell_online()
        refund = self._refund(order)
        refund.action_pay()
        self._work(answer="pending")
        self.assertEqual((refund.state, refund.provider_state), ("posted", "waiting"))
        for verb, reason in (
            ("action_pay_otherwise", "hurry"),
            ("action_keep_on_account", "agreed"),
            ("action_reverse", "wrong"),
        ):
            with self.subTest(verb), self.assertRaisesRegex(UserError, "waits for the payment"):
                getattr(refund, verb)(reason)
        refund.action_pay()
        self.assertEqual(len(self._children(refund)), 1)
        child = self._children(refund)
        child._process("demo", {"reference": child.reference, "simulated_state": "done"})
        child._post_process()
        self._end_of_request()
        self.assertEqual((refund.state, refund.ticket_id.phase), ("paid", "done"))

    def test_the_order_of_money_and_note(self):
        """Accounting resets the credit note meanwhile; the payment pays the one that follows."""
        order, _transaction = self._sell_online()
        refund = self._refund(order)
        refund.action_pay()
        self._work(answer="pending")
        refund.sudo().credit_note_id.button_draft()
        child = self._children(refund)
        child._set_done()
        child._post_process()
        self._end_of_request()
        self.assertIn("provider_surplus", refund.ticket_id.event_ids.mapped("code"))
        self.assertEqual(refund.state, "approved")
        refund.action_post()
        self.assertEqual(refund.state, "paid")
        self.assertEqual(len(refund.sudo().payment_ids), 1)

    # ------------------------------------------------------------------
    # Accounting works on the payment
    # ------------------------------------------------------------------
    def test_accounting_resets_what_the_provider_paid(self):
        """The payment is a draft (wrong date): the money has left, nobody pays it once more."""
        order, _transaction = self._sell_online()
        refund = self._refund(order)
        refund.action_pay()
        self._work()
        payment = refund.sudo().payment_ids
        payment.action_draft()
        self._end_of_request()
        self.assertEqual(refund.state, "posted")
        for verb, arguments in (
            ("action_pay", ()),
            ("action_pay_otherwise", ("hurry",)),
            ("action_keep_on_account", ("agreed",)),
        ):
            with self.subTest(verb), self.assertRaisesRegex(UserError, "Confirm it again"):
                getattr(refund, verb)(*arguments)
        self.assertEqual(payment.state, "draft", "the books do not forget what left")
        payment.action_post()
        refund.action_pay()
        self.assertEqual((refund.state, refund.sudo().payment_ids), ("paid", payment))
        self.assertEqual(len(self._children(refund)), 1)
        self.assertSound()

    def test_accounting_takes_the_match_apart(self):
        """Pay matches what has left already, and asks nobody."""
        order, _transaction = self._sell_online()
        refund = self._refund(order)
        refund.action_pay()
        self._work()
        payment = refund.sudo().payment_ids
        payment.move_id.line_ids.remove_move_reconcile()
        self._end_of_request()
        self.assertEqual(refund.state, "posted")
        refund.action_pay()
        self.assertEqual((refund.state, refund.sudo().payment_ids), ("paid", payment))
        self.assertFalse(self._work())

    # ------------------------------------------------------------------
    # Killed in between
    # ------------------------------------------------------------------
    def test_silence_becomes_a_task(self):
        """A day without an answer: one colleague of finance is to look, once, until it is known."""
        order, _transaction = self._sell_online()
        refund = self._refund(order)
        refund.action_pay()
        with self.assertLogs("odoo.addons.aftersales_publishing", "ERROR"):
            self._work(answer=MemoryError("killed"))
        asked_at = self._children(refund).aftersales_asked_at

        def get_tasks():
            return self.env["mail.activity"].search(
                [("res_model", "=", "aftersales.refund"), ("res_id", "=", refund.id)]
            )

        with freeze_time(asked_at + timedelta(hours=23)):
            self._work()
            self.assertFalse(get_tasks(), "the company gives it a day")
        with freeze_time(asked_at + timedelta(hours=25)):
            self._work()
            task = get_tasks()
            self.assertTrue(task.user_id.has_group("aftersales_publishing.group_finance"))
            self.assertIn("The Provider Did Not Pay", task.note)
            task.with_user(task.user_id).action_done()
            self._work()
            self.assertFalse(get_tasks(), "told once")
            self._children(refund).aftersales_silence_told_at = False
            self.env["res.lang"]._activate_lang("zh_CN")
            self.env["res.users"].search([]).lang = "zh_CN"
            self._work()
            self.assertEqual(
                get_tasks().summary, "支付提供商没有答复", "in the colleague's language"
            )
            refund.action_provider_paid()
            self.assertFalse(get_tasks(), "the answer is there")

    def test_no_answer(self):
        """The worker dies while the provider is asked: nobody asks again, finance looks."""
        order, _transaction = self._sell_online()
        refund = self._refund(order)
        refund.action_pay()
        with self.assertLogs("odoo.addons.aftersales_publishing", "ERROR"):
            self.assertEqual(len(self._work(answer=MemoryError("killed"))), 1)
        self.assertEqual((refund.state, refund.provider_state), ("posted", "unclear"))
        self.assertFalse(self._work(), "it is never asked again by itself")
        with self.assertRaisesRegex(UserError, "waits for the payment provider"):
            refund.action_pay_otherwise("hurry")
        with self.assertRaises(AccessError):
            refund.with_user(self.agent).action_provider_paid()
        refund.action_provider_paid()
        self.assertEqual(refund.state, "paid")
        with self.assertRaisesRegex(UserError, "no provider was asked"):
            refund.action_provider_paid()
        self.assertSound()

    def _lose_answer(self, refund):
        refund.action_pay()
        with self.assertLogs("odoo.addons.aftersales_publishing", "ERROR"):
            self._work(answer=MemoryError("killed"))
        self.assertEqual(refund.provider_state, "unclear")

    def _tell_refund(self, transaction, amount):
        """Let the provider tell of a refund as Stripe does; return what it is recorded on."""
        child = transaction._create_child_transaction(amount, is_refund=True)
        child.provider_reference = "re_1"
        child._set_done()
        child._post_process()
        self._end_of_request()
        return child

    def test_the_message_is_the_lost_answer(self):
        order, transaction = self._sell_online()
        refund = self._refund(order)
        self._lose_answer(refund)
        self.assertEqual(self._tell_refund(transaction, 65.18), self._children(refund))
        self.assertEqual((refund.state, refund.ticket_id.phase), ("paid", "done"))
        self.assertEqual(len(refund.sudo().payment_ids), 1)
        self.assertAlmostEqual(transaction._get_left_to_refund()[transaction], 65.18)
        self.assertSound()

    def test_a_refund_by_hand_is_not_the_lost_answer(self):
        order, transaction = self._sell_online()
        refund = self._refund(order)
        self._lose_answer(refund)
        self._by_hand(transaction, 65.18)
        self.assertEqual(len(transaction.child_transaction_ids), 2)
        self.assertEqual(refund.provider_state, "unclear")

    def test_the_message_is_booked_already(self):
        """It told another amount (with a fee), so it is in the books beside ours: not twice."""
        order, transaction = self._sell_online()
        refund = self._refund(order)
        self._lose_answer(refund)
        payment = self._tell_refund(transaction, 65.0).payment_id
        with self.assertRaisesRegex(UserError, f"{payment.display_name}.*If it is this one"):
            refund.action_provider_paid()
        refund.action_provider_unpaid("It is booked as 65.00")
        self._match(payment, refund.sudo().credit_note_id)
        refund.action_pay()
        self.assertEqual(-self._children(refund).sorted("id")[-1].amount, 0.18)

    def _ask_over(self, answer):
        """Let the provider be asked over a line that answers so; return the refund.

        :param answer: a response, or an exception of the connection
        """
        order, _transaction = self._sell_online()
        refund = self._refund(order)
        refund.action_pay()

        def send(transaction):
            transaction.provider_id._send_api_request("POST", "refunds")

        with (
            self._asked(),
            patch.object(type(self.env["payment.transaction"]), "_send_refund_request", send),
            patch.object(requests, "request", side_effect=[answer]),
        ):
            self.env["payment.transaction"].sudo()._cron_ask_providers()
        self._end_of_request()
        return refund

    def _response(self, status):
        response = requests.Response()
        response.status_code, response._content = status, b"{}"
        return response

    def test_the_line_breaks_after_asking(self):
        """The provider may have paid: it is not asked again, finance looks there first."""
        broken = requests.exceptions
        for answer in (broken.ReadTimeout(), broken.ConnectionError(), self._response(502)):
            with self.subTest(answer=answer):
                with self.assertLogs("odoo.addons.aftersales_publishing", "ERROR"):
                    refund = self._ask_over(answer)
                self.assertEqual((refund.state, refund.provider_state), ("posted", "unclear"))
                refund.action_bulk_pay()
                self.assertEqual(len(self._children(refund)), 1, "not asked again with a list")
                refund.action_provider_paid()
                self.assertEqual(refund.state, "paid")

    def test_an_answer_is_a_refusal(self):
        refund = self._ask_over(self._response(402))
        self.assertEqual((refund.state, refund.provider_state), ("posted", "failed"))

    def test_no_answer_and_not_paid(self):
        order, _transaction = self._sell_online()
        refund = self._refund(order)
        refund.action_pay()
        with self.assertRaisesRegex(UserError, "no provider was asked"):
            refund.action_provider_unpaid("not asked yet")
        with self.assertLogs("odoo.addons.aftersales_publishing", "ERROR"):
            self._work(answer=MemoryError("killed"))
        with self.assertRaisesRegex(UserError, "Say what the provider"):
            refund.action_provider_unpaid("")
        refund.action_provider_unpaid("Nothing there of that day")
        self.assertEqual((refund.state, refund.provider_state), ("posted", "failed"))
        self.assertIn("Nothing there of that day", refund.provider_note)
        refund.action_pay_otherwise("Provider is down")
        self.assertEqual(refund.state, "paid")
        child = self._children(refund)
        child._set_done()
        child._post_process()
        self.assertEqual(child.state, "done", "the provider paid after all: the books say so")
        self.assertIn("provider_surplus", refund.ticket_id.event_ids.mapped("code"))
        self.assertEqual(len(refund.sudo().payment_ids), 2)

    def test_paid_there_and_not_booked_here(self):
        """The provider's journal is not ready: finance reads why, mends it and books it."""
        order, _transaction = self._sell_online()
        refund = self._refund(order)
        refund.action_pay()
        Transaction = type(self.env["payment.transaction"])
        broken = patch.object(
            Transaction, "_create_payment", side_effect=UserError("The journal is archived")
        )
        with broken, self.assertLogs("odoo.addons.aftersales_publishing", "ERROR"):
            self._work()
        self.assertEqual((refund.state, refund.provider_state), ("posted", "waiting"))
        self.assertIn("not booked here yet", refund.provider_note)
        with broken, self.assertRaisesRegex(UserError, "The journal is archived"):
            refund.action_provider_paid()
        with self.assertRaisesRegex(UserError, "it has answered"):
            refund.action_provider_unpaid("It has")
        refund.action_provider_paid()
        self.assertEqual((refund.state, refund.provider_state), ("paid", "done"))
        self.assertSound()

    def test_somebody_works_on_the_refund(self):
        """Its row is held when the provider would be asked: nobody is, the next job does it."""
        order, _transaction = self._sell_online()
        refund = self._refund(order)
        refund.action_pay()
        Transaction = type(self.env["payment.transaction"])
        with patch.object(Transaction, "_hold", side_effect=ConcurrencyError("held")):
            self.assertFalse(self._work())
        self.assertEqual(refund.provider_state, "waiting")
        self.assertEqual(len(self._work()), 1)
        self.assertEqual(refund.state, "paid")

    def test_recorded_before_it_is_asked(self):
        """At the moment of asking, that it is being asked is committed already."""
        order, _transaction = self._sell_online()
        refund = self._refund(order)
        refund.action_pay()
        seen = []
        child = self._children(refund)
        with self._asked(
            on_commit=lambda: seen.append((child.state, bool(child.aftersales_asked_at)))
        ) as asked:
            self.env["payment.transaction"].sudo()._cron_ask_providers()
        self.assertEqual(len(asked), 1)
        self.assertEqual(seen[:3], [("draft", False), ("draft", True), ("done", True)])

    def test_killed_between_the_answer_and_the_case(self):
        """The provider refused and the job died: the next one brings the case up to date."""
        order, _transaction = self._sell_online()
        refund = self._refund(order)
        refund.action_pay()
        Transaction = type(self.env["payment.transaction"])
        with self._asked(answer="error"), patch.object(Transaction, "_follow_answer"):
            self._children(refund)._ask_provider()
        self.assertEqual(refund.provider_state, "failed")
        self.assertEqual(refund.ticket_id.next_step, "await_provider")
        self._work()
        self.assertEqual(refund.ticket_id.next_step, "pay")

    # ------------------------------------------------------------------
    # Undo
    # ------------------------------------------------------------------
    def test_undone_before_it_is_asked(self):
        order, _transaction = self._sell_online()
        refund = self._refund(order)
        refund.action_pay()
        refund.action_reverse("wrong reader")
        self.assertEqual((refund.state, self._children(refund).state), ("cancelled", "cancel"))
        self.assertFalse(self._work())
        self.assertSound()

    def test_what_the_provider_paid_is_not_undone(self):
        order, _transaction = self._sell_online()
        refund = self._refund(order)
        refund.action_pay()
        self._work()
        with self.assertRaisesRegex(UserError, "through Demo: the money has left"):
            refund.action_reverse("wrong reader")

    # ------------------------------------------------------------------
    # Many, and by whom
    # ------------------------------------------------------------------
    def test_one_failing_provider_holds_up_nobody(self):
        """Of a list, one card is blocked; the others and who paid by bank are paid."""
        first, second = (self._refund(self._sell_online()[0]) for _copy in range(2))
        by_bank = self._refund(self._sell({self.run_1: 1}))
        refunds = first | second | by_bank
        refunds.action_bulk_pay()
        self.assertEqual(by_bank.state, "paid")
        self.assertEqual((first | second).mapped("provider_state"), ["waiting", "waiting"])
        blocked, answer = self._children(first), "Card is blocked"
        Transaction = type(self.env["payment.transaction"])

        def send(transaction):
            if transaction == blocked:
                raise ValidationError(answer)
            transaction._set_done()

        commit = patch.object(
            type(self.env["ir.cron"]),
            "_commit_progress",
            lambda *a, **k: self._end_of_request() or 9,
        )
        with commit, patch.object(Transaction, "_send_refund_request", send):
            self.env["payment.transaction"].sudo()._cron_ask_providers()
        self.assertEqual((first.state, first.provider_state), ("posted", "failed"))
        self.assertEqual(second.state, "paid")

    def test_two_refunds_of_one_payment(self):
        """Together they get no more than was paid."""
        order, transaction = self._sell_online(amounts=(100.0,))
        self._pay(order.invoice_ids)
        refunds = self._refund(order) | self._refund(order)
        refunds.action_bulk_pay()
        children = self._children(refunds)
        self.assertEqual(sorted(-tx.amount for tx in children), [34.82, 65.18])
        self.assertEqual(transaction._get_left_to_refund()[transaction], 0.0)

    def test_two_at_once(self):
        """The payments that money goes back on are held, also where somebody refunds by hand."""
        order, transaction = self._sell_online()
        refund = self._refund(order)
        module = "odoo.addons.aftersales_publishing.models"
        with (
            patch(f"{module}.aftersales_refund_provider.lock_and_touch") as lock,
            patch(f"{module}.payment_transaction.touch") as touch,
        ):
            refund.action_pay()
            self._by_hand(transaction, 1.0)
        self.assertEqual([call.args[0] for call in lock.call_args_list], [transaction.sudo()])
        self.assertEqual([call.args[0] for call in touch.call_args_list], [transaction.sudo()] * 2)

    def test_rights(self):
        order, _transaction = self._sell_online()
        refund = self._refund(order)
        for user in (self.agent, self.warehouse, self.auditor):
            for verb, arguments in (
                ("action_pay", ()),
                ("action_pay_otherwise", ("please",)),
                ("action_provider_paid", ()),
                ("action_provider_unpaid", ("please",)),
            ):
                with self.subTest(user=user.name, verb=verb), self.assertRaises(AccessError):
                    getattr(refund.with_user(user), verb)(*arguments)
        self.assertTrue(refund.with_user(self.agent).payout_way, "the agent can tell the reader")

    def test_the_sheet_shows_the_way(self):
        order, _transaction = self._sell_online()
        refund = self._refund(order)
        report = self.env["ir.actions.report"].with_user(self.finance)
        name = "aftersales_publishing.report_refund_approval"
        html, _kind = report._render_qweb_html(name, refund.ids)
        self.assertIn("65.18 back through Demo", html.decode())
