from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import ISBNS, AftersalesCommon


@tagged("post_install", "-at_install")
class TestOddSales(AftersalesCommon):
    """Sales that the matrix has no axis for: each is right, or refused by name."""

    def test_a_service_is_refunded_without_a_return(self):
        """A reading with the author was cancelled: an allowance, nothing to take back."""
        reading = self.env["product.product"].create(
            {
                "name": "Reading with the author",
                "type": "service",
                "list_price": 20.0,
                "invoice_policy": "order",
                "taxes_id": [Command.set(self.tax.ids)],
            }
        )
        order = self.env["sale.order"].create(
            {
                "partner_id": self.reader.id,
                "order_line": [Command.create({"product_id": reading.id})],
            }
        )
        order.action_confirm()
        self._invoice(order)
        ticket = self._case(order, {}, "transit_damage", line_ids=self._line(order, reading))
        refused = self.assertRaisesRegex(UserError, f"{ticket.number}.*needs the delivery")
        with refused, self.cr.savepoint():
            ticket.line_ids.with_user(self.agent).action_propose("return_refund")
        self._agree(ticket, "refund_only")
        ticket.with_user(self.agent).action_post_refunds()
        self.assertEqual(ticket.refund_ids.credit_note_id.amount_total, 21.8)
        self.assertEqual(order.order_line.qty_to_invoice, 0)

    def _line(self, order, product):
        return [Command.create({"product_id": product.id, "sale_line_id": order.order_line[:1].id})]

    def test_a_closed_period(self):
        """Today is closed: refused by name and nothing half-posted; once open, it is posted."""
        order = self._sell({self.run_1: 2})
        ticket = self._case(order, {self.run_1: 1})
        resolution = self._agree(ticket, "return_refund")
        self._receive(resolution)
        self._inspect(resolution)
        self.company.fiscalyear_lock_date = fields.Date.today()
        refused = self.assertRaisesRegex(UserError, f"{ticket.number}.*Lock Date")
        with refused, self.cr.savepoint():  # the web client rolls the request back
            ticket.with_user(self.agent).action_post_refunds()
        self.assertEqual(ticket.refund_ids.state, "approved")
        self.assertFalse(ticket.refund_ids.credit_note_id)
        self.assertEqual(order.order_line.product_uom_qty, 2)
        self.company.fiscalyear_lock_date = fields.Date.subtract(fields.Date.today(), days=1)
        ticket.with_user(self.agent).action_post_refunds()
        self.assertEqual(ticket.refund_ids.credit_note_id.amount_total, 65.18)
        self.assertEqual(order.order_line.qty_to_invoice, 0)

    def test_print_runs_were_introduced_since(self):
        """Sold before the title had lots; it comes back into the run that is read off it."""
        poems = self._create_title("Poems", "9787532725694", 30.0, tracking="none")
        self.env["stock.quant"]._update_available_quantity(poems, self.house.lot_stock_id, 10)
        order = self.env["sale.order"].create(
            {
                "partner_id": self.reader.id,
                "order_line": [Command.create({"product_id": poems.id, "product_uom_qty": 2})],
            }
        )
        order.action_confirm()
        self._validate(order.picking_ids)
        self._invoice(order)
        poems.tracking = "lot"
        run = self.env["stock.lot"].create({"name": "POEMS-1-1", "product_id": poems.id})
        move = order.picking_ids.move_ids
        line = {"product_id": poems.id, "delivery_move_id": move.id, "quantity": 1}
        ticket = self._case(order, {}, line_ids=[Command.create(line)])
        resolution = self._agree(ticket, "return_refund")
        moves = resolution.sudo().effect_ids.move_ids
        moves.move_line_ids.lot_id = run
        self._receive(resolution)
        self.assertEqual(self._quarantined(run), 1)
        self.assertEqual(ticket.line_ids.claimable_quantity, 1)

    def test_an_order_of_another_company(self):
        """An agent of one house cannot claim what another delivered."""
        other = self.env["res.company"].create({"name": "Another House"})
        order = self._sell({self.run_1: 1})
        with self.assertRaisesRegex(UserError, "Another House"):
            self.env["helpdesk.ticket"].create(
                {
                    "name": "Whose book is it?",
                    "is_aftersales": True,
                    "partner_id": self.reader.id,
                    "company_id": other.id,
                    "team_id": False,
                    "case_type_id": self._case_type("misprint").id,
                    "line_ids": [
                        Command.create(
                            {
                                "product_id": self.novel.id,
                                "delivery_move_id": order.picking_ids.move_ids.id,
                                "lot_id": self.run_1.id,
                            }
                        )
                    ],
                }
            )

    def test_exchange_of_an_exchange_then_refund(self):
        """The replacement is faulty too, and so is its own: the reader wants the money."""
        order = self._sell({self.run_1: 1})
        before = self._order_figures(order)
        delivered = order.picking_ids.move_ids
        for _round in range(2):
            ticket = self._case_on(order, delivered)
            resolution = self._agree(ticket, "exchange")
            self._receive(resolution)
            self._inspect(resolution, disposition="pulp")
            self._ship(resolution)
            self.assertEqual(self._order_figures(order), before)
            delivered = resolution.sudo().effect_ids.move_ids.filtered(
                lambda move: move.location_dest_usage == "customer"
            )
        ticket = self._case_on(order, delivered)
        resolution = self._agree(ticket, "return_refund")
        self._receive(resolution)
        self._inspect(resolution)
        ticket.with_user(self.agent).action_post_refunds()
        self.assertEqual(ticket.refund_ids.amount, order.invoice_ids[-1:].amount_total)
        self.assertEqual(
            self._order_figures(order),
            {"ordered": 0, "delivered": 0, "invoiced": 0, "to_invoice": 0, "status": "invoiced"},
        )

    def _case_on(self, order, move):
        line = {
            "product_id": self.novel.id,
            "delivery_move_id": move.id,
            "lot_id": move.move_line_ids.lot_id.id,
            "defect_ids": [Command.set(self._defect("loose_leaves").ids)],
        }
        return self._case(order, {}, line_ids=[Command.create(line)])

    def test_return_before_the_invoice(self):
        """Sent back before it was billed: taken back, never billed, nothing to refund."""
        order = self._sell({self.run_1: 3}, invoice=False)
        ticket = self._case(order, {self.run_1: 1})
        with self.assertRaisesRegex(UserError, "not invoiced yet"), self.cr.savepoint():
            ticket.line_ids.with_user(self.agent).action_propose("return_refund")
        self._agree(ticket, "exchange")
        self.assertEqual(order.order_line.qty_to_invoice, 3)

    def _finish(self, ticket, remedy, copies=1):
        """Carry out a remedy to the end; return its resolution."""
        resolution = self._agree(ticket, remedy, copies)
        self._receive(resolution)
        self._inspect(resolution, disposition="restock")
        if remedy == "exchange":
            self._ship(resolution)
        else:
            refund = ticket.refund_ids.with_user(self.finance)
            refund.filtered(lambda r: r.state == "to_approve").action_approve()
            refund.action_post()
            refund.action_pay()
        self.assertEqual(resolution.progress, "done")
        return resolution

    def test_print_runs_were_given_up_since(self):
        """Sold by print run, kept without since: what comes back still names its run."""
        order = self._sell({self.run_1: 3})
        before = self._order_figures(order)
        self.novel.tracking = "none"
        ticket = self._case(order, {self.run_1: 1})
        self._finish(ticket, "exchange")
        self.assertEqual(self._order_figures(order), before)
        ticket = self._case(order, {self.run_1: 1})
        self._finish(ticket, "return_refund")
        self.assertEqual(ticket.refund_ids.amount, 65.18)
        self.assertEqual(self._quarantined(self.run_1), 0)
        self.assertEqual(order.order_line.qty_delivered, 2)
        self.assertEqual(ticket.line_ids.claimable_quantity, 1)

    def _sell_on_account(self, copies):
        """Sell a title that neither purchase nor sale was billed for; return order and line."""
        poems = self._create_title("Poems", ISBNS[2], 30.0, tracking="none")
        self.env["stock.quant"]._update_available_quantity(poems, self.house.lot_stock_id, 40)
        order = self.env["sale.order"].create(
            {
                "partner_id": self.reader.id,
                "order_line": [Command.create({"product_id": poems.id, "product_uom_qty": copies})],
            }
        )
        order.action_confirm()
        self._validate(order.picking_ids)
        move = order.picking_ids.move_ids
        return order, {"product_id": poems.id, "delivery_move_id": move.id}

    def test_the_unit_of_the_title_was_changed(self):
        """Before the first bill Odoo relabels three copies as three dozens; so do the cases."""
        order, line = self._sell_on_account(3)
        ticket = self._case(order, {}, line_ids=[Command.create(line)])
        resolution = self._agree(ticket, "exchange")
        dozen = self.env.ref("uom.product_uom_dozen")
        order.order_line.product_id.uom_id = dozen
        self.assertEqual((ticket.line_ids.product_uom_id, ticket.line_ids.quantity), (dozen, 1))
        self._receive(resolution)
        self._inspect(resolution, disposition="restock")
        self._ship(resolution)
        self.assertEqual(resolution.progress, "done")
        ticket.line_ids.invalidate_recordset()
        self.assertEqual(ticket.line_ids.claimable_quantity, 2)
        self._invoice(order)
        later = self._case(order, {}, line_ids=[Command.create(line)])
        self._finish(later, "return_refund")
        self.assertEqual(later.refund_ids.amount, 32.7)
        self.assertEqual(order.order_line.qty_to_invoice, 0)

    def test_a_case_in_another_unit_than_the_title(self):
        """As with orders, Odoo's correction of the unit is refused then, naming the case."""
        order, line = self._sell_on_account(12)
        dozen = self.env.ref("uom.product_uom_dozen")
        ticket = self._case(order, {}, line_ids=[Command.create(line)])
        ticket.line_ids.product_uom_id = dozen
        with self.assertRaisesRegex(UserError, f"{ticket.number}.*Dozens.*Units"):
            order.order_line.product_id.uom_id = dozen

    def test_consumables(self):
        """Bookmarks are not counted in stock: exchanged and refunded like books."""
        bookmark = self._create_title("Bookmark", False, 5.0, is_storable=False, tracking="none")
        order = self.env["sale.order"].create(
            {
                "partner_id": self.reader.id,
                "order_line": [Command.create({"product_id": bookmark.id, "product_uom_qty": 3})],
            }
        )
        order.action_confirm()
        self._validate(order.picking_ids)
        self._invoice(order)
        before = self._order_figures(order)
        move = order.picking_ids.move_ids
        line = {"product_id": bookmark.id, "delivery_move_id": move.id, "quantity": 1}
        exchanged = self._case(order, {}, "transit_damage", line_ids=[Command.create(line)])
        self._finish(exchanged, "exchange")
        self.assertEqual(self._order_figures(order), before)
        refunded = self._case(order, {}, "transit_damage", line_ids=[Command.create(line)])
        self._finish(refunded, "return_refund")
        self.assertEqual(refunded.refund_ids.amount, 5.45)
        self.assertEqual(
            self._order_figures(order),
            {"ordered": 2, "delivered": 2, "invoiced": 2, "to_invoice": 0, "status": "invoiced"},
        )
        self.assertEqual(refunded.line_ids.claimable_quantity, 1)
