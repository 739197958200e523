from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestPeerDefects(AftersalesCommon):
    """What other return and refund add-ons get wrong, each a story of its own.

    A second document after a retry: see ``tests_parallel``.
    """

    def _refund(self, order, copies, lot=None):
        """Take copies back and refund them; return the case."""
        ticket = self._case(order, {lot or self.run_1: copies})
        resolution = self._agree(ticket, "return_refund")
        self._receive(resolution)
        self._inspect(resolution)
        refunds = ticket.refund_ids.with_user(self.finance)
        refunds.filtered(lambda r: r.state == "to_approve").action_approve()
        refunds.action_post()
        return ticket

    def test_twelve_copies_are_not_twelve_dozen(self):
        """Sold by the dozen, twelve copies come back: one dozen is credited, not twelve."""
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._sell({self.run_1: 2}, product_uom_id=dozen.id, price_unit=500.0)
        ticket = self._refund(order, 12)
        self.assertEqual(ticket.refund_ids.credit_note_id.amount_total, 545.0)
        self.assertEqual(
            self._order_figures(order),
            {"ordered": 1, "delivered": 1, "invoiced": 1, "to_invoice": 0, "status": "invoiced"},
        )

    def test_one_copy_after_the_other_leaves_nothing_of_a_dozen(self):
        """Eleven single refunds and the twelfth: no hundredths of a dozen are left."""
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._sell({self.run_1: 1}, product_uom_id=dozen.id, price_unit=94.94)
        total, paid_back = order.invoice_ids.amount_total, 0.0
        for _copy in range(12):
            paid_back += self._refund(order, 1).refund_ids.credit_note_id.amount_total
        self.assertAlmostEqual(paid_back, total, 2)
        self.assertEqual(
            self._order_figures(order),
            {"ordered": 0, "delivered": 0, "invoiced": 0, "to_invoice": 0, "status": "invoiced"},
        )

    def test_the_discount_of_the_order_counts(self):
        order = self._sell({self.run_1: 3}, deliver=False, invoice=False)
        self.env["sale.order.discount"].create(
            {
                "sale_order_id": order.id,
                "discount_type": "so_discount",
                "discount_percentage": 0.1,
            }
        ).action_apply_discount()
        self._deliver(order, {self.novel: {self.run_1: 3}})
        invoice = self._invoice(order)
        paid_back = sum(self._refund(order, 1).refund_ids.amount for _copy in range(3))
        self.assertAlmostEqual(paid_back, invoice.amount_total, 2)

    def test_the_currency_of_the_invoice_counts(self):
        currency = self.env["res.currency"].create({"name": "PDC", "symbol": "P", "rounding": 0.01})
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "name": fields.Date.today(), "rate": 0.5}
        )
        prices = self.env["product.pricelist"].create(
            {"name": "Abroad", "currency_id": currency.id}
        )
        self.reader.property_product_pricelist = prices
        order = self._sell({self.run_1: 1}, price_unit=40.0)
        note = self._refund(order, 1).refund_ids.credit_note_id
        self.assertEqual((note.currency_id, note.amount_total), (currency, 43.6))
        self.assertEqual(note.amount_total_signed, -87.2)

    def test_a_hundred_of_one_are_refused(self):
        order = self._sell({self.run_1: 1})
        ticket = self._case(order, {self.run_1: 100})
        with self.assertRaisesRegex(UserError, f"{ticket.number}.*only 1 can still be"):
            ticket.line_ids.with_user(self.agent).action_propose("return_refund")

    def test_one_copy_is_refunded_in_one_case(self):
        order = self._sell({self.run_1: 1})
        first, second = (self._case(order, {self.run_1: 1}) for _case in range(2))
        resolutions = (first | second).line_ids.with_user(self.agent)
        with self.assertRaisesRegex(UserError, "only 1 can still be"), self.cr.savepoint():
            resolutions.action_propose("return_refund")
        self._agree(first, "return_refund")
        with self.assertRaisesRegex(UserError, "only 0 can still be"):
            second.line_ids.with_user(self.agent).action_propose("return_refund")

    def test_paid_back_once_without_a_return(self):
        order = self._sell({self.run_1: 1})
        self._agree(self._case(order, {self.run_1: 1}), "refund_only")
        again = self._case(order, {self.run_1: 1})
        with self.assertRaisesRegex(UserError, again.number):
            again.line_ids.with_user(self.agent).action_propose("refund_only")

    def test_what_accounting_credited_is_not_credited_again(self):
        order = self._sell({self.run_1: 2})
        self._credit_by_hand(order.invoice_ids)
        ticket = self._case(order, {self.run_1: 1})
        with self.assertRaisesRegex(UserError, "only 0 invoiced copies"):
            ticket.line_ids.with_user(self.agent).action_propose("return_refund")

    def _credit_by_hand(self, invoice):
        reversal = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id})
        )
        note = self.env["account.move"].browse(reversal.refund_moves()["res_id"])
        note.action_post()
        return note

    def test_never_invoiced_never_refunded(self):
        order = self._sell({self.run_1: 1}, invoice=False)
        ticket = self._case(order, {self.run_1: 1})
        with self.assertRaisesRegex(UserError, "not invoiced yet"):
            ticket.line_ids.with_user(self.agent).action_propose("refund_only")

    def test_two_invoices_of_one_line(self):
        """Each invoice is credited by what it charged, the older first."""
        order = self._sell({self.run_1: 1, self.run_2: 2}, deliver=False, invoice=False)
        order.picking_ids.move_ids._do_unreserve()
        order.picking_ids.move_ids.move_line_ids = [
            self._line_vals(order.picking_ids.move_ids, self.run_1, 1)
        ]
        self._validate(order.picking_ids, skip_backorder=True)
        first = self._invoice(order)
        self._deliver(order, {self.novel: {self.run_2: 2}})
        second = self._invoice(order)
        refund = self._refund(order, 2, self.run_2).refund_ids.sorted(lambda r: r.invoice_id.id)
        self.assertEqual(refund.invoice_id, first | second)
        self.assertEqual([r.amount for r in refund], [65.18, 65.18])

    def test_two_orders_in_two_currencies(self):
        """One case, two refunds: each in the currency of its invoice."""
        home = self._sell({self.run_1: 1})
        currency = self.env["res.currency"].create({"name": "PDD", "symbol": "D", "rounding": 0.01})
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "name": fields.Date.today(), "rate": 2.0}
        )
        self.reader.property_product_pricelist = self.env["product.pricelist"].create(
            {"name": "Abroad", "currency_id": currency.id}
        )
        abroad = self._sell({self.run_2: 1}, price_unit=10.0)
        ticket = self._case(home, {self.run_1: 1})
        other = self._case(abroad, {self.run_2: 1})
        other.line_ids.copy({"ticket_id": ticket.id})
        resolutions = self._agree(ticket, "return_refund")
        self._receive(resolutions)
        self._inspect(resolutions)
        amounts = {r.currency_id: r.amount for r in ticket.refund_ids}
        self.assertEqual(amounts, {self.company.currency_id: 65.18, currency: 10.9})

    def test_one_replacement_for_one_copy(self):
        order = self._sell({self.run_1: 1})
        resolution = self._agree(self._case(order, {self.run_1: 1}), "exchange", advance=True)
        shipped = resolution.sudo().effect_ids.filtered(lambda e: e.kind == "shipment").move_ids
        self.assertEqual(sum(shipped.mapped("product_uom_qty")), 1)
        resolution.action_execute()
        self.assertEqual(len(resolution.sudo().effect_ids.move_ids), 2)

    def test_a_short_parcel_is_received(self):
        """Two announced, one comes: it is received, the rest expected or given up."""
        order = self._sell({self.run_1: 2})
        ticket = self._case(order, {self.run_1: 2})
        resolution = self._agree(ticket, "return_refund")
        pickings = self._receive(resolution, 1)
        self.assertEqual(pickings.state, "done")
        self._inspect(resolution)
        self.assertEqual(ticket.refund_ids.amount, 65.18)
        resolution.action_give_up_rest("kept the other")
        ticket.with_user(self.agent).action_post_refunds()
        ticket.refund_ids.with_user(self.finance).action_pay()
        self.assertEqual((resolution.progress, ticket.phase), ("done", "done"))

    def test_a_cancelled_credit_note_is_posted_anew(self):
        order = self._sell({self.run_1: 1})
        ticket = self._refund(order, 1)
        refund = ticket.refund_ids.sudo()
        refund.credit_note_id.button_draft()
        refund.credit_note_id.button_cancel()
        self._end_of_request()
        self.assertEqual((refund.state, ticket.next_step), ("approved", "post_refund"))
        ticket.with_user(self.agent).action_post_refunds()
        self.assertEqual(refund.credit_note_id.amount_total, 65.18)

    def test_a_draft_is_not_raised_without_approval(self):
        """The approved amount is what is posted; nobody writes it, the requester least."""
        order = self._sell({self.run_1: 3})
        ticket = self._case(order, {self.run_1: 1})
        self._agree(ticket, "refund_only")
        line = ticket.refund_ids.line_ids
        for user in (self.agent, self.finance, self.manager):
            with self.assertRaises(AccessError):
                line.with_user(user).write({"amount": 500.0})

    def test_a_print_run_never_delivered_is_refused(self):
        order = self._sell({self.run_1: 1})
        ticket = self._case(order, {self.run_1: 1})
        ticket.line_ids.lot_id = self.run_2
        with self.assertRaisesRegex(UserError, "only 0 can still be"):
            ticket.line_ids.with_user(self.agent).action_propose("exchange")

    def test_a_foreign_title_is_refused(self):
        order = self._sell({self.run_1: 1})
        ticket = self._case(order, {self.run_1: 1})
        with self.assertRaises(ValidationError):
            ticket.write(
                {
                    "line_ids": [
                        Command.create(
                            {
                                "product_id": self.atlas.id,
                                "delivery_move_id": ticket.line_ids.delivery_move_id.id,
                            }
                        )
                    ]
                }
            )
