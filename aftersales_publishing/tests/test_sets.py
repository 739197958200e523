from contextlib import contextmanager

from odoo import Command
from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from . import invariants
from .common import AftersalesCommon

SET_ISBN, PART_ISBN = "9787540458027", "9787506365437"


class SetsCommon(AftersalesCommon):
    """A set of three volumes under one ISBN, of which the second is kept in stock by itself."""

    price, shares = 300.0, (33.33, 33.33, 33.34)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.epic = cls._create_title("The Epic, in Three Volumes", SET_ISBN, cls.price)
        cls.second = cls._create_title("The Epic, Volume 2", PART_ISBN, 0.0)
        cls.epic.product_tmpl_id.aftersales_volume_ids = [
            Command.create({"name": f"Volume {i}", "share": share})
            for i, share in enumerate(cls.shares, 1)
        ]
        cls.volumes = cls.epic.aftersales_volume_ids
        cls.volumes[1].part_product_id = cls.second
        cls.epic_run = cls._print(cls.epic, "EPIC-1-1", 1, 50, 60.0, cls.printer)
        cls._print(cls.epic, "EPIC-1-2", 2, 50, 60.0, cls.other_printer)
        cls.part_run_1 = cls._print(cls.second, "EPIC-II-1", 1, 10, 20.0, cls.printer)
        cls.part_run_2 = cls._print(cls.second, "EPIC-II-2", 2, 10, 20.0, cls.other_printer)
        cls.readers = cls.company.aftersales_customer_location_id

    def _case_on(self, order, volume=0, copies=1, **vals):
        """Take in a case on a volume (1 to 3), or on the whole set (0)."""
        ticket = self._case(order, {self.epic_run: copies}, **vals)
        if volume:
            ticket.line_ids.volume_id = self.volumes[volume - 1]
        return ticket

    def _settle(self, order, remedy, volume=0, copies=1):
        """Take a remedy through all desks, money paid out."""
        ticket = self._case_on(order, volume, copies)
        resolution = self._agree(ticket, remedy)
        if resolution.remedy_id.takes_back:
            self._receive_volume(resolution)
            self._inspect(resolution)
        if resolution.remedy_id.ships:
            self._ship(resolution)
        refunds = ticket.refund_ids.with_user(self.finance)
        if refunds:
            refunds.action_approve_and_post()
            refunds.action_pay()
        self._end_of_request()
        self.assertEqual(resolution.progress, "done")
        return resolution

    def _receive_volume(self, resolution, quantity=None):
        """Let the warehouse receive what comes; of a single volume it scans the print run."""
        returns = resolution.sudo().effect_ids.filtered(lambda e: e.kind == "return").move_ids
        lines = returns.filtered(lambda m: m.state == "assigned").move_line_ids
        lines.filtered(lambda line: not line.lot_id).lot_id = self.part_run_1
        return self._receive(resolution, quantity)

    def _propose(self, order, remedy, volume=0, copies=1):
        ticket = self._case_on(order, volume, copies)
        return ticket.line_ids.with_user(self.agent).action_propose(remedy)

    def _paid_back(self, order):
        return sum(order.invoice_ids.reversal_move_ids.mapped("amount_total"))

    def assertSound(self):
        self.assertEqual(invariants.find_breaches(self.env), [])


@tagged("post_install", "-at_install")
class TestSetExchange(SetsCommon):
    """Volume 2 of 3 has loose leaves: it comes back and another one leaves, while the order, which
    knows only sets, stays what it was (R6.3, I4)."""

    def setUp(self):
        super().setUp()
        self.order = self._sell({self.epic_run: 1})
        self.before = self._order_figures(self.order)

    def test_volume_two_of_three(self):
        """Over days: announced, received, inspected, shipped; each print run where it belongs."""
        value = self.second.total_value
        ticket = self._case_on(self.order, 2)
        resolution = self._agree(ticket, "exchange")
        self.assertEqual((resolution.progress, ticket.next_step), ("waiting_return", "receive"))
        self.assertEqual(self._order_figures(self.order), self.before)
        returned = self._receive_volume(resolution)
        self.assertFalse(returned.sale_id)
        self.assertEqual(self._quarantined(self.part_run_1), 1)
        self.assertEqual(self._quarantined(self.epic_run), 0)
        self.assertEqual(self.second.total_value, value, "what comes back is worth nothing")
        self.assertFalse(returned.move_ids.account_move_id)
        inspection = self._inspect(resolution)
        self.assertEqual(inspection.product_id, self.second)
        self.assertFalse(inspection.has_other_lot)
        shipped = self._ship(resolution)
        self.assertEqual(shipped.move_line_ids.lot_id, self.part_run_2, "not the faulty run")
        self.assertEqual(shipped.location_dest_id, self.readers)
        self.assertEqual(shipped.partner_id, self.reader)
        self.assertFalse(shipped.sale_id)
        self.assertEqual(self._order_figures(self.order), self.before)
        self.assertEqual(len(self.order.order_line), 1)
        self.assertEqual((resolution.progress, ticket.phase), ("done", "done"))
        self.assertEqual(self._stock(self.part_run_2), 9)
        self.assertSound()

    def test_cost_is_booked_once(self):
        """The volume given away is a cost of after-sales service, at what it costs now."""
        resolution = self._agree(self._case_on(self.order, 2), "exchange", advance=True)
        shipped = self._ship(resolution)
        entry = shipped.move_ids.account_move_id
        cost = self.readers.valuation_account_id
        stock = self.category.property_stock_valuation_account_id
        self.assertEqual(self._ledger(entry), {cost.code: 20.0, stock.code: -20.0})
        self._receive_volume(resolution)
        self._inspect(resolution)
        self.assertEqual(resolution.progress, "done")
        self.assertSound()

    def test_pulped(self):
        """Of the single volume, not of the set."""
        resolution = self._agree(self._case_on(self.order, 2), "exchange")
        self._receive_volume(resolution)
        self._inspect(resolution, disposition="pulp")
        self._pulp()
        pulp = self.company.aftersales_pulp_location_id
        self.assertEqual(self._stock(self.part_run_1, pulp), 1)
        self.assertEqual(self._quarantined(self.part_run_1), 0)

    def test_in_three_steps(self):
        """Pick, pack, ship: the volume arrives at the reader's, and nowhere on the order."""
        self.house.delivery_steps = "pick_pack_ship"
        resolution = self._agree(self._case_on(self.order, 2), "exchange", advance=True)
        for _step in range(3):
            self._ship(resolution)
        shipment = resolution.sudo().effect_ids.filtered(lambda e: e.kind == "shipment")
        self.assertEqual(shipment.state, "done")
        self.assertEqual(self._stock(self.part_run_1, self.readers), 1)
        self.assertEqual(self._order_figures(self.order), self.before)
        self.assertEqual(len(self.order.order_line), 1)

    def test_missing_volume_is_sent(self):
        """Volume 2 was not in the slipcase: it is sent, nothing comes back."""
        ticket = self._case_on(self.order, 2, case_type="lost", defects=())
        resolution = ticket.line_ids.with_user(self.agent).action_propose("reship")
        resolution.action_execute()
        self.assertEqual(ticket.line_ids.claimable_quantity, 0)
        self._ship(resolution)
        self.assertEqual(resolution.progress, "done")
        self.assertEqual(self._order_figures(self.order), self.before)
        self.assertSound()

    def test_volume_and_book_in_one_parcel(self):
        """One return for the warehouse; the order still knows nothing of the volume."""
        order = self._sell({self.epic_run: 1, self.run_1: 1})
        ticket = self._case(order, {self.epic_run: 1, self.run_1: 1})
        line = ticket.line_ids.filtered(lambda ln: ln.product_id == self.epic)
        line.volume_id = self.volumes[1]
        resolutions = self._agree(ticket, "exchange")
        returned = self._receive_volume(resolutions)
        self.assertEqual(len(returned), 1)
        self._inspect(resolutions)
        shipped = self._ship(resolutions)
        self.assertEqual(len(shipped), 2, "the volume leaves outside of the order")
        self.assertEqual(len(order.order_line), 2)
        self.assertEqual(order.order_line.mapped("qty_delivered"), [1, 1])
        self.assertEqual(set(resolutions.mapped("progress")), {"done"})
        self.assertSound()

    def test_no_single_volume_kept(self):
        for remedy in ("exchange", "return_refund"):
            with self.assertRaisesRegex(
                UserError, "no single volume is kept in stock for .*, Volume 1”.*whole set"
            ):
                self._propose(self.order, remedy, 1)

    def test_none_in_stock(self):
        (self.part_run_1 | self.part_run_2).with_user(self.quality).action_hold("all of them")
        with self.assertRaisesRegex(
            UserError,
            "0 safe copies of “.*Volume 2.*Receive single volumes, exchange the whole set",
        ):
            self._propose(self.order, "exchange", 2)

    def test_no_location_for_what_is_given(self):
        self.company.aftersales_customer_location_id = False
        resolution = self._propose(self.order, "exchange", 2)
        resolution.action_agree()
        with self.assertRaisesRegex(RedirectWarning, "Given to readers"):
            resolution.action_execute()


@tagged("post_install", "-at_install")
class TestSetExchangeFifo(TestSetExchange):
    """The same with first-in-first-out cost."""

    cost_method = "fifo"


@tagged("post_install", "-at_install")
class TestSetClaims(SetsCommon):
    """Whole sets and single volumes are claimed of the same copies, never beyond them (R6.4)."""

    def test_exchange_then_refund_then_the_rest(self):
        """Volume 2 exchanged, volume 1 refunded, volume 3 too: nothing is left of the set."""
        order = self._sell({self.epic_run: 1})
        self._settle(order, "exchange", 2)
        self._settle(order, "refund_only", 1)
        self._settle(order, "refund_only", 3)
        self.assertAlmostEqual(self._paid_back(order), round(327.0 * 0.6667, 2), 2)
        for volume in range(4):
            with self.assertRaisesRegex(UserError, "only 0 can still be"):
                self._propose(order, "refund_only", volume)
        self.assertSound()

    def test_two_cases_on_the_same_volume(self):
        order = self._sell({self.epic_run: 1})
        first, second = self._propose(order, "exchange", 2), self._propose(order, "exchange", 2)
        (first | second).action_agree("phone")
        first.action_execute()
        with self.assertRaisesRegex(UserError, "1 of “.*, Volume 2” .*only 0 can still be"):
            second.action_execute()
        self.assertFalse(second.sudo().effect_ids)

    def test_both_at_once(self):
        """Executed in one go, a volume and the whole set stand in each other's way."""
        order = self._sell({self.epic_run: 1})
        volume = self._propose(order, "refund_only", 1)
        whole = self._propose(order, "exchange")
        (volume | whole).action_agree("phone")
        result = (volume | whole).action_execute()
        self.assertIn("only 0 can still be", result["params"]["message"])
        self.assertEqual(len((volume | whole).sudo().effect_ids.resolution_id), 1)
        self.assertSound()

    def test_whole_set_after_a_volume(self):
        order = self._sell({self.epic_run: 1})
        self._agree(self._case_on(order, 2), "exchange")
        for remedy in ("exchange", "return_refund", "refund_only"):
            with self.assertRaisesRegex(UserError, "only 0 can still be"):
                self._propose(order, remedy)
        self._agree(self._case_on(order, 3), "refund_only")
        self.assertSound()

    def test_volume_after_the_whole_set(self):
        order = self._sell({self.epic_run: 1})
        self._agree(self._case_on(order), "exchange")
        with self.assertRaisesRegex(UserError, "only 0 can still be"):
            self._propose(order, "refund_only", 1)

    def test_volume_after_a_return_by_hand(self):
        """The warehouse takes the set back natively: nothing is left to claim."""
        order = self._sell({self.epic_run: 1})
        picking = order.picking_ids
        wizard = self.env["stock.return.picking"].create({"picking_id": picking.id})
        wizard.product_return_moves.quantity = 1
        returned = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        with self.assertRaisesRegex(UserError, "only 0 can still be"):
            self._propose(order, "refund_only", 1)
        returned.action_cancel()
        self._propose(order, "refund_only", 1)

    def test_two_sets(self):
        """Two sets: volume 2 of both, then volume 1 of one; no whole set is left."""
        order = self._sell({self.epic_run: 2})
        line = self._case_on(order, 2, 2).line_ids
        self._agree(line.ticket_id, "exchange")
        self.assertEqual(line.claimable_quantity, 0)
        first = self._case_on(order, 1, 2).line_ids
        self.assertEqual(first.claimable_quantity, 2)
        self._agree(first.ticket_id, "refund_only", 1)
        first.invalidate_recordset()
        self.assertEqual(first.claimable_quantity, 1)
        with self.assertRaisesRegex(UserError, "only 0 can still be"):
            self._propose(order, "exchange")
        self.assertSound()

    def test_one_set_of_two_stays_whole(self):
        """A volume of one set, and the other set as a whole."""
        order = self._sell({self.epic_run: 2})
        self._agree(self._case_on(order, 2), "exchange")
        self._agree(self._case_on(order, 3), "refund_only")
        whole = self._case_on(order).line_ids
        self.assertEqual(whole.claimable_quantity, 1)
        self._agree(whole.ticket_id, "exchange")
        with self.assertRaisesRegex(UserError, "only 0 can still be"):
            self._propose(order, "exchange", 2)
        self.assertSound()

    def test_cancelled_claims_are_free_again(self):
        order = self._sell({self.epic_run: 1})
        for remedy in ("exchange", "refund_only"):
            resolution = self._agree(self._case_on(order, 2), remedy)
            resolution.action_cancel("changed mind")
            line = resolution.line_id
            line.invalidate_recordset()
            self.assertEqual(line.claimable_quantity, 1)
        self._agree(self._case_on(order), "exchange")
        self.assertSound()

    def test_cancelled_return_is_free_again(self):
        """The warehouse cancels the return; meanwhile another case takes the set."""
        order = self._sell({self.epic_run: 1})
        resolution = self._agree(self._case_on(order, 2), "exchange")
        resolution.sudo().effect_ids.move_ids.picking_id.with_user(self.warehouse).action_cancel()
        self._end_of_request()
        self._agree(self._case_on(order), "exchange")
        with self.assertRaisesRegex(UserError, "only 0 can still be"):
            resolution.action_retry()

    def test_sent_back(self):
        """Damaged by the reader: the volume goes back and can be claimed again."""
        order = self._sell({self.epic_run: 1})
        before = self._order_figures(order)
        resolution = self._agree(self._case_on(order, 2), "exchange")
        self._receive_volume(resolution)
        self._inspect(resolution, grade="reader_damage")
        resolution.action_give_up_rest("tea")
        resolution.action_send_back("tea")
        moves = resolution.sudo().effect_ids.move_ids.returned_move_ids
        self._validate(moves.picking_id.with_user(self.warehouse))
        self.assertEqual(moves.location_dest_id, self.readers)
        self.assertEqual(self._quarantined(self.part_run_1), 0)
        resolution.line_id.invalidate_recordset()
        self.assertEqual(resolution.line_id.claimable_quantity, 1)
        self.assertEqual(self._order_figures(order), before)
        self._agree(self._case_on(order), "exchange")
        self.assertSound()

    def test_given_up(self):
        """One of two volumes arrives, the agent finishes with it."""
        order = self._sell({self.epic_run: 2})
        resolution = self._agree(self._case_on(order, 2, 2), "exchange")
        self._receive_volume(resolution, quantity=1)
        self._inspect(resolution)
        self._ship(resolution)
        resolution.action_give_up_rest("keeps the other")
        self.assertEqual(resolution.progress, "done")
        resolution.line_id.invalidate_recordset()
        self.assertEqual(resolution.line_id.claimable_quantity, 1)
        self.assertSound()

    def test_half_a_volume(self):
        order = self._sell({self.epic_run: 1})
        with self.assertRaisesRegex(UserError, "by whole volumes, not 0.5"):
            self._propose(order, "refund_only", 1, 0.5)

    def test_not_sent_yet(self):
        order = self._sell({self.epic_run: 1}, deliver=False, invoice=False)
        ticket = self._case(self._sell({self.epic_run: 1}), {self.epic_run: 1}, "late", ())
        ticket.line_ids.delivery_move_id = False
        ticket.line_ids.write({"sale_line_id": order.order_line.id, "volume_id": self.volumes[0]})
        with self.assertRaisesRegex(UserError, "for whole sets that were not sent yet"):
            ticket.line_ids.with_user(self.agent).action_propose("cancel_rest")


@tagged("post_install", "-at_install")
class TestSetRefund(SetsCommon):
    """The share of a volume is paid back, to the cent, and the order stays as it was."""

    price = 100.0

    def test_three_volumes_are_one_set(self):
        """At every price the volumes add up to what the set cost, tax and discount included."""
        for price, discount in ((100.0, 0.0), (59.8, 0.0), (128.35, 15.0), (0.05, 0.0)):
            with self.subTest(price=price, discount=discount):
                order = self._sell({self.epic_run: 1}, price_unit=price, discount=discount)
                before = self._order_figures(order)
                for volume in (3, 1, 2):
                    resolution = self._settle(order, "refund_only", volume)
                    note = resolution.sudo().ticket_id.refund_ids.credit_note_id
                    self.assertTrue(note.invoice_line_ids.aftersales_amount_only)
                invoice = order.invoice_ids.filtered(lambda m: m.move_type == "out_invoice")
                self.assertAlmostEqual(self._paid_back(order), invoice.amount_total, 2)
                self.assertEqual(self._order_figures(order), before)
        self.assertSound()

    def test_a_volume_that_is_kept_for_a_part(self):
        """Half of the share of volume 2 is compensated; refunded later, the other half is due."""
        order = self._sell({self.epic_run: 1})
        ticket = self._case_on(order, 2)
        resolution = self._agree(ticket, "compensation", percent=50, reason="a creased cover")
        self.assertEqual(resolution.amount, 18.17)
        ticket.refund_ids.with_user(self.finance).action_post()
        self.assertEqual(self._settle(order, "refund_only", 2).amount, 18.16)
        self._settle(order, "refund_only", 1)
        self._settle(order, "refund_only", 3)
        self.assertAlmostEqual(self._paid_back(order), 109.0, 2)
        self.assertSound()

    def test_one_share(self):
        """A third of 109.00, on the invoice line of the set, with its tax; no cost is touched."""
        order = self._sell({self.epic_run: 1})
        resolution = self._settle(order, "refund_only", 2)
        refund = resolution.sudo().ticket_id.refund_ids
        self.assertEqual(resolution.amount, 36.33)
        self.assertEqual((refund.state, refund.amount), ("paid", 36.33))
        line = refund.credit_note_id.invoice_line_ids
        self.assertEqual(line.tax_ids, self.tax)
        self.assertEqual(line.aftersales_origin_line_id, order.invoice_ids[:1].invoice_line_ids)
        self.assertIn("Volume 2", line.name)
        self.assertIn("Volume 2", refund.summary)
        self.assertFalse(
            refund.credit_note_id.line_ids.filtered(lambda ln: ln.display_type == "cogs")
        )

    def test_return_and_refund(self):
        """The volume comes back as itself, the set stays sold."""
        order = self._sell({self.epic_run: 1})
        before = self._order_figures(order)
        self._settle(order, "return_refund", 2)
        self.assertEqual(self._order_figures(order), before)
        self.assertEqual(self._paid_back(order), 36.33)
        self.assertEqual(self._quarantined(self.part_run_1), 1)
        self.assertSound()

    def test_whole_set_beside_shares(self):
        """Two sets of 65.18 and 65.19: volumes of one, then the other as a whole, in any order."""
        for steps in (
            [("refund_only", 1), ("return_refund", 0), ("refund_only", 2), ("refund_only", 3)],
            [("return_refund", 0), ("refund_only", 3), ("refund_only", 1), ("refund_only", 2)],
            [("refund_only", 2), ("refund_only", 1), ("refund_only", 3), ("refund_only", 0)],
        ):
            with self.subTest(steps=steps):
                order = self._sell({self.epic_run: 2}, price_unit=59.805)
                total = order.invoice_ids.amount_total
                paid = {}
                for remedy, volume in steps:
                    before = self._paid_back(order)
                    self._settle(order, remedy, volume)
                    paid[volume] = round(self._paid_back(order) - before, 2)
                self.assertAlmostEqual(paid[0], total / 2, delta=0.006)
                self.assertAlmostEqual(sum(paid.values()), total, 2)
        self.assertSound()

    def test_many_sets_to_the_cent(self):
        """Seven sets: three whole, the others by volume, by several at once."""
        order = self._sell({self.epic_run: 7}, price_unit=14.29)
        total = order.invoice_ids.amount_total
        for remedy, volume, copies in (
            ("refund_only", 1, 3),
            ("refund_only", 0, 1),
            ("refund_only", 2, 4),
            ("return_refund", 0, 2),
            ("refund_only", 3, 4),
            ("refund_only", 1, 1),
        ):
            self._settle(order, remedy, volume, copies)
        self.assertAlmostEqual(self._paid_back(order), total, 2)
        self.assertSound()

    def test_two_invoices(self):
        """Each set has an invoice of its own: the whole one is found beside the touched one."""
        order = self._sell({self.epic_run: 1})
        order.order_line.product_uom_qty = 2
        self._deliver(order, {self.epic: {self.epic_run: 1}})
        self._invoice(order)
        self._settle(order, "refund_only", 1)
        ticket = self._case_on(order)
        ticket.line_ids.delivery_move_id = order.picking_ids.sorted("id")[0].move_ids
        resolution = self._agree(ticket, "refund_only")
        self.assertEqual(resolution.amount, 109.0)

    def test_undone_by_finance(self):
        """Credit note reversed: the share can be paid back again, once."""
        order = self._sell({self.epic_run: 1})
        resolution = self._settle(order, "refund_only", 2)
        refund = resolution.sudo().ticket_id.refund_ids
        refund.with_user(self.finance).action_reverse("wrong account")
        self._end_of_request()
        with self.assertRaisesRegex(UserError, "only 0 can still be"):
            self._propose(order, "refund_only", 2)
        resolution.action_cancel("was a mistake")
        self._settle(order, "refund_only", 2)
        self.assertSound()

    def test_credited_by_hand_meanwhile(self):
        """Accounting credits the whole invoice: nothing is left for a volume."""
        order = self._sell({self.epic_run: 1})
        invoice = order.invoice_ids
        note = invoice._reverse_moves([{"invoice_date": invoice.invoice_date}])
        note.action_post()
        with self.assertRaisesRegex(UserError, "only 0 invoiced copies of “.*Volume 2” "):
            self._propose(order, "refund_only", 2)

    def test_shares_stay_once_refunded(self):
        """Else the second volume could be paid back at more than what is left of the set."""
        self._settle(self._sell({self.epic_run: 1}), "refund_only", 1)
        with self.assertRaisesRegex(UserError, "refunded at its share .* in case"):
            self.epic.product_tmpl_id.aftersales_volume_ids = [
                Command.update(self.volumes[0].id, {"share": 30.0}),
                Command.update(self.volumes[1].id, {"share": 36.66}),
            ]


@tagged("post_install", "-at_install")
class TestSetSetup(SetsCommon):
    """The manager names the volumes; other desks read them (I7)."""

    def test_a_set_is_duplicated_by_anybody_who_may_make_products(self):
        """Whoever has no after-sales role reads and copies products as before."""
        seller = new_test_user(
            self.env,
            "product_manager",
            groups="sales_team.group_sale_manager,product.group_product_manager",
            lang="en_US",
        )
        title = self.epic.product_tmpl_id.with_user(seller)
        title.read(["aftersales_volume_ids", "aftersales_part_ids"])
        self.assertFalse(title.copy().sudo().aftersales_volume_ids)
        copy = self.epic.product_tmpl_id.copy()
        self.assertEqual(copy.aftersales_volume_ids.mapped("name"), self.volumes.mapped("name"))
        self.assertNotEqual(copy.aftersales_volume_ids, self.volumes)

    def test_shares_add_up(self):
        title = self.epic.product_tmpl_id
        with self._refused("add up to 99.67 %, not to 100 %. Change them together"):
            title.aftersales_volume_ids = [Command.update(self.volumes[0].id, {"share": 33.0})]
        with self._refused("add up to 66.67 %"):
            self.volumes[0].unlink()
        with self._refused("add up to 110 %"):
            self.volumes.create({"product_tmpl_id": title.id, "name": "Volume 4", "share": 10.0})

    @contextmanager
    def _refused(self, message):
        with self.assertRaisesRegex(ValidationError, message), self.env.cr.savepoint():
            yield
        self.env.invalidate_all()

    def test_manager_edits_on_the_form(self):
        """Rights on products are not needed for that, and not given."""
        title = self.atlas.product_tmpl_id.with_user(self.manager)
        view = "aftersales_publishing.product_template_view_form_set"
        with Form(title, view) as form:
            for name in ("Maps", "Index"):
                with form.aftersales_volume_ids.new() as volume:
                    volume.name, volume.share = name, 50.0
        with Form(title, view) as form:
            with form.aftersales_volume_ids.edit(0) as volume:
                volume.share = 80.0
            with form.aftersales_volume_ids.edit(1) as volume:
                volume.share = 20.0
        self.assertEqual(title.aftersales_volume_ids.mapped("share"), [80.0, 20.0])
        with self.assertRaises(AccessError):
            title.name = "Other"
        with self.assertRaisesRegex(AccessError, "only volumes of this set"):
            title.aftersales_volume_ids = [Command.delete(self.volumes[0].id)]

    def test_other_desks_read(self):
        for user in (self.agent, self.warehouse, self.finance, self.quality, self.auditor):
            volume = self.volumes[0].with_user(user)
            self.assertEqual(volume.name, "Volume 1")
            with self.assertRaises(AccessError):
                volume.share = 10.0
            with self.assertRaises(AccessError):
                volume.product_tmpl_id.aftersales_volume_ids = [Command.clear()]

    def test_part_product(self):
        with self.assertRaisesRegex(ValidationError, "cannot stand for the single volume"):
            self.volumes[0].part_product_id = self.epic
        with self.assertRaisesRegex(ValidationError, "cannot stand for the single volume"):
            self.volumes[0].part_product_id = self.company.aftersales_allowance_product_id

    def test_volume_of_another_title(self):
        ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1})
        with self.assertRaisesRegex(ValidationError, "is no volume of"):
            ticket.line_ids.volume_id = self.volumes[0]

    def test_line_is_kept_while_a_remedy_lives(self):
        ticket = self._case_on(self._sell({self.epic_run: 1}), 2)
        ticket.line_ids.with_user(self.agent).action_propose("exchange")
        with self.assertRaisesRegex(UserError, "Cancel it first"):
            ticket.line_ids.volume_id = self.volumes[0]

    def test_picked_in_the_dialog(self):
        """Volumes 1 and 3 are faulty: one line each."""
        order = self._sell({self.epic_run: 1})
        self._agree(self._case_on(order, 2), "exchange")
        ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1})
        wizard = (
            self.env["aftersales.delivered.wizard"]
            .with_user(self.agent)
            .create({"ticket_id": ticket.id, "order_id": order.id})
        )
        line = wizard.line_ids
        self.assertTrue(wizard.has_volumes)
        self.assertEqual(line.claimable_quantity, 0, "no whole set is left")
        line.write({"volume_ids": [Command.set(self.volumes[1:].ids)], "quantity": 1})
        self.assertEqual(line.claimable_quantity, 0)
        with self.assertRaisesRegex(UserError, "0 copies of"):
            wizard.action_add()
        line.volume_ids = self.volumes[0] | self.volumes[2]
        self.assertEqual(line.claimable_quantity, 1)
        wizard.action_add()
        lines = ticket.line_ids.filtered("volume_id")
        self.assertEqual(lines.volume_id.mapped("name"), ["Volume 1", "Volume 3"])
        self.assertEqual(lines.mapped("claimable_quantity"), [1, 1])

    def test_pushed_by_a_platform(self):
        order = self._sell({self.epic_run: 1})

        def submit(**line):
            item = {
                "order_ref": order.name,
                "case_type": "misprint",
                "lines": [{"isbn": SET_ISBN, **line}],
            }
            (result,) = self.env["helpdesk.ticket"].with_user(self.agent).aftersales_submit([item])
            return result

        result = submit(volume="Volume 2")
        line = self.env["helpdesk.ticket"].browse(result["ticket_id"]).line_ids
        self.assertEqual((line.volume_id, line.claimable_quantity), (self.volumes[1], 1))
        self.assertEqual(submit(volume="Volume 9")["errors"][0]["code"], "unknown_volume")
        line.ticket_id.proof_ids.received = True
        self._agree(line.ticket_id, "exchange")
        self.assertEqual(submit(volume="Volume 2")["errors"][0]["code"], "over_claimed")
        self.assertEqual(submit()["errors"][0]["code"], "over_claimed")
        self.assertEqual(submit(volume="Volume 1")["errors"], [])
