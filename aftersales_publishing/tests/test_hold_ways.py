from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import AftersalesCommon

REFUSED = r"NOVEL-1-1.*Red Mansions.*on hold.*glue.*Take another"


@tagged("post_install", "-at_install")
class TestHoldWays(AftersalesCommon):
    """The first impression is on hold. Whatever way a clerk knows to send a copy of it to somebody,
    it stays, and he reads why (R4.3)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.run_1.with_user(cls.quality).action_hold("glue does not hold")
        cls.shelf = cls.house.lot_stock_id
        cls.env.user.group_ids |= cls.env.ref("stock.group_tracking_lot")

    def setUp(self):
        super().setUp()
        self.stocked = self._stock(self.run_1)

    def _nothing_left(self):
        self.env.invalidate_all()
        self.assertEqual(self._stock(self.run_1), self.stocked)
        gone = self.env["stock.move.line"].search_count(
            [
                ("lot_id", "=", self.run_1.id),
                ("state", "=", "done"),
                ("location_dest_id.usage", "in", ("customer", "transit")),
            ]
        )
        self.assertFalse(gone)

    def _refused(self, ship, message=REFUSED):
        with self.assertRaisesRegex(UserError, message), self.cr.savepoint():
            ship()
        self._nothing_left()

    def _picking(self, destination, picking_type=None, source=None):
        """Return a transfer with the held copies given by hand, done at once."""
        source = source or self.shelf
        return self.env["stock.picking"].create(
            {
                "picking_type_id": (picking_type or self.house.out_type_id).id,
                "location_id": source.id,
                "location_dest_id": destination.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.novel.id,
                            "product_uom_qty": 2,
                            "location_id": source.id,
                            "location_dest_id": destination.id,
                            "picked": True,
                            "move_line_ids": [
                                Command.create(
                                    {
                                        "product_id": self.novel.id,
                                        "lot_id": self.run_1.id,
                                        "quantity": 2,
                                        "location_id": source.id,
                                        "location_dest_id": destination.id,
                                    }
                                )
                            ],
                        }
                    )
                ],
            }
        )

    # ------------------------------------------------------------------
    # Orders
    # ------------------------------------------------------------------
    def test_an_order_for_more_than_the_safe_copies(self):
        """250 are ordered, 200 are safe: the safe ones are reserved, the rest waits."""
        order = self.env["sale.order"].create(
            {
                "partner_id": self.reader.id,
                "order_line": [
                    Command.create({"product_id": self.novel.id, "product_uom_qty": 250})
                ],
            }
        )
        order.action_confirm()
        self.assertEqual(order.picking_ids.move_line_ids.lot_id, self.run_2)
        self.assertEqual(order.picking_ids.move_ids.quantity, 200)
        order.picking_ids.move_ids.quantity = 250  # typed by a picker who wants to be done
        self.assertEqual(order.picking_ids.move_line_ids.lot_id, self.run_2)
        self._nothing_left()

    def test_the_run_is_given_on_the_order_s_delivery(self):
        self._refused(lambda: self._sell({self.run_1: 2}))

    def test_an_exchange_never_sends_it(self):
        """With held copies left alone, no exchange is offered; one agreed before waits."""
        ticket = self._case(self._sell({self.run_2: 2}), {self.run_2: 1})
        with self.assertRaises(UserError), self.cr.savepoint():
            ticket.line_ids.with_user(self.agent).action_propose("exchange")
        self.run_1.with_user(self.quality).action_release()
        resolution = self._agree(ticket, "exchange")
        self._receive(resolution)
        self.run_1.with_user(self.quality).action_hold("glue does not hold")
        self._inspect(resolution)
        moves = resolution.sudo().effect_ids.filtered(lambda e: e.kind == "shipment").move_ids
        self.assertFalse(moves.move_line_ids)
        self._nothing_left()

    # ------------------------------------------------------------------
    # Transfers
    # ------------------------------------------------------------------
    def test_immediate_transfer(self):
        """Quantities typed into a new transfer and validated, without reserving anything."""
        self._refused(lambda: self._picking(self.customers).button_validate())

    def test_an_internal_transfer_sent_to_a_reader_after_all(self):
        """The destination is changed to the readers at the last moment."""
        corner = self.env.company.aftersales_quarantine_location_id
        picking = self._picking(corner, self.house.int_type_id)
        picking.action_confirm()
        picking.location_dest_id = self.customers
        picking.move_ids.location_dest_id = self.customers
        picking.move_line_ids.location_dest_id = self.customers
        self._refused(picking.button_validate)

    def test_one_line_of_an_internal_move_sent_to_a_reader(self):
        """Copies went to a corner of the house; afterwards one line of that is to end elsewhere."""
        corner = self.env.company.aftersales_quarantine_location_id
        quant = self.run_1.quant_ids.filtered(lambda q: q.location_id == self.shelf)
        quant.move_quants(location_dest_id=corner)
        line = self.env["stock.move.line"].search(
            [("lot_id", "=", self.run_1.id), ("location_dest_id", "=", corner.id)]
        )
        with self.assertRaisesRegex(UserError, REFUSED), self.cr.savepoint():
            line.location_dest_id = self.customers
        self.assertFalse(self._stock(self.run_1, self.customers))

    def test_to_another_company(self):
        transit = self.env.ref("stock.stock_location_inter_company")
        transit.active = True
        self._refused(lambda: self._picking(transit).button_validate())

    def test_a_whole_package(self):
        """The copies lie in a box; the box is sent as it is."""
        box = self.env["stock.package"].create({"name": "BOX-1"})
        quant = self.run_1.quant_ids.filtered(lambda q: q.location_id == self.shelf)
        quant.move_quants(package_dest_id=box)
        picking = self._picking(self.customers)
        picking.move_line_ids.write({"package_id": box.id, "result_package_id": box.id})
        self._refused(picking.button_validate)

    def test_relocated_to_the_readers(self):
        """Odoo's “relocate” moves stock without a transfer."""
        quant = self.run_1.quant_ids.filtered(lambda q: q.location_id == self.shelf)
        self._refused(lambda: quant.move_quants(location_dest_id=self.customers))

    def test_sent_by_the_printer_himself(self):
        """A drop shipment never passes the shelves."""
        printers = self.env.ref("stock.stock_location_suppliers")
        self._refused(lambda: self._picking(self.customers, source=printers).button_validate())

    def test_scrapped_to_the_readers(self):
        """Scrapping destroys copies; through the API somebody names the readers as the place."""
        scrap = self.env["stock.scrap"].create(
            {
                "product_id": self.novel.id,
                "lot_id": self.run_1.id,
                "scrap_qty": 2,
                "location_id": self.shelf.id,
                "scrap_location_id": self.customers.id,
            }
        )
        self._refused(scrap.action_validate)

    # ------------------------------------------------------------------
    # Corrections of what is done
    # ------------------------------------------------------------------
    def test_a_finished_delivery_is_corrected(self):
        """Delivered from the safe run, then the transfer is unlocked and the run changed."""
        order = self._sell({self.run_2: 2}, invoice=False)
        picking = order.picking_ids
        picking.is_locked = False

        def change(**vals):
            picking.move_line_ids.write(vals)
            self.env.flush_all()

        self._refused(lambda: change(lot_id=self.run_1.id))
        held = self.run_1.quant_ids.filtered(lambda quant: quant.location_id == self.shelf)
        self._refused(lambda: change(quant_id=held.id))  # as “Pick From” writes it
        self._refused(
            lambda: self.env["stock.move.line"].create(
                {
                    "picking_id": picking.id,
                    "move_id": picking.move_ids.id,
                    "product_id": self.novel.id,
                    "lot_id": self.run_1.id,
                    "quantity": 1,
                    "location_id": self.shelf.id,
                    "location_dest_id": self.customers.id,
                }
            )
        )

    def test_a_delivery_before_the_hold_can_be_put_right(self):
        """Three were noted, two were sent: fewer is no shipment, more would be one."""
        self.run_1.with_user(self.quality).action_release()
        picking = self._sell({self.run_1: 3}, invoice=False).picking_ids
        self.run_1.with_user(self.quality).action_hold("glue does not hold")
        picking.is_locked = False
        picking.move_line_ids.quantity = 2
        self.assertEqual(picking.move_ids.quantity, 2)
        with self.assertRaisesRegex(UserError, REFUSED), self.cr.savepoint():
            picking.move_line_ids.quantity = 4
            self.env.flush_all()

    # ------------------------------------------------------------------
    # What stays possible
    # ------------------------------------------------------------------
    def test_counted_and_scrapped(self):
        """A count and a scrap change what lies here; they send nothing to anybody."""
        quant = self.run_1.quant_ids.filtered(lambda q: q.location_id == self.shelf)
        quant.with_context(inventory_mode=True).inventory_quantity = self.stocked - 1
        quant.action_apply_inventory()
        self.assertEqual(self._stock(self.run_1), self.stocked - 1)
        scrap = self.env["stock.scrap"].create(
            {
                "product_id": self.novel.id,
                "lot_id": self.run_1.id,
                "scrap_qty": 1,
                "location_id": self.shelf.id,
                "scrap_location_id": self.company.aftersales_pulp_location_id.id,
            }
        )
        scrap.action_validate()
        self.assertEqual(scrap.state, "done")

    def test_back_to_the_printer(self):
        printers = self.env.ref("stock.stock_location_suppliers")
        picking = self._picking(printers)
        picking.button_validate()
        self.assertEqual(picking.state, "done")

    def test_the_form_of_a_delivery(self):
        """Typed into the form, the run is refused when the delivery is validated."""
        picking = self._picking(self.customers)
        form = Form(picking)
        form.note = "urgent"
        self._refused(form.save().button_validate)
