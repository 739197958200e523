import random

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestRunAlarm(AftersalesCommon):
    """The first impression of a novel falls apart in readers' hands: print quality hears of it
    once, with the figures, before the tenth complaint (R4.3)."""

    def _complain(self, lot, sold, defective, **inspection):
        """Sell copies of a run to a shop, which sends defective ones back; return the case."""
        order = self._sell({lot: sold})
        ticket = self._case(order, {lot: defective})
        resolution = self._agree(ticket, "return_refund")
        self._receive(resolution)
        self._inspect(resolution, **inspection)
        return ticket

    def _check(self):
        self.env["stock.lot"]._cron_check_alarms()
        return self.env["aftersales.run.alarm"].search([])

    # ------------------------------------------------------------------
    # Raised
    # ------------------------------------------------------------------
    def test_a_bad_run(self):
        """Six of sixty copies: an alarm, as a task with the figures in plain words."""
        self._complain(self.run_1, 60, 6)
        alarm = self._check()
        self.assertEqual((alarm.lot_id, alarm.level, alarm.state), (self.run_1, "warning", "open"))
        self.assertEqual((alarm.confirmed, alarm.exposed, alarm.base_rate), (6, 60, 0.005))
        text = alarm.with_user(self.quality).explanation
        self.assertRegex(text, r"^6 of 60 copies sold are confirmed defective: 10\.00%\. ")
        self.assertIn("Usual for Hongqi Printing is 0.50%", text)
        self.assertIn("Look at the print run", alarm.activity_ids.summary)
        self.assertTrue(
            alarm.activity_ids.user_id.has_group("aftersales_publishing.group_print_quality")
        )
        self.assertIn("confirmed defective", self.run_1.message_ids[0].body)
        self.assertEqual(self.run_1.with_user(self.quality).alarm_level, "warning")

    def test_chance(self):
        """Three of sixty copies may be chance: no alarm."""
        self._complain(self.run_1, 60, 3)
        self.assertFalse(self._check())

    def test_a_shop_returns_what_it_did_not_sell(self):
        """Three of eighty are chance, and stay so when most of the others come back sound."""
        self._complain(self.run_1, 80, 3)
        order = self._sell({self.run_1: 80})
        ticket = self._case(order, {self.run_1: 78})
        self._receive(self._agree(ticket, "return_refund"))
        self.assertFalse(self._check())

    def test_more_defective_than_sold(self):
        """Copies that came without a delivery of ours are weighed against all that were printed."""
        figures = {"sold": 0.0, "received": 2000.0, "confirmed": 6.0}
        self.assertEqual(self.run_1._get_tested(figures), 2000.0)

    def test_once_per_level(self):
        """The same figures and worse ones of the same level say nothing new; the next level does."""
        self._complain(self.run_1, 60, 6)
        first = self._check()
        self.assertEqual(self._check(), first)
        first.with_user(self.quality).action_done("Proofs compared, binder asked.")
        self.assertFalse(self.run_1.with_user(self.quality).alarm_level)
        self.assertEqual(self._check(), first, "what is dealt with is not raised again")
        self._complain(self.run_1, 20, 6)
        second = self._check() - first
        self.assertEqual((second.level, second.confirmed), ("alarm", 12))

    def test_grave_at_once(self):
        """A run that is alarming from the start needs no warning when it looks better later."""
        self._complain(self.run_1, 26, 6)
        alarm = self._check()
        self.assertEqual(alarm.level, "alarm")
        self._sell({self.run_1: 100})
        self.assertEqual(self._check(), alarm)

    def test_fixed_limit(self):
        """Five in a hundred are usual for a poor printer, and more than the house bears."""
        self.company.aftersales_alarm_limit = 0.04
        self.company.aftersales_alarm_base = 0.1
        self._complain(self.run_1, 80, 4)
        alarm = self._check()
        self.assertEqual(alarm.level, "limit")
        self.assertIn("The limit of the house is 4.00%", alarm.with_user(self.quality).explanation)

    # ------------------------------------------------------------------
    # What counts
    # ------------------------------------------------------------------
    def test_text_never_accuses_the_printer(self):
        order = self._sell({self.run_1: 60})
        ticket = self._case(order, {self.run_1: 15}, defects=("misprint",))
        resolution = self._agree(ticket, "return_refund")
        self._receive(resolution)
        self._inspect(resolution)
        self.assertFalse(self._check())

    def test_pirated_copies_never_accuse_the_printer(self):
        """Six of sixty fall apart, and none of the six is ours."""
        ticket = self._complain(self.run_1, 60, 6)
        self.env["aftersales.verdict"].with_user(self.quality).create(
            {
                "line_id": ticket.line_ids.id,
                "reason": "Neither our paper nor our glue",
                "share_ids": [Command.create({"party": "third_party"})],
            }
        )
        self.assertFalse(self._check())

    def test_the_printers_own_rate(self):
        """What is alarming for a good printer is usual for a poor one; his bad run is left out."""
        poor = self._print(self.atlas, "ATLAS-1-1", 1, 500, 30.0, self.printer)
        figures = poor._get_run_figures(self.company)
        self.assertEqual(poor._get_base_rates(self.company, figures), {poor.id: 0.005})
        self._complain(poor, 400, 40)
        figures = self.run_1._get_run_figures(self.company)
        mixed = (40 + 0.005 * 2000) / (400 + 2000)
        self.assertAlmostEqual(
            self.run_1._get_base_rates(self.company, figures)[self.run_1.id], mixed
        )
        self._check()  # the atlas gets an alarm, and stands for the printer no more
        self.assertEqual(self.run_1._get_base_rates(self.company, figures)[self.run_1.id], 0.005)

    # ------------------------------------------------------------------
    # Dealt with
    # ------------------------------------------------------------------
    def test_dealt_with(self):
        """Print quality holds the run and says so; the task is done."""
        self._complain(self.run_1, 60, 6)
        alarm = self._check()
        for user in (self.agent, self.warehouse, self.finance, self.auditor):
            self.assertTrue(alarm.with_user(user).explanation)
            with self.assertRaisesRegex(AccessError, "takes one of these roles"):
                alarm.with_user(user).action_done("why not")
        with self.assertRaisesRegex(UserError, "Say what was done"):
            alarm.with_user(self.quality).action_done(" ")
        for user in (self.quality, self.manager):
            with self.assertRaises(AccessError):
                alarm.with_user(user).write({"level": "alarm"})
        alarm.with_user(self.quality).action_done("On hold until the binder has answered.")
        alarm.with_user(self.manager).action_done("Me too.")
        self.assertEqual((alarm.state, alarm.done_by_id), ("done", self.quality))
        self.assertIn("binder", alarm.note)
        self.assertFalse(alarm.activity_ids)

    def test_other_companies(self):
        """The neighbours' complaints raise no alarm here, and ours are not theirs to read."""
        self._complain(self.run_1, 60, 6)
        alarm = self._check()
        other = self.env["res.company"].create({"name": "Other House"})
        self.assertFalse(self.run_1._check_alarms(other))
        self.quality.write({"company_ids": [(4, other.id)], "company_id": other.id})
        there = alarm.with_user(self.quality).with_company(other)
        there = there.with_context(allowed_company_ids=other.ids)
        self.assertFalse(there.search([]))

    def test_settings_make_sense(self):
        for vals in (
            {"aftersales_alarm_base": 0},
            {"aftersales_alarm_ratio": 1},
            {"aftersales_alarm_limit": 1.5},
        ):
            with self.assertRaisesRegex(ValidationError, "usual rate of defects"):
                self.company.write(vals)

    # ------------------------------------------------------------------
    # From the first copy on
    # ------------------------------------------------------------------
    seed = 19  # benchmarks play it too

    def test_copy_by_copy(self):
        """Of a run with one defective copy in forty, lots are sold and come back one after the
        other, until the alarm is there: within a thousand copies."""
        chance = random.Random(self.seed)  # noqa: S311
        run = self._print(self.atlas, "ATLAS-1-2", 2, 1000, 30.0, self.printer)
        sold = 0
        while sold < 1000:
            defective = sum(chance.random() < 0.025 for _copy in range(100))
            sold += 100
            if defective:
                self._complain(run, 100, defective)
            else:
                self._sell({run: 100})
            if alarm := self._check():
                break
        self.assertEqual(alarm.lot_id, run)
        self.assertEqual(alarm.exposed, sold)
        return sold
