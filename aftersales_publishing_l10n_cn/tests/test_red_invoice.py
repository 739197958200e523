from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from odoo.addons.aftersales_publishing.tests.common import AftersalesCommon


@tagged("-standard", "-at_install", "post_install", "optional_modules")
class TestRedInvoice(AftersalesCommon):
    """A fapiao was issued for the book: its refund takes a red invoice (R6.8)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._sell({cls.run_1: 3})
        cls.invoice = cls.order.invoice_ids
        cls.invoice.write({"fapiao": "12345678", "aftersales_fapiao_date": "2026-10-08"})
        cls.ticket = cls._case(cls.order, {cls.run_1: 1})

    def _refund(self):
        self._agree(self.ticket, "refund_only")
        refund = self.ticket.refund_ids.with_user(self.finance)
        refund.action_post()
        return refund

    def _note(self, refund):
        return refund.sudo().credit_note_id.with_user(self.finance)

    def _listed(self, state):
        return (
            self.env["account.move"]
            .with_user(self.finance)
            .search([("aftersales_red_state", "=", state)])
        )

    def test_finance_sees_the_fapiao(self):
        self._agree(self.ticket, "refund_only")
        refund = self.ticket.refund_ids.with_user(self.finance)
        self.assertEqual((refund.fapiao, str(refund.fapiao_date)), ("12345678", "2026-10-08"))
        self.assertEqual(refund.red_state, False)
        with Form(refund) as form:
            self.assertEqual(form.fapiao, "12345678")
        html = self.env["ir.actions.report"]._render_qweb_html(
            "aftersales_publishing.aftersales_refund_report", refund.ids
        )[0]
        self.assertIn("12345678", html.decode())

    def test_due_applied_issued(self):
        refund = self._refund()
        note = self._note(refund)
        self.assertEqual((note.aftersales_red_state, refund.red_state), ("due", "due"))
        self.assertEqual(self._listed("due"), note)
        self.assertEqual(self.env["aftersales.refund"].search([("red_state", "=", "due")]), refund)
        note.aftersales_red_number = " 31012026110200001 "
        self.assertEqual(note.aftersales_red_number, "31012026110200001")
        self.assertTrue(note.aftersales_red_applied_on)
        self.assertEqual(note.aftersales_red_state, "applied")
        self.assertFalse(self._listed("due"))
        refund.invalidate_recordset()
        self.assertEqual(refund.red_number, "31012026110200001")
        note.aftersales_red_issued_on = "2026-11-03"
        self.assertEqual(note.aftersales_red_state, "issued")

    def test_the_number_of_the_red_fapiao_says_issued(self):
        note = self._note(self._refund())
        note.fapiao = "87654321"
        self.assertEqual(note.aftersales_red_state, "issued")

    def test_not_needed(self):
        note = self._note(self._refund())
        note.aftersales_red_not_needed = "voided in the same month"
        self.assertEqual(note.aftersales_red_state, "not_needed")
        with self.assertRaisesRegex(ValidationError, "has a confirmation sheet"):
            note.aftersales_red_number = "1"

    def test_the_fapiao_is_entered_later(self):
        self.invoice.fapiao = False
        note = self._note(self._refund())
        self.assertFalse(note.aftersales_red_state)
        self.invoice.fapiao = "12345678"
        self.assertEqual(note.aftersales_red_state, "due")

    def test_an_undone_refund_needs_none(self):
        refund = self._refund()
        note = self._note(refund)
        refund.action_reverse("wrong case")
        self.assertFalse(note.aftersales_red_state)
        self.assertFalse(self._listed("due"))

    def test_an_undone_refund_that_was_applied_for(self):
        """Somebody has to withdraw the sheet at the tax office."""
        refund = self._refund()
        note = self._note(refund)
        note.aftersales_red_number = "1"
        refund.action_reverse("wrong case")
        self.assertEqual(note.aftersales_red_state, "withdraw")
        self.assertEqual(self._listed("withdraw"), note)
        note.aftersales_red_number = False
        self.assertFalse(note.aftersales_red_state)

    def test_credit_notes_by_hand_count_too(self):
        reversal = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=self.invoice.ids)
            .create({"journal_id": self.invoice.journal_id.id})
        )
        note = self.env["account.move"].browse(reversal.refund_moves()["res_id"])
        self.assertFalse(note.aftersales_red_state)
        note.action_post()
        self.assertEqual(note.aftersales_red_state, "due")

    def test_only_finance_edits(self):
        note = self._note(self._refund())
        accountant = new_test_user(
            self.env, "red_accountant", "account.group_account_manager", lang="en_US"
        )
        for user in (self.agent, self.manager, self.auditor, accountant):
            with self.assertRaises(AccessError):
                note.with_user(user).aftersales_red_number = "1"
        for user in (self.manager, self.auditor):
            self.assertEqual(note.with_user(user).aftersales_red_state, "due")
        both = new_test_user(
            self.env,
            "red_both",
            "account.group_account_manager,aftersales_publishing.group_auditor",
            lang="en_US",
        )
        with self.assertRaisesRegex(AccessError, "Ask a refund approver"):
            note.with_user(both).aftersales_red_number = "1"

    def test_the_screens(self):
        """Each role gets the screens it works with."""
        note = self._note(self._refund())
        action = self.env["ir.actions.actions"]._for_xml_id(
            "aftersales_publishing_l10n_cn.aftersales_red_invoice_action"
        )
        Move = self.env["account.move"]
        for user in (self.finance, self.agent, self.auditor):
            Move.with_user(user).get_view(view_type="form")
            self.env["aftersales.refund"].with_user(user).get_view(view_type="form")
        Move.with_user(self.finance).get_view(view_id=action["views"][0][0], view_type="list")
        self.assertTrue(note.action_open_aftersales_red())
