from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.aftersales_publishing.tests import invariants
from odoo.addons.aftersales_publishing.tests.common import AftersalesCommon
from odoo.addons.aftersales_publishing.tests.later_orders import create_coupons, create_ten_off
from odoo.addons.aftersales_publishing.tests.upgrade import migrate_before


@tagged("-standard", "-at_install", "post_install", "optional_modules")
class TestCoupon(AftersalesCommon):
    """A crease in the cover: the reader keeps the book and gets a coupon for the next order (R6.1)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fixed = create_ten_off(cls.env)
        cls.percent = create_coupons(cls.env, "A tenth off", discount=10.0)
        cls.company.aftersales_refund_limit = 50.0
        cls.company.aftersales_coupon_days = 90
        cls.fixed.with_user(cls.manager).action_offer_in_aftersales()
        remedy = cls.env.ref("aftersales_publishing_loyalty.aftersales_remedy_coupon")
        cls._case_type("damaged_copy").remedy_ids = [Command.link(remedy.id)]

    def setUp(self):
        super().setUp()
        self.order = self._sell({self.run_1: 2})
        self.before = self._order_figures(self.order)
        self.ticket = self._case(self.order, {self.run_1: 1})

    def _propose(self, program=None, ticket=None, user=None):
        lines = (ticket or self.ticket).line_ids.with_user(user or self.agent)
        return lines.action_propose("coupon", coupon_program=program)

    def _give(self, program=None, ticket=None):
        resolution = self._propose(program, ticket)
        resolution.action_agree("phone")
        resolution.action_execute()
        self._end_of_request()
        return resolution

    def _card(self, resolution):
        cards = resolution.sudo().effect_ids.loyalty_card_ids
        return cards.filtered("active") or cards

    def _use(self, card):
        """Let the reader order with the coupon."""
        order = self.env["sale.order"].create(
            {
                "partner_id": self.reader.id,
                "order_line": [Command.create({"product_id": self.atlas.id, "product_uom_qty": 1})],
            }
        )
        [[coupon, reward]] = order._try_apply_code(card.code).items()
        order._apply_program_reward(reward, coupon)
        order.action_confirm()
        return order

    # ------------------------------------------------------------------
    # Given
    # ------------------------------------------------------------------
    def test_a_coupon(self):
        entries = self.env["account.move"].search_count([])
        resolution = self._give()
        card = self._card(resolution)
        self.assertEqual((card.program_id, card.partner_id), (self.fixed, self.reader))
        self.assertEqual((card.points, card.history_ids.issued), (1.0, 1.0))
        self.assertEqual(card.expiration_date, fields.Date.today() + timedelta(days=90))
        self.assertEqual((resolution.coupon_code, resolution.coupon_value), (card.code, 10.0))
        self.assertEqual((resolution.progress, self.ticket.phase), ("done", "done"))
        self.assertIn("coupon_given", self.ticket.event_ids.mapped("code"))
        self.assertNotIn(card.code, str(self.ticket.event_ids.mapped("note")))
        self.assertEqual(self._order_figures(self.order), self.before)
        self.assertEqual(self.env["account.move"].search_count([]), entries)
        self.assertEqual(self.ticket.line_ids.claimable_quantity, 2, "the copy is not consumed")
        self.assertEqual(invariants.find_breaches(self.env), [])

    def test_mailed_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        template = self.env.ref("loyalty.mail_template_loyalty_card")
        template.with_context(lang="zh_CN").subject = "您的优惠券"
        self.reader.lang = "zh_CN"
        card = self._card(self._give())
        mails = self.env["mail.mail"].search(
            [("model", "=", "loyalty.card"), ("res_id", "=", card.id)]
        )
        self.assertEqual(mails.mapped("subject"), ["您的优惠券"], "once, in Chinese")

    def test_used_for_the_next_order(self):
        resolution = self._give()
        order = self._use(self._card(resolution))
        self.assertEqual(order.amount_total, round(128.0 * 1.09 - 10.0, 2))
        self.assertEqual(resolution.progress, "done")
        self.assertEqual(resolution.coupon_use, order.name)

    def test_a_coupon_for_the_next_order(self):
        program = create_coupons(self.env, "Next", "next_order_coupons", discount=5.0)
        program.with_user(self.manager).action_offer_in_aftersales()
        order = self._use(self._card(self._give(program)))
        self.assertEqual(order.amount_total, round(128.0 * 0.95 * 1.09, 2))

    def test_given_once(self):
        """A double click, a retry: one card (I5); a second coupon for the case: none."""
        resolution = self._give()
        resolution.action_execute()
        resolution.action_retry()
        self.assertEqual(len(resolution.sudo().effect_ids.loyalty_card_ids), 1)
        ticket = self._case(self.order, {self.run_1: 1})
        self._propose(ticket=ticket)
        line = ticket.line_ids.with_user(self.agent).copy({"quantity": 1})
        with self.assertRaisesRegex(UserError, "one coupon for a case"):
            line.action_propose("coupon")

    def test_two_agents_at_once(self):
        """The case is held from the proposal on: one coupon, and its value counts."""
        module = "odoo.addons.aftersales_publishing_loyalty.models.aftersales_resolution"
        with patch(f"{module}.lock_and_touch") as lock:
            resolution = self._propose()
            resolution.action_agree("phone")
            resolution.action_execute()
        held = [call.args[0] for call in lock.call_args_list]
        self.assertEqual(held, [self.ticket.sudo()] * 2)

    # ------------------------------------------------------------------
    # Undone
    # ------------------------------------------------------------------
    def test_voided_and_cancelled(self):
        resolution = self._give()
        card = self._card(resolution)
        with self.assertRaisesRegex(UserError, "already happened"):
            resolution.action_cancel("too early")
        self.assertTrue(resolution.can_void_coupon)
        self.assertFalse(resolution.can_withdraw_credit)
        wizard = self.env["aftersales.reason.wizard"].with_user(self.agent)
        context = resolution.with_user(self.agent).action_open_void_coupon()["context"]
        Form(wizard.with_context(**context, default_reason="wrong case")).save().action_confirm()
        self.assertEqual((card.active, card.points), (False, 0.0))
        order = self.env["sale.order"].create({"partner_id": self.reader.id})
        self.assertIn("not_found", order._try_apply_code(card.code))
        self.assertEqual((resolution.progress, self.ticket.next_step), ("executing", "resend"))
        self.assertIn("coupon_voided", self.ticket.event_ids.mapped("code"))
        resolution.action_cancel("wrong case")
        self.assertEqual(resolution.state, "cancelled")
        with self.assertRaisesRegex(UserError, "none to void"):
            resolution.action_void_coupon("again")

    def test_not_voided_once_used(self):
        resolution = self._give()
        order = self._use(self._card(resolution))
        self.assertFalse(resolution.can_void_coupon)
        with self.assertRaisesRegex(UserError, f"has used the coupon already .{order.name}"):
            resolution.action_void_coupon("too late")
        order.with_context(disable_cancel_warning=True).action_cancel()
        resolution.invalidate_recordset()
        resolution.action_void_coupon("the order was cancelled")
        self.assertEqual(resolution.progress, "executing")

    def test_voided_and_given_again(self):
        resolution = self._give()
        first = self._card(resolution)
        resolution.action_void_coupon("the mail went astray")
        resolution.action_retry()
        self.assertNotEqual(self._card(resolution), first)
        self.assertEqual(resolution.progress, "done")

    # ------------------------------------------------------------------
    # Which ones
    # ------------------------------------------------------------------
    def test_only_what_managers_offer(self):
        with self.assertRaisesRegex(UserError, "“A tenth off” is not offered"):
            self._propose(self.percent)
        with self.assertRaises(AccessError):
            self.percent.with_user(self.agent).action_offer_in_aftersales()
        self.percent.with_user(self.manager).action_offer_in_aftersales()
        with self.assertRaisesRegex(UserError, "Choose the coupon: .*A tenth off"):
            self._propose()
        (self.fixed | self.percent).with_user(self.manager).action_stop_in_aftersales()
        with self.assertRaisesRegex(UserError, "No coupon is offered"):
            self._propose()

    def test_what_can_be_offered(self):
        """Coupons with a code for each reader, that are mailed and not over."""
        manager = self.env["loyalty.program"].with_user(self.manager)
        code = self.env["loyalty.program"].browse(
            self.env["loyalty.program"].create_from_template("promo_code")["res_id"]
        )
        with self.assertRaisesRegex(UserError, "is no program of coupons in use"):
            manager.browse(code.id).action_offer_in_aftersales()
        self.percent.communication_plan_ids.unlink()
        self.percent.date_to = fields.Date.today() - timedelta(days=1)
        with self.assertRaisesRegex(UserError, "has ended(.|\n)*mails no coupons"):
            manager.browse(self.percent.id).action_offer_in_aftersales()

    def test_a_program_that_ended_since(self):
        """Neither proposed any more nor given: it would be worthless."""
        resolution = self._propose()
        resolution.action_agree("phone")
        self.fixed.date_to = fields.Date.today() - timedelta(days=1)
        ticket = self._case(self.order, {self.run_1: 1})
        with self.assertRaisesRegex(UserError, f"{ticket.number}.*has ended"), self.cr.savepoint():
            self._propose(ticket=ticket)
        with self.assertRaisesRegex(UserError, f"{self.ticket.number}.*has ended"):
            resolution.action_execute()

    def test_a_program_no_longer_offered(self):
        """What a reader was promised is kept."""
        resolution = self._propose()
        resolution.action_agree("phone")
        self.fixed.with_user(self.manager).action_stop_in_aftersales()
        resolution.action_execute()
        self.assertTrue(self._card(resolution).active)

    def test_not_beyond_the_end_of_the_program(self):
        self.fixed.date_to = fields.Date.today() + timedelta(days=5)
        self.assertEqual(self._card(self._give()).expiration_date, self.fixed.date_to)

    def test_no_address(self):
        self.reader.email = False
        with self.assertRaisesRegex(UserError, "no mail address"):
            self._propose()

    # ------------------------------------------------------------------
    # Limits
    # ------------------------------------------------------------------
    def test_a_fixed_amount_counts(self):
        self.company.aftersales_refund_limit = 9.0
        message = "10.00 of store credit or coupons.*9.00"
        with self.assertRaisesRegex(UserError, message), self.cr.savepoint():
            self._propose()
        self.assertEqual(self._propose(user=self.manager).coupon_value, 10.0)

    def test_a_percentage_has_no_amount(self):
        self.company.aftersales_refund_limit = 0.0
        self.percent.with_user(self.manager).action_offer_in_aftersales()
        self.assertEqual(self._propose(self.percent).coupon_value, 0.0)

    def test_it_leaves_less_to_refund(self):
        """A copy at 65.18 is within 70.00; with a coupon of 10.00 beside it finance decides."""
        self.company.aftersales_refund_limit = 70.0
        plain = self._case(self.order, {self.run_1: 1})
        self._agree(plain, "refund_only")
        self.assertEqual(plain.sudo().refund_ids.state, "approved")
        order = self._sell({self.run_1: 1, self.run_2: 1})
        ticket = self._case(order, {self.run_1: 1, self.run_2: 1})
        first, second = ticket.line_ids.with_user(self.agent)
        first.action_settle("coupon")
        second.action_settle("refund_only")
        refund = ticket.sudo().refund_ids
        self.assertEqual(refund.state, "to_approve")
        self.assertRegex(refund.limit_reason, "Above the limit of Agent.*10.00 of store credit")

    # ------------------------------------------------------------------
    # Screens and rights
    # ------------------------------------------------------------------
    def test_the_dialog(self):
        wizard = self.env["aftersales.propose.wizard"].with_user(self.agent)
        dialog = Form(
            wizard.with_context(
                default_ticket_id=self.ticket.id, default_line_ids=self.ticket.line_ids.ids
            )
        )
        dialog.remedy_id = self.env["aftersales.remedy"]._get("coupon")
        self.assertEqual(dialog.coupon_program_id, self.fixed)
        self.assertRegex(dialog.coupon_note, "10.00 of the limit for refunds, until")
        dialog.agreed = True
        dialog.save().action_propose()
        self.assertEqual(self.ticket.resolution_ids.sudo().coupon_program_id, self.fixed)
        self.assertEqual(self.ticket.phase, "done")

    def test_rights(self):
        resolution = self._give()
        for user in (self.warehouse, self.quality):
            self.assertNotIn("coupon_value", resolution.with_user(user).read()[0])
        for user in (self.warehouse, self.finance, self.auditor):
            with self.assertRaises(AccessError):
                resolution.with_user(user).action_void_coupon("no")
            with self.assertRaises(AccessError):
                self.percent.with_user(user).action_offer_in_aftersales()
            self.assertNotIn("coupon_code", resolution.with_user(user).fields_get())
        with self.assertRaises(AccessError):
            self._card(resolution).with_user(self.warehouse).read(["code"])
        with self.assertRaises(AccessError):
            self.percent.with_user(self.manager).write({"aftersales_usable": True})

    def test_not_offered_by_a_default(self):
        """Who may make programs does not offer one by what his client proposes."""
        self.agent.group_ids |= self.env.ref("sales_team.group_sale_manager")
        Program = self.env["loyalty.program"].with_user(self.agent)
        program = Program.with_context(default_aftersales_usable=True).create(
            {"name": "For friends", "program_type": "coupons"}
        )
        self.assertFalse(program.aftersales_usable)

    def test_a_house_has_a_remedy_of_this_code(self):
        """An upgrade that brings the coupon keeps the house's own remedy beside it (R6.1)."""
        remedy = self.env.ref("aftersales_publishing_loyalty.aftersales_remedy_coupon")
        data = self.env["ir.model.data"].search(
            [("model", "=", "aftersales.remedy"), ("res_id", "=", remedy.id)]
        )
        data.unlink()
        migrate_before(self.env, "aftersales_publishing_loyalty", "19.0.1.1.0")
        self.assertEqual(remedy.code, "coupon_own")

    def test_offered_where_installed(self):
        remedy = self.env.ref("aftersales_publishing_loyalty.aftersales_remedy_coupon")
        self.assertIn(self._case_type("binding"), remedy.case_type_ids)
