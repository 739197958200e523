import base64

from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import Form, tagged

from .test_platform_refund import PlatformCommon

TITLES = "退款单号,退款时间,退款金额\n"


@tagged("post_install", "-at_install")
class TestPlatformStatement(PlatformCommon):
    """Finance compares what was recorded with what the platform says (R6.9)."""

    def setUp(self):
        super().setUp()
        self.ticket = self._case(self.order, {self.run_1: 1})
        self.record = self._record(self.ticket, "88001", remedy="refund_only")

    def _read(self, rows, encoding="utf-8-sig", titles=TITLES, name="november.csv"):
        """Let finance choose a file and look at it."""
        Wizard = self.env["aftersales.platform.import.wizard"].with_user(self.finance)
        with Form(Wizard) as form:
            form.file = base64.b64encode((titles + rows).encode(encoding))
        wizard = form.record
        wizard.filename = name
        wizard.action_preview()
        return wizard

    def _import(self, rows, **options):
        wizard = self._read(rows, **options)
        action = wizard.action_import()
        Statement = self.env["aftersales.platform.statement"].with_user(self.finance)
        return Statement.browse(action["res_id"])

    def test_a_statement_is_matched(self):
        """Matched, different, unknown, and ours that is missing."""
        other = self._record(self._case(self.order, {self.run_1: 1}), "88002", 60.0)
        missing = self._record(
            self._case(self.order, {self.run_1: 1}), "88003", 60.0, date="2026-11-03"
        )
        late = self._sell({self.run_1: 1})
        late = self._record(self._case(late, {self.run_1: 1}), "88004", 60.0, date="2026-12-24")
        rows = '88001,2026-11-02,65.18\n88002,2026-11-04 10:00:00,"1,060.00"\n99,2026-11-02,5\n'
        wizard = self._read(rows)
        self.assertEqual(wizard.line_ids.mapped("result"), ["matched", "differs", "unknown"])
        self.assertEqual(wizard.missing_ids, missing)
        self.assertEqual(missing.matching, "missing")
        self.assertEqual(self.record.matching, "missing", "nothing is imported yet")
        statement = self._import(rows)
        self.assertEqual(
            (self.record | other | missing | late).mapped("matching"),
            ["matched", "differs", "missing", "missing"],
        )
        self.assertEqual((other.statement_amount, other.statement_difference), (1060.0, 1000.0))
        self.assertEqual(statement.line_count, 3)
        self.assertEqual(
            (statement.matched_count, statement.differs_count, statement.unknown_count), (1, 1, 1)
        )
        self.assertEqual(statement.missing_count, 1)
        found = self.env["aftersales.platform.refund"].search(
            statement.action_view_missing()["domain"]
        )
        self.assertEqual(found, missing)

    def test_gb18030_tabs_and_minus(self):
        """As Alipay writes it: a head, tabs behind the numbers, refunds with a minus."""
        self.tmall.refunds_negative = True
        titles = "#支付宝账务明细查询\n#起始日期:[2026年11月01日]\n" + TITLES
        statement = self._import(
            "88001\t,2026年11月02日,-65.18\n,2026-11-02,9.00\n#合计,,-56.18\n",
            titles=titles,
            encoding="gb18030",
        )
        self.assertEqual((statement.line_count, self.record.matching), (1, "matched"))

    def test_again_changes_nothing(self):
        rows = "88001,2026-11-02,65.18\n99,2026-11-02,5\n99,2026-11-02,5\n"
        first = self._import(rows)
        self.assertEqual(first.line_count, 3, "two equal rows are two refunds")
        wizard = self._read(rows)
        self.assertEqual(set(wizard.line_ids.mapped("result")), {"known"})
        with self.assertRaisesRegex(UserError, "imported before"):
            wizard.action_import()
        more = self._import(rows + "100,2026-11-03,7\n")
        self.assertEqual(more.line_ids.mapped("number"), ["100"])
        self.assertEqual(self.record.statement_amount, 65.18)

    def test_a_refund_in_two_rows(self):
        """The platform books it in parts: they are added up."""
        self._import("88001,2026-11-02,60\n")
        self.assertEqual(self.record.matching, "differs")
        self._import("88001,2026-11-03,5.18\n")
        self.assertEqual(self.record.matching, "matched")

    def test_nothing_is_imported_by_half(self):
        wizard = self._read("88001,2026-11-02,65.18\n8.8E+17,2026-11-02,x\n77,yesterday,1\n")
        self.assertFalse(wizard.is_read or wizard.line_ids)
        self.assertIn("Row 3: 8.8E+17", wizard.problem)
        self.assertIn("Row 4: “yesterday” is no date", wizard.problem)
        with self.assertRaisesRegex(UserError, "Nothing can be imported"):
            wizard.action_import()
        self.assertFalse(self.env["aftersales.platform.statement"].search([]))

    def test_files_that_are_none(self):
        self.assertIn("退款单号", self._read("1,2\n", titles="a,b\n").problem)
        self.assertIn("no row with a refund number", self._read("").problem)
        self.tmall.amount_column = False
        with self.assertRaisesRegex(RedirectWarning, "tell first in which columns"):
            self._read("88001,2026-11-02,65.18\n")

    def test_recorded_after_the_statement(self):
        """What nobody knew is found when the agent records it, or corrects the number."""
        statement = self._import("88009,2026-11-02,65.18\n")
        line = statement.line_ids
        self.assertEqual((line.state, self.record.matching), ("unknown", "missing"))
        self.record.with_user(self.finance).action_correct_number(" 88009 ")
        self.assertEqual((line.state, self.record.matching), ("matched", "matched"))
        self.assertEqual(line.ticket_id, self.ticket)
        self.record.with_user(self.finance).action_correct_number("88001")
        self.assertEqual((line.state, self.record.matching), ("unknown", "missing"))
        late = self._record(self._case(self.order, {self.run_1: 1}), "88009")
        self.assertEqual((line.state, late.matching), ("matched", "matched"))
        with self.assertRaisesRegex(UserError, "88009 of Tmall is recorded on case"):
            self.record.with_user(self.finance).action_correct_number("88009")

    def test_undone_records_are_unmatched(self):
        line = self._import("88001,2026-11-02,65.18\n").line_ids
        self.ticket.action_post_refunds()
        self.record.with_user(self.finance).action_undo("not ours")
        self.assertEqual((line.state, self.record.matching), ("unknown", "nothing"))

    def test_a_statement_is_removed(self):
        statement = self._import("88001,2026-11-02,65.18\n")
        statement.action_remove()
        self.assertEqual(self.record.matching, "missing")
        self.assertEqual(self._import("88001,2026-11-02,65.18\n").line_count, 1)

    def test_roles(self):
        statement = self._import("88001,2026-11-02,65.18\n")
        for user in (self.agent, self.warehouse):
            with self.assertRaises(AccessError):
                statement.with_user(user).read(["name"])
        for user in (self.agent, self.auditor, self.manager):
            with self.assertRaises(AccessError):
                self.env["aftersales.platform.statement"].with_user(user)._import(
                    self.tmall, "x", [("1", "2026-11-02", 1.0)]
                )
        with self.assertRaises(AccessError):
            statement.with_user(self.auditor).action_remove()
        self.assertEqual(statement.with_user(self.auditor).line_ids.number, "88001")
        with self.assertRaises(AccessError):
            statement.with_user(self.finance).line_ids.amount = 1.0
        # the agent sees whether it is on a statement, not the statement
        self.assertEqual(self.record.with_user(self.agent).matching, "matched")
