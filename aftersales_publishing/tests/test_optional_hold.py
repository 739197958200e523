from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import ISBNS, AftersalesCommon

REFUSED = r"NOVEL-1-1.*Red Mansions.*on hold.*glue.*Take another"


class HeldCommon(AftersalesCommon):
    """The first impression is on hold; the second is not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.held, cls.safe = cls.run_1, cls.run_2
        cls.held.with_user(cls.quality).action_hold("glue does not hold")
        cls.shelf = cls.house.lot_stock_id

    def setUp(self):
        super().setUp()
        self.stocked = self._stock(self.held)

    def _refused(self, ship):
        """Whatever was tried, the copies lie where they lay."""
        with self.assertRaisesRegex(UserError, REFUSED), self.cr.savepoint():
            ship()
        self.env.invalidate_all()
        self.assertEqual(self._stock(self.held), self.stocked)

    def _order(self, product, quantity, **vals):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.reader.id,
                "order_line": [
                    Command.create({"product_id": product.id, "product_uom_qty": quantity, **vals})
                ],
            }
        )
        order.action_confirm()
        return order

    def _give(self, move, lot, **vals):
        """Type a print run into a move, whatever was reserved."""
        move.picked = False
        move._do_unreserve()
        command = self._line_vals(move, lot, move.product_uom_qty)
        command[2].update(vals)
        move.move_line_ids = [command]
        move.picked = True


@tagged("-standard", "-at_install", "post_install", "optional_modules")
class TestHeldDropship(HeldCommon):
    """The printer sends a held run straight to the reader (R4.3)."""

    needs_modules = {"stock_dropshipping"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.novel.seller_ids = [Command.create({"partner_id": cls.printer.id, "price": 10.0})]

    def _dropship(self):
        route = self.env.ref("stock_dropshipping.route_drop_shipping")
        order = self._order(self.novel, 2, route_ids=route.ids)
        purchase = order.order_line.purchase_line_ids.order_id
        purchase.button_confirm()
        return purchase.picking_ids

    def test_the_run_is_chosen(self):
        picking = self._dropship()
        self._give(picking.move_ids, self.held)
        self._refused(picking.button_validate)

    def test_the_run_is_typed(self):
        """By its name, as on every receipt: Odoo finds the print run when the transfer is done."""
        picking = self._dropship()
        self._give(picking.move_ids, self.held, lot_id=False, lot_name=self.held.name)
        self._refused(picking.button_validate)

    def test_another_run_is_sent(self):
        picking = self._dropship()
        self._give(picking.move_ids, self.held, lot_id=False, lot_name="NOVEL-1-3")
        self._validate(picking)
        self.assertEqual(picking.move_line_ids.lot_id.name, "NOVEL-1-3")


@tagged("-standard", "-at_install", "post_install", "optional_modules")
class TestHeldBatch(HeldCommon):
    """Several deliveries are picked in one go, one of them of the held run (R4.3)."""

    needs_modules = {"stock_picking_batch"}

    def setUp(self):
        super().setUp()
        good, bad = (self._order(self.novel, 2).picking_ids for _ in range(2))
        self.assertEqual((good | bad).move_line_ids.lot_id, self.safe)
        self._give(good.move_ids, self.safe)
        self._give(bad.move_ids, self.held)
        self.pickings = good | bad

    def test_batch(self):
        """Nothing of the batch leaves before the held run is taken out of it."""
        batch = self.env["stock.picking.batch"].create(
            {"picking_ids": [Command.set(self.pickings.ids)], "company_id": self.company.id}
        )
        batch.action_confirm()
        batch.move_ids.picked = True
        self._refused(batch.with_context(skip_sms=True).action_done)
        self.assertEqual(set(self.pickings.mapped("state")), {"assigned"})
        self._give(self.pickings[1].move_ids, self.safe)
        self.assertIs(batch.with_context(skip_sms=True).action_done(), True)
        self.assertEqual(set(self.pickings.mapped("state")), {"done"})

    def test_wave(self):
        """A wave takes lines instead of transfers."""
        wave = self.env["stock.picking.batch"].create(
            {"is_wave": True, "company_id": self.company.id}
        )
        self.pickings.move_line_ids._add_to_wave(wave)
        wave.action_confirm()
        wave.move_ids.picked = True
        self._refused(wave.with_context(skip_sms=True).action_done)


@tagged("-standard", "-at_install", "post_install", "optional_modules")
class TestHeldMade(HeldCommon):
    """Boxes of two volumes are packed in the house: a held volume would leave in a box (R4.3)."""

    needs_modules = {"mrp"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls._create_title("A Dream of Red Mansions II", ISBNS[2], 59.8)
        cls.second_run = cls._print(cls.second, "NOVEL-II-1-1", 1, 50, 12.0, cls.printer)
        cls.box = cls._create_title("A Dream of Red Mansions, boxed", False, 99.0)
        cls.bom = cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": cls.box.product_tmpl_id.id,
                "bom_line_ids": [
                    Command.create({"product_id": title.id, "product_qty": 1})
                    for title in (cls.novel, cls.second)
                ],
            }
        )

    def _make(self, boxes):
        order = self.env["mrp.production"].create(
            {"product_id": self.box.id, "bom_id": self.bom.id, "product_qty": boxes}
        )
        order.action_confirm()
        order.action_assign()
        order.lot_producing_ids = self.env["stock.lot"].create(
            {"name": f"BOX-{order.id}", "product_id": self.box.id}
        )
        order.qty_producing = boxes
        order._set_qty_producing()
        return order

    def _volume(self, order):
        return order.move_raw_ids.filtered(lambda move: move.product_id == self.novel)

    def test_boxes_are_packed_of_the_safe_run(self):
        """Neither reserving nor typing how many were made takes a copy of the held one."""
        order = self._make(250)
        self.assertEqual(self._volume(order).move_line_ids.lot_id, self.safe)

    def test_the_run_is_given_by_hand(self):
        order = self._make(2)
        self._give(self._volume(order), self.held)
        self._refused(order.with_context(skip_consumption=True).button_mark_done)

    def test_held_while_it_waits(self):
        """What is reserved for the box is freed, and the run's log names the order."""
        self.held.with_user(self.quality).action_release()
        order = self._make(2)
        move = self._volume(order)
        self._give(move, self.held)
        self.held.with_user(self.quality).action_hold("glue does not hold")
        self.assertFalse(move.move_line_ids)
        self.assertIn(order.name, self.held.message_ids[0].body)

    def test_a_held_box_is_taken_apart(self):
        """Its volumes are free again; the box itself cannot leave either."""
        order = self._make(2)
        order.with_context(skip_consumption=True).button_mark_done()
        self.assertEqual(order.state, "done")
        box = order.lot_producing_ids
        box.with_user(self.quality).action_hold("the boxes are too tight")
        delivery = self._order(self.box, 1).picking_ids
        self.assertFalse(delivery.move_line_ids)
        self.env["mrp.unbuild"].create(
            {
                "product_id": self.box.id,
                "mo_id": order.id,
                "lot_id": box.id,
                "product_qty": 1,
                "location_id": self.shelf.id,
                "location_dest_id": self.shelf.id,
            }
        ).action_unbuild()
        self.assertEqual(self._stock(box), 1)

    def test_a_kit(self):
        """A set that is no product of its own: the volumes leave by themselves."""
        self.bom.type = "phantom"
        self.box.write({"is_storable": False, "tracking": "none"})
        picking = self._order(self.box, 2).picking_ids
        move = picking.move_ids.filtered(lambda move: move.product_id == self.novel)
        self.assertEqual(move.move_line_ids.lot_id, self.safe)
        self._give(move, self.held)
        picking.move_ids.picked = True
        self._refused(picking.with_context(skip_sms=True).button_validate)
