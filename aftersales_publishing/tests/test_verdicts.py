from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import AftersalesCommon
from .upgrade import run_script

RULE_LOG = "odoo.addons.aftersales_publishing.models.aftersales_verdict_rule"
N = 1000


class VerdictCommon(AftersalesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.run_1.binder_id = cls.other_printer
        cls.order = cls._sell({cls.run_1: 4})
        cls.Rule = cls.env["aftersales.verdict.rule"]

    @classmethod
    def _rule(cls, name, domain, party="reader", sequence=1, **vals):
        return cls.Rule.create(
            {
                "name": name,
                "domain": str(domain),
                "explanation": f"{name}.",
                "sequence": sequence,
                "share_ids": [Command.create({"party": party, "percent": 100.0})],
                **vals,
            }
        )

    def _break(self, rule, domain="[('gone', '=', 1)]"):
        """What an upgrade does to a rule whose field is gone: nobody is asked."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE aftersales_verdict_rule SET domain = %s WHERE id = %s", (domain, rule.id)
        )
        rule.invalidate_recordset()

    def _parties(self, line):
        shares = line.verdict_id.share_ids
        return [(s.party, s.partner_id.name, s.percent) for s in shares]


@tagged("post_install", "-at_install")
class TestVerdicts(VerdictCommon):
    """The house's rules say who is to blame and why; the agent has the last word (R3.1, R3.2)."""

    def test_one_click(self):
        """Loose leaves, bound by another house: the binder, with reason and facts."""
        ticket = self._case(self.order, {self.run_1: 1}, "binding")
        line = ticket.line_ids.with_user(self.agent)
        self.assertTrue(ticket.has_proposal)
        self.assertEqual(line.proposal_summary, "Binder 100 % (Xinhua Printing)")
        self.assertIn("the binder of the run made it", line.proposal_reason)
        self.assertIn("Print run: NOVEL-1-1", line.known_facts)
        self.assertIs(ticket.with_user(self.agent).action_accept_verdicts(), True)
        verdict = line.verdict_id
        self.assertEqual(self._parties(line), [("binder", "Xinhua Printing", 100.0)])
        self.assertEqual(verdict.reason, verdict.rule_id.explanation)
        self.assertFalse(verdict.is_changed)
        self.assertEqual(verdict.user_id, self.agent)
        self.assertEqual((ticket.phase, ticket.next_step), ("proposal", "propose"))
        self.assertEqual(ticket.event_ids.filtered(lambda e: e.code == "judged").res_id, verdict.id)
        self.assertIs(ticket.with_user(self.agent).action_accept_verdicts(), True)
        self.assertEqual(line.verdict_ids, verdict, "a second click gives no second verdict")

    def test_shipped_rules(self):
        """A text defect is never the printer's, a wrong book the warehouse's, …"""
        binder = "Xinhua Printing"
        for case_type, defects, expected in (
            ("misprint", ["misprint"], "Publisher (editing) 100 %"),
            ("misprint", ["misprint", "smudge"], "Publisher (editing) 100 %"),
            ("printing", ["smudge"], "Printer 100 % (Hongqi Printing)"),
            ("pages", ["missing_pages"], "Printer 100 % (Hongqi Printing)"),
            ("binding", ["skew_spine"], f"Binder 100 % ({binder})"),
            ("misprint", [], "Publisher (editing) 100 %"),
            ("binding", [], f"Binder 100 % ({binder})"),
            ("pages", [], "Printer 100 % (Hongqi Printing)"),
            ("transit_damage", ["damp"], "Carrier 100 %"),
            ("wrong_title", [], "Warehouse 100 %"),
            ("damaged_copy", ["torn"], False),
        ):
            with self.subTest(case_type=case_type, defects=defects):
                self.run_1.printer_id = self.printer
                ticket = self._case(self.order, {self.run_1: 1}, case_type, defects)
                self.assertEqual(ticket.line_ids.proposal_summary, expected)

    def test_parcel_photo(self):
        """What only a photo tells: the copy was hurt on the way."""
        ticket = self._case(self.order, {self.run_1: 1}, "damaged_copy", ["torn"])
        self.assertFalse(ticket.line_ids.proposal_summary)
        photo = self.env.ref("aftersales_publishing.aftersales_proof_parcel_photo")
        ticket.proof_ids = [Command.create({"proof_id": photo.id, "received": True})]
        ticket.invalidate_recordset()
        ticket.line_ids.invalidate_recordset()
        self.assertEqual(ticket.line_ids.proposal_summary, "Carrier 100 %")

    def test_judged_otherwise_with_a_reason_of_its_own(self):
        """The leaves are loose because a child tore them out: the agent says so."""
        ticket = self._case(self.order, {self.run_1: 1}, "binding")
        rule = ticket.line_ids.proposal_rule_id
        Verdict = self.env["aftersales.verdict"].with_user(self.agent)
        vals = {
            "line_id": ticket.line_ids.id,
            "share_ids": [Command.create({"party": "reader", "percent": 100.0})],
        }
        with self.assertRaisesRegex(UserError, "Say in your own words"):
            Verdict.create({**vals, "reason": rule.explanation})
        verdict = Verdict.create({**vals, "reason": "The photo shows a child at work"})
        self.assertTrue(verdict.is_changed)
        self.assertEqual(verdict.rule_id, rule)
        self.assertEqual((rule.followed_count, rule.changed_count), (0, 1))

    def test_the_dialog_starts_with_the_proposal(self):
        ticket = self._case(self.order, {self.run_1: 1}, "binding")
        Verdict = self.env["aftersales.verdict"].with_user(self.agent)
        line = ticket.line_ids

        def start():
            names = ["line_id", "share_ids"]
            return Verdict.with_context(default_line_id=line.id).default_get(names)["share_ids"]

        self.assertEqual(start()[0][2]["party"], "binder")
        self.assertEqual(start()[0][2]["partner_id"], self.other_printer.id)
        Verdict.create(
            {
                "line_id": line.id,
                "reason": "torn",
                "share_ids": [Command.create({"party": "reader"})],
            }
        )
        self.assertEqual(start()[0][2]["party"], "reader", "a new verdict starts with the old one")

    def test_facts_are_frozen(self):
        """What was known then stays readable; what happens later does not change it."""
        ticket = self._case(self.order, {self.run_1: 1}, "binding")
        ticket.with_user(self.agent).action_accept_verdicts()
        verdict = ticket.line_ids.verdict_id
        before = verdict.facts
        self.assertIn("Printer: Hongqi Printing", before)
        keys = {fact["key"] for fact in verdict.facts_data}
        self.assertLessEqual({"order", "delivery", "run", "binder", "defects"}, keys)
        self.run_1.write({"name": "RENAMED", "printer_id": self.other_printer.id})
        verdict.invalidate_recordset()
        self.assertEqual(verdict.facts, before)
        self.assertIn("RENAMED", ticket.line_ids.known_facts)

    def test_the_record_of_the_run_is_a_fact(self):
        """What readers sent back of the run, and its alarm, as they were when it was judged."""
        ticket = self._case(self.order, {self.run_1: 1}, "binding")
        line = ticket.line_ids
        self.assertIn(
            "Print run so far: 0 of 4 copies sold confirmed defective (0.00%), 1 complained of",
            line.known_facts,
        )
        other = self._case(self._sell({self.run_1: 56}), {self.run_1: 6}, "binding")
        resolution = self._agree(other, "return_refund")
        self._receive(resolution)
        self._inspect(resolution)
        self.env["stock.lot"]._cron_check_alarms()
        line.with_user(self.agent).action_accept_verdict()
        record = "6 of 60 copies sold confirmed defective (10.00%), 7 complained of"
        self.assertIn(record, line.verdict_id.facts)
        self.assertIn("Alarm of the print run: Warning", line.verdict_id.facts)
        self._sell({self.run_1: 40})
        self.env.invalidate_all()
        self.assertIn(record, line.verdict_id.facts)
        self.assertIn("6 of 100 copies sold", line.known_facts)

    def test_another_partner_is_another_verdict(self):
        """The same party, but another house bears it: that takes a reason of its own."""
        ticket = self._case(self.order, {self.run_1: 1}, "binding")
        line = ticket.line_ids
        Verdict = self.env["aftersales.verdict"].with_user(self.agent)
        share = {"party": "binder", "partner_id": self.printer.id}
        vals = {"line_id": line.id, "share_ids": [Command.create(share)]}
        with self.assertRaisesRegex(UserError, "Xinhua Printing.*Say in your own words"):
            Verdict.create({**vals, "reason": line.proposal_rule_id.explanation})
        self.assertTrue(Verdict.create({**vals, "reason": "Bound there"}).is_changed)

    def test_shares_come_with_the_verdict(self):
        ticket = self._case(self.order, {self.run_1: 1}, "binding")
        ticket.with_user(self.agent).action_accept_verdicts()
        share = {"verdict_id": ticket.line_ids.verdict_id.id, "party": "third_party"}
        with self.assertRaisesRegex(UserError, "Judge the line again"):
            self.env["aftersales.verdict.share"].with_user(self.agent).create(share)
        with self.assertRaisesRegex(UserError, "Name the book"):
            self.env["aftersales.verdict"].with_user(self.agent).create({"reason": "?"})

    def test_nothing_proposed(self):
        ticket = self._case(self.order, {self.run_1: 1}, "damaged_copy", ["torn"])
        self.assertFalse(ticket.has_proposal)
        with self.assertRaisesRegex(UserError, f"Case {ticket.number}: no rule proposes"):
            ticket.with_user(self.agent).action_accept_verdicts()

    def test_who_may(self):
        """Agents and the print-quality manager judge, the others look on."""
        ticket = self._case(self.order, {self.run_1: 1}, "binding")
        for user in (self.warehouse, self.finance, self.auditor):
            with self.assertRaisesRegex(AccessError, "takes one of these roles"):
                ticket.line_ids.with_user(user).action_accept_verdict()
        for user in (self.agent, self.quality, self.auditor):
            with self.assertRaises(AccessError):
                self.Rule.with_user(user).search([], limit=1).name = "mine"
        ticket.line_ids.with_user(self.quality).action_accept_verdict()
        self.assertEqual(ticket.line_ids.verdict_id.user_id, self.quality)

    def test_not_after_an_objection(self):
        ticket = self._case(self.order, {self.run_1: 1}, "binding")
        ticket.action_refuse("torn by a child")
        ticket.action_object("it came like that")
        with self.assertRaisesRegex(UserError, "another person decides"):
            ticket.line_ids.with_user(self.agent).action_accept_verdict()
        ticket.line_ids.with_user(self.other_agent).action_accept_verdict()
        self.assertTrue(ticket.line_ids.verdict_id)


@tagged("post_install", "-at_install")
class TestVerdictRules(VerdictCommon):
    """Rules are data: ordered, explained, each house its own, and never in the way (R3.2)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls._case(cls.order, {cls.run_1: 1}, "binding")
        cls.line = cls.ticket.line_ids

    def _proposed(self):
        self.line.invalidate_recordset()
        return self.line.proposal_rule_id

    def test_first_match_wins(self):
        late = self._rule("Late", [("defect_ids.code", "=", "loose_leaves")], sequence=6)
        early = self._rule("Early", [("quantity", "=", 1)], sequence=5)
        self.assertEqual(self._proposed(), early)
        early.sequence = 7
        self.assertEqual(self._proposed(), late)
        late.active = False
        self.assertEqual(self._proposed(), early)

    def test_days_after_delivery(self):
        """A condition on days works on the screen and in the list of copies alike."""
        self.line.sudo().delivery_move_id.date = "2026-01-01 08:00:00"
        self.ticket._write_unguarded({"registered_at": "2026-01-11 07:00:00"})
        self.assertEqual(self.line.days_after_delivery, 9)
        Line = self.env["aftersales.case.line"]
        for domain, fits in (
            ([("days_after_delivery", "<=", 9)], True),
            ([("days_after_delivery", ">", 9)], False),
            ([("days_after_delivery", "=", 9)], True),
            ([("days_after_delivery", "!=", 9)], False),
        ):
            with self.subTest(domain=domain):
                self.assertEqual(self.line in Line.search(domain), fits)
                self.assertEqual(bool(self.line.filtered_domain(domain)), fits)
        rule = self._rule("Old", [("days_after_delivery", ">", 8)])
        self.assertEqual(self._proposed(), rule)

    def test_conditions_on_the_run(self):
        """A run on hold or with an open alarm: what print quality did decides for the agent."""
        held = self._rule("On hold", [("lot_id.on_hold", "=", True)], "printer", 2)
        alarmed = self._rule("Alarm", [("lot_id.alarm_ids.state", "=", "open")], "printer", 1)
        self.assertNotIn(self._proposed(), held | alarmed)
        self.run_1.with_user(self.quality).action_hold("glue does not hold")
        self.assertEqual(self._proposed(), held)
        self.assertIn("Print run on hold: glue does not hold", self.line.known_facts)
        self.env["aftersales.run.alarm"].create(
            {"lot_id": self.run_1.id, "company_id": self.company.id, "level": "alarm"}
        )
        self.assertEqual(self._proposed(), alarmed)

    def test_each_house_its_own(self):
        """A rule of another house is not asked; one of the own house goes by its order."""
        other = self.env["res.company"].create({"name": "Other House"})
        foreign = self._rule("Foreign", [], sequence=1, company_id=other.id)
        own = self._rule("Own", [], sequence=2, company_id=self.company.id)
        self.assertEqual(self._proposed(), own)
        self.assertNotIn(foreign, self.Rule.with_user(self.manager).search([]))
        self._break(foreign)
        self.assertFalse(self.ticket.skipped_rules, "nor is its problem told here")

    def test_shares_add_up(self):
        with self.assertRaisesRegex(ValidationError, "add up to 60"):
            self._rule(
                "Half", [], share_ids=[Command.create({"party": "printer", "percent": 60.0})]
            )

    def test_shares_changed_directly_add_up(self):
        """An import changes shares without the rule; a rule changes all of them at once."""
        rule = self._rule("Whole", [])
        share = rule.share_ids
        for change in (lambda: share.write({"percent": 90.0}), share.unlink):
            with self.assertRaisesRegex(ValidationError, "Whole"), self.env.cr.savepoint():
                change()
        half = {"percent": 50.0}
        rule.share_ids = [
            Command.update(share.id, half),
            Command.create({"party": "printer", **half}),
        ]
        self.assertEqual(rule.share_ids.mapped("percent"), [50.0, 50.0])

    def test_conditions_are_checked_when_saved(self):
        for domain in ("[('gone', '=', 1)]", "nonsense", "[('quantity', 'like', 1, 2)]"):
            with (
                self.subTest(domain=domain),
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(ValidationError, "cannot be evaluated"),
            ):
                self._rule("Wrong", domain)

    def test_a_rule_that_errs_blocks_nothing(self):
        """A field is gone since an upgrade: the next rule is asked, the manager is told."""
        rule = self._rule("Broken", [("quantity", "=", 1)])
        for domain in ("[('gone', '=', 1)]", "[('defect_ids.gone', '=', 1)]", "oops("):
            with self.subTest(domain=domain):
                self._break(rule, domain)
                with self.assertLogs(RULE_LOG, "WARNING"):
                    self.assertEqual(self._proposed().share_ids.party, "binder")
                self.assertEqual(self.ticket.skipped_rules, "Broken")
        with self.assertLogs(RULE_LOG, "WARNING"):
            self.ticket.with_user(self.agent).action_accept_verdicts()
        self.assertEqual(self._parties(self.line)[0][0], "binder")
        rule.invalidate_recordset()
        self.assertTrue(rule.with_user(self.manager).last_error)
        rule.with_user(self.manager).domain = "[('quantity', '=', 2)]"
        self.assertFalse(rule.last_error)

    def test_one_odd_copy(self):
        """A condition fails on one copy of five: the rule still speaks for the others."""
        rule = self._rule("Mostly", [("quantity", ">", 0)])
        lines = self.line.create([self.line.copy_data()[0] for _copy in range(5)])
        odd = lines[3]
        filtered_domain = type(lines).filtered_domain

        def fail(records, domain):
            if odd in records and ("quantity", ">", 0) in list(domain):
                raise ZeroDivisionError("nothing delivered")
            return filtered_domain(records, domain)

        with (
            patch.object(type(lines), "filtered_domain", fail),
            self.assertLogs(RULE_LOG, "WARNING"),
        ):
            matches, problems = self.Rule._match(lines)
        self.assertEqual({line for line in lines if matches[line] == rule}, set(lines - odd))
        self.assertEqual(matches[odd].share_ids.party, "binder", "the next rule is asked")
        self.assertEqual(problems, {rule: "nothing delivered"})

    def test_constant_queries(self):
        """A school complains of a thousand books: asked and judged like one (R3.2)."""
        lines = self.env["aftersales.case.line"].create(
            [{**self.line.copy_data()[0], "quantity": 1 + i} for i in range(N + 2)]
        )
        self._rule("Never", [("quantity", ">", 10_000)])
        self.env.flush_all()

        def count(verb, judged):
            self._end_of_request()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            verb(judged)
            self._end_of_request()
            return self.env.cr.sql_log_count - before

        def match(judged):
            matches, problems = self.Rule._match(judged)
            self.assertEqual((len(matches), problems), (len(judged), {}))

        def judge(judged):
            self.assertIs(judged.with_user(self.agent).action_accept_verdict(), True)

        warm, one, many = lines[0], lines[1], lines[2:]
        count(match, warm)
        self.assertEqual(count(match, many), count(match, one))
        rules = self.Rule.search([])
        self.assertLessEqual(count(match, many), 3 * len(rules) + 20)
        count(judge, warm)
        # what PostgreSQL is sent in portions: inserts by the hundred
        self.assertLessEqual(count(judge, many), count(judge, one) + 60)
        self.assertTrue(all(line.verdict_id for line in lines))


@tagged("post_install", "-at_install")
class TestVerdictUpgrade(VerdictCommon):
    """Facts of earlier verdicts were text: they stay readable after the upgrade (R3.1)."""

    def test_facts_are_kept(self):
        ticket = self._case(self.order, {self.run_1: 1}, "binding")
        ticket.with_user(self.agent).action_accept_verdicts()
        verdict = ticket.line_ids.verdict_id
        told = (
            "Order: S00012\nDelivered: 2026-05-02\nCopyright page differs: Edition: 1 ≠ 2\nno label"
        )
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE aftersales_verdict ADD COLUMN facts text")
        self.env.cr.execute(
            "UPDATE aftersales_verdict SET facts = %s, facts_data = NULL WHERE id = %s",
            (told, verdict.id),
        )
        for _once_or_twice in range(2):
            run_script(self.env, "aftersales_publishing", "19.0.1.4.0", "post-verdicts")
        self.assertEqual(verdict.facts, told)
        self.assertEqual(
            verdict.facts_data[2],
            {"key": "", "label": "Copyright page differs", "value": "Edition: 1 ≠ 2"},
        )
