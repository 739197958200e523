from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import ISBNS, AftersalesCommon


@tagged("-standard", "-at_install", "post_install", "optional_modules")
class TestDropshipping(AftersalesCommon):
    """The printer sends the book straight to the reader; what is wrong comes back to us."""

    needs_modules = {"stock_dropshipping"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.novel.seller_ids = [Command.create({"partner_id": cls.printer.id, "price": 10.0})]
        cls.order = cls._sell_dropshipped(2)

    def setUp(self):
        super().setUp()
        self.before = self._order_figures(self.order)

    @classmethod
    def _sell_dropshipped(cls, quantity):
        """Sell copies of a run that never was in the house; return the order."""
        route = cls.env.ref("stock_dropshipping.route_drop_shipping")
        order = cls._sell({cls.run_1: quantity}, deliver=False, invoice=False, route_ids=route.ids)
        purchase = order.order_line.purchase_line_ids.order_id
        purchase.button_confirm()
        cls.dropped = cls.env["stock.lot"].create(
            {"name": "NOVEL-DROPPED", "product_id": cls.novel.id, "impression": 3}
        )
        move = purchase.picking_ids.move_ids
        move.move_line_ids.unlink()
        move.move_line_ids = [cls._line_vals(move, cls.dropped, quantity)]
        cls._validate(purchase.picking_ids)
        cls._invoice(order)
        return order

    def test_it_was_dropshipped(self):
        delivery = self.order.picking_ids
        self.assertTrue(delivery.is_dropship)
        self.assertEqual(self.before["delivered"], 2)

    def test_refund(self):
        """The copy comes to our quarantine at what the printer charged, the order is lowered."""
        ticket = self._case(self.order, {self.dropped: 1})
        resolution = self._agree(ticket, "return_refund")
        returned = self._receive(resolution).sudo()
        self.assertEqual(returned.location_dest_id, self.house.aftersales_quarantine_location_id)
        self.assertEqual(self._quarantined(self.dropped), 1)
        self.assertEqual(returned.move_ids.value, 10.0)
        self.assertFalse(returned.move_ids.purchase_line_id)
        self._inspect(resolution)
        refund = ticket.sudo().refund_ids
        if refund.state == "to_approve":
            refund.with_user(self.finance).action_approve()
        refund.with_user(self.finance).action_post()
        refund.with_user(self.finance).action_pay()
        self.assertEqual(refund.state, "paid")
        self.assertEqual(ticket.phase, "done")
        self.assertEqual(
            self._order_figures(self.order),
            {"ordered": 1, "delivered": 1, "invoiced": 1, "to_invoice": 0, "status": "invoiced"},
        )

    def test_exchange_from_own_stock(self):
        """The replacement leaves our shelves, nothing is bought from the printer again."""
        purchases = self.env["purchase.order"].search_count([])
        ticket = self._case(self.order, {self.dropped: 1}, "binding")
        resolution = self._agree(ticket, "exchange")
        self._receive(resolution)
        self._inspect(resolution)
        shipped = self._ship(resolution)
        self.assertEqual(shipped.picking_type_id, self.house.out_type_id)
        self.assertIn(shipped.move_line_ids.lot_id, self.run_1 | self.run_2)
        self.assertEqual(resolution.progress, "done")
        self.assertEqual(self._order_figures(self.order), self.before)
        self.assertEqual(self.env["purchase.order"].search_count([]), purchases)


@tagged("-standard", "-at_install", "post_install", "optional_modules")
class TestBatchTransfer(AftersalesCommon):
    """The warehouse takes parcels and replacements of several cases in one go."""

    needs_modules = {"stock_picking_batch"}

    def _validate_batch(self, pickings):
        batch = self.env["stock.picking.batch"].create(
            {"picking_ids": [Command.set(pickings.ids)], "company_id": self.company.id}
        )
        batch.action_confirm()
        batch.move_ids.picked = True
        self.assertIs(batch.with_context(skip_sms=True).action_done(), True)
        self._end_of_request()
        return batch

    def _pickings(self, resolutions, kind):
        effects = resolutions.sudo().effect_ids.filtered(lambda e: e.kind == kind)
        return effects.move_ids.picking_id

    def test_batches_receive_and_ship(self):
        orders = [self._sell({self.run_1: 2}) for _ in range(2)]
        tickets = [self._case(order, {self.run_1: 1}, "binding") for order in orders]
        resolutions = self.env["aftersales.resolution"].concat(
            *(self._agree(ticket, "exchange") for ticket in tickets)
        )
        batch = self._validate_batch(self._pickings(resolutions, "return"))
        self.assertEqual(batch.state, "done")
        self.assertEqual([ticket.next_step for ticket in tickets], ["inspect", "inspect"])
        self._inspect(resolutions)
        self._validate_batch(self._pickings(resolutions, "shipment"))
        self.assertEqual(resolutions.mapped("progress"), ["done", "done"])
        self.assertEqual([ticket.phase for ticket in tickets], ["done", "done"])


@tagged("-standard", "-at_install", "post_install", "optional_modules")
class TestKit(AftersalesCommon):
    """Two titles sold as a set under one price: each is complained of by itself (R6.3)."""

    needs_modules = {"mrp"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls._create_title("A Dream of Red Mansions II", ISBNS[2], 59.8)
        cls.second_run = cls._print(cls.second, "NOVEL-II-1-1", 1, 50, 12.0, cls.printer)
        cls.set = cls._create_title("A Dream of Red Mansions, two volumes", False, 99.0)
        cls.set.write({"is_storable": False, "tracking": "none"})
        cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": cls.set.product_tmpl_id.id,
                "type": "phantom",
                "bom_line_ids": [
                    Command.create({"product_id": title.id, "product_qty": 1})
                    for title in (cls.novel, cls.second)
                ],
            }
        )
        cls.order = cls._sell_sets(2)

    def setUp(self):
        super().setUp()
        self.before = self._order_figures(self.order)

    @classmethod
    def _sell_sets(cls, quantity):
        order = cls.env["sale.order"].create(
            {
                "partner_id": cls.reader.id,
                "order_line": [
                    Command.create({"product_id": cls.set.id, "product_uom_qty": quantity})
                ],
            }
        )
        order.action_confirm()
        cls._deliver(
            order, {cls.novel: {cls.run_1: quantity}, cls.second: {cls.second_run: quantity}}
        )
        cls._invoice(order)
        return order

    def test_one_volume_is_exchanged(self):
        """The set stays delivered and invoiced as it was, at every moment (I4)."""
        self.assertEqual(self.before["delivered"], 2)
        ticket = self._case(self.order, {self.run_1: 1}, "binding")
        resolution = self._agree(ticket, "exchange")
        self.assertEqual(self._order_figures(self.order), self.before)
        self._receive(resolution)
        self.assertEqual(self._order_figures(self.order), self.before)
        self._inspect(resolution)
        shipped = self._ship(resolution)
        self.assertEqual(shipped.move_line_ids.lot_id, self.run_2)
        self.assertEqual(shipped.move_ids.product_id, self.novel)
        self.assertEqual(resolution.progress, "done")
        self.assertEqual(self._order_figures(self.order), self.before)

    def test_a_volume_is_not_refunded_at_the_price_of_the_set(self):
        ticket = self._case(self.order, {self.run_1: 1})
        for remedy in ("return_refund", "refund_only"):
            with self.assertRaises(UserError) as refused:
                ticket.line_ids.with_user(self.agent).action_propose(remedy)
            self.assertIn(f"part of “{self.set.name}”", str(refused.exception))
        self.assertFalse(ticket.resolution_ids)

    def test_a_kit_is_no_next_edition(self):
        """It leaves in parts, which are no copies: refused on the list, and where it became one."""
        Edition = self.env["aftersales.next.edition"]
        names = {"product_id": self.novel.id, "next_product_id": self.set.id}
        refused = self.assertRaisesRegex(ValidationError, f"“{self.set.name}”.*is a kit")
        with refused, self.cr.savepoint():
            Edition.create(names)
        bom = self.set.bom_ids
        bom.active = False
        self.env.invalidate_all()  # of no stored field
        Edition.create(names)
        bom.active = True
        self.env.invalidate_all()
        ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1}, "wrong_edition")
        with self.assertRaisesRegex(UserError, "is a kit.*Refund the copy"):
            ticket.line_ids.with_user(self.agent).action_propose("new_edition")

    def test_no_more_volumes_than_delivered(self):
        ticket = self._case(self.order, {self.run_1: 2}, "binding")
        self._agree(ticket, "exchange")
        again = self._case(self.order, {self.run_1: 1}, "binding")
        with self.assertRaisesRegex(UserError, "only 0 can"):
            again.line_ids.with_user(self.agent).action_propose("exchange")


@tagged("-standard", "-at_install", "post_install", "optional_modules")
class TestCoupon(AftersalesCommon):
    """Ten per cent off for a code: the goods bear it, and so do their refunds (ADR 10)."""

    needs_modules = {"sale_loyalty"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = cls.env["loyalty.program"].create(
            {
                "name": "Book week",
                "program_type": "promo_code",
                "trigger": "with_code",
                "applies_on": "current",
                "rule_ids": [Command.create({"mode": "with_code", "code": "BOOKWEEK"})],
                "reward_ids": [
                    Command.create(
                        {
                            "reward_type": "discount",
                            "discount": 10,
                            "discount_mode": "percent",
                            "discount_applicability": "order",
                        }
                    )
                ],
            }
        )

    def _sell_with_coupon(self, copies):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.reader.id,
                "order_line": [
                    Command.create({"product_id": self.novel.id, "product_uom_qty": copies})
                ],
            }
        )
        [[coupon, reward]] = order._try_apply_code("BOOKWEEK").items()
        order._apply_program_reward(reward, coupon)
        order.action_confirm()
        self._deliver(order, {self.novel: {self.run_1: copies}})
        self._invoice(order)
        return order

    def _refund(self, order, remedy, copies=1):
        ticket = self._case(order, {self.run_1: copies})
        resolution = self._agree(ticket, remedy)
        if remedy == "return_refund":
            self._receive(resolution)
            self._inspect(resolution)
        refund = ticket.refund_ids.with_user(self.finance)
        refund.filtered(lambda r: r.state == "to_approve").action_approve()
        refund.action_post()
        refund.action_pay()
        self.assertEqual(ticket.phase, "done")
        return ticket.refund_ids.amount

    def test_refunds_bear_the_discount(self):
        """Copy by copy, with and without return, they add up to what was paid."""
        order = self._sell_with_coupon(3)
        paid = order.invoice_ids.amount_total
        self.assertEqual(paid, 175.99)
        amounts = [
            self._refund(order, "return_refund"),
            self._refund(order, "refund_only"),
            self._refund(order, "return_refund"),
        ]
        self.assertEqual(round(sum(amounts), 2), paid)
        self.assertLess(max(amounts) - min(amounts), 0.02)
        self.assertEqual(order.order_line.mapped("qty_to_invoice"), [0, 0])

    def test_exchange(self):
        order = self._sell_with_coupon(2)
        before = self._order_figures(order)
        ticket = self._case(order, {self.run_1: 1})
        resolution = self._agree(ticket, "exchange")
        self._receive(resolution)
        self._inspect(resolution)
        self._ship(resolution)
        self.assertEqual(resolution.progress, "done")
        self.assertEqual(self._order_figures(order), before)
