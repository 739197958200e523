from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestPayout(AftersalesCommon):
    """The money reaches the reader, or stays on account on purpose (R6.8)."""

    def setUp(self):
        super().setUp()
        self.ticket = self._case(self._sell({self.run_1: 3}), {self.run_1: 2})
        self.resolution = self._agree(self.ticket, "refund_only")
        self.refund = self.ticket.refund_ids.with_user(self.finance)
        self.refund.action_approve_and_post()

    def _add_account(self, **vals):
        return self.env["res.partner.bank"].create(
            {"acc_number": "6222 0001", "partner_id": self.reader.id, **vals}
        )

    def test_a_bank_transfer_waits_for_the_account(self):
        self.company.aftersales_payout_needs_bank = True
        with self.assertRaisesRegex(
            UserError, f"{self.reader.name} has no bank account.*Accounting"
        ):
            self.refund.action_pay()
        bank = self._add_account()
        with self.assertRaisesRegex(UserError, f"6222 0001 of {self.reader.name} is not checked"):
            self.refund.action_pay()
        bank.allow_out_payment = True
        self.refund.action_pay()
        self.assertEqual(self.refund.state, "paid")

    def test_accounting_takes_the_match_apart(self):
        """The transfer has left the bank, its match is undone: it is never paid a second time."""
        self.refund.action_pay()
        payment = self.refund.sudo().payment_ids
        payment.move_id.line_ids.remove_move_reconcile()
        self._end_of_request()
        self.assertEqual((self.refund.state, self.ticket.next_step), ("posted", "pay"))
        for verb, arguments in (("action_pay", ()), ("action_keep_on_account", ("agreed",))):
            with (
                self.subTest(verb),
                self.assertRaisesRegex(UserError, f"{payment.name}.*Match it again.*or cancel"),
            ):
                getattr(self.refund, verb)(*arguments)
        self.assertEqual(self.refund.sudo().payment_ids, payment)
        note = self.refund.sudo().credit_note_id
        self.env["account.move.line"]._reconcile_plan(
            [self.refund.sudo()._get_open_receivables(payment)]
        )
        self._end_of_request()
        self.assertEqual((self.refund.state, note.amount_residual), ("paid", 0.0))

    def test_unmatched_and_cancelled_is_paid_again(self):
        """Accounting says that the money has not left: it cancels the payment."""
        self.refund.action_pay()
        first = self.refund.sudo().payment_ids
        first.move_id.line_ids.remove_move_reconcile()
        first.action_cancel()
        self.refund.action_pay()
        again = self.refund.sudo().payment_ids - first
        self.assertEqual((self.refund.state, first.state), ("paid", "canceled"))
        self.assertEqual(again.amount, 130.37)

    def test_cash_needs_no_account(self):
        self.company.aftersales_payout_needs_bank = True
        self.company.aftersales_payout_journal_id = self.env["account.journal"].create(
            {"name": "Till", "type": "cash", "code": "TILL", "company_id": self.company.id}
        )
        self.refund.action_pay()
        self.assertEqual(self.refund.state, "paid")

    def test_how_the_customer_paid(self):
        payment = self.refund.sudo().invoice_id.matched_payment_ids
        self.assertIn(payment.journal_id.name, self.refund.paid_with)

    def test_kept_on_account_and_paid_out_after_all(self):
        with self.assertRaisesRegex(UserError, "Say why"):
            self.refund.action_keep_on_account(" ")
        self.refund.action_keep_on_account("The school buys again in May.")
        self.assertEqual((self.refund.state, self.refund.on_account), ("settled", True))
        self.assertEqual((self.resolution.progress, self.ticket.phase), ("done", "done"))
        self.assertEqual(self.refund.sudo().credit_note_id.amount_residual, 130.37)
        self._end_of_request()
        codes = self.ticket.event_ids.mapped("code")
        self.assertIn("kept_on_account", codes)
        self.assertNotIn("settled", codes)
        self.refund.action_pay()
        self.assertFalse(self.refund.sudo().payment_ids, "nothing is paid by mistake")
        self.refund.action_take_off_account()
        self.assertEqual((self.refund.state, self.ticket.next_step), ("posted", "pay"))
        self.refund.action_pay()
        self.assertEqual(self.refund.state, "paid")

    def test_kept_on_account_and_undone(self):
        self.refund.action_keep_on_account("agreed")
        self.refund.action_reverse("wrong reader")
        self.assertEqual(self.refund.state, "cancelled")

    def test_a_new_credit_note_is_not_on_account(self):
        """Accounting reset the one that was: the next one is paid like any other."""
        self.refund.action_keep_on_account("wants a book instead")
        self.refund.sudo().credit_note_id.button_draft()
        self.refund.action_approve_and_post()
        self.assertEqual((self.refund.state, self.refund.on_account), ("posted", False))

    def test_on_account_only_what_is_posted_and_by_finance(self):
        with self.assertRaises(AccessError):
            self.refund.with_user(self.agent).action_keep_on_account("please")
        self.refund.action_pay()
        with self.assertRaisesRegex(UserError, "no open credit note"):
            self.refund.action_keep_on_account("too late")

    def test_the_approval_sheet(self):
        """One page for each refund, with who asked, who approved, and to whom it is paid."""
        self._add_account(allow_out_payment=True)
        html, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.finance)
            ._render_qweb_html("aftersales_publishing.report_refund_approval", self.refund.ids)
        )
        text = html.decode()
        for told in (
            self.refund.number,
            self.ticket.number,
            self.reader.name,
            self.refund.sudo().invoice_id.name,
            "130.37",
            "6222 0001",
            self.agent.name,
            self.finance.name,
        ):
            self.assertIn(told, text)
        action = self.refund.action_print_approval()
        self.assertEqual(action["report_name"], "aftersales_publishing.report_refund_approval")

    def test_one_document_for_several_sheets(self):
        """Many a wkhtmltopdf refuses a second document: each sheet is a page of the same one."""
        other = self._case(self._sell({self.run_1: 1}), {self.run_1: 1})
        self._agree(other, "refund_only")
        refunds = self.refund | other.refund_ids.with_user(self.finance)
        name = "aftersales_publishing.report_refund_approval"
        Report = self.env["ir.actions.report"].with_user(self.finance)
        html, _kind = Report._render_qweb_html(name, refunds.ids)
        report = Report._get_report(name).sudo()
        bodies, *_rest = report._prepare_html(html, report_model=report.model)
        [body] = bodies
        for refund in refunds:
            self.assertIn(refund.number, body)
        self.assertEqual(body.count("page-break-before: always"), 1)
