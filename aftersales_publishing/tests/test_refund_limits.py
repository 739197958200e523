from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestRefundLimits(AftersalesCommon):
    """Who may give how much money back, and what makes a yes void (R6.8).

    One copy is worth 65.18, two 130.37; agents refund up to 100 alone.
    """

    def _ask(self, quantity=1, remedy="refund_only", **vals):
        order = self._sell({self.run_1: 3})
        ticket = self._case(order, {self.run_1: quantity}, **vals)
        self._agree(ticket, remedy)
        return ticket.refund_ids

    def _limit(self, level, amount):
        return self.env["aftersales.refund.limit"].create(
            {"company_id": self.company.id, "complaint_level": level, "amount": amount}
        )

    def test_a_level_has_a_limit_of_its_own(self):
        self._limit("1", 0)
        self._limit("3", 500)
        grave = self._ask(complaint_level="1", level_reason="12315")
        light = self._ask(2, complaint_level="3", level_reason="a trifle")
        self.assertEqual((grave.state, light.state), ("to_approve", "approved"))
        self.assertIn("Above", grave.limit_reason)

    def test_the_callers_context_approves_nothing(self):
        """Refunds that somebody approved don't count for the limit: nobody did."""
        order = self._sell({self.run_1: 3})
        line = self._case(order, {self.run_1: 3}).line_ids.with_user(self.agent)
        context = {
            "default_approved_by_id": self.finance.id,
            "default_decision": "approved",
            "default_state": "agreed",
            "default_returned_late": True,
            "default_paid_ahead": True,
        }
        for _time in range(2):
            line.with_context(**context).action_settle("refund_only", 1)
        resolutions = line.resolution_ids.sudo()
        refunds = line.ticket_id.sudo().refund_ids
        self.assertFalse(refunds.approved_by_id)
        self.assertEqual(set(refunds.mapped("state")), {"approved", "to_approve"})
        self.assertFalse(any(resolutions.mapped("returned_late")))
        proposed = line.with_context(**context).action_propose("refund_only", 1)
        self.assertEqual(proposed.state, "proposed")

    def test_own_limit_goes_before_that_of_the_level(self):
        self._limit("1", 0)
        self.agent.write({"aftersales_own_refund_limit": True, "aftersales_refund_limit": 70})
        refund = self._ask(complaint_level="1", level_reason="12315")
        self.assertEqual(refund.state, "approved")

    def test_raised_level_counts_when_posting(self):
        self._limit("1", 0)
        refund = self._ask()
        refund.ticket_id.with_user(self.agent).write(
            {"complaint_level": "1", "level_reason": "The media ask."}
        )
        with self.assertRaisesRegex(UserError, "above the limit"):
            refund.with_user(self.agent).action_post()
        refund.with_user(self.finance).action_approve_and_post()
        self.assertEqual((refund.state, refund.approved_by_id), ("posted", self.finance))

    def test_a_level_is_not_taken_away_to_have_another_limit(self):
        self._limit("1", 0)
        refund = self._ask(complaint_level="1", level_reason="12315")
        ticket = refund.ticket_id.with_user(self.agent)
        with self.assertRaisesRegex(UserError, "say why"):
            ticket.complaint_level = False
        with self.assertRaises(AccessError):
            ticket.write({"complaint_level": False, "level_reason": "by mistake"})
        self.assertEqual(ticket.complaint_level, "1")

    def test_what_finance_refused_it_decides_again_also_on_another_remedy(self):
        refund = self._ask()
        refund.with_user(self.finance).action_refuse("The photo shows another book.")
        resolution = refund.line_ids.effect_id.resolution_id.with_user(self.agent)
        resolution.action_cancel("again")
        self._agree(refund.ticket_id, "refund_only")
        again = refund.ticket_id.refund_ids - refund
        self.assertEqual((refund.state, again.state), ("refused", "to_approve"))

    def test_cancelling_one_remedy_leaves_the_refund_of_the_other(self):
        order = self._sell({self.run_1: 1, self.run_2: 1})
        ticket = self._case(order, {self.run_1: 1, self.run_2: 1})
        self._agree(ticket, "refund_only")
        refund = ticket.refund_ids
        refund.with_user(self.finance).action_approve()
        first, second = ticket.resolution_ids
        first.with_user(self.agent).action_cancel("found again")
        self.assertEqual((first.state, refund.line_ids.effect_id), ("cancelled", second.effect_ids))
        self.assertEqual((refund.state, refund.approved_by_id.id), ("to_approve", False))
        refund.with_user(self.finance).action_approve_and_post()
        self.assertEqual(refund.credit_note_id.amount_total, 65.18)

    def test_limits_are_changed_by_managers_and_seen_at_once(self):
        with self.assertRaises(AccessError):
            self.env["aftersales.refund.limit"].with_user(self.finance).create(
                {"complaint_level": "1", "amount": 1}
            )
        limit = self._limit("1", 10).with_user(self.manager)
        get_limit = self.agent._get_aftersales_refund_limit
        self.assertEqual(get_limit(self.company, "1"), 10)
        limit.amount = 20
        self.assertEqual(get_limit(self.company, "1"), 20)
        limit.unlink()
        self.assertEqual(get_limit(self.company, "1"), 100)

    def test_above_the_approvers_limit_a_senior_decides(self):
        self.company.aftersales_approval_limit = 120
        senior = new_test_user(
            self.env,
            "as_senior",
            groups="aftersales_publishing.group_finance_senior",
            lang="en_US",
            company_ids=[Command.set(self.company.ids)],
            company_id=self.company.id,
        )
        refund = self._ask(2)
        self.assertIn("senior", refund.with_user(self.finance).approval_hint)
        for verb in ("action_approve", "action_approve_and_post"):
            with self.assertRaisesRegex(AccessError, "senior refund approver"):
                getattr(refund.with_user(self.finance), verb)()
        self._end_of_request()
        task = refund.ticket_id.activity_ids.filtered(lambda a: a.summary == "Approve the refund")
        self.assertEqual(task.user_id, senior, "the task goes to who can do it")
        refund.with_user(senior).action_approve_and_post()
        self.assertEqual((refund.state, refund.approved_by_id), ("posted", senior))

    def test_the_approvers_limit_holds_for_the_sum_of_a_case(self):
        self.company.aftersales_approval_limit = 140
        self.company.aftersales_refund_limit = 0
        ticket = self._case(self._sell({self.run_1: 3}), {self.run_1: 3})
        self._agree(ticket, "refund_only", 2)
        first = ticket.refund_ids
        first.with_user(self.finance).action_approve()
        self._agree(ticket, "refund_only", 1)
        second = ticket.refund_ids - first
        with self.assertRaisesRegex(AccessError, "195.55"):
            second.with_user(self.finance).action_approve()

    def test_senior_approver_does_not_approve_own_request(self):
        self.agent.group_ids |= self.env.ref("aftersales_publishing.group_finance_senior")
        refund = self._ask(2)
        for verb in ("action_approve", "action_approve_and_post"):
            with self.assertRaisesRegex(AccessError, "requested by yourself"):
                getattr(refund.with_user(self.agent), verb)()
        with self.assertRaisesRegex(UserError, "not approved yet"):
            refund.with_user(self.agent).action_post()

    def test_a_changed_amount_voids_the_approval(self):
        refund = self._ask(2)
        refund.with_user(self.finance).action_approve()
        refund.line_ids.sudo().write({"amount": 140.0, "amount_untaxed": 128.44})
        self.assertEqual((refund.state, refund.approved_by_id.id), ("to_approve", False))
        self.assertIn("approval_voided", refund.ticket_id.event_ids.mapped("code"))

    def test_a_contradiction_voids_the_approval(self):
        """Two of three copies are fine and approved; the third comes later and is no book of ours."""
        order = self._sell({self.run_1: 3})
        ticket = self._case(order, {self.run_1: 3})
        resolution = self._agree(ticket, "return_refund")
        picking = self._receive(resolution)
        inspections = resolution.sudo().inspection_ids.with_user(self.warehouse)
        inspections.write({"grade": "defective", "disposition": "quarantine", "quantity": 2})
        inspections.action_done()
        refund = ticket.refund_ids
        refund.with_user(self.finance).action_approve()
        self.assertEqual(refund.state, "approved")
        self._inspect(resolution, "not_ours")
        self.assertEqual((refund.state, ticket.next_step), ("to_approve", "decide"))
        self.assertTrue(refund.has_contradiction)
        self.assertTrue(picking)
        refund.with_user(self.finance).action_approve_and_post()
        self.assertEqual(refund.state, "posted", "the two are not in dispute")

    def test_no_money_for_copies_in_dispute(self):
        """A remedy that credits before the inspection: what it contradicts is not paid."""
        remedy = self.env.ref("aftersales_publishing.aftersales_remedy_return_refund")
        remedy.credit_after_inspection = False
        order = self._sell({self.run_1: 3})
        ticket = self._case(order, {self.run_1: 1})
        resolution = self._agree(ticket, "return_refund")
        refund = ticket.refund_ids
        self._receive(resolution)
        ticket.with_user(self.agent).action_post_refunds()
        self.assertEqual(refund.state, "posted")
        inspections = self._inspect(resolution, "reader_damage")
        with self.assertRaisesRegex(UserError, "the inspection contradicts the claim"):
            refund.with_user(self.finance).action_pay()
        inspections.with_user(self.agent).action_overrule("The parcel was torn.")
        refund.with_user(self.finance).action_pay()
        self.assertEqual(refund.state, "paid")

    # ------------------------------------------------------------------
    # In accounting
    # ------------------------------------------------------------------
    def _reset_note(self):
        refund = self._ask(2)
        refund.with_user(self.finance).action_approve_and_post()
        accountant = new_test_user(
            self.env, "as_accountant", groups="account.group_account_manager", lang="en_US"
        )
        note = refund.credit_note_id.with_user(accountant)
        note.button_draft()
        return refund, note

    def test_a_note_edited_upwards_is_not_posted(self):
        refund, note = self._reset_note()
        note.invoice_line_ids.price_unit += 1
        with self.assertRaisesRegex(UserError, f"{refund.number}.*130.37"):
            note.action_post()
        self.assertEqual(note.state, "draft")

    def test_a_note_edited_downwards_is_posted(self):
        refund, note = self._reset_note()
        note.invoice_line_ids.price_unit -= 1
        note.action_post()
        self.assertEqual(refund.state, "posted")
        refund.with_user(self.finance).action_pay()
        self.assertEqual(sum(refund.payment_ids.mapped("amount")), note.amount_total)

    def test_a_note_in_another_currency_is_not_posted(self):
        _refund, note = self._reset_note()
        euro = self.env.ref("base.EUR")
        euro.active = True
        note.currency_id = euro
        with self.assertRaisesRegex(UserError, "Correct the credit note"):
            note.action_post()

    def test_a_note_that_was_replaced_is_not_posted(self):
        refund, note = self._reset_note()
        refund.with_user(self.finance).action_post()
        self.assertNotEqual(refund.credit_note_id, note)
        note.button_draft()
        with self.assertRaisesRegex(UserError, "replaced"):
            note.action_post()

    def test_a_note_of_a_refused_refund_is_not_posted(self):
        refund, note = self._reset_note()
        refund.with_user(self.finance).action_refuse("no")
        note.button_draft()
        with self.assertRaisesRegex(UserError, f"{refund.number}.*is not approved"):
            note.action_post()


@tagged("post_install", "-at_install")
class TestFourEyes(AftersalesCommon):
    """Who decided that there is something to pay back does not approve it (R6.8)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.aftersales_refund_limit = 0
        groups = cls.env.ref("aftersales_publishing.group_finance")
        for user in (cls.manager, cls.other_agent):
            user.group_ids |= groups

    def assertBarred(self, refund, user):
        self.assertEqual(refund.state, "to_approve")
        own = refund.with_user(user)
        own.invalidate_recordset()
        self.assertIn("your own decision", own.approval_hint)
        with self.assertRaisesRegex(AccessError, "rests on your own decision"):
            own.action_approve()
        self.assertIn(user.id, refund._get_barred_approvers([user.id, self.finance.id]))
        refund.with_user(self.finance).action_approve()
        self.assertEqual(refund.approved_by_id, self.finance)

    def test_who_let_it_through(self):
        ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1}, "return_no_reason")
        ticket.sudo()._write_unguarded({"registered_at": "2040-01-01"})
        ticket.line_ids.invalidate_recordset()
        ticket.line_ids.with_user(self.manager).action_let_through("a loyal reader")
        resolution = self._agree(ticket, "return_refund")
        self._receive(resolution)
        self._inspect(resolution, grade="as_new", disposition="restock")
        self.assertBarred(ticket.refund_ids, self.manager)

    def test_who_accepted_the_claim_against_the_inspection(self):
        ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1})
        resolution = self._agree(ticket, "return_refund")
        self._receive(resolution)
        inspection = self._inspect(resolution, grade="as_new", contradicts=True, note="like new")
        inspection.with_user(self.other_agent).action_overrule("seen on the photo")
        self.assertEqual(inspection.overruled_by_id, self.other_agent)
        self.assertEqual(ticket.refund_ids.requested_by_id, self.agent)
        self.assertBarred(ticket.refund_ids, self.other_agent)

    def test_who_proposed_it(self):
        ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1})
        resolution = ticket.line_ids.with_user(self.other_agent).action_propose("refund_only")
        resolution.with_user(self.agent).action_agree("phone")
        resolution.with_user(self.agent).action_execute()
        self.assertBarred(ticket.refund_ids, self.other_agent)
