from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_edition import EditionCommon


@tagged("post_install", "-at_install")
class TestEditionDifference(EditionCommon):
    """The difference that the reader pays: for which order, how much of it, and when (R6.1)."""

    def _dialog(self, ticket, **vals):
        action = ticket.with_user(self.finance).action_open_difference()
        Wizard = self.env[action["res_model"]].with_user(self.finance)
        return Wizard.with_context(**action["context"]).create(vals)

    # ------------------------------------------------------------------
    # Booked by finance
    # ------------------------------------------------------------------
    def test_one_of_two_is_paid(self):
        """A transfer of 11.12 for the first order: the second one waits."""
        ticket, _resolution, first, second = self._credit_in_two_parcels()
        wizard = self._dialog(ticket, order_id=second.id, journal_id=self.bank.id)
        self.assertEqual((wizard.waiting_ids, wizard.amount), (first | second, 11.12))
        wizard.action_save()
        self._end_of_request()
        self.assertEqual((first.state, second.state), ("sent", "sale"))
        self.assertEqual((first.aftersales_due, second.aftersales_due), (11.12, 0.0))
        self.assertEqual(ticket.next_step, "await_difference")
        self.assertEqual(self._dialog(ticket, journal_id=self.bank.id).order_id, first)

    def test_a_part_is_paid(self):
        """10.00 of 11.12: they are booked, 1.12 is awaited, then it is shipped."""
        _order, ticket, _resolution, _refund = self._credit_old()
        new = self._new_order(ticket)
        self._dialog(ticket, journal_id=self.bank.id, amount=10.0).action_save()
        self._end_of_request()
        self.assertEqual((new.state, new.aftersales_due), ("sent", 1.12))
        self.assertEqual(new._get_prepayment_required_amount(), 1.12)
        self._dialog(ticket, journal_id=self.bank.id).action_save()
        self.assertEqual((new.state, new.aftersales_due), ("sale", 0.0))
        self._ship_edition(new)
        self.assertEqual(self._invoice(new, pay=False).amount_residual, 0.0)

    def test_more_than_it_is_paid(self):
        """20.00 instead of 11.12: 8.88 of the credit are to pay out."""
        _order, ticket, _resolution, refund = self._credit_old()
        self._dialog(ticket, journal_id=self.bank.id, amount=20.0).action_save()
        self._end_of_request()
        self.assertEqual((self._new_order(ticket).state, refund.state), ("sale", "posted"))
        refund.action_pay()
        self.assertEqual(refund.sudo().payment_ids.amount, 8.88)

    def test_where_it_was_received(self):
        """Neither a journal nor booked already: nothing is confirmed."""
        _order, ticket, _resolution, _refund = self._credit_old()
        with self.assertRaisesRegex(UserError, "in which journal"):
            self._dialog(ticket).action_save()
        self.assertEqual(self._new_order(ticket).state, "sent")
        self._dialog(ticket, is_booked=True).action_save()
        self.assertEqual(self._new_order(ticket).state, "sale")

    # ------------------------------------------------------------------
    # The total changes
    # ------------------------------------------------------------------
    def test_postage_is_added(self):
        """10.00 and tax more: the portal asks for 22.02, as the mail says."""
        _order, ticket, _resolution, _refund = self._credit_old()
        new = self._new_order(ticket)
        postage = self.env["product.product"].create(
            {"name": "Postage", "type": "service", "list_price": 10.0}
        )
        postage.taxes_id = self.tax
        new.order_line = [Command.create({"product_id": postage.id, "product_uom_qty": 1})]
        self.assertEqual((new.amount_total, new.aftersales_due), (87.2, 22.02))
        self.assertEqual(new._get_prepayment_required_amount(), 22.02)

    def test_a_discount_is_given(self):
        """54.50 are less than the credit: nothing is asked for, 10.68 are paid out."""
        _order, ticket, resolution, refund = self._credit_old()
        new = self._new_order(ticket)
        new.order_line.price_unit = 50.0
        self._end_of_request()
        self.assertFalse(new._has_to_be_paid())
        self.assertIn("Nothing is left to pay", ticket.edition_note)
        self._dialog(ticket).action_save()
        self._end_of_request()
        self.assertEqual((new.state, refund.state), ("sale", "posted"))
        self.assertFalse(new.aftersales_payment_ids)
        self.assertEqual(refund.sudo()._get_amount_to_pay(), 10.68)

    # ------------------------------------------------------------------
    # Paid online
    # ------------------------------------------------------------------
    def test_paid_online_for_an_order_that_was_cancelled(self):
        """The next order takes the payment over; nobody is told to pay it back."""
        _order, ticket, _resolution, _refund = self._credit_old()
        first = self._new_order(ticket)
        self._pay_online(first)
        first.action_cancel()
        self._end_of_request()
        self.assertIn("pays it back", ticket.edition_note)
        ticket.with_user(self.agent).action_order_edition_again()
        self._end_of_request()
        second = self._new_order(ticket)
        self.assertEqual((second.state, second.aftersales_due), ("sale", 0.0))
        self.assertFalse(ticket.edition_note)
        self._ship_edition(second)
        self.assertEqual(self._invoice(second, pay=False).amount_residual, 0.0)

    def test_paid_online_while_the_credit_is_reset(self):
        """The payment is booked, the order waits, the case says why; nobody is reminded."""
        _order, ticket, resolution, refund = self._credit_old()
        new = self._new_order(ticket)
        refund.sudo().credit_note_id.button_draft()
        self._end_of_request()
        self._pay_online(new)
        self.assertEqual((new.state, new.aftersales_payment_ids.amount), ("sent", 11.12))
        self.assertEqual(new.aftersales_due, 0.0)
        self.assertIn("difference_stuck", ticket.event_ids.mapped("code"))
        self.assertIn("could not be confirmed", ticket.message_ids[:1].body)
        refund.action_approve_and_post()
        self._end_of_request()
        self._dialog(ticket).action_save()
        self._end_of_request()
        self.assertEqual((new.state, ticket.next_step), ("sale", "ship_edition"))
        self.assertEqual(len(new.aftersales_payment_ids), 1)

    def test_automatic_invoices(self):
        """Odoo made a down payment invoice of 11.12: the case names it when the sale ends."""
        self.env["ir.config_parameter"].set_param("sale.automatic_invoice", "True")
        self.env = self.env(context={**self.env.context, "skip_sale_auto_invoice_send": True})
        _order, ticket, resolution, refund = self._credit_old()
        new = self._new_order(ticket).with_env(self.env)
        self._pay_online(new)
        down_payment = new.invoice_ids
        self.assertEqual((down_payment.amount_total, down_payment.amount_residual), (11.12, 0.0))
        self.assertEqual(refund.state, "settled")
        resolution.with_user(self.agent).action_refund_edition("wants the money")
        self._end_of_request()
        self.assertEqual(refund.state, "posted")
        self.assertIn(down_payment.name, ticket.edition_note)

    def test_automatic_invoices_then_it_ships(self):
        self.env["ir.config_parameter"].set_param("sale.automatic_invoice", "True")
        self.env = self.env(context={**self.env.context, "skip_sale_auto_invoice_send": True})
        _order, ticket, _resolution, refund = self._credit_old()
        new = self._new_order(ticket).with_env(self.env)
        self._pay_online(new)
        self._ship_edition(new)
        final = new._create_invoices(final=True)
        final.action_post()
        self._end_of_request()
        note = refund.sudo().credit_note_id
        self.assertEqual((final.amount_total, final.amount_residual), (65.18, 0.0))
        self.assertEqual((note.amount_residual, ticket.phase), (0.0, "done"))

    # ------------------------------------------------------------------
    # The day
    # ------------------------------------------------------------------
    def test_one_broken_case(self):
        """It does not hold up the others."""
        tickets = [self._credit_old()[1] for _number in range(2)]
        broken = tickets[0]
        Ticket = type(broken)
        sync = Ticket._sync_phase

        def fail(records):
            if broken in records:
                raise ValueError("broken")
            return sync(records)

        with (
            freeze_time(fields.Datetime.now() + timedelta(days=16)),
            patch.object(Ticket, "_sync_phase", fail),
            mute_logger("odoo.addons.aftersales_publishing.background"),
        ):
            self.env["sale.order"]._cron_difference_overdue()
        self._end_of_request()
        self.assertEqual(tickets[1].next_step, "difference_overdue")
        self.assertFalse(self._new_order(broken).aftersales_overdue)

    def test_the_salesman_gives_more_time(self):
        _order, ticket, _resolution, _refund = self._credit_old()
        new = self._new_order(ticket)
        with freeze_time(fields.Datetime.now() + timedelta(days=16)):
            self.env["sale.order"]._cron_difference_overdue()
            self._end_of_request()
            self.assertEqual(ticket.next_step, "difference_overdue")
            new.validity_date = self.company._get_aftersales_today() + timedelta(days=5)
            self._end_of_request()
            self.assertEqual(ticket.next_step, "await_difference")
