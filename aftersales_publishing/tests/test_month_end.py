from odoo.tests import tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestMonthEnd(AftersalesCommon):
    """Refunded and not received, received and not refunded: finance closes the month (R6.8)."""

    def _balance(self, resolution):
        Resolution = self.env["aftersales.resolution"].with_user(self.finance)
        found = {
            balance
            for balance in ("not_received", "not_refunded")
            if resolution.id in Resolution.search([("receipt_balance", "=", balance)]).ids
        }
        self.env.invalidate_all()
        shown = resolution.with_user(self.finance).receipt_balance
        self.assertEqual(found, {shown} - {False}, "the list and the record agree")
        return shown

    def _agree_on(self, quantity=2, remedy="return_refund"):
        ticket = self._case(self._sell({self.run_1: 3}), {self.run_1: quantity})
        return ticket, self._agree(ticket, remedy)

    def test_received_and_not_refunded_until_it_is_posted(self):
        ticket, resolution = self._agree_on()
        self.assertFalse(self._balance(resolution), "on its way")
        self._receive(resolution)
        self.assertEqual(self._balance(resolution), "not_refunded")
        self._inspect(resolution)
        self.assertEqual(self._balance(resolution), "not_refunded")
        seen = resolution.with_user(self.finance)
        self.assertEqual((seen.quantity_received, seen.quantity_credited), (2, 0))
        ticket.refund_ids.with_user(self.finance).action_approve_and_post()
        self.assertFalse(self._balance(resolution))
        self.assertEqual((seen.quantity_credited, seen.amount_credited), (2, 130.37))

    def test_refunded_and_not_received(self):
        """Paid back; then one of the two copies goes back to the reader by mistake."""
        ticket, resolution = self._agree_on()
        picking = self._receive(resolution)
        self._inspect(resolution)
        ticket.refund_ids.with_user(self.finance).action_approve_and_post()
        self.assertFalse(self._balance(resolution))
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_model="stock.picking", active_id=picking.id)
            .create({})
        )
        wizard.product_return_moves.quantity = 1
        sent = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        self._validate(sent)
        self.assertEqual(self._balance(resolution), "not_received")
        self.assertEqual(resolution.quantity_received, 1)

    def test_copies_in_dispute_are_not_due(self):
        _ticket, resolution = self._agree_on()
        self._receive(resolution)
        self._inspect(resolution, "not_ours")
        self.assertFalse(self._balance(resolution))

    def test_finance_refused_for_good(self):
        ticket, resolution = self._agree_on(1)
        self._receive(resolution)
        self._inspect(resolution)
        ticket.refund_ids.with_user(self.finance).action_refuse("forged")
        self.assertEqual(self._balance(resolution), "not_refunded", "the agent may ask again")
        resolution.with_user(self.agent).action_give_up_rest("told the reader")
        self.assertFalse(self._balance(resolution))

    def test_no_return_no_balance(self):
        ticket, resolution = self._agree_on(1, "refund_only")
        ticket.with_user(self.agent).action_post_refunds()
        self.assertFalse(self._balance(resolution))

    def test_what_finance_sees_of_the_copies_and_the_account(self):
        ticket, resolution = self._agree_on()
        self._receive(resolution)
        inspection = resolution.sudo().inspection_ids.with_user(self.warehouse)
        inspection.write({"grade": "defective", "disposition": "quarantine", "quantity": 1})
        inspection.action_done()
        refund = ticket.refund_ids.with_user(self.finance)
        self.assertEqual(refund.came_back, "1 Defective, 1 to inspect")
        self.assertEqual(refund.payee_bank_trust, "missing")
        banks = self.env["res.partner.bank"].create(
            [
                {"acc_number": "6222 0001", "partner_id": self.reader.id},
                {"acc_number": "6222 0002", "partner_id": self.reader.id},
            ]
        )
        self.assertEqual((refund.payee_bank_id, refund.payee_bank_trust), (banks[0], "untrusted"))
        banks[1].allow_out_payment = True
        refund.invalidate_recordset()
        self.assertEqual((refund.payee_bank_id, refund.payee_bank_trust), (banks[1], "trusted"))
        refund.action_approve_and_post()
        refund.action_pay()
        self.assertEqual(refund.sudo().payment_ids.partner_bank_id, banks[1])
