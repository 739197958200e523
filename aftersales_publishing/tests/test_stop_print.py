from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestStopPrint(AftersalesCommon):
    """The binder's machine still runs while copies fall apart: the printer is asked to stop, in
    writing, and the letter is followed until he may go on (R4.4)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.printer.email = "works@hongqi.example"
        cls.run_1.print_order_ref = "YS-1"

    def _complain(self):
        ticket = self._case(self._sell({self.run_1: 60}), {self.run_1: 6})
        resolution = self._agree(ticket, "return_refund")
        self._receive(resolution)
        self._inspect(resolution)

    def _stop(self, reason="Leaves come loose after a week.", **options):
        return self.run_1.with_user(self.quality).action_stop_print(reason, **options)

    def _mails(self, notice):
        return self.env["mail.mail"].search(
            [("model", "=", notice._name), ("res_id", "=", notice.id)], order="id"
        )

    def _letter(self, notice):
        html, _type = self.env["ir.actions.report"]._render_qweb_html(
            "aftersales_publishing.report_stop_print", notice.ids
        )
        return html.decode()

    def test_sent_acknowledged_lifted(self):
        """Print quality writes; the printer answers; a week later he may go on."""
        self._complain()
        notice = self._stop()
        self.assertRegex(notice.name, r"^STOP/\d{4}/\d{5}$")
        self.assertEqual((notice.state, notice.partner_id), ("sent", self.printer))
        self.assertEqual((notice.sold, notice.confirmed), (60, 6))
        mail = self._mails(notice)
        self.assertEqual(mail.recipient_ids, self.printer)
        self.assertIn("NOVEL-1-1", mail.subject)
        self.assertIn("Leaves come loose after a week.", mail.body_html)
        [pdf] = mail.attachment_ids
        self.assertIn("Stop-print notice STOP_", pdf.name)
        notice.action_acknowledge("Machine 3 stands, 400 copies bound.")
        self.assertEqual(notice.state, "acknowledged")
        notice.action_lift("The glue was changed, the sample is good.")
        self.assertEqual((notice.state, notice.lifted_by_id), ("lifted", self.quality))
        goes_on = self._mails(notice) - mail
        self.assertIn("may go on", goes_on.subject)
        self.assertIn("The glue was changed", goes_on.body_html)

    def test_the_letter(self):
        """The run, what is wrong, the figures of that day; nothing about readers."""
        self._complain()
        notice = self._stop()
        letter = self._letter(notice)
        for text in ("Hongqi Printing", "A Dream of Red Mansions", "YS-1", "Leaves come loose"):
            self.assertIn(text, letter)
        self.assertRegex(
            letter,
            r"Copies sold: <span>60</span>\. Came back and found defective:\s+<span>6</span>",
        )
        self.assertIn(self._defect("loose_leaves").name, letter)
        self.assertNotIn(self.reader.name, letter)
        self.assertNotIn(self.reader.email, letter)
        self._complain()
        self.assertEqual(self._letter(notice), letter, "what was sent does not change")

    def test_text_defects_are_ours(self):
        """Misprints are no evidence against the printer."""
        ticket = self._case(self._sell({self.run_1: 9}), {self.run_1: 4}, defects=("misprint",))
        self.assertTrue(ticket)
        notice = self._stop()
        self.assertFalse(notice.evidence)
        self.assertFalse(notice.confirmed)
        self.assertNotIn(self._defect("misprint").name, self._letter(notice))

    def test_in_the_printers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.printer.lang = "fr_FR"
        template = self.env.ref("aftersales_publishing.mail_template_stop_print")
        template.with_context(lang="fr_FR").subject = "Arrêtez {{ object.lot_id.name }}"
        self.assertEqual(self._mails(self._stop()).subject, "Arrêtez NOVEL-1-1")

    def test_on_paper(self):
        """A printer without an address gets a letter; the mail would have been refused."""
        self.printer.email = False
        with self.assertRaisesRegex(UserError, "Hongqi Printing has no e-mail address"):
            self._stop()
        notice = self._stop(by_mail=False)
        notice.action_lift("All is well.")
        self.assertFalse(self._mails(notice))
        self.assertEqual(notice.action_print()["report_type"], "qweb-pdf")

    def test_wizard(self):
        """The button proposes the way that is possible, and opens the notice."""
        action = self.run_1.with_user(self.quality).action_open_stop_print()
        wizards = self.env[action["res_model"]].with_user(self.quality)
        form = Form(wizards.with_context(**action["context"]))
        self.assertEqual((form.way, form.partner_id), ("mail", self.printer))
        form.reason = "Pages 33 to 48 missing"
        opened = form.save().action_send()
        notice = self.env[opened["res_model"]].browse(opened["res_id"])
        self.assertEqual((notice.reason, notice.by_mail), ("Pages 33 to 48 missing", True))
        self.assertEqual(self.run_1.stop_print_ids, notice)

    def test_one_stands(self):
        notice = self._stop()
        with self.assertRaisesRegex(UserError, "NOVEL-1-1: a stop-print notice stands already"):
            self._stop("Again")
        notice.action_lift("A mistake.")
        self.assertNotEqual(self._stop("Now really"), notice)

    def test_reasons(self):
        with self.assertRaisesRegex(UserError, "Say what is wrong"):
            self._stop(" ")
        notice = self._stop()
        with self.assertRaisesRegex(UserError, "what the printer answered"):
            notice.action_acknowledge("")
        with self.assertRaisesRegex(UserError, "why printing may go on"):
            notice.action_lift("")
        notice.action_lift("A mistake.")
        with self.assertRaisesRegex(UserError, "cannot become"):
            notice.action_acknowledge("Too late")
        self.run_2.printer_id = False
        with self.assertRaisesRegex(UserError, "NOVEL-1-2 has no printer"):
            self.run_2.with_user(self.quality).action_stop_print("x")

    def test_who_may(self):
        """Print quality and managers write; the other desks read; nobody types."""
        for user in (self.agent, self.warehouse, self.finance, self.auditor):
            with self.assertRaisesRegex(AccessError, "takes one of these roles"):
                self.run_1.with_user(user).action_stop_print("why not")
        notice = self._stop()
        for user in (self.agent, self.warehouse, self.finance, self.auditor):
            self.assertEqual(notice.with_user(user).state, "sent")
            with self.assertRaisesRegex(AccessError, "takes one of these roles"):
                notice.with_user(user).action_lift("why not")
        for user in (self.quality, self.manager):
            with self.assertRaises(AccessError):
                notice.with_user(user).write({"state": "lifted"})
        notice.with_user(self.manager).action_acknowledge("He called.")

    def test_other_companies(self):
        notice = self._stop()
        other = self.env["res.company"].create({"name": "Other House"})
        self.quality.write({"company_ids": [(4, other.id)], "company_id": other.id})
        there = notice.with_user(self.quality).with_context(allowed_company_ids=other.ids)
        self.assertFalse(there.search([]))
