from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import AftersalesCommon


class EditionCommon(AftersalesCommon):
    """The novel came out anew: 70.00 instead of 59.80, 9 % tax on both."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls._create_title("A Dream of Red Mansions, 2nd ed.", "9787302275800", 70.0)
        cls.run_second = cls._print(cls.second, "NOVEL-2-1", 1, 50, 15.0, cls.printer)
        cls.following = cls.env["aftersales.next.edition"].create(
            {"product_id": cls.novel.id, "next_product_id": cls.second.id}
        )
        cls.bank = cls.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", cls.company.id)], limit=1
        )

    # ------------------------------------------------------------------
    # What the desks do
    # ------------------------------------------------------------------
    def _credit_old(self, copies=1, quantity=None, lot=None, case_type="wrong_edition", **sale):
        """Sell copies, agree on the new edition, take the old ones in and post their credit."""
        lot = lot or self.run_1
        order = self._sell({lot: copies}, **sale)
        ticket = self._case(order, {lot: quantity or copies}, case_type)
        resolution = self._agree(ticket, "new_edition")
        self._receive(resolution)
        self._inspect(resolution)
        refund = ticket.refund_ids.with_user(self.finance)
        refund.action_approve_and_post()
        self._end_of_request()
        return order, ticket, resolution, refund

    def _new_order(self, ticket):
        return ticket.sudo().refund_ids.edition_order_ids.filtered(lambda o: o.state != "cancel")

    def _pay_online(self, order, amount=None):
        """Let a provider of the house's bank journal confirm what the portal asks for, or more."""
        provider = self.env["payment.provider"].create(
            {"name": "Online", "code": "none", "state": "test", "company_id": self.company.id}
        )
        self.bank.inbound_payment_method_line_ids[:1].payment_provider_id = provider
        provider.journal_id = self.bank
        method = self.env["payment.method"].create({"name": "Card", "code": "edition_card"})
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "amount": amount or order._get_prepayment_required_amount(),
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "reference": f"{order.name}-1",
                "operation": "online_direct",
                "sale_order_ids": [Command.set(order.ids)],
            }
        )
        transaction._set_done()
        transaction._post_process()
        self._end_of_request()
        return transaction

    def _credit_in_two_parcels(self):
        """Two copies announced, one came, then the other: a refund and an order for each."""
        order = self._sell({self.run_1: 2})
        ticket = self._case(order, {self.run_1: 2}, "wrong_edition")
        resolution = self._agree(ticket, "new_edition")
        moves = resolution.sudo().effect_ids.filtered(lambda e: e.kind == "return").move_ids
        moves.move_line_ids.quantity = 1
        moves.picked = True
        Backorder = self.env["stock.backorder.confirmation"]
        wizard = moves.picking_id.with_user(self.warehouse).button_validate()
        Backorder.with_user(self.warehouse).with_context(**wizard["context"]).create({}).process()
        self._end_of_request()
        self._inspect(resolution)
        ticket.refund_ids.with_user(self.finance).action_approve_and_post()
        self._end_of_request()
        first = self._new_order(ticket)
        self._receive(resolution)
        self._inspect(resolution)
        later = ticket.refund_ids.filtered(lambda r: r.state == "to_approve")
        later.with_user(self.finance).action_approve_and_post()
        self._end_of_request()
        return ticket, resolution, first, self._new_order(ticket) - first

    def _credit_two_orders(self, copies=1):
        """Old copies of two orders on one invoice: one refund, on which two new orders hang.

        :param copies: of the second order; of the first one it is one
        :return: case, remedies, refund, first and second new order
        """
        orders = self._sell({self.run_1: 1}, invoice=False)
        orders |= self._sell({self.run_2: copies}, invoice=False)
        self._invoice(orders)
        ticket = self._case(orders[0], {self.run_1: 1}, "wrong_edition")
        ticket.line_ids.copy(
            {
                "delivery_move_id": orders[1].picking_ids.move_ids.id,
                "sale_line_id": orders[1].order_line.id,
                "lot_id": self.run_2.id,
                "quantity": copies,
            }
        )
        resolutions = self._agree(ticket, "new_edition")
        self._receive(resolutions)
        self._inspect(resolutions)
        refund = ticket.refund_ids.with_user(self.finance)
        refund.action_approve_and_post()
        self._end_of_request()
        return ticket, resolutions, refund, *self._new_order(ticket).sorted("id")

    def _ship_one(self, order):
        """Send one copy; the others are to follow."""
        picking = order.picking_ids.filtered(lambda p: p.state == "assigned")
        picking.move_ids.move_line_ids[:1].quantity = 1
        (picking.move_ids.move_line_ids[1:]).unlink()
        picking.move_ids.picked = True
        wizard = picking.button_validate()
        if wizard is not True:
            Backorder = self.env["stock.backorder.confirmation"]
            Backorder.with_context(**wizard["context"]).create({}).process()
        self._end_of_request()

    def _ship_edition(self, order):
        pickings = order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        self._validate(pickings.with_user(self.warehouse))


@tagged("post_install", "-at_install")
class TestEdition(EditionCommon):
    """A reader gives the old edition back and pays the difference to the new one (R6.1)."""

    def test_the_reader_pays_just_the_difference(self):
        """65.18 credited, 76.30 the new one: 11.12, then it ships; the invoice is paid to the cent."""
        order, ticket, resolution, refund = self._credit_old()
        self.assertEqual(
            (resolution.amount, resolution.edition_amount, resolution.edition_difference),
            (65.18, 76.3, 11.12),
        )
        new = self._new_order(ticket)
        self.assertEqual(
            (new.state, new.origin, new.partner_id), ("sent", ticket.number, self.reader)
        )
        self.assertEqual((new.aftersales_credit, new.aftersales_due), (65.18, 11.12))
        self.assertTrue(new.require_payment)
        self.assertEqual(new._get_prepayment_required_amount(), 11.12)
        self.assertEqual((ticket.next_step, ticket.phase), ("await_difference", "execution"))
        self.assertEqual(ticket.next_deadline, new.validity_date)
        self.assertEqual((refund.state, resolution.progress), ("settled", "executing"))
        self.assertFalse(new.picking_ids, "nothing leaves before it is paid")
        self.assertEqual(self._quarantined(self.run_1), 1)

        resolution.with_user(self.finance).action_receive_difference(self.bank)
        self._end_of_request()
        self.assertEqual((new.state, ticket.next_step), ("sale", "ship_edition"))
        self.assertIn(new.picking_ids, ticket.picking_ids)
        self._ship_edition(new)
        self.assertEqual((resolution.progress, ticket.phase), ("done", "done"))
        invoice = self._invoice(new, pay=False)
        self._end_of_request()
        note, payment = refund.sudo().credit_note_id, new.aftersales_payment_ids
        self.assertEqual((invoice.amount_total, payment.amount), (76.3, 11.12))
        self.assertEqual((invoice.amount_residual, note.amount_residual), (0.0, 0.0))
        self.assertTrue(payment.is_reconciled)
        self.assertEqual(refund.state, "settled", "nothing was paid out")
        self.assertEqual(ticket.phase, "done")
        figures = self._order_figures(order)
        self.assertEqual((figures["ordered"], figures["delivered"]), (0, 0))
        self.assertEqual(self._order_figures(new)["status"], "invoiced")

    def test_while_the_difference_is_awaited_nothing_is_paid_out(self):
        """Neither by the refund's verb nor by accounting; after the order is ended it is (R6.4)."""
        _order, ticket, resolution, refund = self._credit_old()
        refund.action_pay()
        self.assertFalse(refund.sudo().payment_ids)
        note = refund.sudo().credit_note_id
        register = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=note.ids
        )
        problem = ""
        try:
            with self.cr.savepoint():
                register.create({})._create_payments()
        except UserError as error:
            problem = str(error)
        self.assertIn("set off against the new edition", problem)
        with self.assertRaisesRegex(UserError, "end that sale first"):
            refund.action_reverse("no")
        resolution.with_user(self.agent).action_refund_edition("wants the money")
        self._end_of_request()
        self.assertEqual((refund.state, ticket.next_step), ("posted", "pay"))
        cancelled = ticket.sudo().refund_ids.edition_order_ids
        self.assertEqual(cancelled.state, "cancel")
        refund.action_pay()
        self._end_of_request()
        self.assertEqual((refund.state, refund.sudo().payment_ids.amount), ("paid", 65.18))
        self.assertEqual((resolution.progress, ticket.phase), ("done", "done"))
        with self.assertRaisesRegex(UserError, "was paid out"):
            cancelled.action_draft()

    def test_the_salesman_cancels_the_quotation(self):
        """The agent orders it again, at the agreed price, though the title became dearer."""
        _order, ticket, resolution, refund = self._credit_old()
        first = self._new_order(ticket)
        first.action_cancel()
        self._end_of_request()
        self.assertEqual((refund.state, ticket.next_step), ("posted", "edition_cancelled"))
        self.second.list_price = 90.0
        ticket.with_user(self.agent).action_order_edition_again()
        self._end_of_request()
        second = self._new_order(ticket)
        self.assertNotEqual(first, second)
        self.assertEqual((second.amount_total, second.aftersales_due), (76.3, 11.12))
        self.assertEqual((refund.state, ticket.next_step), ("settled", "await_difference"))
        with self.assertRaisesRegex(UserError, "used"):
            first.action_draft()

    def test_cancelled_and_finance_pays_first(self):
        """Who got the money is offered no new edition any more."""
        _order, ticket, resolution, refund = self._credit_old()
        self._new_order(ticket).action_cancel()
        self._end_of_request()
        refund.action_pay()
        self._end_of_request()
        self.assertEqual((refund.state, ticket.phase), ("paid", "done"))
        resolution.with_user(self.agent).action_retry()
        self.assertFalse(self._new_order(ticket))

    def test_a_difference_paid_for_a_cancelled_order_counts(self):
        """It was paid and confirmed, then cancelled by mistake: nothing is paid twice."""
        _order, ticket, resolution, _refund = self._credit_old()
        resolution.with_user(self.finance).action_receive_difference(self.bank)
        first = self._new_order(ticket)
        first.action_cancel()
        self._end_of_request()
        self.assertEqual(ticket.next_step, "edition_cancelled")
        self.assertIn("finance pays it back", ticket.edition_note)
        ticket.with_user(self.agent).action_order_edition_again()
        self._end_of_request()
        second = self._new_order(ticket)
        self.assertEqual((second.state, second.aftersales_due), ("sale", 0.0))
        self.assertEqual(ticket.next_step, "ship_edition")
        self._ship_edition(second)
        self.assertEqual(self._invoice(second, pay=False).amount_residual, 0.0)

    def test_the_new_edition_costs_less(self):
        """An abridged edition for 40.00: 43.60 are set off, 21.58 paid out, neither twice."""
        self.second.list_price = 40.0
        _order, ticket, resolution, refund = self._credit_old()
        new = self._new_order(ticket)
        self.assertEqual((new.state, new.aftersales_credit), ("sale", 43.6))
        self.assertEqual((refund.state, ticket.next_step), ("posted", "ship_edition"))
        self.assertEqual(resolution.edition_difference, -21.58)
        refund.action_pay()
        self._end_of_request()
        self.assertEqual((refund.state, refund.sudo().payment_ids.amount), ("settled", 21.58))
        refund.action_pay()
        self.assertEqual(len(refund.sudo().payment_ids), 1)
        self._ship_edition(new)
        invoice = self._invoice(new, pay=False)
        self._end_of_request()
        note = refund.sudo().credit_note_id
        self.assertEqual((invoice.amount_residual, note.amount_residual), (0.0, 0.0))
        self.assertEqual((refund.state, ticket.phase), ("paid", "done"))

    def test_the_same_price(self):
        """Nothing to pay: it ships at once."""
        self.second.list_price = 59.8
        _order, ticket, _resolution, refund = self._credit_old()
        new = self._new_order(ticket)
        self.assertEqual((new.state, new.require_payment, refund.state), ("sale", False, "settled"))
        self._ship_edition(new)
        self.assertEqual(self._invoice(new, pay=False).amount_residual, 0.0)
        self.assertEqual(ticket.phase, "done")

    def test_three_of_four_discounted_copies(self):
        """Sold 10 % off: 3 × 53.82 × 1.09 = 175.99; three new ones 228.90; 52.91 to pay."""
        order, ticket, _resolution, refund = self._credit_old(4, 3, discount=10.0)
        self.assertEqual(refund.amount, 175.99)
        new = self._new_order(ticket)
        self.assertEqual((new.amount_total, new.aftersales_due), (228.9, 52.91))
        self.assertEqual(new.order_line.product_uom_qty, 3)
        self.assertEqual(self._order_figures(order)["ordered"], 1)

    def test_a_part_comes_back(self):
        """Two announced, one came: one is ordered; the rest follows with its own order."""
        _ticket, _resolution, first, second = self._credit_in_two_parcels()
        self.assertEqual((first.order_line.product_uom_qty, first.aftersales_due), (1, 11.12))
        orders = first | second
        self.assertEqual(orders.mapped("order_line.product_uom_qty"), [1, 1])
        self.assertEqual(sum(orders.mapped("aftersales_due")), 22.24)

    def test_tax_included(self):
        """Shelf prices: 65.00 with tax for the old, 80.00 for the new: 15.00."""
        included = self.tax.copy({"name": "VAT incl.", "price_include_override": "tax_included"})
        (self.novel | self.second).taxes_id = included
        self.novel.list_price, self.second.list_price = 65.0, 80.0
        _order, ticket, _resolution, refund = self._credit_old()
        new = self._new_order(ticket)
        self.assertEqual((refund.amount, new.amount_total, new.aftersales_due), (65.0, 80.0, 15.0))

    def test_in_foreign_currency(self):
        """Sold in euro: the difference is due in euro, and the rate of the day changes nothing."""
        euro = self.env.ref("base.EUR")
        euro.active = True
        euro.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            {"currency_id": euro.id, "name": "2020-01-01", "rate": 0.5}
        )
        pricelist = self.env["product.pricelist"].create({"name": "Euro", "currency_id": euro.id})
        self.reader.property_product_pricelist = pricelist
        _order, ticket, resolution, refund = self._credit_old()
        new = self._new_order(ticket)
        self.assertEqual((new.currency_id, refund.currency_id), (euro, euro))
        # 29.90 and 35.00 without tax
        self.assertEqual(
            (refund.amount, new.amount_total, new.aftersales_due), (32.59, 38.15, 5.56)
        )
        self.env["res.currency.rate"].create(
            {"currency_id": euro.id, "name": fields.Date.today(), "rate": 0.4}
        )
        resolution.with_user(self.finance).action_receive_difference(self.bank)
        self._ship_edition(new)
        invoice = self._invoice(new, pay=False)
        self.assertEqual((invoice.currency_id, invoice.amount_residual), (euro, 0.0))
        self.assertEqual(refund.sudo().credit_note_id.amount_residual, 0.0)

    def test_a_customer_on_account(self):
        """A bookshop pays in 30 days: the new edition leaves at once, its invoice is due later."""
        self.reader.property_payment_term_id = self.env.ref("account.account_payment_term_30days")
        _order, ticket, _resolution, refund = self._credit_old()
        new = self._new_order(ticket)
        self.assertEqual(
            (new.state, ticket.next_step, refund.state), ("sale", "ship_edition", "settled")
        )
        self._ship_edition(new)
        self.assertEqual(self._invoice(new, pay=False).amount_residual, 11.12)

    def test_the_old_copy_was_not_paid(self):
        """The credit settles its open invoice; the new edition is paid in full."""
        order, ticket, _resolution, refund = self._credit_old(pay=False)
        new = self._new_order(ticket)
        self.assertEqual(
            order.invoice_ids.filtered(lambda m: m.move_type == "out_invoice").amount_residual, 0
        )
        self.assertEqual((new.aftersales_credit, new.aftersales_due), (0.0, 76.3))
        self.assertEqual((refund.state, ticket.next_step), ("settled", "await_difference"))

    def test_the_reader_forgets(self):
        """After 14 days the agent decides: reminds, and then refunds."""
        _order, ticket, resolution, refund = self._credit_old()
        new = self._new_order(ticket)
        today = self.company._get_aftersales_today()
        self.assertEqual(new.validity_date, today + timedelta(days=14))
        with freeze_time(fields.Datetime.now() + timedelta(days=16)):
            self.env["sale.order"]._cron_difference_overdue()
            self._end_of_request()
            self.assertEqual(ticket.next_step, "difference_overdue")
            ticket.with_user(self.agent).action_remind_difference()
            self._end_of_request()
            self.assertEqual(new.validity_date, today + timedelta(days=30))
            self.assertEqual(
                (ticket.next_step, ticket.next_deadline), ("await_difference", new.validity_date)
            )
        mails = self.env["mail.mail"].search([("subject", "ilike", "pay the difference")])
        self.assertEqual(len(mails), 2)
        self.assertIn("11.12", mails[0].body_html)
        codes = ticket.event_ids.mapped("code")
        for code in ("edition_ordered", "difference_overdue", "difference_reminded"):
            self.assertIn(code, codes)

    def test_paid_online(self):
        """The portal's payment of the difference confirms the quotation, as any prepayment does."""
        _order, ticket, _resolution, refund = self._credit_old()
        new = self._new_order(ticket)
        self.assertTrue(new._has_to_be_paid())
        self._pay_online(new)
        self.assertEqual((new.state, ticket.next_step), ("sale", "ship_edition"))
        self.assertEqual(refund.state, "settled")
        self._ship_edition(new)
        invoice = self._invoice(new, pay=False)
        self.assertEqual(invoice.amount_residual, 0.0)
        self.assertEqual(refund.sudo().credit_note_id.amount_residual, 0.0)

    def test_after_delivery_a_case_of_its_own(self):
        """The new copy is damaged: returned and refunded in full, on its own order."""
        _order, ticket, resolution, _refund = self._credit_old()
        resolution.with_user(self.finance).action_receive_difference(self.bank)
        new = self._new_order(ticket)
        self._ship_edition(new)
        self._invoice(new, pay=False)
        self._end_of_request()
        with self.assertRaisesRegex(UserError, "have left"):
            resolution.with_user(self.agent).action_refund_edition("too late")
        again = self._case(new, {self.run_second: 1}, "damaged_copy")
        back = self._agree(again, "return_refund")
        self._receive(back)
        self._inspect(back)
        later = again.refund_ids.with_user(self.finance)
        later.action_approve_and_post()
        later.action_pay()
        self._end_of_request()
        self.assertEqual((later.state, later.sudo().payment_ids.amount), ("paid", 76.3))
        self.assertEqual((again.phase, ticket.phase), ("done", "done"))
        self.assertEqual(resolution.progress, "done")

    def test_before_the_copy_is_back_all_is_cancelled(self):
        """The reader changes their mind: no order, no credit, no trace (I6)."""
        order = self._sell({self.run_1: 1})
        before = self._order_figures(order)
        ticket = self._case(order, {self.run_1: 1}, "wrong_edition")
        resolution = self._agree(ticket, "new_edition")
        self.assertFalse(self._new_order(ticket))
        resolution.with_user(self.agent).action_cancel("no")
        self.assertEqual(self._order_figures(order), before)
        self.assertFalse(ticket.refund_ids.edition_order_ids)

    def test_finance_decides_as_on_any_refund(self):
        """The limit counts what is credited, though nothing is paid out; nothing ships before."""
        self.company.aftersales_refund_limit = 50.0
        order = self._sell({self.run_1: 1})
        ticket = self._case(order, {self.run_1: 1}, "wrong_edition")
        resolution = self._agree(ticket, "new_edition")
        self._receive(resolution)
        self._inspect(resolution)
        self.assertEqual((ticket.next_step, ticket.refund_ids.amount), ("approve", 65.18))
        self.assertFalse(self._new_order(ticket))
        with self.assertRaises(AccessError):
            ticket.refund_ids.with_user(self.agent).action_approve()
        ticket.refund_ids.with_user(self.finance).action_refuse("too old")
        self._end_of_request()
        self.assertFalse(self._new_order(ticket))
        self.assertEqual(ticket.next_step, "refused")

    def test_the_desks(self):
        """The agent cannot book money, finance does not end sales, the warehouse sees no amounts."""
        _order, _ticket, resolution, _refund = self._credit_old()
        with self.assertRaises(AccessError):
            resolution.with_user(self.agent).action_receive_difference(self.bank)
        with self.assertRaises(AccessError):
            resolution.with_user(self.finance).action_refund_edition("no")
        with self.assertRaises(AccessError):
            resolution.with_user(self.warehouse).read(["edition_amount"])

    def test_the_reader_keeps_the_old_copy(self):
        """A remedy without “Take back”, half of the price credited: 32.59, so 43.71 to pay."""
        remedy = self.env["aftersales.remedy"].create(
            {
                "name": "New edition, half credited",
                "code": "new_edition_half",
                "credit_share": 50.0,
                "credit_after_inspection": False,
                "effect_ids": [
                    Command.create({"kind": "credit"}),
                    Command.create({"kind": "edition"}),
                ],
            }
        )
        self._case_type("wrong_edition").remedy_ids += remedy
        order = self._sell({self.run_1: 1})
        ticket = self._case(order, {self.run_1: 1}, "wrong_edition")
        resolution = self._agree(ticket, remedy)
        ticket.refund_ids.with_user(self.finance).action_approve_and_post()
        self._end_of_request()
        new = self._new_order(ticket)
        self.assertEqual((new.aftersales_credit, new.aftersales_due), (32.59, 43.71))
        resolution.with_user(self.finance).action_receive_difference(self.bank)
        self._ship_edition(new)
        self.assertEqual(self._invoice(new, pay=False).amount_residual, 0.0)
        self.assertEqual(ticket.phase, "done")

    def test_accounting_resets_the_credit_note(self):
        """Posted again, it holds for the same order: no second one is made (I5)."""
        _order, ticket, _resolution, refund = self._credit_old()
        new = self._new_order(ticket)
        refund.sudo().credit_note_id.button_draft()
        self._end_of_request()
        self.assertEqual(refund.state, "approved")
        refund.action_approve_and_post()
        self._end_of_request()
        self.assertEqual((self._new_order(ticket), refund.state), (new, "settled"))
        self.assertEqual(ticket.next_step, "await_difference")

    def test_beside_another_book_that_is_refunded(self):
        """Two books of one invoice: one refund is set off, the other paid out."""
        lot = self._print(self.atlas, "ATLAS-1", 1, 20, 30.0, self.printer)
        order = self._sell({self.run_1: 1, lot: 1})
        ticket = self._case(order, {self.run_1: 1, lot: 1}, "wrong_edition")
        novel = ticket.line_ids.filtered(lambda ln: ln.product_id == self.novel)
        resolutions = novel.with_user(self.agent).action_propose("new_edition")
        resolutions |= (
            (ticket.line_ids - novel).with_user(self.agent).action_propose("return_refund")
        )
        resolutions.action_agree("phone")
        resolutions.action_execute()
        self._receive(resolutions)
        self._inspect(resolutions)
        refunds = ticket.refund_ids.with_user(self.finance)
        self.assertEqual(sorted(refunds.mapped("amount")), [65.18, 139.52])
        refunds.action_approve_and_post()
        refunds.action_pay()
        self._end_of_request()
        self.assertEqual({r.amount: r.state for r in refunds}, {65.18: "settled", 139.52: "paid"})


@tagged("post_install", "-at_install")
class TestNextEdition(EditionCommon):
    """What titles know of their next edition."""

    def test_the_newest_that_is_sold(self):
        third = self._create_title("3rd ed.", "9787302275817", 75.0)
        later = self.env["aftersales.next.edition"].create(
            {"product_id": self.second.id, "next_product_id": third.id}
        )
        newest = later._get_newest(self.novel | self.second | self.atlas, self.company)
        self.assertEqual(
            newest,
            {self.novel: third, self.second: third, self.atlas: self.env["product.product"]},
        )
        third.sale_ok = False
        self.assertEqual(later._get_newest(self.novel, self.company), {self.novel: self.second})
        with self.assertRaisesRegex(ValidationError, "leads back"):
            later.create({"product_id": third.id, "next_product_id": self.novel.id})

    def test_only_what_is_sold(self):
        self.atlas.sale_ok = False
        with self.assertRaisesRegex(ValidationError, "not a book that is sold"):
            self.following.create({"product_id": self.second.id, "next_product_id": self.atlas.id})

    def test_who_names_them(self):
        Edition = self.env["aftersales.next.edition"]
        vals = {"product_id": self.second.id, "next_product_id": self.atlas.id}
        with self.assertRaises(AccessError):
            Edition.with_user(self.agent).create(vals)
        self.assertTrue(Edition.with_user(self.manager).create(vals))

    def test_not_known_not_offered(self):
        self.following.active = False
        ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1}, "wrong_edition")
        line = ticket.line_ids.with_user(self.agent)
        with self.assertRaisesRegex(UserError, "no next edition"):
            line.action_propose("new_edition")
        wizard = self._propose_dialog(ticket)
        self.assertNotIn("new_edition", wizard.offered_ids.mapped("code"))

    def test_the_dialog_tells_what_is_to_pay(self):
        ticket = self._case(self._sell({self.run_1: 2}), {self.run_1: 2}, "wrong_edition")
        wizard = self._propose_dialog(ticket)
        wizard.remedy_id = wizard.offered_ids.filtered(lambda r: r.code == "new_edition")
        self.assertRegex(wizard.edition_note, r"152\.60.*130\.36 credited: the reader pays.*22\.24")

    def test_bought_on_a_platform(self):
        """The platform took the money: there is nothing of ours to set off."""
        order = self._sell({self.run_1: 1})
        ticket = self._case(order, {self.run_1: 1}, "wrong_edition", platform_order_ref="TB-4711")
        with self.assertRaisesRegex(UserError, "bought on a platform"):
            ticket.line_ids.with_user(self.agent).action_propose("new_edition")

    def _propose_dialog(self, ticket):
        return (
            self.env["aftersales.propose.wizard"]
            .with_user(self.agent)
            .create({"ticket_id": ticket.id, "line_ids": [Command.set(ticket.line_ids.ids)]})
        )

    def test_a_remedy_that_gives_twice(self):
        remedy = self.env["aftersales.remedy"]._get("new_edition")
        with self.assertRaisesRegex(ValidationError, "remove the other effects"):
            remedy.effect_ids = [Command.create({"kind": "shipment"})]
