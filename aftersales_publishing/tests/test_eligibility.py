from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from . import invariants
from .common import AftersalesCommon

SIGNED = "2026-03-02 04:00:00"  # a Monday, at noon in Shanghai


class EligibilityCommon(AftersalesCommon):
    """Copies that were delivered on the second of March, house time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "Asia/Shanghai"
        cls.no_reason = cls._case_type("return_no_reason")
        with freeze_time(SIGNED):
            cls.order = cls._sell({cls.run_1: 9})

    def _claim(self, at="2026-03-03 04:00:00", copies=1, case_type="return_no_reason", **vals):
        """Take in a case at a moment (UTC); return its line."""
        with freeze_time(at):
            ticket = self._case(self.order, {self.run_1: copies}, case_type, **vals)
        ticket.line_ids.invalidate_recordset()
        return ticket.line_ids

    def _propose(self, line, remedy="return_refund", quantity=None, user=None):
        return line.with_user(user or self.agent).action_propose(remedy, quantity)

    def _promise(self, **vals):
        return self.env["aftersales.title.promise"].with_user(self.manager).create(vals)

    def _judge(self, line, *parties):
        share = 100.0 / len(parties)
        self.env["aftersales.verdict"].with_user(self.agent).create(
            {
                "line_id": line.id,
                "reason": "as the photo shows",
                "share_ids": [Command.create({"party": p, "percent": share}) for p in parties],
            }
        )

    def assertEligible(self, line, note="Until 03/09/2026"):
        self.assertEqual((line.eligibility, line.eligibility_note), ("eligible", note))

    def assertNotEligible(self, line, reason):
        self.assertEqual(line.eligibility, "not")
        self.assertRegex(line.eligibility_note, reason)
        with self.assertRaisesRegex(UserError, f"not eligible. .*{reason}.* Refuse it"):
            self._propose(line)


@tagged("post_install", "-at_install")
class TestSevenDays(EligibilityCommon):
    """Seven days without a reason, from the day after signing (七天无理由)."""

    def test_the_last_minute(self):
        line = self._claim("2026-03-09 15:59:00")
        self.assertEqual(line.eligible_until, date(2026, 3, 9))
        self.assertEligible(line)
        self.assertTrue(self._propose(line))

    def test_a_minute_too_late(self):
        line = self._claim("2026-03-09 16:01:00")
        self.assertNotEligible(
            line, "7 days from the day after signing .03/02/2026. ended on 03/09"
        )

    def test_whoever_looks(self):
        """A reader or an agent in another zone, and a house without one: the house's country."""
        line = self._claim("2026-03-09 15:59:00")
        self.agent.tz = "America/Los_Angeles"
        self.reader.tz = "Pacific/Kiritimati"
        zones = (("Asia/Shanghai", "CN"), (False, "CN"), (False, "DE"), (False, False))
        for zone, country in zones:
            self.company.partner_id.tz = zone
            self.company.country_id = country and self.env.ref(f"base.{country.lower()}")
            days = set()
            for user in (self.agent, self.manager, self.env.user):
                line.invalidate_recordset()
                seen = line.with_user(user).with_context(tz=user.tz)
                days.add((seen.eligible_until, seen.eligibility))
            self.assertEqual(days, {(date(2026, 3, 9), "eligible")}, (zone, country))
        self.company.country_id = self.env.ref("base.cn")
        line = self._claim("2026-03-09 16:01:00").with_user(self.agent)
        self.assertNotEligible(line, "ended on 03/09")

    def test_signed_later_than_sent(self):
        line = self._claim("2026-03-11 04:00:00")
        line.signed_on = date(2026, 3, 4)
        self.assertEligible(line, "Until 03/11/2026")

    def test_signed_between_delivery_and_complaint(self):
        line = self._claim("2026-03-11 04:00:00").with_user(self.agent)
        for wrong in (date(2026, 3, 1), date(2026, 3, 12)):
            message = f"{line.ticket_id.number}.*from 03/02/2026 .delivery. to 03/11/2026"
            with self.assertRaisesRegex(ValidationError, message), self.cr.savepoint():
                line.signed_on = wrong
        line.signed_on = date(2026, 3, 2)

    def test_who_changes_the_facts_is_noted(self):
        """They decide about the claim, so they stay as they are once it is decided."""
        line = self._claim("2026-03-11 04:00:00").with_user(self.agent)
        line.write({"signed_on": date(2026, 3, 4), "code_used": False})
        event = line.ticket_id.event_ids.filtered(lambda e: e.code == "facts_changed")
        self.assertEqual(event.user_id, self.agent)
        self.assertTrue(event.note.endswith(": Signed For On: — → 03/04/2026"), event.note)
        self._propose(line)
        for facts in ({"signed_on": date(2026, 3, 5)}, {"media_opened": True}):
            with self.assertRaisesRegex(UserError, "Cancel it first"):
                line.write(facts)

    def test_in_time_however_long_it_takes(self):
        """What counts is the day on which the reader asked, not the one of the answer."""
        line = self._claim("2026-03-09 04:00:00")
        with freeze_time("2026-04-20 04:00:00"):
            line.invalidate_recordset()
            self.assertEligible(line)
            self.assertTrue(self._propose(line))

    def test_the_day_passes_while_the_form_is_open(self):
        """Before it is registered the clock runs; nothing is stored."""
        line = self._claim()
        line.ticket_id.sudo()._write_unguarded({"registered_at": False})
        for at, expected in (("2026-03-09 12:00:00", "eligible"), ("2026-03-10 12:00:00", "not")):
            with freeze_time(at):
                line.invalidate_recordset()
                self.assertEqual(line.eligibility, expected)

    def test_periodicals(self):
        self._promise(categ_id=self.category.id, no_return="periodical")
        self.assertNotEligible(self._claim(), "Periodicals")
        self.assertEqual(
            self._claim(case_type="binding").eligibility, "eligible", "faulty ones are"
        )

    def test_a_title_goes_before_its_category(self):
        self._promise(categ_id=self.category.id, no_return="periodical")
        self._promise(product_tmpl_id=self.novel.product_tmpl_id.id)
        self.assertEligible(self._claim())

    def test_the_nearest_category(self):
        self.category.parent_id = self.env["product.category"].create({"name": "Printed matter"})
        self._promise(categ_id=self.category.parent_id.id, no_return="periodical")
        self.assertNotEligible(self._claim(), "Periodicals")

    def test_opened_audio(self):
        self._promise(product_tmpl_id=self.novel.product_tmpl_id.id, no_return="media")
        line = self._claim()
        self.assertEligible(line)
        line.media_opened = True
        self.assertNotEligible(line, "Opened audio or software")

    def test_a_used_code(self):
        self._promise(product_tmpl_id=self.novel.product_tmpl_id.id, no_return="code")
        line = self._claim()
        self.assertEligible(line)
        line.code_used = True
        self.assertNotEligible(line, "used code")

    def test_an_opened_wrap(self):
        """A wrap opened to look at the book is no ground: nothing asks for it."""
        line = self._claim()
        line.media_opened = True
        self.assertEligible(line)

    def test_bought_elsewhere(self):
        line = self._claim()
        line.write({"delivery_move_id": False, "sale_line_id": False, "bought_elsewhere": True})
        self.assertNotEligible(line, "the shop takes copies back")

    def test_the_readers_fault_does_not_matter(self):
        line = self._claim()
        self._judge(line, "reader")
        self.assertEligible(line)

    def test_a_database_older_than_the_window(self):
        """The shipped type gets its window when the fields come, the others stay for ever."""
        types = self.env["aftersales.case.type"]
        self.no_reason.write({"claim_policy": "ever", "is_without_reason": False})
        types.flush_model()
        for name in ("claim_policy", "is_without_reason", "claim_days"):
            types._init_column(name)
        self.env.invalidate_all()
        self.assertEqual((self.no_reason.claim_policy, self.no_reason.claim_days), ("window", 7))
        self.assertTrue(self.no_reason.is_without_reason)
        self.assertEqual(self._case_type("binding").claim_policy, "ever")

    def test_no_date_known(self):
        line = self._claim()
        line.write({"delivery_move_id": False, "sale_line_id": False})
        self.assertNotEligible(line, "note the date")

    def test_not_sent_yet(self):
        line = self._claim()
        line.delivery_move_id = False
        self.assertEqual(line.eligibility, "eligible")


@tagged("post_install", "-at_install")
class TestFaultyCopies(EligibilityCommon):
    """Print and binding defects: for ever, or as the title promises (调换承诺)."""

    def test_for_ever(self):
        line = self._claim("2031-03-03 04:00:00", case_type="binding")
        self.assertEligible(line, "For ever")
        self.assertFalse(line.eligible_until)

    def test_promise_of_a_title(self):
        self._promise(product_tmpl_id=self.novel.product_tmpl_id.id, exchange_days=30)
        self.assertEligible(self._claim("2026-04-01 04:00:00", 1, "binding"), "Until 04/01/2026")
        self.assertNotEligible(self._claim("2026-04-02 04:00:00", 1, "binding"), "30 days")

    def test_of_one_company(self):
        """A company's own promise goes before the shared one."""
        title = self.novel.product_tmpl_id
        self._promise(product_tmpl_id=title.id, exchange_days=30)
        self._promise(product_tmpl_id=title.id, company_id=self.company.id)
        self.assertEligible(self._claim("2031-03-03 04:00:00", 1, "binding"), "For ever")

    def test_misuse(self):
        line = self._claim(case_type="binding")
        self._judge(line, "reader")
        self.assertNotEligible(line, "damaged or misused")

    def test_shared_fault(self):
        line = self._claim(case_type="binding")
        self._judge(line, "reader", "binder")
        self.assertEligible(line, "For ever")

    def test_a_new_verdict(self):
        line = self._claim(case_type="binding")
        self._judge(line, "reader")
        self._judge(line, "binder")
        self.assertEligible(line, "For ever")

    def test_no_claim_at_all(self):
        self._case_type("binding").claim_policy = "none"
        self.assertNotEligible(self._claim(case_type="binding"), "gives readers no claim")

    def test_a_promise_is_about_one_thing(self):
        with self.assertRaisesRegex(ValidationError, "either a title or a category"):
            self._promise(exchange_days=3)
        with self.assertRaises(AccessError):
            self.env["aftersales.title.promise"].with_user(self.agent).create(
                {"categ_id": self.category.id}
            )

    def test_guidance_is_always_given(self):
        self._case_type("binding").write({"claim_policy": "none"})
        line = self._claim(case_type="binding")
        line.ticket_id.action_guide("Use book tape.")
        self.assertEqual(line.resolved_quantity, 1)


@tagged("post_install", "-at_install")
class TestLetThrough(EligibilityCommon):
    """A manager makes an exception and says why (破例)."""

    def setUp(self):
        super().setUp()
        self.line = self._claim("2026-03-15 04:00:00")

    def test_let_through(self):
        self.line.with_user(self.manager).action_let_through("a school, the parcel lay there")
        self.assertEqual(self.line.eligibility, "exception")
        self.assertEqual(self.line.eligibility_note, "a school, the parcel lay there")
        self.assertEqual(self.line.exception_by_id, self.manager)
        event = self.line.ticket_id.event_ids.filtered(lambda e: e.code == "let_through")
        self.assertEqual(event.user_id, self.manager)
        self.assertIn("ended on 03/09/2026. → a school", event.note)
        self.assertTrue(self._propose(self.line))

    def test_twice(self):
        for _time in range(2):
            self.line.with_user(self.manager).action_let_through("a school")
        codes = self.line.ticket_id.event_ids.mapped("code")
        self.assertEqual(codes.count("let_through"), 1)

    def test_only_a_manager(self):
        with self.assertRaises(AccessError):
            self.line.with_user(self.agent).action_let_through("I like the reader")
        with self.assertRaisesRegex(AccessError, "Only a manager"):
            self.line.with_user(self.agent).exception_reason = "I like the reader"
        with self.assertRaisesRegex(AccessError, "Only a manager"):
            self.line.with_user(self.agent).copy({"exception_reason": "I like the reader"})
        with self.assertRaisesRegex(UserError, "Give a reason"):
            self.line.with_user(self.manager).action_let_through(" ")

    def test_not_by_a_default(self):
        """Whoever calls chooses the context: it must not bring an exception along."""
        context = {
            "default_exception_reason": "I like the reader",
            "default_exception_by_id": self.manager.id,
        }
        line = self.line.with_user(self.agent).with_context(**context).copy()
        self.assertFalse(line.exception_reason or line.exception_by_id)
        self.assertEqual(line.eligibility, "not")
        ticket = line.ticket_id.with_context(default_is_objected=True).copy()
        self.assertFalse(ticket.is_objected)

    def test_by_the_dialog(self):
        action = self.line.with_user(self.manager).action_open_let_through()
        dialog = Form(
            self.env["aftersales.reason.wizard"]
            .with_user(self.manager)
            .with_context(**action["context"])
        )
        dialog.reason = "a school"
        dialog.save().action_confirm()
        self.assertEqual(self.line.eligibility, "exception")

    def test_of_that_copy_only(self):
        self.line.with_user(self.manager).action_let_through("a school")
        self.line.with_user(self.agent).write(
            {"product_id": self.atlas.id, "delivery_move_id": False, "sale_line_id": False,
             "lot_id": False}
        )  # fmt: skip
        self.assertEqual(self.line.eligibility, "not")


@tagged("post_install", "-at_install")
class TestRefuseCopies(EligibilityCommon):
    """Three copies: two are exchanged, one is refused with the reason (R1.6, R9.1)."""

    def setUp(self):
        super().setUp()
        self.line = self._claim(copies=3, case_type="binding").with_user(self.agent)
        self.ticket = self.line.ticket_id

    def _exchange(self, copies):
        resolution = self._propose(self.line, "exchange", copies)
        resolution.action_agree("phone")
        resolution.action_execute()
        self._receive(resolution)
        self._inspect(resolution)
        self._ship(resolution)
        return resolution

    def _get_mails(self):
        return self.line.sudo().resolution_ids.effect_ids.mail_ids

    def test_one_of_three(self):
        exchanged = self._exchange(2)
        self.assertEqual(self.ticket.phase, "proposal", "one copy is open")
        [refused] = self.line.action_refuse("Coffee was spilled over it.", 1)
        self._end_of_request()
        self.assertEqual((exchanged.progress, refused.progress), ("done", "done"))
        self.assertEqual((exchanged.is_refusal, refused.is_refusal), (False, True))
        self.assertEqual((self.ticket.phase, self.line.resolved_quantity), ("done", 3))
        mail = self._get_mails()
        self.assertEqual(mail.recipient_ids, self.reader)
        self.assertIn("Coffee was spilled", mail.body_html)
        self.assertIn("1 × “A Dream", mail.body_html.replace("</t>", "").replace("\n", ""))
        event = self.ticket.event_ids.filtered(lambda e: e.code == "copies_refused")
        self.assertEqual((event.note, event.user_id), ("Coffee was spilled over it.", self.agent))
        self.assertEqual(invariants.find_breaches(self.env), [])

    def test_the_case_when_copies_are_settled(self):
        """“Refuse” on the case is about what is left of it."""
        self._exchange(1)
        self.line.action_refuse("worn", 1)
        self._propose(self.line, "exchange", 1)
        self.ticket.action_refuse("Coffee was spilled over it.")
        self.assertEqual((self.ticket.phase, self.line.resolved_quantity), ("done", 3))
        self.assertEqual(
            self.line.resolution_ids.mapped("state"), ["agreed", "agreed", "refused", "agreed"]
        )

    def test_the_case_when_copies_are_refused(self):
        """They are refused as before, not cancelled."""
        [refused] = self.line.action_refuse("worn", 1)
        self.ticket.action_refuse("Coffee was spilled over the others.")
        self.assertEqual((self.ticket.phase, refused.state), ("refused", "agreed"))
        self.assertEqual(refused.closing_reason, "worn")

    def test_not_more_than_complained_of(self):
        self._propose(self.line, "exchange", 2)
        with self.assertRaisesRegex(UserError, "remedies for 4 are proposed"):
            self.line.action_refuse("worn", 2)

    def test_all_of_them(self):
        self.line.action_refuse("Coffee was spilled over them.")
        self.assertEqual(self.ticket.phase, "refused")
        self.assertEqual(self.ticket.closing_reason, "Coffee was spilled over them.")

    def test_the_reader_objects(self):
        """Another person decides on the copy that was refused; the others stay settled."""
        self._exchange(2)
        self.line.action_refuse("worn", 1)
        self.ticket.action_object("It came like that.")
        self.assertEqual((self.ticket.phase, self.line.resolved_quantity), ("proposal", 2))
        self.assertEqual(self.line.resolution_ids.mapped("state"), ["agreed", "refused"])
        with self.assertRaisesRegex(UserError, "another person decides"):
            self.line.action_refuse("worn", 1)
        self._propose(self.line.with_user(self.other_agent), "exchange", user=self.other_agent)

    def test_all_refused_and_objected(self):
        self.line.action_refuse("worn")
        self.ticket.action_object("They came like that.")
        self.assertNotEqual(self.ticket.phase, "refused")
        self.assertFalse(self.line.resolved_quantity)

    def test_withdrawn(self):
        [refused] = self.line.action_refuse("worn", 1)
        refused.action_cancel("looked again")
        self.assertEqual(self.line.resolved_quantity, 0)
        self.assertEqual(self._get_mails().state, "cancel")

    def test_all_withdrawn(self):
        """Refused by mistake: each copy that is refused no more opens the case again."""
        first, second = (self.line.action_refuse("worn", copies) for copies in (1, 2))
        self.assertEqual(self.ticket.phase, "refused")
        self.assertEqual((first.progress, first.can_cancel), ("done", True))
        for refusal, resolved in ((first, 2), (second, 0)):
            refusal.action_cancel("another case was meant")
            self.assertEqual((self.ticket.phase, self.ticket.closing_reason), ("proposal", False))
            self.assertEqual(self.line.resolved_quantity, resolved)
        self.assertEqual(self._propose(self.line, "exchange").state, "proposed")

    def test_without_a_reason(self):
        with self.assertRaisesRegex(UserError, "Give a reason"):
            self.line.action_refuse("")
        self.ticket.case_type_id.sudo().remedy_ids = False
        with self.assertRaisesRegex(UserError, "say why the copies are refused"):
            self._propose(self.line, "refusal")

    def test_by_the_dialog(self):
        """The reason is there already, in the language of the reader."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self._judge(self.line, "reader")
        action = self.line.action_open_refuse()
        dialog = Form(
            self.env["aftersales.refuse.wizard"]
            .with_user(self.agent)
            .with_context(**action["context"])
        )
        self.assertEqual(dialog.quantity, 3)
        self.assertEqual(dialog.reason, "The reader damaged or misused the copy.")
        dialog.quantity = 1
        dialog.save().action_confirm()
        self.assertEqual(self.line.resolved_quantity, 1)

    def test_no_address(self):
        self.reader.email = False
        self.line.action_refuse("worn")
        self.assertFalse(self._get_mails())
        self.assertEqual(self.ticket.phase, "refused")

    def test_roles(self):
        auditor = new_test_user(
            self.env, "looker", groups="aftersales_publishing.group_auditor", lang="en_US"
        )
        for user in (self.warehouse, auditor):
            with self.assertRaises(AccessError):
                self.line.with_user(user).action_refuse("worn")


@tagged("post_install", "-at_install")
class TestEligibilityQueries(EligibilityCommon):
    """Many books cost no more queries than one: promises are read together."""

    def test_promises(self):
        lines = self.env["aftersales.case.line"].union(*(self._claim() for _case in range(4)))
        counts = []
        for some in (lines[:1], lines):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            some.mapped("eligibility")
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 1)
