from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestCompensation(AftersalesCommon):
    """The reader keeps the copy and gets a part of the price (R6.1, I1).

    A copy of 59.80 with 9 % VAT cost 65.18; thirty percent of it are 19.55.
    """

    def _compensate(self, ticket, quantity=None, reason="a creased cover", **options):
        return self._agree(ticket, "compensation", quantity, reason=reason, **options)

    def _propose(self, ticket, **options):
        lines = ticket.line_ids.with_user(self.agent)
        return lines.action_propose("compensation", **{"reason": "a crease", **options})

    def _post(self, ticket):
        """Let finance approve what waits for it and post; return the new credit notes."""
        self._end_of_request()
        refunds = ticket.refund_ids.with_user(self.finance)
        refunds.filtered(lambda r: r.state == "to_approve").action_approve()
        todo = refunds.filtered(lambda r: r.state == "approved")
        todo.action_post()
        return todo.sudo().credit_note_id

    def _give_back(self, ticket, quantity=None):
        """Let the reader send copies back for the price; return the credit notes."""
        resolution = self._agree(ticket, "return_refund", quantity)
        self._receive(resolution)
        self._inspect(resolution)
        return self._post(ticket)

    def assertRefused(self, ticket, message, **options):
        with self.assertRaisesRegex(UserError, f"{ticket.number}.*{message}"), self.cr.savepoint():
            self._propose(ticket, **options)

    # ------------------------------------------------------------------
    # The way of one
    # ------------------------------------------------------------------
    def test_a_percentage_of_what_was_paid(self):
        order = self._sell({self.run_1: 1})
        before = self._order_figures(order), self._stock(self.run_1)
        ticket = self._case(order, {self.run_1: 1})
        resolution = self._compensate(ticket, percent=30)
        self.assertEqual((resolution.amount, resolution.currency_id.name), (19.55, "USD"))
        note = self._post(ticket)
        self.assertEqual(
            (note.amount_untaxed, note.amount_tax, note.amount_total), (17.94, 1.61, 19.55)
        )
        self.assertEqual(note.reversed_entry_id, order.invoice_ids)
        line = note.invoice_line_ids
        self.assertEqual(line.product_id, self.company.aftersales_allowance_product_id)
        self.assertEqual(line.aftersales_origin_line_id, order.invoice_ids.invoice_line_ids)
        self.assertTrue(line.aftersales_amount_only)
        self.assertFalse(line.sale_line_ids)
        self.assertEqual(ticket.refund_ids.paid_for, "a creased cover")
        ticket.refund_ids.with_user(self.finance).action_pay()
        self.assertEqual(ticket.refund_ids.payment_ids.amount, 19.55)
        self.assertEqual((resolution.progress, ticket.phase), ("done", "done"))
        self.assertEqual((self._order_figures(order), self._stock(self.run_1)), before)
        self.assertEqual(ticket.line_ids.claimable_quantity, 1, "the copy can still come back")

    def test_an_amount_and_finance(self):
        """An amount above the agent's limit waits for finance, undone it can be cancelled."""
        order = self._sell({self.run_1: 3})
        ticket = self._case(order, {self.run_1: 3})
        resolution = self._compensate(ticket, amount=120)
        self.assertEqual(ticket.refund_ids.state, "to_approve")
        note = self._post(ticket)
        self.assertEqual(note.amount_total, 120)
        ticket.refund_ids.with_user(self.finance).action_reverse("the reader sent a wrong photo")
        self._end_of_request()
        resolution.with_user(self.agent).action_cancel("wrong photo")
        self.assertEqual(resolution.state, "cancelled")
        self.assertEqual(len(self._propose(ticket, amount=190)), 1, "the whole is free again")

    def test_asked_for_properly(self):
        ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1})
        self.assertRefused(ticket, "say why", amount=5, reason=" ")
        self.assertRefused(ticket, "either an amount")
        self.assertRefused(ticket, "either an amount", amount=5, percent=5)
        self.assertRefused(ticket, "either an amount", percent=100)
        self.assertRefused(ticket, "either an amount", amount=-1)
        self.assertRefused(ticket, "the whole price", amount=65.18)
        leaflet = self._case(self._sell({self.run_1: 1}, price_unit=0.4), {self.run_1: 1})
        self.assertRefused(leaflet, "comes to nothing", percent=1)
        with self.assertRaisesRegex(UserError, "no amount of its own"):
            ticket.line_ids.with_user(self.agent).action_propose("refund_only", amount=5)

    def test_nothing_paid_nothing_compensated(self):
        ticket = self._case(self._sell({self.run_1: 1}, invoice=False), {self.run_1: 1})
        self.assertRefused(ticket, "not invoiced yet", amount=5)
        free = self._sell({self.run_1: 1}, price_unit=0.0, pay=False)
        ticket = self._case(free, {self.run_1: 1})
        self.assertRefused(ticket, "was given free", amount=5)

    # ------------------------------------------------------------------
    # To the cent
    # ------------------------------------------------------------------
    def test_discount_currency_and_open_invoice(self):
        """In euro, a third off, unpaid: set off against the invoice at its own rate."""
        euro = self.env.ref("base.EUR")
        euro.active = True
        rates = self.env["res.currency.rate"]
        rates.create({"name": "2020-01-01", "rate": 0.8, "currency_id": euro.id})
        pricelist = self.env["product.pricelist"].create({"name": "EUR", "currency_id": euro.id})
        reader = self.reader.copy({"property_product_pricelist": pricelist.id})
        order = self._sell({self.run_1: 2}, reader, pay=False, price_unit=49.99, discount=33.0)
        invoice = order.invoice_ids
        self.assertEqual((invoice.currency_id, invoice.amount_total), (euro, 73.02))
        ticket = self._case(order, {self.run_1: 2})
        resolution = self._compensate(ticket, percent=25)
        self.assertEqual((resolution.amount, resolution.currency_id), (18.26, euro))
        note = self._post(ticket)
        self.assertEqual((note.currency_id, note.amount_total), (euro, 18.26))
        self.assertEqual(invoice.amount_residual, 54.76)
        self.assertEqual(ticket.refund_ids.state, "settled")

    def test_partly_paid(self):
        """Of 195.55, 180 are paid: a compensation of 20 leaves 4.45 to pay out."""
        order = self._sell({self.run_1: 3}, pay=False)
        invoice = order.invoice_ids
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({"amount": 180.0})._create_payments()
        ticket = self._case(order, {self.run_1: 1})
        self._compensate(ticket, amount=20)
        note = self._post(ticket)
        self.assertEqual((invoice.amount_residual, note.amount_residual), (0, 4.45))
        ticket.refund_ids.with_user(self.finance).action_pay()
        self.assertEqual(ticket.refund_ids.payment_ids.amount, 4.45)

    def test_tax_included_and_several_taxes(self):
        tax = {"type_tax_use": "sale", "company_id": self.company.id}
        included, *others = self.env["account.tax"].create(
            [
                {**tax, "name": "VAT 9 %", "amount": 9.0, "price_include_override": "tax_included"},
                {**tax, "name": "City 1.5 %", "amount": 1.5},
                {**tax, "name": "Culture 0.7 %", "amount": 0.7},
            ]
        )
        taxes = included | self.env["account.tax"].concat(*others)
        for tax_ids in (included, taxes):
            order = self._sell({self.run_1: 3}, tax_ids=[Command.set(tax_ids.ids)])
            ticket = self._case(order, {self.run_1: 3})
            self._compensate(ticket, amount=10)
            note = self._post(ticket)
            self.assertEqual(note.amount_total, 10)
            self.assertEqual(note.invoice_line_ids.tax_ids, tax_ids)
            invoice = order.invoice_ids - note
            rate = invoice.amount_untaxed / invoice.amount_total
            self.assertEqual(note.amount_untaxed, round(10 * rate, 2))
            rest = self._give_back(self._case(order, {self.run_1: 3}))
            self.assertAlmostEqual(rest.amount_total, invoice.amount_total - 10, 2)

    def test_two_invoices(self):
        """Each of two copies has an invoice: the second one bears it, the first comes back whole."""
        order = self._sell({self.run_1: 2}, deliver=False, invoice=False)
        picking = order.picking_ids
        picking.move_ids._do_unreserve()
        for copies in (1, 1):
            picking = order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
            picking.move_ids._do_unreserve()
            picking.move_ids.move_line_ids = [self._line_vals(picking.move_ids, self.run_1, copies)]
            self._validate(picking, skip_backorder=True)
            self._invoice(order)
        first, second = order.invoice_ids.sorted("id")
        move_1, move_2 = order.order_line.move_ids.sorted("id")
        ticket = self._case(order, {self.run_1: 1})
        ticket.line_ids.delivery_move_id = move_2
        self._compensate(ticket, amount=20)
        self.assertEqual(self._post(ticket).reversed_entry_id, second)
        ticket = self._case(order, {self.run_1: 1})
        ticket.line_ids.delivery_move_id = move_1
        note = self._give_back(ticket)
        self.assertEqual((note.reversed_entry_id, note.amount_total), (first, 65.18))
        ticket = self._case(order, {self.run_1: 1})
        ticket.line_ids.delivery_move_id = move_2
        note = self._give_back(ticket)
        self.assertEqual((note.reversed_entry_id, note.amount_total), (second, 45.18))

    # ------------------------------------------------------------------
    # Beside other remedies
    # ------------------------------------------------------------------
    def test_the_same_copy_comes_back_later(self):
        """What was paid for it is not paid again: the reader gets the rest (I1)."""
        order = self._sell({self.run_1: 1})
        ticket = self._case(order, {self.run_1: 1})
        self._compensate(ticket, percent=30)
        self._post(ticket)
        later = self._case(order, {self.run_1: 1})
        note = self._give_back(later)
        self.assertEqual(note.amount_total, 45.63)
        self.assertEqual(later.resolution_ids.amount, 45.63, "as the reader was told")
        self.assertEqual(self._order_figures(order)["to_invoice"], 0)
        self.assertEqual(order.order_line.product_uom_qty, 0)
        self.assertRefused(self._case(order, {self.run_1: 1}), "came back", amount=1)

    def test_more_than_is_left(self):
        order = self._sell({self.run_1: 1})
        self._compensate(self._case(order, {self.run_1: 1}), amount=40)
        ticket = self._case(order, {self.run_1: 1})
        self.assertRefused(ticket, "only \\$\\xa025.18 can still be paid back", amount=30)
        self._compensate(ticket, amount=25.18)
        ticket = self._case(order, {self.run_1: 1})
        self.assertRefused(ticket, "only \\$\\xa00.00 can still", amount=1)
        with self.assertRaisesRegex(UserError, "was paid back already"):
            ticket.line_ids.with_user(self.agent).action_propose("return_refund")

    def test_two_exchanged_and_one_compensated(self):
        order = self._sell({self.run_1: 3})
        before = self._order_figures(order)
        ticket = self._case(order, {self.run_1: 3})
        exchange = self._agree(ticket, "exchange", 2)
        self._compensate(ticket, percent=10)
        self._receive(exchange)
        self._inspect(exchange)
        self._ship(exchange)
        self.assertEqual(self._post(ticket).amount_total, 6.52)
        ticket.refund_ids.with_user(self.finance).action_pay()
        self._end_of_request()
        self.assertEqual(ticket.phase, "done")
        self.assertEqual(self._order_figures(order), before)

    def test_two_given_back_and_one_compensated(self):
        """The two that come back are the ones that nothing was paid for: the whole price."""
        order = self._sell({self.run_1: 3})
        ticket = self._case(order, {self.run_1: 3})
        self._compensate(ticket, 1, amount=20)
        self._post(ticket)
        self.assertEqual(self._give_back(ticket).amount_total, 130.37)
        last = self._give_back(self._case(order, {self.run_1: 1}))
        self.assertEqual(last.amount_total, 45.18, "195.55 in all")

    def test_the_print_run_tells_copies_apart(self):
        """The compensated copy is of another run than the one that comes back first."""
        order = self._sell({self.run_1: 1, self.run_2: 1})
        self.assertEqual(order.amount_total, 130.36)
        self._compensate(self._case(order, {self.run_1: 1}), amount=20)
        self.assertEqual(self._give_back(self._case(order, {self.run_1: 1})).amount_total, 45.18)
        self.assertEqual(self._give_back(self._case(order, {self.run_2: 1})).amount_total, 65.18)

    def test_on_its_way_back(self):
        """A copy that comes back for its price is not compensated beside it."""
        order = self._sell({self.run_1: 1})
        self._agree(self._case(order, {self.run_1: 1}), "return_refund")
        self.assertRefused(self._case(order, {self.run_1: 1}), "are announced", amount=5)

    def test_agreed_and_overtaken(self):
        """Between agreement and execution somebody else compensates: checked once more."""
        order = self._sell({self.run_1: 1})
        ticket = self._case(order, {self.run_1: 1})
        resolution = self._propose(ticket, amount=40)
        resolution.action_agree()
        self._compensate(self._case(order, {self.run_1: 1}), amount=40)
        with self.assertRaisesRegex(UserError, "can still be paid back"):
            resolution.action_execute()

    def test_credited_by_hand_meanwhile(self):
        order = self._sell({self.run_1: 1})
        ticket = self._case(order, {self.run_1: 1})
        self._compensate(ticket, amount=20)
        reversal = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=order.invoice_ids.ids)
            .create({"journal_id": order.invoice_ids.journal_id.id})
        )
        self.env["account.move"].browse(reversal.refund_moves()["res_id"]).action_post()
        with self.assertRaisesRegex(UserError, "credited or changed"):
            ticket.with_user(self.agent).action_post_refunds()

    # ------------------------------------------------------------------
    # Screens
    # ------------------------------------------------------------------
    def test_the_dialog_shows_the_money(self):
        ticket = self._case(self._sell({self.run_1: 3}), {self.run_1: 2})
        action = ticket.line_ids.with_user(self.agent).action_open_propose()
        wizard = self.env[action["res_model"]].with_user(self.agent)
        form = Form(wizard.with_context(**action["context"]))
        form.remedy_id = self.env["aftersales.remedy"]._get("compensation")
        self.assertFalse(form.amount_note)
        form.percent = 10
        self.assertEqual(form.amount_note.count("13.04"), 1)
        self.assertIn("130.37", form.amount_note)
        form.credit_by = "amount"
        form.amount = 200
        self.assertIn("the whole price", form.amount_problem)
        form.quantity = 1
        form.amount = 12.5
        form.reason = "a crease"
        self.assertFalse(form.amount_problem)
        form.agreed = True
        form.save().action_propose()
        resolution = ticket.resolution_ids
        self.assertEqual((resolution.quantity, resolution.amount), (1, 12.5))
        self.assertEqual((resolution.credit_reason, resolution.state), ("a crease", "agreed"))
        self.assertEqual(ticket.refund_ids.amount, 12.5)

    def test_a_remedy_of_ones_own(self):
        """A house may not mix an agreed amount with copies that come back."""
        remedy = self.env["aftersales.remedy"]._get("compensation").with_user(self.manager)
        with self.assertRaisesRegex(UserError, "copies that the reader keeps"):
            remedy.effect_ids = [Command.create({"kind": "return"})]

    def test_amounts_are_for_those_who_decide_on_money(self):
        ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1})
        resolution = self._compensate(ticket, amount=5)
        self.assertNotIn("amount", resolution.with_user(self.warehouse).fields_get())
        self.assertEqual(fields.Date.today(), self._post(ticket).invoice_date)
