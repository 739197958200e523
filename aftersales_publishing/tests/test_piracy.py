from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_verdicts import VerdictCommon


@tagged("post_install", "-at_install")
class TestPiracy(VerdictCommon):
    """A copyright page that no print run of ours has: warned, judged, handed to the rights
    department; never exchanged, restocked or counted (R3.2)."""

    def _pirated_case(self, **page):
        ticket = self._case(self.order, {self.run_1: 1}, "printing", ["smudge"])
        ticket.line_ids.with_user(self.agent).write(page or {"edition": "1", "impression": 9})
        self.env.flush_all()
        return ticket

    def test_which_pages_are_unknown(self):
        """The screen and the rules' conditions give the same answer."""
        ticket = self._pirated_case()
        line, Line = ticket.line_ids, self.env["aftersales.case.line"]
        self.run_1.print_date = "2026-02-01"
        nothing = {"edition": False, "impression": 0, "print_date": False, "page_printer": False}
        for page, unknown in (
            ({}, False),
            ({"impression": 9}, True),
            ({"impression": 1}, False),
            ({"impression": 2}, False),  # another run of ours, sent by mistake
            ({"impression": 1, "edition": "7"}, True),
            ({"impression": 1, "print_date": "2026-02-01"}, False),
            ({"impression": 1, "print_date": "2020-01-01"}, True),
            ({"impression": 1, "print_date": "2026-02-15"}, False),  # a page tells the month
            ({"impression": 1, "edition": "第1版"}, False),
            ({"impression": 1, "edition": "第7版"}, True),
            ({"impression": 2, "print_date": "2020-01-01"}, False),  # not known when it was printed
            ({"impression": 1, "page_printer": "hongqi printing co., ltd."}, False),
            ({"impression": 1, "page_printer": "Night Press"}, True),
            ({"page_printer": "Xinhua"}, False),
        ):
            with self.subTest(page=page):
                line.write({**nothing, **page})
                self.env.flush_all()
                self.env.invalidate_all()
                self.assertEqual(line.page_unknown, unknown)
                self.assertEqual(line in Line.search([("page_unknown", "=", True)]), unknown)
                self.assertEqual(line in Line.search([("page_unknown", "=", False)]), not unknown)

    def test_a_title_without_print_runs_is_not_suspect(self):
        """Nothing is known of the runs of the atlas: its page tells nothing."""
        atlas = self._print(self.atlas, "ATLAS", 0, 10, 5.0, self.printer)
        atlas.write({"edition": False, "impression": 0})
        ticket = self._case(self._sell({atlas: 1}), {atlas: 1}, "printing", ["smudge"])
        ticket.line_ids.impression = 3
        self.assertFalse(ticket.line_ids.page_unknown)
        self.assertFalse(ticket.piracy_note)

    def test_judged_before_any_remedy(self):
        """The warning stands on the case; a remedy waits until somebody has compared the photo."""
        ticket = self._pirated_case()
        line = ticket.line_ids.with_user(self.agent)
        self.assertIn("Red Mansions", ticket.piracy_note)
        self.assertIn("Third party / pirated copy 100 %", line.proposal_summary)
        with (
            self.assertRaisesRegex(UserError, "may be pirated. Compare it with the photo"),
            self.env.cr.savepoint(),
        ):
            line.action_propose("exchange")
        line.impression = 1
        self.assertFalse(ticket.piracy_note)
        line.action_propose("exchange")

    def test_judged_genuine(self):
        """An old impression that our records miss: the agent judges otherwise, and exchanges."""
        ticket = self._pirated_case()
        self.env["aftersales.verdict"].with_user(self.agent).create(
            {
                "line_id": ticket.line_ids.id,
                "reason": "Printed before our records begin; paper and glue are ours",
                "share_ids": [Command.create({"party": "printer"})],
            }
        )
        self.assertFalse(ticket.line_ids.is_pirated or ticket.rights_case_ids)
        ticket.line_ids.with_user(self.agent).action_propose("exchange")

    def test_rights_case(self):
        """Judged pirated: nothing is given, the rights department gets page and photos, once."""
        ticket = self._pirated_case(impression=9, page_printer="Night Press")
        photo = self.env["ir.attachment"].create({"name": "page.jpg", "raw": b"x"})
        ticket.sudo().proof_ids[:1].attachment_ids = photo
        mails = self.env["mail.mail"].search([])
        line = ticket.line_ids.with_user(self.agent)
        line.action_accept_verdict()
        self.assertTrue(line.is_pirated)
        self.assertEqual(line.eligibility, "not")
        with self.assertRaisesRegex(UserError, "is pirated: it is neither exchanged"):
            line.action_propose("exchange")
        case = ticket.rights_case_ids
        self.assertEqual(case.case_type_id.code, "piracy")
        self.assertEqual(case.company_id, ticket.company_id)
        self.assertFalse(case.partner_id, "the reader's portal does not show it")
        self.assertEqual(case.reader_name, self.reader.name)
        self.assertEqual((case.line_ids.impression, case.line_ids.page_printer), (9, "Night Press"))
        self.assertIn("NOVEL-1-1", case.line_ids.note)
        self.assertFalse(case.line_ids.delivery_move_id, "nothing can be claimed there")
        copied = case.proof_ids.attachment_ids
        self.assertEqual((copied.name, copied.raw), ("page.jpg", b"x"))
        self.assertNotEqual(copied, photo)
        self.assertEqual(self.env["mail.mail"].search([]), mails, "no mail to the reader")
        self.assertEqual(case.action_view_rights_cases()["res_id"], ticket.id)
        self.assertIn("piracy_reported", ticket.event_ids.mapped("code"))
        Verdict = self.env["aftersales.verdict"].with_user(self.manager)
        again = {"reason": "again", "share_ids": [Command.create({"party": "third_party"})]}
        Verdict.create({"line_id": line.id, **again})
        Verdict.create({"line_id": case.line_ids.id, **again})
        self.assertEqual(ticket.rights_case_ids, case)
        self.assertEqual(len(case.line_ids), 1)
        self.assertFalse(case.rights_case_ids)
        Verdict.create(
            {
                "line_id": line.id,
                "reason": "genuine after all",
                "share_ids": [Command.create({"party": "printer"})],
            }
        )
        self.assertFalse(line.is_pirated)
        self.assertEqual(line.eligibility, "eligible")

    def test_accepted_one_by_one(self):
        """One click on several books calls none of them pirated."""
        tickets = self._pirated_case() | self._case(self.order, {self.run_1: 1}, "binding")
        suspect, sound = tickets.line_ids.with_user(self.agent).sorted("page_unknown", reverse=True)
        report = (suspect | sound).action_accept_verdict()
        self.assertIn("accept or judge this book by itself", report["params"]["message"])
        self.assertTrue(sound.verdict_id)
        self.assertFalse(suspect.verdict_id)
        suspect.action_accept_verdict()
        self.assertTrue(suspect.is_pirated)

    def test_marks_are_the_verdict_s(self):
        """No import calls a copy pirated, or takes that back, without a verdict (I8)."""
        ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1})
        line = ticket.line_ids.with_user(self.agent)
        for vals in ({"is_pirated": True}, {"rights_line_id": line.id}):
            with self.assertRaisesRegex(AccessError, "by the verdict"):
                line.write(vals)
        with self.assertRaisesRegex(AccessError, "by the verdict"):
            ticket.with_user(self.agent).evidence_of_id = ticket

    def test_the_type_of_the_rights_department_stays(self):
        case_type = self.env.ref("aftersales_publishing.aftersales_case_type_piracy")
        with self.assertRaisesRegex(UserError, "is needed"):
            case_type.unlink()

    def test_never_restocked(self):
        """The warehouse finds a pirated copy in the parcel: it stays as evidence."""
        ticket = self._case(self.order, {self.run_1: 1}, "printing", ["smudge"])
        resolution = self._agree(ticket, "exchange")
        self._receive(resolution)
        with self.assertRaisesRegex(UserError, "is pirated and is not sold"):
            self._inspect(resolution, grade="pirated", disposition="restock")
        [inspection] = self._inspect(resolution, grade="pirated", disposition="quarantine")
        self.assertEqual(ticket.next_step, "decide")
        self.assertEqual(self._quarantined(self.run_1), 1)
        with self.assertRaisesRegex(UserError, "is pirated and is not sold"):
            inspection.sudo().write({"disposition": "restock"})
            inspection.sudo()._put_away()
