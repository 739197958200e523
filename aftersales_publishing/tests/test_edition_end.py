from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .test_edition import EditionCommon


@tagged("post_install", "-at_install")
class TestEditionEnd(EditionCommon):
    """Refund instead: of the order that is meant, whatever became of the others (R6.4)."""

    def _dialog(self, ticket, **vals):
        action = ticket.with_user(self.agent).action_open_refund_edition()
        Wizard = self.env[action["res_model"]].with_user(self.agent)
        return Wizard.with_context(**action["context"]).create({"reason": "wants money", **vals})

    def test_one_was_shipped(self):
        """The first copy is paid and with the reader, the second never paid: only that ends."""
        ticket, resolution, first, second = self._credit_in_two_parcels()
        resolution.with_user(self.finance).action_receive_difference(self.bank, first)
        self._ship_edition(first)
        second.validity_date = self.company._get_aftersales_today() - timedelta(days=1)
        self.env["sale.order"]._cron_difference_overdue()
        self._end_of_request()
        self.assertEqual(ticket.next_step, "difference_overdue")
        resolution.with_user(self.agent).action_refund_edition("never paid")
        self._end_of_request()
        self.assertEqual((first.state, second.state), ("sale", "cancel"))
        self.assertEqual(ticket.next_step, "pay")
        second.aftersales_refund_id.with_user(self.finance).action_pay()
        self._end_of_request()
        self.assertEqual(second.aftersales_refund_id.state, "paid")
        self.assertEqual(first.aftersales_refund_id.state, "settled")
        self.assertEqual(ticket.phase, "done")
        with self.assertRaisesRegex(UserError, "have left"):
            resolution.with_user(self.agent).action_refund_edition("too late")

    def test_the_agent_names_the_order(self):
        """The first is paid and about to be sent: only the second one is cancelled."""
        ticket, resolution, first, second = self._credit_in_two_parcels()
        resolution.with_user(self.finance).action_receive_difference(self.bank, first)
        dialog = self._dialog(ticket, order_ids=second.ids)
        self.assertEqual((dialog.open_ids, dialog.has_choice), (first | second, True))
        dialog.action_save()
        self._end_of_request()
        self.assertEqual((first.state, second.state), ("sale", "cancel"))
        self.assertEqual(ticket.next_step, "ship_edition")
        second.aftersales_refund_id.with_user(self.finance).action_pay()
        self._ship_edition(first)
        self._end_of_request()
        self.assertEqual((resolution.progress, ticket.phase), ("done", "done"))
        with self.assertRaisesRegex(UserError, "was paid out"):
            second.action_draft()

    def test_the_other_order_of_the_refund_lives(self):
        """Two orders on one credit, one is ended: the other one can still be mended.

        130.36 credited. What the second one needs, 76.30, is ordered again, the rest paid.
        """
        ticket, _resolutions, refund, first, second = self._credit_two_orders()
        self._dialog(ticket, order_ids=first.ids).action_save()
        self._end_of_request()
        self.assertEqual((first.state, second.state), ("cancel", "sent"))
        self.assertEqual((first.aftersales_ended, second.aftersales_ended), (True, False))
        second.action_cancel()
        self._end_of_request()
        self.assertEqual(ticket.next_step, "edition_cancelled")
        with self.assertRaisesRegex(UserError, f"ended the sale of order {first.name}"):
            first.action_draft()
        second.action_draft()
        second.action_cancel()
        ticket.with_user(self.agent).action_order_edition_again()
        self._end_of_request()
        third = self._new_order(ticket)
        self.assertEqual((third.order_line.product_uom_qty, third.state), (1, "sale"))
        self.assertEqual(third.aftersales_credit, 76.3)
        refund.action_pay()
        self._end_of_request()
        self.assertEqual(refund.sudo().payment_ids.amount, 54.06)
        self._ship_edition(third)
        self.assertEqual(self._invoice(third, pay=False).amount_residual, 0.0)
        self._end_of_request()
        self.assertEqual((refund.sudo().credit_note_id.amount_residual, ticket.phase), (0, "done"))

    def test_all_of_them(self):
        ticket, _resolution, first, second = self._credit_in_two_parcels()
        self._dialog(ticket, is_everything=True).action_save()
        self._end_of_request()
        self.assertEqual((first.state, second.state, ticket.next_step), ("cancel", "cancel", "pay"))

    def test_one_order_no_question(self):
        _order, ticket, _resolution, _refund = self._credit_old()
        dialog = self._dialog(ticket)
        self.assertFalse(dialog.has_choice)
        dialog.action_save()
        self._end_of_request()
        self.assertEqual(ticket.next_step, "pay")
        with self.assertRaisesRegex(UserError, "ended the sale"):
            ticket.sudo().refund_ids.edition_order_ids.action_draft()

    # ------------------------------------------------------------------
    # Who may write what
    # ------------------------------------------------------------------
    def test_a_salesman_types_no_credit(self):
        """Neither by the form nor by a program: sum, refund and line come from the case (I7)."""
        _order, ticket, _resolution, refund = self._credit_old()
        new = self._new_order(ticket)
        seller = new_test_user(
            self.env,
            "edition_seller",
            "sales_team.group_sale_salesman_all_leads",
            company_id=self.company.id,
            company_ids=self.company.ids,
            lang="en_US",
        )
        own = new.with_user(seller)
        for vals in (
            {"aftersales_credit": 0.0},
            {"aftersales_refund_id": False},
            {"aftersales_overdue": True},
            {"order_line": [(1, new.order_line.id, {"aftersales_edition_effect_id": False})]},
        ):
            with self.assertRaisesRegex(AccessError, "case"):
                own.write(vals)
        with self.assertRaises(AccessError):
            own.create({"partner_id": self.reader.id, "aftersales_refund_id": refund.id})
        slipped = own.with_context(
            default_aftersales_refund_id=refund.id, default_aftersales_credit=65.18
        ).create({"partner_id": self.reader.id})
        self.assertFalse(slipped.aftersales_refund_id)
        self.assertFalse(slipped.aftersales_credit)
        own.client_order_ref = "what a salesman writes"

    def test_invoiced_in_another_currency(self):
        """Said when it is proposed, not when the copy is back."""
        euro = self.env.ref("base.EUR")
        euro.active = True
        order = self._sell({self.run_1: 1}, invoice=False)
        invoice = order._create_invoices()
        invoice.currency_id = euro
        invoice.action_post()
        ticket = self._case(order, {self.run_1: 1}, "wrong_edition")
        with self.assertRaisesRegex(UserError, "invoiced in EUR.*sold in"):
            ticket.line_ids.with_user(self.agent).action_propose("new_edition")
