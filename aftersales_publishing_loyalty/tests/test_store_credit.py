from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import Form, tagged

from odoo.addons.aftersales_publishing.tests import invariants
from odoo.addons.aftersales_publishing.tests.common import AftersalesCommon
from odoo.addons.aftersales_publishing.tests.later_orders import offer_gift_cards

QUERIES_1 = 130
QUERIES_MANY = 260  # of ten cases


@tagged("-standard", "-at_install", "post_install", "optional_modules")
class TestStoreCredit(AftersalesCommon):
    """A crease in the cover: the reader keeps the book and gets 20.00 for the next order (R6.1)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = offer_gift_cards(cls.company)
        cls.program.name = "After-sales Credit"
        cls.company.aftersales_credit_days = 90
        cls.company.aftersales_refund_limit = 50.0
        remedy = cls.env.ref("aftersales_publishing_loyalty.aftersales_remedy_store_credit")
        cls._case_type("damaged_copy").remedy_ids = [Command.link(remedy.id)]

    def setUp(self):
        super().setUp()
        self.order = self._sell({self.run_1: 2})
        self.before = self._order_figures(self.order)
        self.ticket = self._case(self.order, {self.run_1: 1})

    def _propose(self, amount=20.0, ticket=None, user=None):
        lines = (ticket or self.ticket).line_ids.with_user(user or self.agent)
        return lines.action_propose(
            "store_credit", store_credit=amount, store_credit_reason="Crease in the cover"
        )

    def _give(self, amount=20.0, ticket=None):
        resolution = self._propose(amount, ticket)
        resolution.action_agree("phone")
        resolution.action_execute()
        self._end_of_request()
        return resolution

    def _card(self, resolution):
        cards = resolution.sudo().effect_ids.loyalty_card_ids
        return cards.filtered("active") or cards

    def _use(self, card, copies=1):
        """Let the reader order with the gift card."""
        order = self.env["sale.order"].create(
            {
                "partner_id": self.reader.id,
                "order_line": [
                    Command.create({"product_id": self.novel.id, "product_uom_qty": copies})
                ],
            }
        )
        [[coupon, reward]] = order._try_apply_code(card.code).items()
        order._apply_program_reward(reward, coupon)
        order.action_confirm()
        return order

    def assertSound(self):
        self.assertEqual(invariants.find_breaches(self.env), [])

    # ------------------------------------------------------------------
    # Given
    # ------------------------------------------------------------------
    def test_a_gift_card(self):
        resolution = self._give()
        card = self._card(resolution)
        self.assertEqual((card.program_id, card.points), (self.program, 20.0))
        self.assertEqual(card.partner_id, self.reader)
        self.assertEqual(card.expiration_date, fields.Date.today() + timedelta(days=90))
        self.assertEqual(card.history_ids.issued, 20.0)
        self.assertEqual(card.history_ids.description, f"{self.ticket.number}: Crease in the cover")
        self.assertEqual((resolution.progress, self.ticket.phase), ("done", "done"))
        mails = self.env["mail.mail"].search(
            [("model", "=", "loyalty.card"), ("res_id", "=", card.id)]
        )
        self.assertEqual(len(mails), 1, "by the program's own mail")
        self.assertIn("store_credit_given", self.ticket.event_ids.mapped("code"))
        self.assertNotIn(card.code, str(self.ticket.event_ids.mapped("note")))
        self.assertEqual(resolution.store_credit_code, card.code)

    def test_the_copy_is_not_consumed(self):
        """Nothing is posted and the order stays as it is; the copy can still be exchanged (I1)."""
        entries = self.env["account.move"].search_count([])
        resolution = self._give()
        self.assertFalse(resolution.sudo().effect_ids.compensates_in_full)
        self.assertEqual(self.ticket.line_ids.claimable_quantity, 2)
        self.assertEqual(self._order_figures(self.order), self.before)
        self.assertEqual(self.env["account.move"].search_count([]), entries)
        self._agree(self._case(self.order, {self.run_1: 2}), "exchange")
        self.assertSound()

    def test_given_once(self):
        """A double click, a retry: one card (I5)."""
        resolution = self._give()
        card = self._card(resolution)
        resolution.action_execute()
        resolution.action_retry()
        resolution.sudo().effect_ids.with_user(self.agent).action_post()
        self.assertEqual(resolution.sudo().effect_ids.loyalty_card_ids, card)

    def test_used_for_the_next_order(self):
        resolution = self._give()
        order = self._use(self._card(resolution))
        self.assertEqual(self._card(resolution).points, 0.0)
        self.assertEqual(order.amount_total, round(59.8 * 1.09 - 20.0, 2))
        self.assertEqual(resolution.progress, "done")

    # ------------------------------------------------------------------
    # Undone
    # ------------------------------------------------------------------
    def test_withdrawn_and_cancelled(self):
        resolution = self._give()
        card = self._card(resolution)
        with self.assertRaisesRegex(UserError, "already happened"):
            resolution.action_cancel("too early")
        self.assertTrue(resolution.can_withdraw_credit)
        resolution.action_withdraw_credit("wrong case")
        self.assertEqual((card.active, card.points), (False, 0.0))
        self.assertEqual(sum(card.history_ids.mapped("used")), 20.0)
        self.assertEqual((resolution.progress, self.ticket.next_step), ("executing", "resend"))
        resolution.action_cancel("wrong case")
        self.assertEqual(resolution.state, "cancelled")
        with self.assertRaisesRegex(UserError, "none to withdraw"):
            resolution.action_withdraw_credit("again")
        self.assertSound()

    def test_withdrawn_and_given_again(self):
        resolution = self._give()
        first = self._card(resolution)
        resolution.action_withdraw_credit("the mail went astray")
        resolution.action_retry()
        second = self._card(resolution)
        self.assertNotEqual(first, second)
        self.assertEqual((second.points, resolution.progress), (20.0, "done"))

    def test_withdrawn_after_some_was_used(self):
        """Only what is left goes; the case says what was used and where, and stays done."""
        resolution = self._give(50.0)
        card = self._card(resolution)
        order = self._use(card)
        used = 50.0 - card.points
        if not card.points:
            card.points, used = 10.0, 40.0
        resolution.action_withdraw_credit("contradicted later")
        self.assertEqual((card.active, card.points, card.aftersales_used), (False, 0.0, used))
        self.assertEqual(resolution.progress, "done")
        event = self.ticket.event_ids.filtered(lambda e: e.code == "store_credit_withdrawn")
        self.assertIn(order.name, event.note)
        self.assertIn(f"{used:.2f}", event.note)
        with self.assertRaisesRegex(UserError, "already happened"):
            resolution.action_cancel("too late")

    def test_not_by_who_refused(self):
        """The reader objected and a colleague gave the credit: who refused takes nothing back."""
        self.ticket.action_refuse("damaged by the reader")
        self.ticket.action_object("it arrived like this")
        resolution = self._propose(user=self.other_agent)
        resolution.action_agree("phone")
        resolution.action_execute()
        with self.assertRaisesRegex(UserError, "another person decides"):
            resolution.with_user(self.agent).action_withdraw_credit("as I said")

    def test_archived_by_hand(self):
        """Sales archives the card: the case goes back to its agent."""
        resolution = self._give()
        self._card(resolution).action_archive()
        self._end_of_request()
        self.assertEqual(self.ticket.next_step, "resend")

    # ------------------------------------------------------------------
    # What forbids it
    # ------------------------------------------------------------------
    def test_no_program(self):
        self.company.aftersales_credit_program_id = False
        with self.assertRaisesRegex(RedirectWarning, "Program of Store Credit"):
            self._propose()

    def test_no_amount(self):
        for amount in (0.0, -5.0):
            with self.assertRaisesRegex(UserError, "enter how much"), self.cr.savepoint():
                self._propose(amount)

    def test_no_address(self):
        self.reader.email = False
        with self.assertRaisesRegex(UserError, f"{self.ticket.number}.*no mail address"):
            self._propose()

    def test_a_program_that_mails_nothing(self):
        self.program.communication_plan_ids.unlink()
        with self.assertRaisesRegex(UserError, "mails no gift cards"):
            self._propose()

    def test_beyond_the_agent_s_limit(self):
        """For the same copies, over all cases; a manager may give more."""
        with self.assertRaisesRegex(UserError, "more than the .*50.00"), self.cr.savepoint():
            self._propose(50.01)
        self._give(30.0)
        second = self._case(self.order, {self.run_1: 1})
        with self.assertRaisesRegex(UserError, "let a manager"), self.cr.savepoint():
            self._propose(30.0, second)
        resolution = self._propose(30.0, second, user=self.manager)
        resolution.action_agree("phone")
        with self.assertRaisesRegex(UserError, "let a manager"), self.cr.savepoint():
            resolution.with_user(self.agent).action_execute()
        resolution.action_execute()
        self.assertEqual(self._card(resolution).points, 30.0)

    def test_what_else_the_reader_gets(self):
        """A refund within the same limit leaves less of it for store credit."""
        self.company.aftersales_refund_limit = 80.0
        order = self._sell({self.run_1: 2})
        ticket = self._case(order, {self.run_1: 2})
        self._agree(ticket, "refund_only", quantity=1)
        self.assertEqual(ticket.sudo().refund_ids.approved_by_id.ids, [])
        with self.assertRaisesRegex(UserError, "with what the reader got already"):
            self._propose(30.0, ticket)

    def test_it_leaves_less_to_refund(self):
        """The other way round: what was given as store credit leaves less to refund alone."""
        self.company.aftersales_refund_limit = 80.0
        order = self._sell({self.run_1: 1, self.run_2: 1})
        ticket = self._case(order, {self.run_1: 1, self.run_2: 1})
        first, second = ticket.line_ids.with_user(self.agent)
        first.action_settle("store_credit", store_credit=30.0)
        second.action_settle("refund_only")
        refund = ticket.sudo().refund_ids
        self.assertEqual(refund.state, "to_approve", "65.18 and 30.00 are above 80.00")
        self.assertIn("30.00 of store credit", refund.limit_reason)
        first.sudo()._get_live_resolutions().with_user(self.agent).action_withdraw_credit("no")
        first.sudo()._get_live_resolutions().with_user(self.agent).action_cancel("no")
        self.assertTrue(refund._is_within_limit(), "withdrawn: it no longer counts")

    def test_the_reason_is_asked_for(self):
        resolution = self._give()
        context = resolution.action_open_withdraw_credit()["context"]
        wizard = self.env["aftersales.reason.wizard"].with_user(self.agent)
        Form(wizard.with_context(**context, default_reason="wrong case")).save().action_confirm()
        self.assertFalse(self._card(resolution).active)

    def test_two_agents_at_once(self):
        """The limit counts all lines of the case, so its row is held from the proposal on."""
        module = "odoo.addons.aftersales_publishing_loyalty.models.aftersales_resolution"
        with patch(f"{module}.lock_and_touch") as lock:
            resolution = self._propose()
            resolution.action_agree("phone")
            resolution.action_execute()
        held = [call.args[0] for call in lock.call_args_list]
        self.assertEqual(held, [self.ticket.sudo()] * 2)

    def test_no_purchase(self):
        """A title that any contact complains of: its delivery or order is picked first."""
        line = [Command.create({"product_id": self.novel.id})]
        ticket = self._case(self.order, {}, sale_order_id=False, line_ids=line)
        message = f"{ticket.number}.*needs the delivery of"
        with self.assertRaisesRegex(UserError, message), self.cr.savepoint():
            self._propose(ticket=ticket)
        quotation = self.order.copy()
        ticket.sudo().line_ids.sale_line_id = quotation.order_line[0]
        with self.assertRaisesRegex(UserError, message), self.cr.savepoint():
            self._propose(ticket=ticket)
        quotation.action_confirm()
        self.assertEqual(self._propose(ticket=ticket).state, "proposed")

    def _case_elsewhere(self):
        line = {
            "product_id": self.novel.id,
            "bought_elsewhere": True,
            "edition": "1",
            "impression": 1,
        }
        order = self._sell({self.run_1: 1})
        return self._case(order, {}, sale_order_id=False, line_ids=[Command.create(line)])

    def test_bought_elsewhere(self):
        """As with money, a manager proposes it on the page and the receipt; the limit is the reader's."""
        ticket = self._case_elsewhere()
        with self.assertRaisesRegex(UserError, "only a manager proposes"), self.cr.savepoint():
            self._propose(ticket=ticket)
        ticket.proof_ids.received = False
        with self.assertRaises(UserError) as refused, self.cr.savepoint():
            self._propose(ticket=ticket, user=self.manager)
        self.assertIn("known by its page only", str(refused.exception))
        self.assertIn("needs “Proof of purchase”", str(refused.exception))
        receipt = self.env.ref("aftersales_publishing.aftersales_proof_purchase_proof")
        second = self._case_elsewhere()
        for case in ticket | second:
            self.env["aftersales.case.proof"].create({"ticket_id": case.id, "proof_id": receipt.id})
            case.proof_ids.received = True
            resolution = self._propose(30.0, case, user=self.manager)
            resolution.action_agree("phone")
        with self.assertRaisesRegex(UserError, "60.00.*of store credit"), self.cr.savepoint():
            resolution.with_user(self.agent).action_execute()
        resolution.action_execute()
        self.assertSound()

    # ------------------------------------------------------------------
    # Screens, rights, speed
    # ------------------------------------------------------------------
    def test_the_dialog(self):
        wizard = self.env["aftersales.propose.wizard"].with_user(self.agent)
        dialog = Form(
            wizard.with_context(
                default_ticket_id=self.ticket.id, default_line_ids=self.ticket.line_ids.ids
            )
        )
        dialog.remedy_id = self.env["aftersales.remedy"]._get("store_credit")
        dialog.store_credit = 15.0
        dialog.agreed = True
        dialog.save().action_propose()
        self.assertEqual(self.ticket.resolution_ids.sudo().store_credit, 15.0)
        self.assertEqual(self.ticket.phase, "done")

    def test_rights(self):
        resolution = self._give()
        for user in (self.warehouse, self.quality):
            self.assertNotIn("store_credit", resolution.with_user(user).read()[0])
        for user in (self.warehouse, self.finance, self.auditor):
            with self.assertRaises(AccessError):
                resolution.with_user(user).action_withdraw_credit("no")
            self.assertNotIn("store_credit_code", resolution.with_user(user).fields_get())
        with self.assertRaises(AccessError):
            self._card(resolution).with_user(self.warehouse).read(["code"])

    def test_offered_where_installed(self):
        remedy = self.env.ref("aftersales_publishing_loyalty.aftersales_remedy_store_credit")
        self.assertIn(self._case_type("binding"), remedy.case_type_ids)

    def test_queries(self):
        tickets = [self._case(self._sell({self.run_1: 1}), {self.run_1: 1}) for _n in range(12)]
        resolutions = self.env["aftersales.resolution"].concat(
            *(self._propose(10.0, ticket) for ticket in tickets)
        )
        resolutions.action_agree("phone")
        resolutions[0].action_execute()
        for records, limit in ((resolutions[1], QUERIES_1), (resolutions[2:], QUERIES_MANY)):
            self._end_of_request()
            self.env.invalidate_all()
            with self.assertQueryCount(limit):
                records.with_user(self.agent).action_execute()
                self._end_of_request()
        self.assertEqual(len(resolutions.sudo().effect_ids.loyalty_card_ids), 12)
