from contextlib import contextmanager
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, new_test_user, tagged

from .common import AftersalesCommon


class ReturnTermCommon(AftersalesCommon):
    """A return announced on 2 November: 14 days to send it, reminders 3 days before and 1 after,
    expired when nothing came 7 days after the term."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "Asia/Shanghai"
        cls.env["aftersales.resolution"].search([]).write({"slip_due": False, "return_due": False})
        cls.order = cls._sell({cls.run_1: 3})

    @contextmanager
    def _on(self, day):
        with freeze_time(f"2026-{day} 09:00:00"):
            yield

    def _announce(self, remedy="exchange", copies=2, order=None, **options):
        with self._on("11-02"):
            ticket = self._case(order or self.order, {self.run_1: copies})
            return ticket, self._agree(ticket, remedy, **options)

    def _run_job(self, day, on_commit=lambda count: None):
        """Let the job work on a day; return how many decisions it dealt with at each commit."""
        commits = []

        def commit(_cron, processed=0, **_options):
            self._end_of_request()
            commits.append(processed)
            on_commit(len(commits))
            return 60

        with (
            self._on(day),
            patch.object(type(self.env["ir.cron"]), "_commit_progress", commit),
        ):
            self.env["aftersales.resolution"].sudo()._cron_returns()
        return commits

    def _mails(self, ticket, words):
        return self.env["mail.mail"].search(
            [
                ("model", "=", "helpdesk.ticket"),
                ("res_id", "=", ticket.id),
                ("subject", "like", words),
            ]
        )

    def _codes(self, ticket):
        return ticket.sudo().event_ids.mapped("code")


@tagged("post_install", "-at_install")
class TestReturnSlip(ReturnTermCommon):
    """The reader is told what to send, where and by when (R6.5)."""

    def _render(self, picking):
        report = self.env["ir.actions.report"]
        html, _type = report._render_qweb_html(
            "aftersales_publishing.report_return_slip", picking.ids
        )
        return html.decode()

    def test_mailed_once_with_the_slip(self):
        ticket, resolution = self._announce()
        self.assertFalse(self._mails(ticket, "send the books back"), "not in the agent's click")
        self._run_job("11-02")
        self._run_job("11-02")
        mail = self._mails(ticket, "send the books back")
        self.assertEqual(len(mail), 1)
        self.assertIn("11/16/2026", mail.body_html)
        self.assertRegex(mail.attachment_ids.name, "^Return slip")
        self.assertEqual(self._codes(ticket).count("slip_sent"), 1)
        self.assertTrue(resolution.slip_sent_at)

    def test_what_is_on_the_slip(self):
        """Titles, copies, our address, the number that the table finds; nothing of the house."""
        self.house.partner_id = self.env["res.partner"].create(
            {"name": "Returns Desk", "street": "8 Book Street"}
        )
        ticket, resolution = self._announce()
        ticket.line_ids.note = "coffee, perhaps by the reader"
        picking = resolution.sudo().effect_ids.move_ids.picking_id
        html = self._render(picking.with_user(self.agent))
        for text in (picking.name, ticket.number, self.novel.name, self.novel.barcode):
            self.assertIn(text, html)
        self.assertIn("8 Book Street", html)
        self.assertIn("11/16/2026", html)
        for secret in (self.run_1.name, "coffee", "Loose leaves", "59.8", "Hongqi"):
            self.assertNotIn(secret, html)
        table = self.env["aftersales.returns.table"].with_user(self.warehouse)
        self.assertEqual(table.find(picking.name)["parcel"]["id"], picking.id)

    def test_told_again_when_it_changes(self):
        """More time, or a carrier after all: the reader gets another slip; not for nothing."""
        ticket, resolution = self._announce()
        self._run_job("11-02")
        for due, mails in (("2026-11-16", 1), ("2026-11-20", 2)):
            with self._on("11-03"):
                resolution.with_user(self.agent).action_set_return({"return_due": due})
            self._run_job("11-03")
            self.assertEqual(len(self._mails(ticket, "send the books back")), mails)

    def test_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.reader.lang = "fr_FR"
        template = self.env.ref("aftersales_publishing.mail_template_return_slip")
        template.with_context(lang="fr_FR").subject = "Renvoyer les livres"
        page = self.env.ref("aftersales_publishing.report_return_slip_page")
        page.update_field_translations("arch_db", {"fr_FR": {"Return Slip": "Bon de retour"}})
        ticket, resolution = self._announce()
        self._run_job("11-02")
        mail = self._mails(ticket, "Renvoyer")
        self.assertIn("16/11/2026", mail.body_html)
        html = self._render(resolution.sudo().effect_ids.move_ids.picking_id)
        self.assertIn("Bon de retour", html)
        self.assertIn("16/11/2026", html)

    def test_two_decisions_one_parcel_one_mail(self):
        with self._on("11-02"):
            ticket = self._case(self.order, {self.run_1: 2})
            line = ticket.line_ids.with_user(self.agent)
            for remedy in ("exchange", "return_refund"):
                line.action_settle(remedy, 1)
        self._run_job("11-02")
        self.assertTrue(self._mails(ticket, "send the books back"))

    def test_printed_while_copies_are_awaited(self):
        ticket, resolution = self._announce()
        action = ticket.with_user(self.agent).action_print_return_slip()
        self.assertEqual(action["report_name"], "aftersales_publishing.report_return_slip")
        with self.assertRaises(AccessError):
            resolution.with_user(self.finance).action_print_return_slip()
        self._receive(resolution)
        with self.assertRaisesRegex(UserError, "no copy is awaited"):
            resolution.with_user(self.agent).action_print_return_slip()

    def test_no_address_is_said_on_the_case(self):
        self.reader.email = False
        ticket, resolution = self._announce()
        self._run_job("11-02")
        self.assertFalse(self._mails(ticket, "send the books back"))
        self.assertIn("No mail address is known", ticket.message_ids[0].body)
        self.assertFalse(resolution.slip_sent_at)

    def test_one_broken_case_holds_up_no_other(self):
        ticket, broken = self._announce(copies=1)
        other, _resolution = self._announce(copies=1)
        native = type(broken)._get_return_pickings

        def fail(records):
            if records <= broken:
                raise ValueError("broken")
            return native(records)

        with (
            patch.object(type(broken), "_get_return_pickings", fail),
            self.assertLogs("odoo.addons.aftersales_publishing", "ERROR"),
        ):
            self._run_job("11-02")
        self.assertEqual(len(self._mails(other, "send the books back")), 1)
        self.assertIn("failed", self._codes(ticket))
        self.assertFalse(broken.slip_due, "the agent was told, it is not tried every ten minutes")


@tagged("post_install", "-at_install")
class TestPickUp(ReturnTermCommon):
    """A carrier collects the parcel: the agent books it, the reader is told when (R6.5)."""

    def _book(self, resolution, **vals):
        window = {"pickup_start": "2026-11-05 01:00:00", "pickup_end": "2026-11-05 04:00:00"}
        wizard = self.env["aftersales.return.wizard"].with_user(self.agent)
        with self._on("11-03"):
            wizard = wizard.create({"resolution_ids": resolution.ids})
            wizard.write({**window, "pickup_booked": True, "waybill": "sf 77", **vals})
            wizard.action_save()

    def test_booked(self):
        ticket, resolution = self._announce(return_way="pick_up")
        self.assertEqual(ticket.next_step, "book_pickup")
        self._run_job("11-02")
        self.assertFalse(self._mails(ticket, "send the books back"), "no day to tell yet")
        self._book(resolution)
        self.assertEqual(ticket.next_step, "receive")
        self._run_job("11-03")
        mail = self._mails(ticket, "send the books back")
        self.assertIn("9:00", mail.body_html.replace("09:00", "9:00"), "in the reader's hours")
        self.assertEqual(ticket.waybill_ids.number, "SF77")

    def test_the_carrier_does_not_come(self):
        """Not the reader's fault: no reminder, the agent looks after it, and books again."""
        ticket, resolution = self._announce(return_way="pick_up")
        self._book(resolution)
        self._run_job("11-14")
        self._run_job("11-18")
        self.assertFalse(self._mails(ticket, "still awaited"))
        self.assertEqual((resolution.state, ticket.next_step), ("agreed", "overdue"))
        self._book(resolution, return_due="2026-11-30")
        self.assertEqual(ticket.next_step, "receive")

    def test_more_time_is_proposed(self):
        """The dialog of an overdue return proposes a new term; a term that runs stays."""
        self.company.aftersales_expire_after = 0
        ticket, resolution = self._announce()
        wizard = self.env["aftersales.return.wizard"].with_user(self.agent)
        for day, due in (("11-10", "2026-11-16"), ("12-01", "2026-12-15")):
            self._run_job(day)
            with (
                self._on(day),
                Form(wizard.with_context(default_resolution_ids=resolution.ids)) as dialog,
            ):
                self.assertEqual(str(dialog.return_due), due)
        with self._on("12-01"):
            dialog.record.action_save()
        self.assertEqual((str(resolution.return_due), ticket.next_step), ("2026-12-15", "receive"))

    def test_each_remedy_keeps_its_own(self):
        """More time is for the overdue one; what is not changed in the dialog stays as it was."""
        self.company.aftersales_expire_after = 0
        ticket, collected = self._announce(copies=2, quantity=1, return_way="pick_up")
        with self._on("11-02"):
            sent = self._agree(ticket, "exchange", 1)
        self._book(collected, return_due="2026-12-20")
        self._run_job("12-01")
        self.assertEqual(ticket.next_step, "overdue")
        action = ticket.with_user(self.agent).action_open_return_way()
        wizard = self.env[action["res_model"]].with_user(self.agent)
        with self._on("12-01"):
            with Form(wizard.with_context(**action["context"])) as dialog:
                dialog.return_due = "2026-12-10"
            dialog.record.action_save()
        dues = [str(r.return_due) for r in (collected, sent)]
        self.assertEqual(dues, ["2026-12-20", "2026-12-10"])
        with self._on("12-01"):
            both = wizard.create({"resolution_ids": (collected | sent).ids})
            both.return_due = "2026-12-24"
            both.action_save()
        self.assertEqual(collected.return_due, sent.return_due)
        self.assertEqual((collected.return_way, sent.return_way), ("pick_up", "drop_off"))
        self.assertTrue(collected.pickup_booked)

    def test_a_broken_term_leaves_the_slip(self):
        """The term is the agent's then; the reader is still to be told when the carrier comes."""
        ticket, resolution = self._announce(return_way="pick_up")
        with (
            patch.object(type(resolution), "_follow_return_term", side_effect=ValueError("broken")),
            self.assertLogs("odoo.addons.aftersales_publishing", "ERROR"),
        ):
            self._run_job("11-18")
        self.assertEqual(ticket.next_step, "overdue")
        self.assertTrue(resolution.slip_due)

    def test_what_is_refused(self):
        _ticket, resolution = self._announce(return_way="pick_up")
        for vals, words in (
            ({"pickup_booked": True}, "from when until when"),
            ({"return_due": "2026-10-01"}, "cannot end in the past"),
        ):
            with self._on("11-03"), self.assertRaisesRegex(UserError, words):
                resolution.with_user(self.agent).action_set_return(vals)
        with self.assertRaises(AccessError):
            resolution.with_user(self.warehouse).action_set_return({"return_way": "drop_off"})
        self._receive(resolution)
        with self.assertRaisesRegex(UserError, "no copy is to come back"):
            resolution.with_user(self.agent).action_set_return({"return_way": "drop_off"})


@tagged("post_install", "-at_install")
class TestOverdueReturns(ReturnTermCommon):
    """Readers who forget the parcel are reminded, then the remedy expires (R6.5)."""

    def test_reminded_then_expired(self):
        ticket, resolution = self._announce()
        self.assertEqual(str(ticket.return_due), "2026-11-16")
        for day, mails in (("11-12", 0), ("11-13", 1), ("11-14", 1), ("11-17", 2), ("11-23", 2)):
            self._run_job(day)
            self._run_job(day)
            self.assertEqual(len(self._mails(ticket, "still awaited")), mails, day)
        self.assertEqual(resolution.state, "agreed")
        self._run_job("11-24")
        self.assertEqual((resolution.state, resolution.progress), ("expired", False))
        self.assertEqual(ticket.next_step, "propose")
        self.assertEqual(ticket.line_ids.claimable_quantity, 3, "nothing is left of it")
        moves = resolution.sudo().effect_ids.move_ids
        self.assertEqual(set(moves.mapped("state")), {"cancel"})
        self.assertEqual(len(self._mails(ticket, "the term for the return is over")), 1)
        self.assertEqual(self._codes(ticket).count("reminded"), 2)
        self.assertEqual(self._codes(ticket).count("expired"), 1)
        self.assertFalse(ticket.return_due)

    def test_after_a_pause_of_the_job_one_reminder(self):
        """The server stood still for a week: the reader gets one reminder, not two."""
        ticket, _resolution = self._announce()
        self._run_job("11-18")
        self._run_job("11-18")
        self.assertEqual(len(self._mails(ticket, "still awaited")), 1)

    def test_nothing_due_is_left_alone(self):
        """Between the reminders the job locks and writes nothing; the slip is not due either."""
        self._announce()
        for day, done in (("11-02", [0, 1]), ("11-12", [0]), ("11-13", [0, 1]), ("11-14", [0])):
            self.assertEqual(self._run_job(day), done, day)

    def test_settings(self):
        """No reminders, no end: after the term the agent decides."""
        self.company.write(
            {
                "aftersales_return_days": 5,
                "aftersales_remind_before": 0,
                "aftersales_remind_after": 0,
                "aftersales_expire_after": 0,
            }
        )
        ticket, resolution = self._announce()
        self._run_job("11-07")
        self.assertEqual(ticket.next_step, "receive")
        self._run_job("11-08")
        self.assertFalse(self._mails(ticket, "still awaited"))
        self.assertEqual((resolution.state, ticket.next_step), ("agreed", "overdue"))

    def test_no_term(self):
        self.company.aftersales_return_days = 0
        ticket, resolution = self._announce()
        self._run_job("12-31")
        self.assertFalse(resolution.return_due)
        self.assertEqual((resolution.state, ticket.next_step), ("agreed", "receive"))

    def test_what_came_stays(self):
        """One of two came: the rest is the agent's, who gives it up."""
        ticket, resolution = self._announce()
        self._receive(resolution, 1)
        self._inspect(resolution)
        self._ship(resolution)
        self._run_job("12-01")
        self.assertEqual((resolution.state, ticket.next_step), ("agreed", "overdue"))
        self._run_job("12-02")
        self.assertEqual(self._codes(ticket).count("return_overdue"), 1)
        action = ticket.with_user(self.agent).action_open_end_return()
        self.assertEqual(action["context"]["default_verb"], "action_give_up_rest")
        resolution.action_give_up_rest("lost the other")
        self.assertEqual((resolution.progress, ticket.phase), ("done", "done"))

    def test_an_advance_replacement_does_not_expire(self):
        """The reader has the new copy and keeps the old one: somebody has to ask for it."""
        ticket, resolution = self._announce(copies=1, advance=True)
        self._ship(resolution)
        self._run_job("12-01")
        self.assertEqual((resolution.state, ticket.next_step), ("agreed", "overdue"))
        with self._on("12-01"):
            resolution.with_user(self.agent).action_set_return({"return_due": "2026-12-10"})
        self.assertEqual((ticket.next_step, str(ticket.return_due)), ("receive", "2026-12-10"))
        self._run_job("12-08")
        self.assertTrue(self._mails(ticket, "still awaited"), "reminded of the new term")

    def test_a_parcel_under_way_does_not_expire(self):
        """The reader named the waybill: the carrier is slow, the agent asks the carrier."""
        ticket, resolution = self._announce()
        ticket.with_user(self.agent).waybill_ids = [(0, 0, {"number": "YT1"})]
        self._run_job("11-14")
        self._run_job("12-01")
        self.assertFalse(self._mails(ticket, "still awaited"))
        self.assertEqual((resolution.state, ticket.next_step), ("agreed", "overdue"))
        action = ticket.with_user(self.agent).action_open_end_return()
        self.assertEqual(action["context"]["default_verb"], "action_cancel", "it never came")

    def test_money_that_was_asked_for_does_not_expire(self):
        """The remedy pays before the copy is back: finance has the refund on the desk."""
        self.env["aftersales.remedy"]._get("return_refund").credit_after_inspection = False
        ticket, resolution = self._announce("return_refund")
        self._run_job("12-01")
        self.assertEqual((resolution.state, ticket.next_step), ("agreed", "approve"))
        self.assertEqual(ticket.refund_ids.state, "to_approve")

    def test_postage_was_reimbursed(self):
        """The reader showed the receipt, so the parcel is on its way; lost, the agent ends it."""
        ticket, resolution = self._announce()
        options = {"amount": 12, "freight_payer": "reader", "reason": "receipt"}
        postage = ticket.line_ids.with_user(self.agent).action_propose("freight", **options)
        postage.action_execute()
        refund = ticket.refund_ids.with_user(self.finance)
        refund.filtered(lambda r: r.state == "to_approve").action_approve()
        refund.action_post()
        self._run_job("11-14")
        self._run_job("12-01")
        self.assertFalse(self._mails(ticket, "still awaited"))
        self.assertEqual((resolution.state, ticket.next_step), ("agreed", "overdue"))
        action = ticket.with_user(self.agent).action_open_end_return()
        self.assertEqual(action["context"]["default_verb"], "action_cancel")
        resolution.with_user(self.agent).action_cancel("the parcel was lost")
        self.assertEqual((resolution.state, postage.state), ("cancelled", "agreed"))
        self.assertEqual(ticket.line_ids.claimable_quantity, 3)

    def test_many_are_done_in_batches_and_resumed(self):
        """The job is killed after a batch: the others are done by the next, each once."""
        tickets = [self._announce(copies=1)[0] for _case in range(3)]

        class Killed(Exception):
            pass

        def kill(commits):
            if commits == 3:
                raise Killed

        path = "odoo.addons.aftersales_publishing.models.aftersales_resolution_overdue.BATCH"
        with patch(path, 1):
            with self.assertRaises(Killed):
                self._run_job("11-13", kill)
            self._run_job("11-13")
        for ticket in tickets:
            self.assertEqual(len(self._mails(ticket, "send the books back")), 1)
            self.assertEqual(len(self._mails(ticket, "still awaited")), 1)

    def test_carried_out_after_all(self):
        ticket, resolution = self._announce()
        self._run_job("12-01")
        with self._on("12-02"):
            resolution.with_user(self.agent).action_revive("was in hospital")
        self.assertEqual((resolution.state, ticket.next_step), ("agreed", "receive"))
        self.assertEqual(str(resolution.return_due), "2026-12-16")
        self._receive(resolution)
        self._inspect(resolution)
        self._ship(resolution)
        self.assertEqual(resolution.progress, "done")

    def test_not_revived_beside_another_remedy(self):
        ticket, resolution = self._announce()
        self._run_job("12-01")
        self._agree(ticket, "return_refund")
        with self.assertRaisesRegex(UserError, "cancel the other remedy"):
            resolution.with_user(self.agent).action_revive("was in hospital")

    def test_roles(self):
        _ticket, resolution = self._announce()
        self._run_job("12-01")
        for user in (self.warehouse, self.finance, self.auditor):
            with self.assertRaises(AccessError):
                resolution.with_user(user).action_revive("please")


@tagged("post_install", "-at_install")
class TestLateParcel(ReturnTermCommon):
    """The parcel comes when its remedy has expired: taken in, the agent decides (R6.5, R6.6)."""

    def setUp(self):
        super().setUp()
        self.table = self.env["aftersales.returns.table"].with_user(self.warehouse)
        self.ticket, self.resolution = self._announce()
        self._run_job("12-01")
        self.assertEqual(self.resolution.state, "expired")

    def _take_in(self):
        found = self.table.find(self.ticket.number)
        self.assertEqual(found["kind"], "late")
        parcel = self.table.take_late(found["id"])
        [line] = parcel["lines"]
        copy = {"line_id": line["id"], "lot_id": line["lot_id"], "quantity": 2}
        self.table.confirm(parcel["id"], False, [{**copy, "grade": "defective"}])
        self._end_of_request()
        return line

    def test_the_agent_decides(self):
        """Nothing leaves before the agent accepts the copies."""
        line = self._take_in()
        self.assertIn("defective", line["contradicting"], "the screen shows it goes to the agent")
        self.assertEqual(self._quarantined(self.run_1), 2)
        self.assertEqual(self.ticket.next_step, "decide")
        self.assertIn("came too late", self.ticket.contradiction_note)
        shipment = self.resolution.sudo().effect_ids.filtered(lambda e: e.kind == "shipment")
        self.assertFalse(shipment.filtered(lambda e: not e.is_cancelled).move_ids)
        self.resolution.inspection_ids.with_user(self.agent).action_overrule("two days, let it be")
        self._ship(self.resolution)
        self.assertEqual(self.resolution.progress, "done")

    def test_sent_back(self):
        before = self._order_figures(self.order)
        self._take_in()
        self.resolution.with_user(self.agent).action_send_back("too late")
        self.assertEqual(self._order_figures(self.order), before)
        self.assertEqual(self.resolution.progress, "done")

    def test_no_money_before_the_agent(self):
        """Also where the remedy pays before the inspection by now."""
        order = self._sell({self.run_1: 2})
        self.ticket, self.resolution = self._announce("return_refund", order=order)
        self._run_job("12-01")
        self.resolution.sudo().remedy_id.credit_after_inspection = False
        self._take_in()
        self.assertFalse(self.ticket.refund_ids)
        self.resolution.inspection_ids.with_user(self.agent).action_overrule("let it be")
        self.assertEqual(self.ticket.refund_ids.amount, 130.36)

    def test_who_accepts_it_asks_for_the_money(self):
        """The clerk who takes it in has no say: finance, above the limit of the agent."""
        order = self._sell({self.run_1: 2})
        self.ticket, self.resolution = self._announce("return_refund", order=order)
        self._run_job("12-01")
        self._take_in()
        self.assertEqual(self.resolution.executed_by_id, self.agent, "as before it expired")
        self.warehouse.sudo().write(
            {"aftersales_own_refund_limit": True, "aftersales_refund_limit": 1000}
        )
        self.resolution.inspection_ids.with_user(self.manager).action_overrule("let it be")
        refund = self.ticket.refund_ids
        self.assertEqual((refund.requested_by_id, refund.state), (self.manager, "to_approve"))

    def test_claimed_otherwise_meanwhile(self):
        """The reader complained anew: the parcel is that of the new remedy, also by the old slip."""
        self._agree(self.ticket, "return_refund")
        old = self.resolution.sudo().effect_ids.move_ids.picking_id
        for code in (self.ticket.number, old.name):
            self.assertEqual(self.table.find(code)["kind"], "one", code)
        with self.assertRaisesRegex(UserError, "cancel the other remedy"):
            self.table.take_late(old.id)

    def test_no_longer_eligible(self):
        """It was agreed once: the parcel is here, and the agent may give more time."""
        self.ticket.case_type_id.sudo().claim_policy = "none"
        self.assertEqual(self.ticket.line_ids.eligibility, "not")
        with self.cr.savepoint() as savepoint:
            self.resolution.with_user(self.agent).action_revive("was in hospital")
            savepoint.rollback()
        self.env.invalidate_all()
        self._take_in()
        self.assertEqual(self.ticket.next_step, "decide")

    def test_not_for_a_refused_case(self):
        self.ticket.with_user(self.agent).action_refuse("too late")
        self.assertEqual(self.table.find(self.ticket.number)["kind"], "none")

    def test_roles(self):
        found = self.table.find(self.ticket.number)
        with self.assertRaises(AccessError):
            self.table.with_user(self.finance).take_late(found["id"])


@tagged("post_install", "-at_install")
class TestPortalSlip(ReturnTermCommon, HttpCase):
    """Readers download the slip of their own parcel, and of no other (R6.5, R13.1)."""

    def test_own_and_others(self):
        ticket, resolution = self._announce()
        picking = resolution.sudo().effect_ids.move_ids.picking_id
        url = f"/my/ticket/{ticket.id}/return-slip/{picking.id}"

        def is_slip(path):
            response = self.url_open(path)
            return response.headers["Content-Type"] == "application/pdf"

        for login, partner, allowed in (
            ("own_reader", self.reader, True),
            ("other_reader", False, False),
        ):
            user = new_test_user(self.env, login, "base.group_portal", password=login)
            if partner:
                user.partner_id = partner
            self.authenticate(login, login)
            self.assertEqual(is_slip(url), allowed, login)
            page = self.url_open(f"/my/ticket/{ticket.id}")
            self.assertEqual("return-slip" in page.text, allowed, login)
        self.authenticate(None, None)
        self.assertFalse(is_slip(url))
        token = ticket.sudo()._portal_ensure_token()
        self.assertTrue(is_slip(f"{url}?access_token={token}"))
        foreign = (self.order.picking_ids - picking)[:1]
        self.assertFalse(
            is_slip(f"/my/ticket/{ticket.id}/return-slip/{foreign.id}?access_token={token}")
        )
