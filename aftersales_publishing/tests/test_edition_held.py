from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_edition import EditionCommon


@tagged("post_install", "-at_install")
class TestEditionHeld(EditionCommon):
    """How much of the credit is held for the new edition, and how much is the reader's (R6.4).

    The old copy is credited with 65.18, the new one costs 76.30, so 11.12 are to pay.
    """

    def _ask_provider(self, refund, amount):
        """Have the provider asked for a refund of the online payment of the old copy."""
        provider = self.env["payment.provider"].create(
            {"name": "Card", "code": "none", "state": "test", "company_id": self.company.id}
        )
        method = self.env["payment.method"].create({"name": "Card", "code": "held_card"})
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "amount": -amount,
                "currency_id": refund.currency_id.id,
                "partner_id": self.reader.id,
                "reference": f"R-{refund.number}",
                "operation": "refund",
                "aftersales_refund_id": refund.id,
            }
        )
        refund.sudo().ticket_id._sync_phase()
        return transaction

    def _pay_in_accounting(self, document, amount):
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=document.ids
        ).create({"amount": amount, "payment_difference_handling": "open"})._create_payments()
        self._end_of_request()

    def _return_by_hand(self, picking):
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_model="stock.picking", active_id=picking.id)
            .create({})
        )
        wizard.product_return_moves.quantity = 1
        self._validate(self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"]))

    # ------------------------------------------------------------------
    # At the provider
    # ------------------------------------------------------------------
    def test_the_provider_is_asked_meanwhile(self):
        """Cancelled, and finance pays: nobody sells the new edition until the provider answered."""
        _order, ticket, _resolution, refund = self._credit_old()
        first = self._new_order(ticket)
        first.action_cancel()
        self._end_of_request()
        transaction = self._ask_provider(refund, 65.18)
        self.assertEqual(ticket.next_step, "await_provider")
        with self.assertRaisesRegex(UserError, "waits for the payment provider"):
            ticket.with_user(self.agent).action_order_edition_again()
        with self.assertRaisesRegex(UserError, "only .*0.00 is open"):
            first.action_draft()
        transaction._set_canceled()
        self._end_of_request()
        self.assertEqual(ticket.next_step, "edition_cancelled")
        ticket.with_user(self.agent).action_order_edition_again()
        self.assertEqual(self._new_order(ticket).aftersales_credit, 65.18)

    def test_the_rest_was_paid_otherwise(self):
        """43.60 are held, 21.58 asked for; accounting pays them: the provider is not asked."""
        self.second.list_price = 40.0
        _order, _ticket, _resolution, refund = self._credit_old()
        self._ask_provider(refund, 21.58)
        self.assertTrue(refund.sudo()._is_due_at_providers())
        self._pay_in_accounting(refund.sudo().credit_note_id, 21.58)
        self.assertFalse(refund.sudo()._is_due_at_providers())

    # ------------------------------------------------------------------
    # With the reader
    # ------------------------------------------------------------------
    def test_a_delivered_order_is_not_cancelled(self):
        """The house invoices later: a salesman cannot free the credit of a copy that left."""
        _order, ticket, resolution, refund = self._credit_old()
        resolution.with_user(self.finance).action_receive_difference(self.bank)
        new = self._new_order(ticket)
        self._ship_edition(new)
        with self.assertRaisesRegex(UserError, f"{new.name}.*{ticket.number}.*have left"):
            new.action_cancel()
        self.assertEqual((new.state, refund.state), ("sale", "settled"))
        self._return_by_hand(new.picking_ids)
        new.action_cancel()
        self._end_of_request()
        self.assertEqual(refund.state, "posted", "the book is back: the money is the reader's")

    def test_a_part_left_then_it_is_cancelled(self):
        """One of two is with the reader: it is not cancelled, and never ordered again."""
        _order, ticket, resolution, _refund = self._credit_old(2)
        resolution.with_user(self.finance).action_receive_difference(self.bank)
        new = self._new_order(ticket)
        self._ship_one(new)
        with self.assertRaisesRegex(UserError, "have left"):
            new.action_cancel()
        new.write({"state": "cancel"})  # by an import
        self._end_of_request()
        effect = resolution.sudo().effect_ids.filtered(lambda e: e.kind == "edition")
        self.assertEqual(list(effect._get_unsold().values()), [1])

    def test_the_rest_does_not_come(self):
        """Two ordered, one shipped, out of print: the agent ends the rest, 76.30 go back.

        130.36 credited and 22.24 paid, less 76.30 for the copy that the reader has.
        """
        _order, ticket, resolution, refund = self._credit_old(2)
        resolution.with_user(self.finance).action_receive_difference(self.bank)
        new = self._new_order(ticket)
        self._ship_one(new)
        self.assertEqual((refund.state, ticket.next_step), ("settled", "ship_edition"))
        resolution.with_user(self.agent).action_refund_edition("out of print")
        self._end_of_request()
        self.assertEqual((new.state, new.order_line.product_uom_qty), ("sale", 1))
        self.assertEqual(set(new.picking_ids.mapped("state")), {"done", "cancel"})
        self.assertEqual((refund.state, ticket.next_step), ("posted", "pay"))
        refund.action_pay()
        self._end_of_request()
        self.assertEqual(refund.sudo().payment_ids.amount, 76.3)
        invoice = self._invoice(new, pay=False)
        self._end_of_request()
        self.assertEqual(
            (invoice.amount_residual, refund.sudo().credit_note_id.amount_residual), (0.0, 0.0)
        )
        self.assertEqual(ticket.phase, "done")

    def test_the_rest_does_not_come_and_the_title_is_dearer(self):
        """Agreed at 76.30, it costs 109.00 today: the copy that was sent keeps its price."""
        self.env.ref("base.group_user")._apply_group(
            self.env.ref("sale.group_discount_per_so_line")
        )
        _order, ticket, resolution, refund = self._credit_old(2)
        resolution.with_user(self.finance).action_receive_difference(self.bank)
        new = self._new_order(ticket)
        new.order_line.discount = 1.0
        self._ship_one(new)
        self.second.list_price = 100.0
        resolution.with_user(self.agent).action_refund_edition("out of print")
        self._end_of_request()
        line = new.order_line
        self.assertEqual((line.product_uom_qty, line.price_unit, line.discount), (1, 70.0, 1.0))
        invoice = self._invoice(new, pay=False)
        self._end_of_request()
        self.assertEqual((invoice.amount_total, invoice.amount_residual), (75.54, 0.0))
        refund.action_pay()
        self._end_of_request()
        # 130.36 credited and 22.24 paid, less 75.54
        self.assertEqual(refund.sudo().payment_ids.amount, 77.06)
        self.assertEqual(refund.sudo().credit_note_id.amount_residual, 0.0)

    def test_a_salesman_lowers_the_order(self):
        """Lowered and invoiced, the order needs no more: the rest waits for the agent, then is paid."""
        _order, ticket, resolution, refund = self._credit_old(2)
        resolution.with_user(self.finance).action_receive_difference(self.bank)
        new = self._new_order(ticket)
        self._ship_one(new)
        new.order_line.product_uom_qty = 1
        invoice = self._invoice(new, pay=False)
        self._end_of_request()
        self.assertEqual(invoice.amount_residual, 0.0)
        self.assertEqual((refund.state, ticket.next_step), ("posted", "edition_cancelled"))
        self.assertEqual(refund.sudo()._get_amount_to_pay(), 76.3)
        resolution.with_user(self.agent).action_refund_edition("out of print")
        refund.action_pay()
        self._end_of_request()
        self.assertEqual(refund.sudo().payment_ids.amount, 76.3)
        self.assertEqual(ticket.phase, "done")

    # ------------------------------------------------------------------
    # Paid otherwise
    # ------------------------------------------------------------------
    def test_the_reader_pays_the_full_price(self):
        """76.30 instead of 11.12: nothing of the credit is needed, so 65.18 go back."""
        _order, ticket, _resolution, refund = self._credit_old()
        new = self._new_order(ticket)
        self._pay_online(new, 76.3)
        self.assertEqual((new.state, new.aftersales_due, refund.state), ("sale", 0.0, "posted"))
        refund.action_pay()
        self._end_of_request()
        self.assertEqual((refund.state, refund.sudo().payment_ids.amount), ("paid", 65.18))
        self._ship_edition(new)
        self.assertEqual(self._invoice(new, pay=False).amount_residual, 0.0)
        self._end_of_request()
        self.assertEqual(ticket.phase, "done")

    def test_a_link_asks_for_the_difference(self):
        _order, ticket, _resolution, _refund = self._credit_old()
        new = self._new_order(ticket)
        values = new._get_default_payment_link_values()
        self.assertEqual((values["amount"], values["amount_max"]), (11.12, 11.12))
        new.action_confirm()
        self.assertEqual(new._get_default_payment_link_values()["amount"], 11.12)

    def test_the_invoice_is_paid_without_the_credit(self):
        """Accounting takes the credit off the invoice, a transfer of 76.30 pays it: 65.18 go back."""
        _order, ticket, _resolution, refund = self._credit_old()
        new = self._new_order(ticket)
        new.action_confirm()  # on trust
        self._ship_edition(new)
        invoice = self._invoice(new, pay=False)
        self._end_of_request()
        self.assertEqual((invoice.amount_residual, refund.state), (11.12, "settled"))
        refund.sudo().credit_note_id.line_ids.matched_debit_ids.unlink()
        self._end_of_request()
        self.assertEqual(refund.state, "settled", "held for the invoice, that is open again")
        self._pay_in_accounting(invoice, 76.3)
        self.assertEqual((invoice.amount_residual, refund.state), (0.0, "posted"))
        refund.action_pay()
        self.assertEqual(refund.sudo().payment_ids.amount, 65.18)

    # ------------------------------------------------------------------
    # On account, refused, two orders
    # ------------------------------------------------------------------
    def test_the_rest_is_kept_on_account_then_the_sale_ends(self):
        """21.58 of 65.18 were to stay on account; the sale ends: the money is to be paid."""
        self.second.list_price = 40.0
        _order, ticket, resolution, refund = self._credit_old()
        refund.action_keep_on_account("lets it stand")
        self._end_of_request()
        self.assertEqual((refund.state, ticket.next_step), ("settled", "ship_edition"))
        resolution.with_user(self.agent).action_refund_edition("out of stock")
        self._end_of_request()
        self.assertEqual(
            (refund.state, refund.on_account, ticket.next_step), ("posted", False, "pay")
        )
        refund.action_pay()
        self.assertEqual(refund.sudo().payment_ids.amount, 65.18)

    def test_the_rest_is_kept_on_account_then_a_salesman_cancels(self):
        self.second.list_price = 40.0
        _order, ticket, _resolution, refund = self._credit_old()
        refund.action_keep_on_account("lets it stand")
        self._new_order(ticket).action_cancel()
        self._end_of_request()
        self.assertEqual((refund.state, ticket.next_step), ("posted", "edition_cancelled"))

    def test_the_rest_is_kept_on_account_then_a_part_ends(self):
        """43.16 of 130.36 stay on account; of two at 43.60 one is sent, the other ends: 86.76 due."""
        self.second.list_price = 40.0
        _order, ticket, resolution, refund = self._credit_old(2)
        refund.action_keep_on_account("lets it stand")
        self._ship_one(self._new_order(ticket))
        self.assertEqual((refund.state, ticket.next_step), ("settled", "ship_edition"))
        resolution.with_user(self.agent).action_refund_edition("out of print")
        self._end_of_request()
        self.assertEqual(
            (refund.state, refund.on_account, ticket.next_step), ("posted", False, "pay")
        )
        told = ticket.event_ids.filtered(lambda e: e.code == "taken_off_account")
        self.assertIn("lets it stand", told.note)
        refund.action_pay()
        self.assertEqual(refund.sudo().payment_ids.amount, 86.76)

    def test_the_rest_is_kept_on_account_then_one_of_two_ends(self):
        """The other order lives and keeps its 43.60: the rest is to be paid all the same."""
        self.second.list_price = 40.0
        _ticket, resolutions, refund, first, second = self._credit_two_orders()
        refund.action_keep_on_account("lets it stand")
        self._end_of_request()
        self.assertEqual(refund.state, "settled")
        resolutions.with_user(self.agent).action_refund_edition("out of print", first)
        self._end_of_request()
        self.assertEqual((first.state, second.state), ("cancel", "sale"))
        self.assertEqual((refund.state, refund.sudo()._get_amount_to_pay()), ("posted", 86.76))

    def test_accounting_resets_the_credit(self):
        """While the order lives finance does not refuse it, and nothing ships on a draft."""
        _order, ticket, resolution, refund = self._credit_old()
        new = self._new_order(ticket)
        refund.sudo().credit_note_id.button_draft()
        self._end_of_request()
        with self.assertRaisesRegex(UserError, f"{new.name}.*end that sale first"):
            refund.action_refuse("too old")
        with self.assertRaisesRegex(UserError, "only .*0.00 is open"):
            new.action_confirm()
        resolution.with_user(self.agent).action_refund_edition("no")
        refund.action_refuse("too old")
        self._end_of_request()
        self.assertEqual((new.state, refund.state), ("cancel", "refused"))

    def test_two_orders_of_one_credit(self):
        """Old copies of two orders on one invoice: each new order takes its own 65.18."""
        _ticket, _resolutions, refund, first, second = self._credit_two_orders()
        self.assertEqual(refund.amount, 130.36)
        self.assertEqual((first.aftersales_credit, second.aftersales_credit), (76.3, 54.06))
        postage = self.env["product.product"].create(
            {"name": "Postage", "type": "service", "invoice_policy": "order", "list_price": 30.0}
        )
        postage.taxes_id = self.tax
        self.assertEqual((first.state, second.state), ("sale", "sent"))
        first.order_line = [Command.create({"product_id": postage.id, "product_uom_qty": 1})]
        self._ship_edition(first)
        invoice = self._invoice(first, pay=False)
        self._end_of_request()
        self.assertEqual((invoice.amount_total, invoice.amount_residual), (109.0, 32.7))
        self.assertEqual(refund.sudo().credit_note_id.amount_residual, 54.06)
        self._pay_online(second)
        self.assertEqual(second.state, "sale")

    def test_two_orders_of_one_credit_invoiced_together(self):
        """76.30 are needed for the copy that follows: not what both took of one invoice.

        195.55 credited; the first takes 76.30, of the second (two copies, 152.60) 33.35 are paid.
        """
        _ticket, resolutions, refund, first, second = self._credit_two_orders(2)
        self.assertEqual((first.aftersales_credit, second.aftersales_credit), (76.3, 119.25))
        resolutions.with_user(self.finance).action_receive_difference(self.bank)
        self._ship_edition(first)
        self._ship_one(second)
        invoices = (first | second)._create_invoices()
        self.assertEqual(len(invoices), 2, "each takes its own credit")
        invoices.action_post()
        self._end_of_request()
        self.assertEqual(invoices.mapped("amount_residual"), [0.0, 0.0])
        note = refund.sudo().credit_note_id
        self.assertEqual((note.amount_residual, second._get_credit_to_set_off()), (76.3, 76.3))
        self.assertEqual((refund.state, refund.sudo()._get_amount_to_pay()), ("settled", 0.0))
        with (
            self.assertRaisesRegex(UserError, "set off against the new edition"),
            self.cr.savepoint(),
        ):
            self._pay_in_accounting(note, 50.0)
        self._ship_edition(second)
        last = self._invoice(second, pay=False)
        self._end_of_request()
        self.assertEqual((last.amount_residual, note.amount_residual), (0.0, 0.0))
        with self.assertRaisesRegex(UserError, "No items are available"):
            (first | second)._create_invoices()

    # ------------------------------------------------------------------
    # Refunded online, sold at its full price
    # ------------------------------------------------------------------
    def test_the_provider_refunded_the_difference(self):
        """It pays no other order, whether or not accounting matched the two."""
        _order, ticket, _resolution, _refund = self._credit_old()
        first = self._new_order(ticket)
        paid = self._pay_online(first)
        first.action_cancel()
        self._end_of_request()
        back = paid._create_child_transaction(11.12, is_refund=True)
        self.assertFalse(first._get_open_differences(), "under way")
        back._set_done()
        back._post_process()
        self._end_of_request()
        self.assertTrue(paid.payment_id.is_reconciled and back.payment_id.is_reconciled)
        ticket.with_user(self.agent).action_order_edition_again()
        again = self._new_order(ticket)
        self.assertEqual((again.state, again.aftersales_due), ("sent", 11.12))
        self.assertEqual(again._get_prepayment_required_amount(), 11.12)

    def test_a_copy_is_sold_at_its_full_price(self):
        """As the message says: nothing of the difference is left on the duplicate."""
        _order, ticket, resolution, refund = self._credit_old()
        new = self._new_order(ticket)
        resolution.with_user(self.agent).action_refund_edition("wants the money")
        refund.action_pay()
        company = self.company
        for asked in (False, True):
            company.write({"portal_confirmation_pay": asked, "prepayment_percent": 1.0})
            copy = new.copy()
            self.assertEqual((copy.require_payment, copy.prepayment_percent), (asked, 1.0))
            self.assertEqual((copy.amount_total, copy.aftersales_credit), (76.3, 0.0))
            self.assertFalse(copy.aftersales_refund_id)
