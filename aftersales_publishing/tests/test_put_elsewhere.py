from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from . import invariants
from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestPutElsewhere(AftersalesCommon):
    """The clerk put a copy in the wrong place; it is brought back and put where it belongs (R6.6)."""

    def setUp(self):
        super().setUp()
        self.order = self._sell({self.run_1: 3})
        self.hurt = self.company.aftersales_hurt_location_id
        self.on_shelf = self._stock(self.run_1)

    def _inspected(self, disposition, copies=1):
        ticket = self._case(self.order, {self.run_1: copies})
        resolution = self._agree(ticket, "exchange")
        self._receive(resolution)
        return self._inspect(resolution, disposition=disposition)

    def _where(self):
        """Return the copies on the shelf (beyond those before), in hurt stock and quarantine."""
        return (
            self._stock(self.run_1) - self.on_shelf,
            self._stock(self.run_1, self.hurt),
            self._quarantined(self.run_1),
        )

    def assertSound(self):
        self._end_of_request()
        self.assertEqual(invariants.find_breaches(self.env), [])

    def test_from_the_shelf_to_hurt_stock_and_back(self):
        inspection = self._inspected("restock", 2)
        self.assertEqual(self._where(), (2, 0, 0))
        first = inspection.move_id
        inspection.action_correct("hurt", "a corner is bent")
        self.assertEqual((self._where(), inspection.disposition), ((0, 2, 0), "hurt"))
        back = first.returned_move_ids
        self.assertEqual((back.state, back.origin_returned_move_id), ("done", first))
        inspection.action_correct("hurt", "again")
        inspection.action_correct("restock", "it is not")
        self.assertEqual(self._where(), (2, 0, 0))
        events = inspection.sudo().ticket_id.event_ids.filtered(lambda e: e.code == "put_elsewhere")
        self.assertEqual(len(events), 2)
        self.assertIn("a corner is bent", events.sorted("id")[0].note)
        self.assertSound()

    def test_by_the_dialog(self):
        """Kept in quarantine by mistake: to the shelf."""
        inspection = self._inspected("quarantine")
        self.assertTrue(inspection.can_correct)
        action = inspection.action_open_correct()
        Wizard = self.env[action["res_model"]].with_user(self.warehouse)
        with Form(Wizard.with_context(**action["context"])) as form:
            self.assertEqual(form.was, "quarantine")
            form.disposition, form.reason = "restock", "wrong key"
        form.record.action_confirm()
        self.assertEqual(self._where(), (1, 0, 0))
        self.assertSound()

    def test_quarantine_again(self):
        """From there it can go back to the reader, or wait to be pulped."""
        inspection = self._inspected("hurt")
        inspection.action_correct("quarantine", "wrong key")
        self.assertEqual((self._where(), inspection.quantity_in_quarantine), ((0, 0, 1), 1))
        inspection.action_correct("pulp", "mould")
        self.assertEqual(inspection.pulp_state, "draft")
        inspection.action_correct("hurt", "no mould")
        self.assertEqual((self._where(), inspection.pulp_list_id.id), ((0, 1, 0), False))
        self.assertSound()

    def test_returned_by_hand_before(self):
        """The warehouse has returned the transfer already: nothing is brought back twice."""
        inspection = self._inspected("restock")
        picking = inspection.sudo().move_id.picking_id
        wizard = self.env["stock.return.picking"].create({"picking_id": picking.id})
        wizard.product_return_moves.quantity = 1
        self._validate(self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"]))
        self.assertEqual(self._where(), (0, 0, 1))
        inspection.action_correct("hurt", "wrong key")
        self.assertEqual(self._where(), (0, 1, 0))
        self.assertSound()

    def test_not_there_any_more(self):
        """Somebody moved it on: it cannot be brought back, and nothing happens."""
        inspection = self._inspected("hurt")
        quants = self.env["stock.quant"].search(
            [("lot_id", "=", self.run_1.id), ("location_id", "=", self.hurt.id)]
        )
        quants.with_context(inventory_mode=True).inventory_quantity = 0
        quants.action_apply_inventory()
        number = inspection.sudo().ticket_id.number
        with self.assertRaisesRegex(UserError, f"Case {number}: 1 copies .* 0 are free there"):
            inspection.action_correct("restock", "wrong key")
        self.assertEqual(inspection.disposition, "hurt")

    def test_carried_on_to_a_shelf(self):
        """The copy lies on a shelf below by now: it is not taken from where it is no more."""
        inspection = self._inspected("restock")
        place = self.house.lot_stock_id
        shelf = self.env["stock.location"].create(
            {"name": "Shelf 3", "location_id": place.id, "usage": "internal"}
        )
        self._carry(place, shelf, self._at(place))
        with self.assertRaisesRegex(UserError, "1 copies .* 0 are free there"):
            inspection.action_correct("hurt", "a corner is bent")
        self._carry(shelf, place, 1)
        inspection.action_correct("hurt", "a corner is bent")
        self.assertEqual((self._where(), self._at(place)), ((0, 1, 0), 0))
        self.assertSound()

    def _at(self, place):
        """Copies at exactly this place."""
        domain = [("lot_id", "=", self.run_1.id), ("location_id", "=", place.id)]
        return sum(self.env["stock.quant"].search(domain).mapped("quantity"))

    def _carry(self, place, to, copies):
        """Move copies within the house by hand."""
        move = self.env["stock.move"].create(
            {
                "product_id": self.run_1.product_id.id,
                "product_uom_qty": copies,
                "location_id": place.id,
                "location_dest_id": to.id,
                "picking_type_id": self.house.int_type_id.id,
            }
        )
        move._action_confirm()
        move._action_assign()
        move.picked = True
        move._action_done()

    def test_pulped(self):
        """Approved: the manager takes it back first. Pulped: never."""
        inspection = self._inspected("pulp")
        pulp_list = inspection.sudo().pulp_list_id
        pulp_list.with_user(self.manager).action_approve()
        with self.assertRaisesRegex(UserError, "take the approval back first"):
            inspection.action_correct("restock", "wrong key")
        pulp_list.with_user(self.warehouse).action_done()
        self.assertFalse(inspection.can_correct)
        with self.assertRaisesRegex(UserError, "was pulped .*inventory adjustment"):
            inspection.action_correct("restock", "wrong key")

    def test_goes_back_to_the_reader(self):
        inspection = self._inspected("quarantine")
        resolution = inspection.sudo().resolution_id.with_user(self.agent)
        resolution.action_send_back("the reader wants it")
        with self.assertRaisesRegex(UserError, "goes back to the reader"):
            inspection.action_correct("restock", "wrong key")

    def test_only_some_go_back_to_the_reader(self):
        """Of three copies two go back; the third, on the shelf by mistake, is put elsewhere."""
        ticket = self._case(self.order, {self.run_1: 3})
        resolution = self._agree(ticket, "exchange")
        self._receive(resolution)
        waiting = resolution.sudo().inspection_ids.with_user(self.warehouse)
        waiting.action_split()
        inspections = resolution.sudo().inspection_ids.with_user(self.warehouse)
        third = inspections.filtered(lambda i: i.quantity == 1)
        others = inspections - third
        others.write({"grade": "reader_damage", "disposition": "quarantine"})
        third.write({"grade": "defective", "disposition": "restock"})
        inspections.action_done()
        resolution.action_send_back("the reader damaged them")
        with self.assertRaisesRegex(UserError, "goes back to the reader"):
            others.action_correct("hurt", "wrong key")
        third.action_correct("hurt", "a corner is bent")
        self.assertEqual(self._where(), (0, 1, 2))
        third.action_correct("quarantine", "look again")
        third.action_correct("hurt", "a corner is bent")
        self.assertEqual((self._where(), third.disposition), ((0, 1, 2), "hurt"))
        self.assertSound()

    def test_who_and_why(self):
        inspection = self._inspected("hurt")
        for user in (self.agent, self.finance, self.auditor):
            with self.assertRaises(AccessError):
                inspection.with_user(user).action_correct("restock", "wrong key")
        for disposition, reason in (("restock", " "), ("attic", "wrong key")):
            with self.assertRaisesRegex(UserError, "Choose where the copies go"):
                inspection.action_correct(disposition, reason)
