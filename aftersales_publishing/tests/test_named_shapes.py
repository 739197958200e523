from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestNamedShapes(AftersalesCommon):
    """Shapes of sales that the generated matrix does not vary (R6.3), each refunded to the cent."""

    def _refund(self, order, copies):
        """Take copies back and refund them; return the credit note."""
        ticket = self._case(order, {self.run_1: copies})
        resolution = self._agree(ticket, "return_refund")
        self._receive(resolution)
        self._inspect(resolution)
        refunds = ticket.refund_ids.with_user(self.finance)
        refunds.filtered(lambda r: r.state == "to_approve").action_approve()
        refunds.action_post()
        return ticket.refund_ids.credit_note_id

    def test_a_fiscal_position(self):
        """Sold abroad without VAT on an account of its own: credited so, whatever holds today."""
        income = self.novel.product_tmpl_id.get_product_accounts()["income"]
        export_income = income.copy({"name": "Income Abroad", "code": "499901"})
        abroad = self.env["account.fiscal.position"].create(
            {
                "name": "Abroad",
                "company_id": self.company.id,
                "account_ids": [
                    Command.create(
                        {"account_src_id": income.id, "account_dest_id": export_income.id}
                    )
                ],
            }
        )
        export_tax = self.tax.copy(
            {
                "name": "Export 0 %",
                "amount": 0.0,
                "fiscal_position_ids": [Command.set(abroad.ids)],
                "original_tax_ids": [Command.set(self.tax.ids)],
            }
        )
        self.reader.property_account_position_id = abroad
        order = self._sell({self.run_1: 2})
        self.assertEqual(order.invoice_ids.amount_total, 119.6)
        self.reader.property_account_position_id = False
        order.fiscal_position_id = False
        note = self._refund(order, 1)
        self.assertEqual((note.amount_total, note.amount_tax), (59.8, 0.0))
        self.assertEqual(note.invoice_line_ids.tax_ids, export_tax)
        self.assertEqual(note.invoice_line_ids.account_id, export_income)
        self.assertEqual(order.order_line.qty_to_invoice, 0)

    def test_a_box_of_twenty(self):
        """Sold by the box: three copies are three twentieths of it, in the box's unit."""
        box = self.env["uom.uom"].create(
            {
                "name": "Box of 20",
                "relative_factor": 20,
                "relative_uom_id": self.novel.uom_id.id,
            }
        )
        order = self._sell({self.run_1: 1}, product_uom_id=box.id, price_unit=800.0)
        self.assertEqual(self._stock(self.run_1, self.customers), 20)
        note = self._refund(order, 3)
        self.assertEqual((note.amount_total, note.invoice_line_ids.quantity), (130.8, 0.15))
        self.assertEqual(note.invoice_line_ids.product_uom_id, box)
        self.assertEqual(
            self._order_figures(order),
            {
                "ordered": 0.85,
                "delivered": 0.85,
                "invoiced": 0.85,
                "to_invoice": 0,
                "status": "invoiced",
            },
        )

    def test_ordered_by_the_dozen_invoiced_by_the_copy(self):
        """Accounting wrote the invoice in copies: the credit note is in copies as well."""
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._sell(
            {self.run_1: 1}, product_uom_id=dozen.id, price_unit=600.0, invoice=False
        )
        invoice = order._create_invoices()
        invoice.invoice_date = fields.Date.today()
        invoice.invoice_line_ids.write(
            {"product_uom_id": self.novel.uom_id.id, "quantity": 12, "price_unit": 50.0}
        )
        invoice.action_post()
        self._pay(invoice)
        self.assertEqual(invoice.amount_total, 654.0)
        note = self._refund(order, 3)
        self.assertEqual((note.amount_total, note.invoice_line_ids.quantity), (163.5, 3))
        self.assertEqual(
            self._order_figures(order),
            {
                "ordered": 0.75,
                "delivered": 0.75,
                "invoiced": 0.75,
                "to_invoice": 0,
                "status": "invoiced",
            },
        )

    def test_returned_by_hand(self):
        """The warehouse took a copy back by Odoo's own return: one is left to claim."""
        order = self._sell({self.run_1: 2})
        wizard = self.env["stock.return.picking"].with_context(
            active_model="stock.picking", active_id=order.picking_ids.id
        )
        wizard = wizard.create({})
        wizard.product_return_moves.write({"quantity": 1, "to_refund": True})
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        self._validate(back)
        ticket = self._case(order, {self.run_1: 2})
        self.assertEqual(ticket.line_ids.claimable_quantity, 1)
        with (
            self.assertRaisesRegex(UserError, f"{ticket.number}.*only 1 can"),
            self.cr.savepoint(),
        ):
            ticket.line_ids.with_user(self.agent).action_propose("exchange")
        resolution = self._agree(ticket, "exchange", 1)
        self._receive(resolution)
        self._inspect(resolution)
        self._ship(resolution)
        self.assertEqual(order.order_line.qty_delivered, 1, "the exchange changed nothing")

    def test_the_sales_journal_is_locked(self):
        """Sales are closed up to today: refused by name, nothing half-posted; then it is posted."""
        order = self._sell({self.run_1: 2})
        ticket = self._case(order, {self.run_1: 1})
        self._agree(ticket, "refund_only")
        self.company.sale_lock_date = fields.Date.today()
        refund = ticket.refund_ids.with_user(self.finance)
        with self.assertRaisesRegex(UserError, f"{ticket.number}.*Lock Date"), self.cr.savepoint():
            refund.action_approve_and_post()
        self.assertFalse(refund.sudo().credit_note_id)
        self.company.sale_lock_date = False
        refund.action_approve_and_post()
        self.assertEqual(refund.sudo().credit_note_id.amount_total, 65.18)
