from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from . import invariants
from .test_edition import EditionCommon


@tagged("post_install", "-at_install")
class TestDifferenceBack(EditionCommon):
    """The difference was paid, the sale of the new edition ended: finance pays it back (R6.1)."""

    def setUp(self):
        super().setUp()
        _order, self.ticket, self.resolution, self.refund = self._credit_old()
        self.resolution.with_user(self.finance).action_receive_difference(self.bank)
        self.order = self._new_order(self.ticket)
        self.paid = self.order.sudo().aftersales_payment_ids

    def _end(self):
        """The reader wants the money instead."""
        self.resolution.with_user(self.agent).action_refund_edition("moved abroad")
        self._end_of_request()

    def _get_back(self):
        """Return what was paid out to the reader beside the credit."""
        payments = self.env["account.payment"].search(
            [("payment_type", "=", "outbound"), ("memo", "=like", f"{self.order.name} %")]
        )
        return payments - self.refund.sudo().payment_ids

    def test_both_go_back(self):
        """11.12 paid for it and 65.18 for the old copy: each once, and the account is even."""
        self.assertFalse(self.refund.has_difference, "it pays the order")
        self._end()
        self.assertIn("11.12", self.refund.difference_note)
        Refund = self.env["aftersales.refund"].with_user(self.finance)
        self.assertIn(self.refund, Refund.search([("has_difference", "=", True)]))
        self.assertNotIn(self.refund, Refund.search([("has_difference", "=", False)]))
        for _click in range(2):
            self.refund.action_pay_back_difference()
        back = self._get_back()
        self.assertEqual((back.amount, back.state in ("in_process", "paid")), (11.12, True))
        self.assertTrue(back.is_reconciled and self.paid.is_reconciled)
        self.assertEqual((back.partner_id, back.journal_id.type), (self.paid.partner_id, "bank"))
        self.assertFalse(self.refund.has_difference or self.ticket.edition_note)
        self.refund.action_pay()
        self._end_of_request()
        self.assertEqual(
            (self.refund.state, self.refund.sudo().payment_ids.amount), ("paid", 65.18)
        )
        self.assertIn("difference_paid_back", self.ticket.event_ids.mapped("code"))
        self.assertEqual(invariants.find_breaches(self.env), [])

    def test_not_while_it_may_be_ordered_again(self):
        """Cancelled by mistake: the next order takes the difference, nothing is paid back."""
        self.order.action_cancel()
        self._end_of_request()
        self.assertFalse(self.refund.has_difference)
        self.refund.action_pay_back_difference()
        self.assertFalse(self._get_back())

    def test_to_a_checked_account(self):
        self.company.aftersales_payout_needs_bank = True
        self._end()
        with self.assertRaisesRegex(UserError, f"{self.reader.name}, who paid .* trusted"):
            self.refund.action_pay_back_difference()
        account = self.env["res.partner.bank"].create(
            {"acc_number": "6222 0002", "partner_id": self.reader.id, "allow_out_payment": True}
        )
        self.refund.action_pay_back_difference()
        self.assertEqual(self._get_back().partner_bank_id, account)

    def test_by_finance(self):
        self._end()
        for user in (self.agent, self.warehouse, self.auditor):
            with self.subTest(user.name), self.assertRaises(AccessError):
                self.refund.with_user(user).action_pay_back_difference()
        self.assertTrue(self.refund.with_user(self.agent).difference_note, "to tell the reader")
