from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from . import invariants
from .common import AftersalesCommon

QUERIES_1 = 72
QUERIES_MANY = 95  # of ten cases


class DigitalCommon(AftersalesCommon):
    """A novel with an e-book, of which codes are bought, and with an access code to its audio."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        title = cls.novel.product_tmpl_id
        cls.ebook, cls.access = (
            cls.env["aftersales.digital"]
            .with_user(cls.manager)
            .create(
                [
                    {
                        "product_tmpl_id": title.id,
                        "kind": kind,
                        "low_limit": 0,
                        "instructions": "Enter it at read.example.",
                    }
                    for kind in ("ebook", "access")
                ]
            )
        )
        cls._fill(cls.ebook, "EB-0001", "EB-0002", "EB-0003")
        cls._fill(cls.access, "AC-0001", "AC-0002", "AC-0003")

    @classmethod
    def _fill(cls, digital, *codes, **vals):
        return (
            cls.env["aftersales.digital.code"]
            .with_user(cls.manager)
            .create([{"digital_id": digital.id, "code": code, **vals} for code in codes])
        )

    def _case_on(self, order, copies=1, case_type="pages", **vals):
        return self._case(order, {self.run_1: copies}, case_type, **vals)

    def _case_elsewhere(self, copies=1, case_type="pages", partner=None):
        """Take in the case of a reader who bought in a shop: no order, no delivery."""
        line = [Command.create({"product_id": self.novel.id, "quantity": copies})]
        order = self._sell({self.run_1: 1}, partner=partner)
        return self._case(order, {}, case_type, sale_order_id=False, line_ids=line)

    def _propose(self, ticket, remedy, user=None, **options):
        return ticket.line_ids.with_user(user or self.agent).action_propose(remedy, **options)

    def _send(self, ticket, remedy="ebook"):
        resolution = self._agree(ticket, remedy)
        self._end_of_request()
        return resolution

    def _codes(self, resolution):
        return resolution.sudo().effect_ids.digital_code_ids

    def _mails(self, resolution):
        return resolution.sudo().effect_ids.mail_ids.sorted("id")

    def assertSound(self):
        self.assertEqual(invariants.find_breaches(self.env), [])


@tagged("post_install", "-at_install")
class TestEbookByCode(DigitalCommon):
    """Pages are missing: the reader keeps the copy and reads the e-book meanwhile (R6.1)."""

    def setUp(self):
        super().setUp()
        self.order = self._sell({self.run_1: 2})
        self.before = self._order_figures(self.order)

    def test_one_code_for_each_copy(self):
        ticket = self._case_on(self.order, 2)
        resolution = self._send(ticket)
        codes = self._codes(resolution)
        self.assertEqual(codes.mapped("code"), ["EB-0001", "EB-0002"])
        self.assertEqual(set(codes.mapped("state")), {"given"})
        self.assertTrue(all(codes.mapped("given_at")))
        self.assertEqual(self.ebook.free_count, 1)
        self.assertEqual((resolution.progress, ticket.phase), ("done", "done"))
        mail = self._mails(resolution)
        self.assertEqual(mail.recipient_ids, self.reader)
        self.assertIn("EB-0001", mail.body_html)
        self.assertIn("EB-0002", mail.body_html)
        self.assertIn("read.example", mail.body_html)
        self.assertIn("digital_sent", ticket.event_ids.mapped("code"))
        self.assertSound()

    def test_the_copy_is_not_consumed(self):
        """The order knows nothing of it, and the copy can still be exchanged (I1, I4)."""
        ticket = self._case_on(self.order)
        self._send(ticket)
        self.assertFalse(ticket.resolution_ids.sudo().effect_ids.compensates_in_full)
        self.assertEqual(ticket.line_ids.claimable_quantity, 2)
        self.assertEqual(self._order_figures(self.order), self.before)
        self.assertFalse(ticket.picking_ids)
        self._agree(self._case_on(self.order, 2), "exchange")
        self.assertSound()

    def test_in_the_reader_s_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.reader.lang = "fr_FR"
        template = self.env.ref("aftersales_publishing.mail_template_digital")
        template.with_context(lang="fr_FR").subject = "Votre livre numérique"
        self.ebook.with_context(lang="fr_FR").instructions = "Saisissez-le sur read.example."
        mail = self._mails(self._send(self._case_on(self.order)))
        self.assertEqual(mail.subject, "Votre livre numérique")
        self.assertIn("Saisissez-le", mail.body_html)

    def test_executed_and_retried(self):
        """A double click, a retry: one code, one mail (I5)."""
        resolution = self._send(self._case_on(self.order))
        codes = self._codes(resolution)
        resolution.action_execute()
        resolution.action_retry()
        resolution.sudo().effect_ids.with_user(self.agent).action_post()
        self.assertEqual(self._codes(resolution), codes)
        self.assertEqual(len(self._mails(resolution)), 1)

    def test_mailed_again(self):
        """The mail got lost: the same code once more."""
        resolution = self._send(self._case_on(self.order))
        self.assertTrue(resolution.can_resend)
        with self.assertRaisesRegex(UserError, "has not left yet"):
            resolution.action_resend()
        self._mails(resolution).state = "sent"
        resolution.action_resend()
        first, second = self._mails(resolution)
        self.assertIn("EB-0001", second.body_html)
        self.assertEqual(self._codes(resolution).mapped("code"), ["EB-0001"])
        self.assertEqual(self.ebook.free_count, 2)

    def test_wrong_address(self):
        """The mail fails: corrected and sent again, still the same code."""
        ticket = self._case_on(self.order)
        resolution = self._send(ticket)
        self._mails(resolution).state = "exception"
        self._end_of_request()
        self.assertEqual((resolution.progress, ticket.next_step), ("executing", "resend"))
        self.reader.email = "li.wei@right.example"
        resolution.action_retry()
        self.assertEqual(self._codes(resolution).mapped("code"), ["EB-0001"])
        self.assertEqual((resolution.progress, ticket.phase), ("done", "done"))

    def test_no_address(self):
        self.reader.email = False
        ticket = self._case_on(self.order)
        ticket.partner_email = False
        with self.assertRaisesRegex(UserError, f"{ticket.number}.*no mail address"):
            self._propose(ticket, "ebook")

    def test_those_that_expire_first(self):
        today = fields.Date.today()
        self._fill(self.ebook, "OLD", expires_on=today - timedelta(days=1))
        self._fill(self.ebook, "SOON", expires_on=today + timedelta(days=9))
        self.assertEqual(self.ebook.free_count, 4, "the one that expired is not free")
        codes = self._codes(self._send(self._case_on(self.order, 2)))
        self.assertEqual(codes.mapped("code"), ["SOON", "EB-0001"])

    def test_a_copy_gets_it_once(self):
        """Two cases about the same copies; a manager may send it once more."""
        first = self._propose(self._case_on(self.order, 2), "ebook")
        second = self._propose(self._case_on(self.order), "ebook")
        (first | second).action_agree("phone")
        first.action_execute()
        with self.assertRaisesRegex(UserError, "0 copies of delivery .* have not got it yet"):
            second.action_execute()
        second.with_user(self.manager).action_execute()
        self.assertEqual(self.ebook.free_count, 0)

    def test_a_manager_proposed_it_again(self):
        """The reader agrees later, on the phone with the agent, who executes it."""
        self._send(self._case_on(self.order, 2))
        resolution = self._propose(self._case_on(self.order), "ebook", user=self.manager)
        resolution.with_user(self.agent).action_agree("phone")
        resolution.with_user(self.agent).action_execute()
        self.assertEqual(self._codes(resolution).mapped("code"), ["EB-0003"])

    def test_copies_that_came_back(self):
        self._agree(self._case_on(self.order, 2), "return_refund")
        with self.assertRaisesRegex(UserError, "0 copies of delivery"):
            self._propose(self._case_on(self.order), "ebook")

    def test_bought_in_a_shop(self):
        """No order here, an e-book all the same (R1.2); twice takes a manager."""
        ticket = self._case_elsewhere()
        resolution = self._send(ticket)
        self.assertEqual((resolution.progress, ticket.phase), ("done", "done"))
        with self.assertRaisesRegex(UserError, f"in case {ticket.number} already"):
            self._propose(self._case_elsewhere(), "ebook")
        self._propose(self._case_elsewhere(), "ebook", user=self.manager)
        other = self.env["res.partner"].create({"name": "Wang", "email": "w@reader.example"})
        self._propose(self._case_elsewhere(partner=other), "ebook")
        self.assertSound()

    def test_twice_in_one_case(self):
        """Two lines of one title without a delivery, at once or one by one."""
        ticket = self._case_elsewhere()
        second = ticket.line_ids.copy({"ticket_id": ticket.id})
        message = f"in case {ticket.number} already"
        with self.assertRaisesRegex(UserError, message), self.cr.savepoint():
            self._propose(ticket, "ebook")
        first = ticket.line_ids - second
        first.with_user(self.agent).action_settle("ebook")
        with self.assertRaisesRegex(UserError, message), self.cr.savepoint():
            second.with_user(self.agent).action_propose("ebook")
        second.with_user(self.manager).action_propose("ebook")

    def test_more_than_is_proven(self):
        """The agent raises the quantity of a copy that no delivery brought: a manager's business."""
        ticket = self._case_elsewhere(copies=2)
        message = f"{ticket.number}: 2 codes or e-books .* 1 copies are proven"
        with self.assertRaisesRegex(UserError, message), self.cr.savepoint():
            self._propose(ticket, "ebook")
        ticket.line_ids.with_user(self.agent).action_settle("ebook", 1)
        with self.assertRaisesRegex(UserError, "0 copies are proven"), self.cr.savepoint():
            self._propose(ticket, "ebook")
        resolution = self._propose(ticket, "ebook", user=self.manager).with_user(self.agent)
        resolution.action_agree("phone")
        resolution.action_execute()
        self.assertEqual(resolution.progress, "done")
        self.assertSound()

    def test_readers_behind_a_platform(self):
        """One partner for all of a platform: the platform order tells its readers apart (R1.7)."""
        first, second = self._case_elsewhere(), self._case_elsewhere()
        first.platform_order_ref, second.platform_order_ref = "TM-1", "TM-2"
        self._send(first)
        self.assertEqual(self._propose(second, "ebook").state, "proposed")

    def test_not_sent_yet(self):
        order = self._sell({self.run_1: 1}, deliver=False, invoice=False)
        line = [Command.create({"product_id": self.novel.id, "sale_line_id": order.order_line.id})]
        ticket = self._case(order, {}, "pages", line_ids=line)
        with self.assertRaisesRegex(UserError, "was not sent yet"):
            self._propose(ticket, "ebook")

    def test_queries(self):
        """A batch of cases takes its codes and mails together."""
        orders = [self._sell({self.run_1: 1}) for _case in range(12)]
        tickets = [self._case_on(order) for order in orders]
        self._fill(self.ebook, *(f"MANY-{n}" for n in range(12)))
        resolutions = self.env["aftersales.resolution"].concat(
            *(self._propose(ticket, "ebook") for ticket in tickets)
        )
        resolutions.action_agree("phone")
        resolutions[0].action_execute()  # fills the caches
        for records, limit in ((resolutions[1], QUERIES_1), (resolutions[2:], QUERIES_MANY)):
            self._end_of_request()
            self.env.invalidate_all()
            with self.assertQueryCount(limit):
                records.with_user(self.agent).action_execute()
                self._end_of_request()
        self.assertEqual(len(self._codes(resolutions)), 12)


@tagged("post_install", "-at_install")
class TestUndoDigital(DigitalCommon):
    """A code that a reader has seen never returns to the pool; one that was never mailed does."""

    def setUp(self):
        super().setUp()
        self.ticket = self._case_on(self._sell({self.run_1: 1}))
        self.resolution = self._send(self.ticket)
        self.code = self._codes(self.resolution)

    def test_cancelled_before_it_was_mailed(self):
        self.resolution.action_cancel("wrong case")
        self.assertEqual(self._mails(self.resolution).state, "cancel")
        self.assertEqual((self.code.state, self.code.effect_id.id), ("free", False))
        self.assertEqual(self.ebook.free_count, 3)
        self.assertSound()

    def test_mailed_means_posted(self):
        self._mails(self.resolution).state = "sent"
        with self.assertRaisesRegex(UserError, "already happened"):
            self.resolution.action_cancel("too late")

    def test_void_and_cancel(self):
        self._mails(self.resolution).state = "sent"
        self.resolution.action_void_digital("another title was meant")
        self.assertEqual(self.code.state, "void")
        self.assertEqual(self.code.void_reason, "another title was meant")
        self.assertEqual((self.ticket.phase, self.ticket.next_step), ("execution", "resend"))
        self.assertFalse(self.resolution.can_resend, "a void code is not mailed again")
        self.resolution.action_cancel("another title was meant")
        self.assertEqual(self.code.state, "void", "it never returns to the pool")
        self.assertEqual(self.ebook.free_count, 2)
        self.assertIn("digital_voided", self.ticket.event_ids.mapped("code"))

    def test_void_before_it_was_mailed(self):
        """Nobody has seen the code: it is free again, and the case asks what to do."""
        self.resolution.action_void_digital("wrong reader")
        self.assertEqual(self._mails(self.resolution).state, "cancel")
        self.assertEqual((self.code.state, self.ebook.free_count), ("free", 3))
        self.assertEqual(self.ticket.next_step, "resend")
        self.resolution.action_cancel("wrong reader")
        self.assertSound()

    def test_void_and_send_another(self):
        """The code did not work: a new one for the same copy."""
        self._mails(self.resolution).state = "sent"
        self.resolution.action_void_digital("does not work")
        self.resolution.action_retry()
        self.assertEqual(self._codes(self.resolution).mapped("state"), ["void", "given"])
        self.assertEqual(self.resolution.progress, "done")
        body = self._mails(self.resolution)[-1].body_html
        self.assertIn("EB-0002", body)
        self.assertNotIn("EB-0001", body)

    def test_failed_mail_counts_as_seen(self):
        """Whether a mail that failed was read nobody knows: the code is not given to others."""
        self._mails(self.resolution).state = "exception"
        with self.assertRaisesRegex(UserError, "already happened"):
            self.resolution.action_cancel("wrong case")
        self.resolution.action_void_digital("wrong address")
        self.resolution.action_cancel("wrong case")
        self.assertEqual(self.code.state, "void")

    def test_void_twice(self):
        """Void codes work on until the platform is told: one more takes a manager."""
        self._mails(self.resolution).state = "sent"
        self.resolution.action_void_digital("does not work")
        self.resolution.action_retry()
        self._mails(self.resolution).state = "sent"
        with self.assertRaisesRegex(UserError, f"{self.ticket.number}.*let a manager void it"):
            self.resolution.action_void_digital("neither does this one")
        self.resolution.with_user(self.manager).action_void_digital("neither does this one")
        self.assertEqual(self._codes(self.resolution).mapped("state"), ["void", "void"])

    def test_not_by_who_refused(self):
        """The reader objected and a colleague sent the e-book: who refused takes nothing back."""
        ticket = self._case_on(self._sell({self.run_1: 1}))
        ticket.action_refuse("damaged by the reader")
        ticket.action_object("it arrived like this")
        resolution = self._propose(ticket, "ebook", user=self.other_agent)
        resolution.action_agree("phone")
        resolution.action_execute()
        with self.assertRaisesRegex(UserError, "another person decides"):
            resolution.with_user(self.agent).action_void_digital("as I said")

    def test_nothing_to_void(self):
        self.resolution.action_void_digital("once")
        with self.assertRaisesRegex(UserError, "none to void"):
            self.resolution.action_void_digital("twice")

    def test_voided_in_the_pool(self):
        """The manager voids a code on the list: the case of its reader opens again."""
        self.code.with_user(self.manager).action_void("revoked by the platform")
        self.assertEqual(self.ticket.next_step, "resend")
        free = self.ebook.code_ids.filtered(lambda c: c.state == "free")
        free.with_user(self.manager).action_void("leaked")
        self.assertEqual(self.ebook.free_count, 0)
        with self.assertRaisesRegex(UserError, "0 are free"):
            self.resolution.action_retry()


@tagged("post_install", "-at_install")
class TestDeadCode(DigitalCommon):
    """The scratched code of a copy is dead: recorded, voided and replaced once (R2.2)."""

    def setUp(self):
        super().setUp()
        self.order = self._sell({self.run_1: 2})

    def _complain(self, *dead, order=None, copies=1):
        ticket = self._case_on(order or self.order, copies, "dead_code", defects=())
        ticket.line_ids.with_user(self.agent).dead_codes = "\n".join(dead)
        return ticket

    def _find(self, code):
        return self.env["aftersales.digital.code"].search([("code", "=", code)])

    def test_replaced(self):
        ticket = self._complain(" PRINTED-1 ", "")
        resolution = self._propose(ticket, "new_code")
        self.assertEqual(resolution.state, "agreed", "the reader need not be asked")
        resolution.action_execute()
        dead = self._find("PRINTED-1")
        self.assertEqual((dead.state, dead.dead_ticket_id), ("void", ticket))
        self.assertEqual(self._codes(resolution).mapped("code"), ["AC-0001"])
        self.assertNotIn("PRINTED-1", str(ticket.event_ids.mapped("note")))
        self.assertSound()

    def test_replaced_twice(self):
        """Two readers with one photo of a code: the second takes a manager."""
        first = self._complain("PRINTED-1")
        self._send(first, "new_code")
        second = self._complain("PRINTED-1", order=self._sell({self.run_1: 1}))
        message = f"…ED-1 was replaced in case {first.number}"
        with self.assertRaisesRegex(UserError, message), self.cr.savepoint():
            self._propose(second, "new_code")
        resolution = self._propose(second, "new_code", user=self.manager)
        self.assertEqual(resolution.state, "agreed")
        resolution.with_user(self.agent).action_execute()
        self.assertEqual(self._codes(resolution).mapped("code"), ["AC-0002"])

    def test_the_new_code_is_dead_too(self):
        """The first case stays finished, the second replaces its code."""
        first = self._complain("PRINTED-1")
        self._mails(self._send(first, "new_code")).state = "sent"
        second = self._complain("AC-0001")
        resolution = self._send(second, "new_code")
        self.assertEqual(self._find("AC-0001").state, "void")
        self.assertEqual(self._codes(resolution).mapped("code"), ["AC-0002"])
        self.assertEqual((first.phase, second.phase), ("done", "done"))
        self.assertSound()

    def test_of_another_reader(self):
        first = self._complain("PRINTED-1")
        self._send(first, "new_code")
        other = self.env["res.partner"].create({"name": "Wang", "email": "w@reader.example"})
        second = self._complain("AC-0001", order=self._sell({self.run_1: 1}, partner=other))
        with self.assertRaisesRegex(UserError, "given to another reader"):
            self._propose(second, "new_code")

    def test_still_in_the_pool(self):
        """A code that nobody was given is read to us: it is void, and not given in exchange."""
        resolution = self._send(self._complain("AC-0001"), "new_code")
        self.assertEqual(self._find("AC-0001").state, "void")
        self.assertEqual(self._codes(resolution).mapped("code"), ["AC-0002"])

    def test_cancelled(self):
        """Nothing was given for it: another remedy may replace it."""
        resolution = self._send(self._complain("PRINTED-1"), "new_code")
        resolution.action_cancel("wrong copy")
        self.assertEqual(self.access.free_count, 3)
        self._send(self._complain("PRINTED-1"), "new_code")

    def test_more_codes_than_copies(self):
        with self.assertRaisesRegex(UserError, "more dead codes are noted than copies"):
            self._propose(self._complain("PRINTED-1", "PRINTED-2"), "new_code")


@tagged("post_install", "-at_install")
class TestPool(DigitalCommon):
    """The pool is kept by the manager and offered as long as it lasts."""

    def _dialog(self, ticket):
        wizard = self.env["aftersales.propose.wizard"].with_user(self.agent)
        return Form(
            wizard.with_context(default_ticket_id=ticket.id, default_line_ids=ticket.line_ids.ids)
        )

    def test_empty(self):
        """Not offered, and refused by name of title and remedy, also at the last moment."""
        ticket = self._case_on(self._sell({self.run_1: 2}), 2)
        agreed = self._propose(ticket, "ebook")
        agreed.action_agree("phone")
        self.ebook.code_ids[:2].with_user(self.manager).action_void("leaked")
        message = f"{ticket.number}: “E-book” needs 2 codes of “.*Red Mansions”, 1 are free.*add"
        with self.assertRaisesRegex(UserError, message), self.cr.savepoint():
            agreed.action_execute()
        self.assertEqual(self.ebook.free_count, 1, "no code is given for half a remedy")
        other = self._case_on(self._sell({self.run_1: 2}), 2)
        with self.assertRaisesRegex(UserError, "needs 2 codes"), self.cr.savepoint():
            self._propose(other, "ebook")
        self.assertNotIn("ebook", self._dialog(other).save().offered_ids.mapped("code"))

    def test_the_dialog(self):
        ticket = self._case_on(self._sell({self.run_1: 1}))
        dialog = self._dialog(ticket)
        dialog.remedy_id = self.env["aftersales.remedy"]._get("ebook")
        self.assertEqual(
            dialog.part_note,
            "By mail to li.wei@reader.example: one code for each copy, 3 free",
        )
        dialog.agreed = True
        dialog.save().action_propose()
        self.assertEqual(ticket.phase, "done")

    def test_a_title_without(self):
        atlas_run = self._print(self.atlas, "ATLAS-1", 1, 5, 30.0, self.printer)
        ticket = self._case(self._sell({atlas_run: 1}), {atlas_run: 1}, "pages")
        with self.assertRaisesRegex(UserError, "Atlas of Rivers” has nothing to send for “E-book”"):
            self._propose(ticket, "ebook")
        self.assertNotIn("ebook", self._dialog(ticket).save().offered_ids.mapped("code"))

    def test_archived_meanwhile(self):
        """The rights of the e-book ended: what was agreed is not sent."""
        resolution = self._propose(self._case_on(self._sell({self.run_1: 1})), "ebook")
        resolution.action_agree("phone")
        self.ebook.active = False
        with self.assertRaisesRegex(UserError, "is archived"):
            resolution.action_execute()

    def test_running_low(self):
        """One task for whoever orders new codes, until the pool is filled again."""
        self.ebook.low_limit = 3
        self.assertFalse(self.ebook.activity_ids)
        self._send(self._case_on(self._sell({self.run_1: 1})))
        self.assertEqual(self.ebook.activity_ids.user_id, self.manager)
        self.assertIn("2 codes are left", self.ebook.activity_ids.summary)
        self._send(self._case_on(self._sell({self.run_1: 1})))
        self.assertEqual(len(self.ebook.activity_ids), 1, "once")
        low = self.env["aftersales.digital"].search([("warned_at", "!=", False)])
        self.assertEqual(low, self.ebook)
        self._fill(self.ebook, "EB-1001", "EB-1002")
        self.assertFalse(self.ebook.activity_ids)
        self.assertFalse(self.ebook.warned_at)

    def test_import(self):
        """A list of the e-book shop, of which one code is there already: nothing comes in."""
        Code = self.env["aftersales.digital.code"].with_user(self.manager)
        Code = Code.with_context(default_digital_id=self.ebook.id)
        done = Code.load(["code", "expires_on"], [["N-1", "2030-12-31"], ["N-2", ""]])
        self.assertEqual(len(done["ids"]), 2)
        self.assertEqual(self.ebook.free_count, 5)
        with mute_logger("odoo.sql_db"):
            refused = Code.load(["code"], [["N-3"], ["EB-0001"]])
        self.assertFalse(refused["ids"])
        self.assertIn("has this code already", refused["messages"][0]["message"])
        by_isbn = self.env["aftersales.digital"].with_user(self.manager)
        self.assertIn(self.ebook.id, [i for i, _n in by_isbn.name_search(self.novel.barcode)])

    def test_state_is_not_typed(self):
        free = self.ebook.code_ids[0].with_user(self.manager)
        given = self._codes(self._send(self._case_on(self._sell({self.run_1: 1}))))
        with self.assertRaisesRegex(AccessError, "follows from the cases"):
            free.state = "given"
        with self.assertRaisesRegex(AccessError, "follows from the cases"):
            self._fill(self.ebook, "X", state="given")
        with self.assertRaisesRegex(UserError, "Only free codes"):
            given.with_user(self.manager).code = "OTHER"
        with self.assertRaisesRegex(UserError, "stay"):
            given.with_user(self.manager).unlink()
        self.ebook.code_ids.filtered(lambda c: c.state == "free")[0].unlink()

    def test_moved_to_another_title(self):
        self._send(self._case_on(self._sell({self.run_1: 1})))
        with self.assertRaisesRegex(UserError, "cannot move to another title"):
            self.ebook.product_tmpl_id = self.atlas.product_tmpl_id


@tagged("post_install", "-at_install")
class TestWhoSeesCodes(DigitalCommon):
    """Codes are worth money: free ones are the manager's, given ones the agents' (R13.1, I7)."""

    def setUp(self):
        super().setUp()
        self.ticket = self._case_on(self._sell({self.run_1: 1}))
        self.resolution = self._send(self.ticket)
        self.given = self._codes(self.resolution)
        self.free = (self.ebook.code_ids - self.given)[0]

    def test_agent_and_auditor(self):
        for user in (self.agent, self.auditor):
            with self.subTest(user.name):
                self.assertEqual(self.given.with_user(user).code, "EB-0001")
                found = self.env["aftersales.digital.code"].with_user(user).search([])
                self.assertEqual(found, self.given)
                with self.assertRaises(AccessError):
                    self.free.with_user(user).read(["code"])
                with self.assertRaises(AccessError):
                    self.given.with_user(user).write({"expires_on": False})
                self.assertEqual(self.ebook.with_user(user).free_count, 2)
                with self.assertRaises(AccessError):
                    self.ebook.with_user(user).read(["file"])
                self.assertEqual(self.resolution.with_user(user).digital_code_ids, self.given)

    def test_other_desks(self):
        """Warehouse, finance and print quality read the case, and never a code."""
        for user in (self.warehouse, self.finance, self.quality):
            with self.subTest(user.name):
                for record in (self.given, self.ebook):
                    with self.assertRaises(AccessError):
                        record.with_user(user).read(["display_name"])
                resolution = self.resolution.with_user(user)
                self.assertNotIn("digital_code_ids", resolution.read()[0])
                self.assertNotIn("dead_codes", self.ticket.line_ids.with_user(user).read()[0])
                effect = resolution.sudo().effect_ids.with_user(user)
                self.assertNotIn("digital_code_ids", effect.read()[0])
                with self.assertRaises(AccessError):
                    resolution.action_void_digital("no")
                title = self.novel.product_tmpl_id.with_user(user)
                self.assertNotIn("aftersales_digital_ids", title.fields_get())

    def test_nothing_in_the_chatter(self):
        """Nobody who follows the case reads the code in a message, a note or an event."""
        for user in (self.warehouse, self.finance, self.agent):
            messages = self.env["mail.message"].with_user(user).search([])
            texts = [str(m.body) + str(m.subject) for m in messages]
            self.assertFalse([text for text in texts if "EB-0001" in text])
        notes = self.ticket.event_ids.mapped("note")
        self.assertFalse([note for note in notes if note and "EB-0001" in note])
        message = self._mails(self.resolution).mail_message_id
        self.assertEqual((message.model, message.res_id), ("helpdesk.ticket", self.ticket.id))
        self.assertIn("Codes and links stand in the mail alone", message.body)

    def test_refusals_do_not_tell_it(self):
        self.reader.email = False
        problem = f"{self.ticket.number}.*no mail address"
        self.resolution.action_void_digital("does not work")
        with self.assertRaisesRegex(UserError, problem) as refused:
            self.resolution.action_retry()
        self.assertNotIn("EB-000", str(refused.exception))

    def test_managers_only_void_the_pool(self):
        with self.assertRaises(AccessError):
            self.given.with_user(self.agent).action_void("no")
        with self.assertRaises(AccessError):
            self.env["aftersales.digital.code"].with_user(self.agent).create(
                {"digital_id": self.ebook.id, "code": "MINE"}
            )

    def test_another_house(self):
        other = self.env["res.company"].create({"name": "Another House"})
        title = self.env["product.template"].create({"name": "Theirs", "company_id": other.id})
        digital = self.env["aftersales.digital"].create({"product_tmpl_id": title.id})
        code = digital.code_ids.create({"digital_id": digital.id, "code": "THEIRS"})
        for record in (digital, code):
            with self.assertRaises(AccessError):
                record.with_user(self.manager).read(["display_name"])
        stranger = new_test_user(
            self.env,
            "stranger",
            lang="en_US",
            groups="aftersales_publishing.group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertEqual(code.with_user(stranger).code, "THEIRS")
        self.assertFalse(self.given.with_user(stranger).search([("id", "=", self.given.id)]))

    def test_file_kinds(self):
        with self.assertRaisesRegex(ValidationError, "virus.exe” cannot be given to readers"):
            self.ebook.write({"way": "file", "file": b"TVqQ", "file_name": "virus.exe"})
        with self.assertRaisesRegex(ValidationError, "cannot be given"):
            self.ebook.write({"way": "file", "file": b"PGh0bWw+", "file_name": "page.pdf"})
