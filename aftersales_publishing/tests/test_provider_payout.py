from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestProviderPayout(AftersalesCommon):
    """Paid online with a provider that refunds nothing: the house pays, and says why (R6.8)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.aftersales_refund_limit = 1000.0
        cls.provider = cls.env["payment.provider"].create(
            {
                "name": "Letter of Credit",
                "code": "none",
                "state": "test",
                "company_id": cls.company.id,
            }
        )
        cls.method = cls.env["payment.method"].create(
            {"name": "Letter", "code": "letter", "support_refund": "partial"}
        )

    def setUp(self):
        super().setUp()
        order = self._sell({self.run_1: 2})
        invoice = order.invoice_ids
        self.transaction = self.env["payment.transaction"].create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.method.id,
                "amount": invoice.amount_total,
                "currency_id": invoice.currency_id.id,
                "partner_id": self.reader.id,
                "operation": "online_direct",
                "state": "done",
                "invoice_ids": [Command.set(invoice.ids)],
                "payment_id": invoice.matched_payment_ids.id,
            }
        )
        invoice.matched_payment_ids.payment_transaction_id = self.transaction
        ticket = self._case(order, {self.run_1: 1})
        self._agree(ticket, "refund_only")
        self.refund = ticket.refund_ids.with_user(self.finance)

    def test_from_the_payout_journal(self):
        self.assertFalse(self.refund.by_provider)
        self.assertEqual(self.refund.payout_reason, "Letter of Credit makes no refunds from here")
        journal = self.company.aftersales_payout_journal_id.display_name
        self.assertIn(f"65.18 from {journal}", self.refund.payout_way)
        self.refund.action_post()
        self.refund.action_pay()
        self.assertEqual((self.refund.state, self.refund.provider_state), ("paid", False))
        self.assertFalse(self.transaction.child_transaction_ids)
        self.assertFalse(self.refund.payout_way, "paid: nothing is to be said any more")

    def test_what_counts_as_refunded(self):
        """Refunds under way count, those that failed do not; never more than is left."""
        for state, amount in (("done", -10.0), ("pending", -5.0), ("error", -50.0)):
            child = self.transaction._create_child_transaction(-amount, is_refund=True)
            child.state = state
        left = self.transaction._get_left_to_refund()
        self.assertAlmostEqual(left[self.transaction], 130.36 - 15.0)
        self.assertEqual(self.transaction._get_refundable(65.18, 50.0), 0.0, "it cannot refund")

    def test_the_job_leaves_others_refunds_alone(self):
        """What accounting starts in Odoo is asked by Odoo."""
        child = self.transaction._create_child_transaction(5.0, is_refund=True)
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *a, **k: 9):
            self.env["payment.transaction"]._cron_ask_providers()
        self.assertEqual((child.state, child.aftersales_asked_at), ("draft", False))
