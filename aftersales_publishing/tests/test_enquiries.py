from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .test_verdicts import VerdictCommon


@tagged("post_install", "-at_install")
class TestEnquiries(VerdictCommon):
    """A case asks the editor, the printer or print quality; the answer becomes a fact (R3.4)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.editor = new_test_user(
            cls.env,
            login="editor",
            name="Editor",
            email="editor@house.example",
            lang="en_US",
            groups="base.group_user",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.printer.email = "hongqi@printer.example"
        cls.ticket = cls._case(cls.order, {cls.run_1: 1}, "binding")
        cls.line = cls.ticket.line_ids
        cls.due = fields.Date.today() + timedelta(days=2)

    def _ask(self, **vals):
        return (
            self.env["aftersales.enquiry"]
            .with_user(self.agent)
            .create(
                {
                    "ticket_id": self.ticket.id,
                    "question": "Which glue was used?",
                    "due": self.due,
                    **vals,
                }
            )
        )

    def test_a_partner_gets_a_mail_without_the_reader(self):
        enquiry = self._ask(partner_id=self.printer.id, line_id=self.line.id)
        self.assertEqual((self.ticket.phase, self.ticket.next_step), ("triage", "await_answer"))
        self.assertEqual(self.ticket.next_holder, "Hongqi Printing")
        self.assertIn("Hongqi Printing (by", self.ticket.enquiry_note)
        mail = self.env["mail.mail"].search([("res_id", "=", enquiry.id)], limit=1)
        self.assertEqual(mail.recipient_ids | mail.partner_ids, self.printer)
        for part in ("Which glue was used?", "NOVEL-1-1", "Red Mansions", "Loose leaves"):
            self.assertIn(part, mail.body_html)
        for secret in ("Li Wei", "li.wei@reader.example", self.order.name):
            self.assertNotIn(secret, mail.body_html + mail.subject)
        enquiry.action_answer("The cold one, by mistake")
        self.assertEqual((self.ticket.next_step, enquiry.state), ("judge", "answered"))
        self.assertIn("The cold one, by mistake", self.line.known_facts)
        self.ticket.with_user(self.agent).action_accept_verdicts()
        self.assertIn("The cold one, by mistake", self.line.verdict_id.facts)
        codes = self.ticket.event_ids.mapped("code")
        self.assertLessEqual({"asked", "answered"}, set(codes))

    def test_a_colleague_gets_a_task(self):
        """The editor has no right on cases, yet reads the question and answers it."""
        enquiry = self._ask(user_id=self.editor.id)
        other = self._ask(user_id=self.other_agent.id)
        activity = enquiry.sudo().activity_ids
        self.assertEqual((activity.user_id, activity.date_deadline), (self.editor, self.due))
        own = self.env["aftersales.enquiry"].with_user(self.editor)
        self.assertEqual(own.search([]), enquiry)
        mine = own.browse(enquiry.id)
        self.assertIn("NOVEL-1-1", mine.known)
        self.assertEqual(mine.case_number, self.ticket.number)
        for action in (
            lambda: own.browse(other.id).action_answer("mine"),
            lambda: mine.action_withdraw("no time"),
            lambda: self.ticket.with_user(self.editor).read(["name"]),
            lambda: own.create({"ticket_id": self.ticket.id, "question": "?", "due": self.due}),
        ):
            with self.assertRaises(AccessError):
                action()
        answer = mine.action_open_answer()["context"]
        vals = {key.removeprefix("default_"): value for key, value in answer.items()}
        wizard = self.env["aftersales.reason.wizard"].with_user(self.editor)
        wizard.create({**vals, "reason": "As in the manuscript"}).action_confirm()
        self.assertEqual((enquiry.state, enquiry.answered_by_id), ("answered", self.editor))
        self.assertFalse(enquiry.sudo().activity_ids)
        self.assertIn("As in the manuscript", self.line.known_facts)
        self.assertEqual(self.ticket.next_step, "await_answer", "the other answer is open")

    def test_what_is_asked_stays(self):
        enquiry = self._ask(user_id=self.editor.id)
        with self.assertRaises(AccessError):
            enquiry.with_user(self.finance).action_answer("x")
        with self.assertRaisesRegex(UserError, "not changed"):
            enquiry.question = "Something else"
        with self.assertRaisesRegex(UserError, "Give a reason"):
            enquiry.action_answer(" ")
        enquiry.action_answer("first")
        enquiry.action_answer("second")
        self.assertEqual(enquiry.answer, "first")
        with self.assertRaisesRegex(UserError, "Reload the page"):
            enquiry.action_withdraw("late")
        with self.assertRaisesRegex(ValidationError, "either one colleague or one partner"):
            self._ask()
        forged = self._ask(user_id=self.editor.id, state="answered", answer="forged")
        self.assertEqual((forged.state, forged.answer), ("open", False))

    def test_only_what_is_typed(self):
        """Commands reach no message of another record; without a case nothing is asked."""
        message = self.ticket.message_post(body="stays")
        self._ask(user_id=self.editor.id, message_ids=[Command.delete(message.id)])
        self.assertTrue(message.exists())
        with self.assertRaisesRegex(UserError, "Name the case"):
            self._ask(user_id=self.editor.id, ticket_id=False)

    def test_closing_ends_questions(self):
        enquiry = self._ask(user_id=self.editor.id)
        self.ticket.with_user(self.agent).action_close()
        self.assertEqual((self.ticket.phase, enquiry.state), ("done", "withdrawn"))
        self.assertFalse(enquiry.sudo().activity_ids)
        with self.assertRaisesRegex(UserError, f"Case {self.ticket.number} is closed. Reopen"):
            self._ask(user_id=self.editor.id)

    def test_withdrawn(self):
        enquiry = self._ask(partner_id=self.printer.id)
        enquiry.action_withdraw("found it in the print order")
        self.assertEqual(self.ticket.next_step, "judge")
        self.assertNotIn("print order", self.line.known_facts, "no answer, no fact")

    def test_who_holds_how_many(self):
        """The list counts by holder; what is overdue is found."""
        self._ask(partner_id=self.printer.id)
        self._ask(partner_id=self.printer.id, due=self.due - timedelta(days=9))
        self._ask(user_id=self.editor.id)
        Enquiry = self.env["aftersales.enquiry"].with_user(self.auditor)
        own = [("ticket_id", "=", self.ticket.id), ("state", "=", "open")]
        groups = dict(Enquiry._read_group(own, ["holder"], ["__count"]))
        self.assertEqual(groups, {"Hongqi Printing": 2, "Editor": 1})
        self.assertEqual(Enquiry.search_count([*own, ("due", "<", "today")]), 1)

    def test_appraisal(self):
        """A sample goes to print quality; the verdict from there answers, and ends the task."""
        context = self.line.with_user(self.agent).action_open_appraisal()["context"]
        vals = {key.removeprefix("default_"): value for key, value in context.items()}
        enquiry = self._ask(**vals)
        self.assertEqual((enquiry.kind, enquiry.user_id), ("appraisal", self.quality))
        self.assertEqual(self.ticket.next_holder, "Quality")
        queue = self.env["ir.actions.act_window"]._for_xml_id(
            "aftersales_publishing.aftersales_appraisal_action"
        )
        self.assertIn("appraisal", queue["domain"])
        self.assertEqual(
            enquiry.with_user(self.quality).action_judge()["res_model"], "aftersales.verdict"
        )
        self.line.with_user(self.agent).action_accept_verdict()
        self.assertEqual(enquiry.state, "open", "the agent's verdict is no appraisal")
        self.env["aftersales.verdict"].with_user(self.quality).create(
            {
                "line_id": self.line.id,
                "reason": "Sewn too loosely",
                "share_ids": [Command.create({"party": "binder"})],
            }
        )
        self.assertEqual((enquiry.state, enquiry.answered_by_id), ("answered", self.quality))
        self.assertIn("Sewn too loosely", enquiry.answer)
        self.assertFalse(enquiry.sudo().activity_ids)
        self.assertEqual(self.ticket.next_step, "propose")

    def test_other_houses_see_nothing(self):
        enquiry = self._ask(partner_id=self.printer.id)
        other = self.env["res.company"].create({"name": "Other House"})
        stranger = new_test_user(
            self.env,
            login="stranger",
            groups="aftersales_publishing.group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        with self.assertRaises(AccessError):
            enquiry.with_user(stranger).action_answer("x")
