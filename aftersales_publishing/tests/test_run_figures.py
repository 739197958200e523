from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import AftersalesCommon

FIGURES = (
    "received",
    "sold",
    "returned",
    "kept",
    "stock",
    "quarantined",
    "complained",
    "confirmed",
)


@tagged("post_install", "-at_install")
class TestRunFigures(AftersalesCommon):
    """The lot form tells what became of a print run (R4.2), after every step, and so does the
    analysis of its printer."""

    def _figures(self, lot, user=None):
        lot.invalidate_recordset()
        lot = lot.with_user(user or self.quality)
        return {name: lot[f"{name}_quantity"] for name in FIGURES}

    def _assert(self, lot, **expected):
        nothing = dict.fromkeys(FIGURES, 0.0)
        self.assertEqual(self._figures(lot), {**nothing, **expected})

    def _send_back(self, order, lot, quantity, to_shelf=True):
        """Take copies back by Odoo's own return, without a case."""
        done = order.picking_ids.filtered(lambda p: p.state == "done")[:1]
        wizard = self.env["stock.return.picking"].create({"picking_id": done.id})
        wizard.product_return_moves.quantity = quantity
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        back.move_ids._do_unreserve()
        back.move_ids.move_line_ids = [self._line_vals(back.move_ids, lot, quantity)]
        self._validate(back)
        return back

    def test_received_and_sold(self):
        self._assert(self.run_1, received=200, stock=200)
        self._sell({self.run_1: 30, self.run_2: 5})
        self._assert(self.run_1, received=200, sold=30, kept=30, stock=170)
        self._assert(self.run_2, received=200, sold=5, kept=5, stock=195)

    def test_returned_and_sold_again(self):
        """Ten copies come back unsold from a shop and go to another reader."""
        order = self._sell({self.run_1: 30}, pay=False)
        self._send_back(order, self.run_1, 10)
        self._assert(self.run_1, received=200, sold=30, returned=10, kept=20, stock=180)
        self._sell({self.run_1: 10})
        self._assert(self.run_1, received=200, sold=40, returned=10, kept=30, stock=170)

    def test_complained_and_confirmed(self):
        """Four copies are complained of, three come back: two are defective, one is not."""
        ticket = self._case(self._sell({self.run_1: 30}), {self.run_1: 4})
        figures = {"received": 200, "sold": 30, "kept": 30, "stock": 170}
        self._assert(self.run_1, **figures, complained=4)
        resolution = self._agree(ticket, "return_refund", 3)
        self._assert(self.run_1, **figures, complained=4)
        self._receive(resolution)
        figures |= {"returned": 3, "kept": 27, "quarantined": 3}
        self._assert(self.run_1, **figures, complained=4)
        inspection = resolution.sudo().inspection_ids.with_user(self.warehouse)
        inspection.quantity = 2
        inspection.write({"grade": "defective", "disposition": "quarantine"})
        rest = resolution.sudo().inspection_ids - inspection
        rest.with_user(self.warehouse).grade = "as_new"
        (inspection | rest.with_user(self.warehouse)).action_done()
        self._assert(self.run_1, **figures, complained=4, confirmed=2)
        # 30 sold, 1 came back sound: 2 of 29
        self.assertAlmostEqual(self.run_1.with_user(self.quality).defect_rate, 2 / 29)
        table = self.run_1.with_user(self.quality).defect_table
        self.assertIn(self._defect("loose_leaves").name, table)

    def test_a_replacement_is_a_copy_of_another_run(self):
        """The exchange sends a copy of the second run, which counts as its own."""
        ticket = self._case(self._sell({self.run_1: 2}), {self.run_1: 1})
        resolution = self._agree(ticket, "exchange")
        self._receive(resolution)
        self._inspect(resolution)
        self._ship(resolution)
        self._assert(
            self.run_1,
            received=200,
            sold=2,
            returned=1,
            kept=1,
            stock=198,
            quarantined=1,
            complained=1,
            confirmed=1,
        )
        self._assert(self.run_2, received=200, sold=1, kept=1, stock=199)

    def test_what_a_reader_gets_back_was_not_returned(self):
        """The copy was damaged by the reader, who gets it back: as sold as it was before."""
        ticket = self._case(self._sell({self.run_1: 2}), {self.run_1: 1})
        resolution = self._agree(ticket, "return_refund")
        back = self._receive(resolution)
        self._inspect(resolution, grade="reader_damage")
        wizard = self.env["stock.return.picking"].create({"picking_id": back.sudo().id})
        wizard.product_return_moves.quantity = 1
        home = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        home.move_ids._do_unreserve()
        home.move_ids.move_line_ids = [self._line_vals(home.move_ids, self.run_1, 1)]
        self._validate(home)
        self._assert(self.run_1, received=200, sold=2, kept=2, stock=198, complained=1)

    def test_back_to_the_printer(self):
        """What goes back to the printer was not received."""
        receipt = (
            self.env["stock.move.line"]
            .search([("lot_id", "=", self.run_1.id), ("location_id.usage", "=", "supplier")])
            .picking_id
        )
        wizard = self.env["stock.return.picking"].create({"picking_id": receipt.id})
        wizard.product_return_moves.quantity = 50
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        back.move_ids._do_unreserve()
        back.move_ids.move_line_ids = [self._line_vals(back.move_ids, self.run_1, 50)]
        self._validate(back)
        self._assert(self.run_1, received=150, stock=150)

    def test_text_is_the_publishers(self):
        """A misprint is complained of, comes back and is confirmed: no defect of the printer."""
        ticket = self._case(self._sell({self.run_1: 10}), {self.run_1: 1}, defects=("misprint",))
        resolution = self._agree(ticket, "return_refund")
        self._receive(resolution)
        self._inspect(resolution)
        run = self.run_1.with_user(self.quality)
        self.assertEqual((run.complained_quantity, run.confirmed_quantity), (1, 0))
        self.assertIn("not the printer", run.defect_table)

    def test_one_copy_counts_once(self):
        """Creased and with loose leaves: one copy, under what the binder did."""
        ticket = self._case(
            self._sell({self.run_1: 10}), {self.run_1: 1}, defects=("creased_cover", "loose_leaves")
        )
        resolution = self._agree(ticket, "return_refund")
        self._receive(resolution)
        self._inspect(resolution)
        facts = self.env["aftersales.run.fact"].search(
            [("lot_id", "=", self.run_1.id), ("defect_id", "!=", False)]
        )
        self.assertEqual(facts.defect_id, self._defect("loose_leaves"))
        self.assertEqual((sum(facts.mapped("complained")), sum(facts.mapped("confirmed"))), (1, 1))

    def test_contradicted_copies_wait_for_the_agent(self):
        """As new where a defect was claimed: not confirmed, also when the claim is accepted."""
        ticket = self._case(self._sell({self.run_1: 10}), {self.run_1: 1})
        resolution = self._agree(ticket, "return_refund")
        self._receive(resolution)
        self._inspect(resolution, contradicts=True)
        self.assertEqual(self._figures(self.run_1)["confirmed"], 0)
        resolution.sudo().inspection_ids.with_user(self.agent).action_overrule("photo is clear")
        self.assertEqual(self._figures(self.run_1)["confirmed"], 1)

    def test_pirated_copies_are_not_ours(self):
        """Two came back with loose leaves; the paper shows that somebody else printed them."""
        ticket = self._case(self._sell({self.run_1: 30}), {self.run_1: 2}, "binding")
        resolution = self._agree(ticket, "return_refund")
        self._receive(resolution)
        self._inspect(resolution)
        figures = self._figures(self.run_1)
        self.assertEqual((figures["complained"], figures["confirmed"]), (2, 2))
        Verdict = self.env["aftersales.verdict"].with_user(self.quality)
        for party, counted in (("third_party", 0), ("printer", 2)):
            Verdict.create(
                {
                    "line_id": ticket.line_ids.id,
                    "reason": f"The paper tells: {party}",
                    "share_ids": [Command.create({"party": party})],
                }
            )
            figures = self._figures(self.run_1)
            self.assertEqual((figures["complained"], figures["confirmed"]), (counted, counted))
            facts = self.env["aftersales.run.fact"].with_user(self.quality)
            [(confirmed,)] = facts._read_group(
                [("printer_id", "=", self.printer.id)], [], ["confirmed:sum"]
            )
            self.assertEqual(confirmed, counted)

    # ------------------------------------------------------------------
    # Analysis
    # ------------------------------------------------------------------
    def test_analysis_agrees_with_the_form(self):
        """By printer, rates are weighed by copies: two runs, one of them small and bad."""
        small = self._print(self.atlas, "ATLAS-1-1", 1, 20, 30.0, self.printer)
        self._sell({self.run_1: 100})
        ticket = self._case(self._sell({small: 10}), {small: 2})
        resolution = self._agree(ticket, "return_refund")
        self._receive(resolution)
        self._inspect(resolution)
        facts = self.env["aftersales.run.fact"].with_user(self.quality)
        [(printer, sold, confirmed, rate)] = facts._read_group(
            [("printer_id", "=", self.printer.id)],
            ["printer_id"],
            ["sold:sum", "confirmed:sum", "defect_rate:avg"],
        )
        self.assertEqual((printer, sold, confirmed), (self.printer, 110, 2))
        self.assertAlmostEqual(rate, 2 / 110)
        by_title = dict(
            facts._read_group(
                [("printer_id", "=", self.printer.id)], ["product_id"], ["defect_rate:avg"]
            )
        )
        self.assertAlmostEqual(by_title[self.atlas.with_user(self.quality)], 0.2)
        for groupby in ("binder_id", "edition", "lot_id", "month:month", "defect_id"):
            groups = facts._read_group(
                [("product_id", "in", (self.novel | self.atlas).ids)], [groupby], ["sold:sum"]
            )
            self.assertEqual(sum(number for *_group, number in groups), 110, groupby)

    def test_who_has_copies(self):
        """One row per order; what came back is taken off, a returned order is done with."""
        shop = self.env["res.partner"].create({"name": "Corner Bookshop"})
        order = self._sell({self.run_1: 3})
        other = self._sell({self.run_1: 20}, partner=shop)
        self._send_back(other, self.run_1, 20)
        action = self.run_1.with_user(self.quality).action_view_run_readers()
        rows = self.env[action["res_model"]].with_user(self.quality).search(action["domain"])
        self.assertEqual(
            {row.order_id: (row.partner_id, row.delivered, row.returned, row.kept) for row in rows},
            {order: (self.reader, 3, 0, 3), other: (shop, 20, 20, 0)},
        )

    # ------------------------------------------------------------------
    # Who sees what
    # ------------------------------------------------------------------
    def test_other_companies_count_for_themselves(self):
        """A shared title: each house sees its own copies and cases of a run."""
        self._sell({self.run_1: 30})
        other = self.env["res.company"].create({"name": "Other House"})
        stranger = new_test_user(
            self.env,
            login="quality_elsewhere",
            lang="en_US",
            groups="aftersales_publishing.group_print_quality",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertEqual(set(self._figures(self.run_1, stranger).values()), {0.0})
        for model in ("aftersales.run.fact", "aftersales.run.reader"):
            found = self.env[model].with_user(stranger).search([("lot_id", "=", self.run_1.id)])
            self.assertFalse(found)

    def test_roles(self):
        """Every desk sees the figures of a run; who has copies, quality and managers alone."""
        self._sell({self.run_1: 30})
        for user in (self.agent, self.warehouse, self.finance, self.auditor):
            self.assertEqual(self._figures(self.run_1, user)["sold"], 30)
        for model in ("aftersales.run.fact", "aftersales.run.reader"):
            for user in (self.agent, self.warehouse, self.finance):
                with self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([], limit=1)
            for user in (self.quality, self.manager, self.auditor):
                self.assertTrue(self.env[model].with_user(user).search([], limit=1))

    def test_queries(self):
        """A list of runs costs no more queries than one run."""
        self._sell({self.run_1: 3, self.run_2: 4})
        names = [f"{name}_quantity" for name in FIGURES] + ["defect_rate", "defect_table"]

        def count(lots):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            lots.with_user(self.quality).read(names)
            return self.env.cr.sql_log_count - before

        count(self.run_1)  # whatever Odoo keeps from now on
        self.assertEqual(count(self.run_1 | self.run_2), count(self.run_1))
