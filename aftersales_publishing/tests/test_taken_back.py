from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestTakenBack(AftersalesCommon):
    """Accounting reverses a part of our credit note by hand: only the rest of it stands (I1)."""

    def _refunded(self, copies=2, remedy="return_refund", sold=3):
        """Refund copies of an order; return order, case and credit note."""
        order = self._sell({self.run_1: sold})
        ticket = self._case(order, {self.run_1: copies})
        resolution = self._agree(ticket, remedy)
        if remedy == "return_refund":
            self._receive(resolution)
            self._inspect(resolution)
        refund = ticket.refund_ids.with_user(self.finance)
        if refund.state == "to_approve":
            refund.action_approve()
        refund.action_post()
        return order, ticket, ticket.sudo().refund_ids.credit_note_id

    def _take_back(self, note, **line_vals):
        """Post an invoice that reverses the credit note, changed as an accountant changes it."""
        today = fields.Date.today()
        reversal = note._reverse_moves([{"date": today, "invoice_date": today}])
        reversal.invoice_line_ids = [Command.update(reversal.invoice_line_ids.id, line_vals)]
        reversal.action_post()
        self._end_of_request()
        return reversal

    def _invoiced(self, order):
        line = order.invoice_ids.sorted("id")[0].invoice_line_ids
        return self.env["aftersales.balance"]._get_invoiced(line)[line]

    def test_one_of_two_copies(self):
        """One copy was credited too many: it can be credited again, the other cannot."""
        order, _ticket, note = self._refunded()
        self.assertEqual(
            (self._invoiced(order).credited_gross, note.amount_total), (130.37, 130.37)
        )
        reversal = self._take_back(note, quantity=1)
        self.assertEqual(reversal.amount_total, 65.18)
        balance = self._invoiced(order)
        self.assertEqual(balance.creditable_quantity, 2)
        self.assertAlmostEqual(balance.creditable_gross, 195.55 - 130.37 + 65.18)

    def test_the_rest_is_credited_to_the_cent(self):
        """Two copies are paid for without return afterwards, a third is refused."""
        order, _ticket, note = self._refunded()
        self._take_back(note, quantity=1)
        other = self._case(order, {self.run_1: 1})
        self._agree(other, "refund_only")
        refund = other.sudo().refund_ids
        refund.with_user(self.finance).action_approve_and_post()
        again = refund.credit_note_id.amount_total
        self.assertEqual((again, round(note.amount_total - 65.18 + again, 2)), (65.18, 130.37))
        with self.assertRaisesRegex(UserError, "only 0"), self.cr.savepoint():
            self._agree(self._case(order, {self.run_1: 1}), "refund_only")

    def test_an_amount_typed_by_hand(self):
        """Ten less were to be credited: the copies stay credited, the money can be given again."""
        order, _ticket, note = self._refunded()
        self._take_back(note, product_id=False, quantity=1, price_unit=10.0, sale_line_ids=False)
        balance = self._invoiced(order)
        self.assertEqual(balance.creditable_quantity, 1)
        self.assertAlmostEqual(balance.creditable_gross, 65.18 + 10.9)

    def test_an_allowance(self):
        """A copy that was paid for without return is credited no more."""
        order, _ticket, note = self._refunded(2, "refund_only")
        self._take_back(note, quantity=1)
        self.assertEqual(self._invoiced(order).creditable_quantity, 2)

    def test_the_case_says_so(self):
        """Agent and finance read it on case and refund; finance undoes the whole only at once."""
        _order, ticket, note = self._refunded()
        self.assertFalse(ticket.taken_back_note)
        reversal = self._take_back(note, quantity=1)
        ticket.invalidate_recordset()
        for part in (ticket.refund_ids.number, note.name, reversal.name, "65.18", "130.37"):
            self.assertIn(part, ticket.with_user(self.agent).taken_back_note)
        self.assertEqual(ticket.refund_ids.state, "posted")
        refund = ticket.refund_ids.with_user(self.finance)
        with self.assertRaisesRegex(UserError, f"{note.name}.*65.18.*by {reversal.name}"):
            refund.action_reverse("wrong case")
        reversal.button_draft()
        reversal.button_cancel()
        refund.action_reverse("wrong case")
        self.assertFalse(note._is_standing_credit())
