from odoo.tests import Form, tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestCaseRefused(AftersalesCommon):
    """A case is refused as a whole: the reader reads why, once, and may object (R9.1, R9.3)."""

    def setUp(self):
        super().setUp()
        self.ticket = self._case(self._sell({self.run_1: 2}), {self.run_1: 2})

    def _get_mails(self):
        return self.ticket.sudo().refusal_mail_ids

    def test_the_reader_is_told(self):
        self.ticket.action_refuse("Coffee was spilled over it.\nWe saw it on the photo.")
        [mail] = self._get_mails()
        self.assertEqual(mail.recipient_ids, self.reader)
        self.assertIn("Coffee was spilled over it.\nWe saw", mail.body_html)
        self.assertIn(self.ticket.number, mail.subject)
        self.assertEqual((mail.model, mail.res_id), (self.ticket._name, self.ticket.id))
        self.assertIn(mail.mail_message_id, self.ticket.message_ids)

    def test_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        template = self.env.ref("aftersales_publishing.mail_template_case_refused")
        template.with_context(lang="zh_CN").subject = "案例 {{ object.number }}：处理结果"
        self.reader.lang = "zh_CN"
        self.ticket.action_refuse("书被咖啡弄湿。")
        self.assertEqual(self._get_mails().subject, f"案例 {self.ticket.number}：处理结果")

    def test_told_once(self):
        """Clicked twice, or every copy was refused by itself before."""
        self.ticket.action_refuse("worn")
        self.ticket.action_refuse("worn")
        self.assertEqual(len(self._get_mails()), 1)
        self.ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1})
        self.ticket.line_ids.action_refuse("worn")
        self.ticket.action_refuse("worn")
        self.assertFalse(self._get_mails())
        self.assertEqual(len(self.ticket.sudo().effect_ids.mail_ids), 1)

    def test_what_is_left_of_it(self):
        """One copy is settled: the other is refused by itself, and the reader told that."""
        resolution = self._agree(self.ticket, "exchange", 1)
        self._receive(resolution)
        self._inspect(resolution)
        self._ship(resolution)
        self.ticket.action_refuse("worn")
        self.assertFalse(self._get_mails())
        self.assertEqual(len(self.ticket.sudo().effect_ids.mail_ids), 1)

    def test_a_mistake(self):
        """Reopened before the mail left: it does not leave any more; refused again, one does."""
        self.ticket.action_refuse("worn")
        self.ticket.action_reopen("another case was meant")
        self.assertEqual(self._get_mails().state, "cancel")
        self.ticket.action_refuse("worn")
        self.assertEqual(sorted(self._get_mails().mapped("state")), ["cancel", "outgoing"])

    def test_after_it_left(self):
        self.ticket.action_refuse("worn")
        self._get_mails().state = "sent"
        self.ticket.action_object("It came like that.")
        self.assertEqual(self._get_mails().state, "sent")

    def test_cancelled_is_not_refused(self):
        self.ticket.action_cancel("entered twice")
        self.assertFalse(self._get_mails())

    def test_whoever_is_not_mailed(self):
        """No address, or a type of case that goes to the editor's office: the agent is told so."""
        self.assertIn("mailed as you write it", self._ask())
        self.ticket.case_type_id.sudo().sends_mail = False
        self.assertIn("No mail goes out", self._ask())
        self.ticket.case_type_id.sudo().sends_mail = True
        self.reader.email = False
        self.ticket.sudo().partner_email = False
        self.assertIn("No mail goes out", self._ask())
        self.ticket.action_refuse("worn")
        self.assertFalse(self._get_mails())
        self.assertEqual(self.ticket.phase, "refused")

    def _ask(self):
        action = self.ticket.with_user(self.agent).action_open_refuse()
        dialog = self.env["aftersales.reason.wizard"].with_user(self.agent)
        return Form(dialog.with_context(**action["context"])).question

    def test_address_of_the_case(self):
        """The reader has none, the case does."""
        self.reader.email = False
        self.ticket.sudo().partner_email = "li@letter.example"
        self.ticket.action_refuse("worn")
        self.assertEqual(self._get_mails().email_to, "li@letter.example")
