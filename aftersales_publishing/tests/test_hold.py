from odoo import Command
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tests import Form, TransactionCase, new_test_user, tagged

from ..locking import lock_and_touch


@tagged("post_install", "-at_install")
class TestHold(TransactionCase):
    """The binder calls: in impression 2 of a novel, pages 33 to 48 are missing.

    Print quality puts the run on hold. From that moment no copy of it is promised, picked or
    shipped to a reader; impression 1 goes on selling, and the bad copies can be moved to
    quarantine and back to the printer.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.env.company.id)], limit=1
        )
        cls.stock = cls.warehouse.lot_stock_id
        cls.customers = cls.env.ref("stock.stock_location_customers")
        cls.book = cls.env["product.product"].create(
            {"name": "Novel", "is_storable": True, "tracking": "lot"}
        )
        cls.bad, cls.good = cls.env["stock.lot"].create(
            [
                {"name": "NOVEL-2", "product_id": cls.book.id, "impression": 2},
                {"name": "NOVEL-1", "product_id": cls.book.id, "impression": 1},
            ]
        )
        for lot in (cls.bad, cls.good):
            cls.env["stock.quant"]._update_available_quantity(cls.book, cls.stock, 5, lot_id=lot)
        cls.quality = new_test_user(
            cls.env,
            "as_quality",
            groups="aftersales_publishing.group_print_quality,stock.group_stock_user",
        )
        cls.picker = new_test_user(cls.env, "as_picker", groups="stock.group_stock_user")

    def _transfer(self, quantity, destination=None, source=None, **vals):
        """Return a confirmed and, as far as possible, reserved move of its own transfer."""
        destination, source = destination or self.customers, source or self.stock
        going_out = destination.usage == "customer"
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": (
                    self.warehouse.out_type_id if going_out else self.warehouse.int_type_id
                ).id,
                "location_id": source.id,
                "location_dest_id": destination.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.book.id,
                            "product_uom_qty": quantity,
                            "location_id": source.id,
                            "location_dest_id": destination.id,
                            **vals,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        picking.action_assign()
        return picking.move_ids

    def _by_hand(self, move, lot, quantity):
        """Do as a picker who scans a lot nobody proposed."""
        move.move_line_ids.unlink()
        move.move_line_ids = [
            Command.create(
                {
                    "picking_id": move.picking_id.id,
                    "product_id": move.product_id.id,
                    "lot_id": lot.id,
                    "quantity": quantity,
                }
            )
        ]
        move.picked = True

    def _hold(self):
        self.bad.with_user(self.quality).action_hold("pages 33-48 missing")

    # ------------------------------------------------------------------
    # Reservation
    # ------------------------------------------------------------------

    def test_held_run_is_not_reserved(self):
        """Six are ordered, five good copies lie there: five are reserved, one waits."""
        self._hold()
        move = self._transfer(6)
        self.assertEqual(move.move_line_ids.lot_id, self.good)
        self.assertEqual((move.quantity, move.state), (5, "partially_available"))

    def test_hold_frees_what_is_reserved(self):
        """What readers wait for from the bad run is freed; the good run stays reserved."""
        move = self._transfer(8)
        self.assertEqual(move.move_line_ids.lot_id, self.bad | self.good)
        self._hold()
        self.assertEqual(move.move_line_ids.lot_id, self.good)
        bad_quant = self.bad.quant_ids.filtered(lambda quant: quant.location_id == self.stock)
        self.assertEqual((bad_quant.quantity, bad_quant.reserved_quantity), (5, 0))
        move._action_assign()
        self.assertEqual(move.move_line_ids.lot_id, self.good)
        self.assertIn(move.picking_id.name, self.bad.message_ids[0].body)

    def test_release_lets_it_go(self):
        """The hold was a mistake: the waiting order gets the copies."""
        self._hold()
        move = self._transfer(8)
        self.bad.with_user(self.quality).action_release()
        move._action_assign()
        self.assertEqual((move.quantity, move.state), (8, "assigned"))

    def test_internal_reservation_is_left_alone(self):
        """Copies on their way to quarantine stay reserved for that."""
        move = self._transfer(5, self.env.company.aftersales_quarantine_location_id)
        self.assertEqual(move.move_line_ids.lot_id, self.bad)
        self._hold()
        self.assertEqual(move.quantity, 5)

    def test_picked_copies_are_not_shipped(self):
        """Pick and ship: the hold comes after the pick; the ship step lets go and stays so."""
        self.warehouse.delivery_steps = "pick_ship"
        self.env["stock.rule"].run(
            [
                self.env["stock.rule"].Procurement(
                    self.book,
                    8,
                    self.book.uom_id,
                    self.customers,
                    "Novel",
                    "S1",
                    self.env.company,
                    {"warehouse_id": self.warehouse, "date_planned": "2030-01-01"},
                )
            ]
        )
        pick = self.env["stock.move"].search([("product_id", "=", self.book.id)])
        pick.picked = True
        pick._action_done()
        ship = pick.move_dest_ids
        self.assertEqual(ship.move_line_ids.lot_id, self.bad | self.good)
        self._hold()
        self.assertEqual(ship.move_line_ids.lot_id, self.good)
        ship._action_assign()
        self.assertEqual(ship.move_line_ids.lot_id, self.good)

    def test_put_away_goes_on(self):
        """A run held on arrival is still brought to its shelf: it only may not leave."""
        self._hold()
        corner = self.warehouse.aftersales_quarantine_location_id
        first = self._transfer(2, corner)
        second = self.env["stock.move"].create(
            {
                "product_id": self.book.id,
                "product_uom_qty": 2,
                "location_id": corner.id,
                "location_dest_id": self.stock.id,
                "procure_method": "make_to_order",
                "move_orig_ids": [Command.link(first.id)],
            }
        )
        second._action_confirm()
        self._by_hand(first, self.bad, 2)
        first._action_done()
        self.assertEqual(second.move_line_ids.lot_id, self.bad)

    # ------------------------------------------------------------------
    # The last check
    # ------------------------------------------------------------------

    def test_scanned_by_hand_is_refused(self):
        """A picker scans the held run: the message names run, title, reason and remedy."""
        self._hold()
        move = self._transfer(1)
        self._by_hand(move, self.bad, 1)
        message = r"NOVEL-2.*Novel.*on hold.*pages 33-48 missing.*Take another"
        with self.assertRaisesRegex(UserError, message):
            move.picking_id.with_user(self.picker).button_validate()

    def test_held_run_goes_to_quarantine(self):
        """Bad copies are moved away by an ordinary transfer."""
        self._hold()
        quarantine = self.env.company.aftersales_quarantine_location_id
        move = self._transfer(5, quarantine)
        self._by_hand(move, self.bad, 5)
        move.picking_id.button_validate()
        self.assertEqual(self.bad.quant_ids.filtered("quantity").location_id, quarantine)

    def test_reader_can_send_back_a_held_run(self):
        """Copies sold before the hold come back."""
        sold = self._transfer(2)
        self._by_hand(sold, self.bad, 2)
        sold.picking_id.button_validate()
        self._hold()
        wizard = self.env["stock.return.picking"].create({"picking_id": sold.picking_id.id})
        wizard.product_return_moves.quantity = 2
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        back.move_ids.picked = True
        back.button_validate()
        self.assertEqual(back.state, "done")

    # ------------------------------------------------------------------
    # The run complained of
    # ------------------------------------------------------------------

    def test_replacement_from_another_run(self):
        """A replacement waits rather than repeat the defect, though the run is not on hold."""
        move = self._transfer(6, aftersales_excluded_lot_id=self.bad.id)
        self.assertEqual(move.move_line_ids.lot_id, self.good)
        self.assertEqual(move.quantity, 5)
        self.assertEqual(self._transfer(3).move_line_ids.lot_id, self.bad)
        self._by_hand(move, self.bad, 1)
        with self.assertRaisesRegex(UserError, "complained of"):
            move.picking_id.with_context(skip_backorder=True).button_validate()

    def test_backorder_remembers_the_run(self):
        """What could not be sent at once must not come from the bad run later either."""
        move = self._transfer(6, aftersales_excluded_lot_id=self.bad.id)
        move.picked = True
        move.picking_id.with_context(skip_backorder=True).button_validate()
        rest = self.env["stock.move"].search(
            [("product_id", "=", self.book.id), ("state", "!=", "done")]
        )
        self.assertEqual(rest.aftersales_excluded_lot_id, self.bad)
        self.assertFalse(rest.move_line_ids)

    def test_not_merged_with_an_ordinary_delivery(self):
        """An ordinary copy in the same parcel keeps a move of its own."""
        move = self._transfer(1, aftersales_excluded_lot_id=self.bad.id)
        other = move.copy({"aftersales_excluded_lot_id": False})
        other._action_confirm()
        self.assertEqual(len(move.picking_id.move_ids), 2)

    # ------------------------------------------------------------------
    # Who may, how often
    # ------------------------------------------------------------------

    def test_only_quality_may_hold(self):
        """A picker may neither hold nor release, nor tick the box behind the button."""
        with self.assertRaisesRegex(AccessError, "print quality"):
            self.bad.with_user(self.picker).action_hold("why not")
        with self.assertRaises(AccessError):
            self.bad.with_user(self.picker).on_hold = True
        self._hold()
        with self.assertRaises(AccessError):
            self.bad.with_user(self.picker).action_release()

    def test_twice_is_once(self):
        """Holding a held run and releasing a free one do nothing."""
        self._hold()
        notes = len(self.bad.message_ids)
        self._hold()
        self.assertEqual(len(self.bad.message_ids), notes)
        self.assertEqual(self.bad.hold_reason, "pages 33-48 missing")
        self.good.with_user(self.quality).action_release()
        self.assertFalse(self.good.message_ids.filtered(lambda note: "Released" in note.body))
        with self.assertRaisesRegex(UserError, "Say why"):
            self.good.with_user(self.quality).action_hold("  ")

    def test_wizard(self):
        """The button asks for the reason."""
        action = self.bad.with_user(self.quality).action_open_hold_wizard()
        model = self.env[action["res_model"]].with_user(self.quality)
        form = Form(model.with_context(**action["context"]))
        form.reason = "loose pages"
        form.save().action_hold()
        self.assertEqual((self.bad.on_hold, self.bad.hold_reason), (True, "loose pages"))

    # ------------------------------------------------------------------
    # Print run
    # ------------------------------------------------------------------

    def test_printer_comes_from_the_purchase(self):
        """The run received on a purchase order names its printer; a known printer is kept."""
        printer = self.env["res.partner"].create({"name": "Press One"})
        order = self.env["purchase.order"].create(
            {
                "partner_id": printer.id,
                "order_line": [Command.create({"product_id": self.book.id, "product_qty": 3})],
            }
        )
        order.button_confirm()
        receipt = order.picking_ids
        self.good.printer_id = self.env["res.partner"].create({"name": "Press Two"})
        receipt.move_ids.move_line_ids.unlink()
        vals = {"picking_id": receipt.id, "product_id": self.book.id}
        receipt.move_ids.move_line_ids = [
            Command.create({**vals, "lot_name": "NOVEL-3", "quantity": 2}),
            Command.create({**vals, "lot_id": self.good.id, "quantity": 1}),
        ]
        receipt.move_ids.picked = True
        receipt.with_user(self.picker).button_validate()
        lots = receipt.move_ids.move_line_ids.lot_id
        self.assertEqual(
            {lot.name: lot.printer_id.name for lot in lots},
            {"NOVEL-3": "Press One", "NOVEL-1": "Press Two"},
        )

    def test_a_deleted_row_cannot_be_locked(self):
        move = self._transfer(1)
        lock_and_touch(move)
        with self.assertRaises(ConcurrencyError):
            lock_and_touch(self.env["stock.move"].browse(move.id + 10_000_000))
