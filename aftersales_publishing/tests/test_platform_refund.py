from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from .common import AftersalesCommon


class PlatformCommon(AftersalesCommon):
    """The house sells on Tmall, which pays readers back by itself (R6.9)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clearing = cls.env["account.journal"].create(
            {"name": "Tmall Clearing", "type": "bank", "code": "TM", "company_id": cls.company.id}
        )
        cls.tmall = cls.env["aftersales.platform"].create(
            {
                "name": "Tmall",
                "company_id": cls.company.id,
                "journal_id": cls.clearing.id,
                "number_column": "退款单号",
                "date_column": "退款时间",
                "amount_column": "退款金额",
            }
        )
        cls.account = cls.clearing.default_account_id
        cls.order = cls._sell({cls.run_1: 3})

    @classmethod
    def _record(cls, ticket, number="T-1", amount=65.18, remedy="return_refund", **vals):
        """Let the agent record what the platform paid for all books of a case."""
        remedy = cls.env["aftersales.remedy"]._get(remedy, cls.company)
        return (
            cls.env["aftersales.platform.refund"]
            .with_user(vals.pop("user", cls.agent))
            ._record_for_lines(
                cls._vals(number, amount, **vals),
                ticket.line_ids.with_user(cls.agent),
                remedy.with_user(cls.agent),
            )
        )

    @classmethod
    def _vals(cls, number, amount, share=0.0, date="2026-11-02", platform_id=None):
        return {
            "platform_id": platform_id or cls.tmall.id,
            "number": number,
            "date": date,
            "amount": amount,
            "platform_share": share,
        }

    def _record_on(self, refund, number="T-1", amount=None, user=None, **vals):
        """Record what the platform paid on a refund."""
        Record = self.env["aftersales.platform.refund"].with_user(user or self.agent)
        return Record._record_for_refund(
            self._vals(number, amount or refund.amount, **vals), refund.with_user(Record.env.user)
        )

    def _owed(self):
        """What the platform owes less, by the books."""
        lines = self.env["account.move.line"].search(
            [("account_id", "=", self.account.id), ("parent_state", "=", "posted")]
        )
        return round(-sum(lines.mapped("balance")), 2)


@tagged("post_install", "-at_install")
class TestPlatformRefund(PlatformCommon):
    """Tmall pays the reader; we book our share and never pay it again (R6.9)."""

    def test_paid_before_the_copy_is_back(self):
        """The order stays as it is, before and after the return; the copy is stock again."""
        before = self._order_figures(self.order)
        ticket = self._case(self.order, {self.run_1: 1})
        record = self._record(ticket)
        self.assertEqual((record.state, record.shop_share), ("recorded", 65.18))
        refund = ticket.refund_ids
        self.assertEqual((refund.state, ticket.next_step), ("approved", "post_refund"))
        ticket.action_post_refunds()
        self.assertEqual((refund.state, record.state), ("paid", "booked"))
        self.assertEqual(refund.credit_note_id.invoice_line_ids.product_id.type, "service")
        payment = refund.sudo().payment_ids
        self.assertEqual((payment.journal_id, payment.amount), (self.clearing, 65.18))
        self.assertIn("T-1", payment.memo)
        self.assertEqual(self._owed(), 65.18)
        self.assertEqual(self._order_figures(self.order), before)
        resolution = ticket.resolution_ids
        self.assertEqual((resolution.progress, ticket.next_step), ("waiting_return", "receive"))
        self._receive(resolution)
        self._inspect(resolution)
        self.assertEqual(self._order_figures(self.order), before)
        self.assertEqual(self._quarantined(self.run_1), 1)
        self.assertEqual(ticket.phase, "done")
        self.assertEqual(len(refund.sudo().payment_ids), 1)

    def test_after_the_shop_refused(self):
        """Tmall sides with the reader: what it paid is booked, the refusal is withdrawn."""
        for number, refuse in (
            ("T-1", lambda case: case.line_ids.with_user(self.agent).action_refuse("worn")),
            ("T-2", lambda case: case.with_user(self.agent).action_refuse("worn")),
        ):
            ticket = self._case(self.order, {self.run_1: 1})
            refuse(ticket)
            self.assertEqual(ticket.phase, "refused")
            action = ticket.with_user(self.agent).action_open_platform_refund()
            Wizard = self.env[action["res_model"]].with_user(self.agent)
            with Form(Wizard.with_context(**action["context"])) as form:
                form.number, form.amount = number, 65.18
                form.remedy_id = self.env["aftersales.remedy"]._get("refund_only")
            form.record.action_record()
            ticket.refund_ids.with_user(self.finance).action_approve_and_post()
            self.assertEqual((ticket.phase, ticket.platform_refund_ids.state), ("done", "booked"))
            self.assertEqual(ticket.resolution_ids[-1:].state, "agreed")
            self.assertNotIn("cancelled", ticket.resolution_ids.mapped("state"))

    def test_after_the_window_ended(self):
        ticket = self._case(self.order, {self.run_1: 1}, "return_no_reason")
        ticket.line_ids.delivery_move_id.sudo().date = "2020-01-01"
        self.assertEqual(ticket.line_ids.eligibility, "not")
        self.assertEqual(self._record(ticket).state, "recorded")
        self.assertEqual(ticket.next_step, "post_refund")

    def test_the_copy_never_comes(self):
        """It is the reader's: nothing of it can be claimed again."""
        ticket = self._case(self.order, {self.run_1: 2})
        self._record(ticket, amount=130.37)
        ticket.refund_ids.with_user(self.finance).action_approve_and_post()
        resolution = ticket.resolution_ids
        resolution.with_user(self.agent).action_give_up_rest("never sent")
        self.assertEqual(ticket.phase, "done")
        self.assertEqual(ticket.line_ids.claimable_quantity, 1)
        again = self._case(self.order, {self.run_1: 2}, "binding")
        with self.assertRaisesRegex(UserError, "only 1 can"):
            again.line_ids.with_user(self.agent).action_propose("exchange")

    def test_one_of_two_comes(self):
        ticket = self._case(self.order, {self.run_1: 2})
        self._record(ticket, amount=130.37)
        ticket.refund_ids.with_user(self.finance).action_approve_and_post()
        resolution = ticket.resolution_ids
        self._receive(resolution, 1)
        self._inspect(resolution)
        resolution.with_user(self.agent).action_give_up_rest("one is lost")
        self.assertEqual(ticket.phase, "done")
        self.assertEqual(ticket.line_ids.claimable_quantity, 1)

    def test_what_the_inspection_finds_comes_too_late(self):
        """The money is gone: it is booked, and the agent decides about the copy."""
        ticket = self._case(self.order, {self.run_1: 1})
        self._record(ticket)
        resolution = ticket.resolution_ids
        self._receive(resolution)
        self._inspect(resolution, "reader_damage")
        self.assertEqual(ticket.next_step, "decide")
        refund = ticket.refund_ids.with_user(self.finance)
        refund.filtered(lambda r: r.state == "to_approve").action_approve()
        refund.action_post()
        self.assertEqual(refund.state, "paid")
        resolution.with_user(self.agent).action_give_up_rest("the platform has decided")
        self.assertEqual(ticket.phase, "done")

    def test_a_return_that_was_announced_here(self):
        """Tmall refunds at once what we would refund after the inspection (极速退款)."""
        before = self._order_figures(self.order)
        ticket = self._case(self.order, {self.run_1: 1})
        resolution = self._agree(ticket, "return_refund")
        self.assertTrue(resolution.sudo().effect_ids.move_ids.to_refund)
        self._record(ticket)
        self.assertFalse(resolution.sudo().effect_ids.move_ids.to_refund)
        ticket.with_user(self.agent).action_post_refunds()
        self._receive(resolution)
        self._inspect(resolution)
        self.assertEqual((ticket.phase, self._owed()), ("done", 65.18))
        self.assertEqual(self._order_figures(self.order), before)

    def test_paid_after_the_inspection(self):
        """The copy is back: the sale is reversed as always."""
        ticket = self._case(self.order, {self.run_1: 1})
        resolution = self._agree(ticket, "return_refund")
        self._receive(resolution)
        self._inspect(resolution)
        refund = ticket.refund_ids
        self._record_on(refund)
        refund.with_user(self.agent).action_post()
        self.assertEqual((refund.state, ticket.phase), ("paid", "done"))
        self.assertEqual(refund.credit_note_id.invoice_line_ids.product_id, self.novel)
        figures = self._order_figures(self.order)
        self.assertEqual((figures["ordered"], figures["to_invoice"]), (2, 0))

    def test_some_copies_are_back_and_some_are_not(self):
        ticket = self._case(self.order, {self.run_1: 2})
        resolution = self._agree(ticket, "return_refund")
        self._receive(resolution, 1)
        with self.assertRaisesRegex(UserError, "1 copies came back, the rest did not"):
            self._record(ticket, amount=130.37)
        self._inspect(resolution)
        resolution.with_user(self.agent).action_give_up_rest("comes later")
        line = ticket.line_ids
        line.copy(
            {
                "ticket_id": ticket.id,
                "delivery_move_id": line.delivery_move_id.id,
                "lot_id": line.lot_id.id,
                "quantity": 1,
            }
        )
        record = self._record(ticket, amount=130.37)
        refunds = ticket.refund_ids.filtered(lambda r: r.state != "cancelled")
        refunds = refunds.with_user(self.finance)
        refunds.filtered(lambda r: r.state == "to_approve").action_approve()
        refunds.action_post()
        self.assertEqual((record.state, self._owed()), ("booked", 130.37))
        self._receive(ticket.resolution_ids - resolution)
        self._inspect(ticket.resolution_ids)
        self.assertEqual(ticket.phase, "done")

    # ------------------------------------------------------------------
    # Never twice
    # ------------------------------------------------------------------
    def test_finance_does_not_pay_it(self):
        """A payment that accounting undid is made again against the platform, not the bank."""
        ticket = self._case(self.order, {self.run_1: 1})
        self._record(ticket, remedy="refund_only")
        ticket.action_post_refunds()
        refund = ticket.refund_ids.with_user(self.finance)
        self.assertIs(refund.action_pay(), True)
        self.assertEqual(len(refund.sudo().payment_ids), 1)
        refund.sudo().payment_ids.action_draft()
        refund.sudo().payment_ids.action_cancel()
        self._end_of_request()
        self.assertEqual((refund.state, self._owed()), ("posted", 0))
        with self.assertRaisesRegex(UserError, "Clear with the Platform"):
            refund.action_keep_on_account("wants it so")
        self.company.aftersales_payout_needs_bank = True
        refund.action_pay()
        self.assertEqual((refund.state, self._owed()), ("paid", 65.18))
        self.assertEqual(refund.sudo().payment_ids.journal_id, self.clearing)

    def test_what_finance_paid_is_not_the_platforms(self):
        ticket = self._case(self.order, {self.run_1: 1})
        self._agree(ticket, "refund_only")
        refund = ticket.refund_ids.with_user(self.finance)
        refund.action_post()
        refund.action_pay()
        with self.assertRaisesRegex(UserError, "paid or set off already.*a second one"):
            self._record_on(refund)
        with self.assertRaisesRegex(UserError, "paid or set off already.*a second one"):
            self._record(ticket)
        self.assertFalse(ticket.platform_refund_ids)

    def test_a_posted_refund_is_cleared_at_once(self):
        ticket = self._case(self.order, {self.run_1: 1})
        self._agree(ticket, "refund_only")
        refund = ticket.refund_ids.with_user(self.finance)
        refund.action_post()
        with self.assertRaisesRegex(UserError, "posted over .*65.18, of .* we bear .*60.00"):
            self._record_on(refund, amount=60.0)
        self._record_on(refund, user=self.finance)
        self.assertEqual((refund.state, self._owed()), ("paid", 65.18))
        with self.assertRaisesRegex(UserError, "Tmall T-1 is recorded for it already"):
            self._record_on(refund, "T-2")

    def test_a_number_is_recorded_once(self):
        self._record(self._case(self.order, {self.run_1: 1}))
        ticket = self._case(self.order, {self.run_1: 1})
        with self.assertRaisesRegex(UserError, "T-1 of Tmall is recorded on case"):
            self._record(ticket, " T-1 ")
        with self.assertRaisesRegex(UserError, "only 2 can still be"):
            self._record(self._case(self.order, {self.run_1: 3}), "T-2", 200)
        other = self.tmall.copy({"name": "JD"})
        record = self._record(ticket, "T-2")
        self.assertTrue(record)
        with self.assertRaises(ValidationError):
            other.journal_id = self.company.aftersales_payout_journal_id

    def test_a_line_with_another_remedy(self):
        ticket = self._case(self.order, {self.run_1: 1}, "binding")
        self._agree(ticket, "exchange")
        with self.assertRaisesRegex(UserError, "already has the remedy “Exchange”"):
            self._record(ticket)

    # ------------------------------------------------------------------
    # Shares
    # ------------------------------------------------------------------
    def test_the_platform_bears_a_part(self):
        """Its own share is no refund of ours; the copy is credited at what we bear."""
        ticket = self._case(self.order, {self.run_1: 1})
        record = self._record(ticket, share=10.0)
        self.assertEqual((record.amount, record.shop_share), (65.18, 55.18))
        ticket.action_post_refunds()
        refund = ticket.refund_ids
        self.assertEqual(refund.credit_note_id.amount_total, 55.18)
        self.assertEqual((record.state, self._owed()), ("booked", 55.18))

    def test_the_platform_bears_all(self):
        ticket = self._case(self.order, {self.run_1: 1})
        record = self._record(ticket, share=65.18)
        self.assertEqual((record.state, record.matching), ("booked", "nothing"))
        self.assertFalse(ticket.refund_ids)

    def test_what_the_platform_bears_alone_is_not_paid_again(self):
        """No money and no copy for these books, in this case or another, unless it is undone."""
        order = self._sell({self.run_1: 1})
        ticket = self._case(order, {self.run_1: 1})
        record = self._record(ticket, share=65.18)
        line = ticket.line_ids.with_user(self.agent)
        for remedy in ("refund_only", "return_refund", "exchange"):
            message = "paid in full by Tmall T-1.*undo that record"
            with self.assertRaisesRegex(UserError, message), self.cr.savepoint():
                line.action_propose(remedy)
        with self.assertRaisesRegex(UserError, "undo that record"):
            line.unlink()
        self.assertEqual(line.claimable_quantity, 0)
        other = self._case(order, {self.run_1: 1})
        with self.assertRaisesRegex(UserError, "only 0 can"), self.cr.savepoint():
            other.line_ids.with_user(self.agent).action_propose("refund_only")
        record.action_undo("typed on the wrong case")
        self.env.invalidate_all()
        self.assertEqual(line.claimable_quantity, 1)
        line.action_settle("refund_only")
        self.assertEqual(ticket.refund_ids.amount, 65.18)

    def test_a_refund_waits_for_what_the_platform_bears_alone(self):
        ticket = self._case(self.order, {self.run_1: 1})
        self._agree(ticket, "refund_only")
        with self.assertRaisesRegex(UserError, "already has the remedy “Refund without return”"):
            self._record(ticket, share=65.18)
        ticket.resolution_ids.with_user(self.agent).action_cancel("Tmall was faster")
        self.assertEqual(self._record(ticket, share=65.18).line_ids, ticket.line_ids)

    def test_a_goodwill_of_the_platform_takes_nothing_away(self):
        """It bore less than the price: the copy can still come back for a refund."""
        ticket = self._case(self.order, {self.run_1: 1})
        self.assertFalse(self._record(ticket, amount=10.0, share=10.0).line_ids)
        ticket.line_ids.with_user(self.agent).action_settle("return_refund")
        self.assertEqual(ticket.resolution_ids.state, "agreed")

    def test_the_whole_price_in_two_shares_without_a_return(self):
        """The reader has the price, but for a cent of rounding, and the copy: it is not claimed
        again."""
        ticket = self._case(self.order, {self.run_1: 1})
        self._record(ticket, share=10.0, remedy="refund_only")
        self.assertEqual(ticket.refund_ids.amount, 55.18)
        self.assertEqual(ticket.line_ids.claimable_quantity, 2)
        ticket = self._case(self.order, {self.run_1: 1})
        self._agree(ticket, "refund_only")
        self._record_on(ticket.refund_ids, "T-2", amount=65.18, share=10.0)
        self.assertEqual(ticket.refund_ids.amount, 55.18)
        self.env.invalidate_all()
        self.assertEqual(ticket.line_ids.claimable_quantity, 1)

    def test_less_than_the_price_without_a_return(self):
        """Only the amount is credited: the copy can still be returned for the rest."""
        ticket = self._case(self.order, {self.run_1: 1})
        self._record(ticket, amount=20.0, remedy="refund_only")
        ticket.action_post_refunds()
        self.assertEqual((ticket.refund_ids.state, self._owed()), ("paid", 20.0))
        self.assertEqual(ticket.line_ids.claimable_quantity, 3)

    def test_a_compensation_that_the_platform_paid(self):
        ticket = self._case(self.order, {self.run_1: 1})
        self._agree(ticket, "compensation", amount=20.0, reason="a creased cover")
        record = self._record(ticket, amount=20.0)
        self.assertEqual(ticket.refund_ids.platform_refund_id, record)
        ticket.action_post_refunds()
        self.assertEqual((record.state, self._owed()), ("booked", 20.0))
        self.assertEqual(ticket.phase, "done")

    def test_a_refund_is_lowered_to_what_the_platform_paid(self):
        """What finance approved was another amount: it decides again (R6.8)."""
        ticket = self._case(self.order, {self.run_1: 2})
        self._agree(ticket, "refund_only")
        refund = ticket.refund_ids.with_user(self.finance)
        refund.action_approve()
        self._record_on(refund, amount=120.0)
        self.assertEqual((refund.amount, refund.state), (120.0, "to_approve"))
        refund.action_approve_and_post()
        self.assertEqual((refund.credit_note_id.amount_total, self._owed()), (120.0, 120.0))

    def test_more_than_the_price_stays_to_book(self):
        ticket = self._case(self.order, {self.run_1: 1})
        record = self._record(ticket, amount=75.18)
        ticket.action_post_refunds()
        self.assertEqual((record.state, record.booked_amount), ("recorded", 65.18))

    def test_a_refund_shared_with_other_books(self):
        """The platform paid for one of two titles: the other one is refunded by us."""
        run_3 = self._print(self.atlas, "ATLAS-1-1", 1, 20, 40.0, self.printer)
        order = self._sell({self.run_1: 1, run_3: 1})
        ticket = self._case(order, {self.run_1: 1, run_3: 1})
        self._agree(ticket, "refund_only")
        shared = ticket.refund_ids
        self.assertEqual(len(shared.line_ids), 2)
        line = ticket.line_ids.filtered(lambda ln: ln.product_id == self.novel)
        Record = self.env["aftersales.platform.refund"].with_user(self.agent)
        Record._record_for_lines(self._vals("T-1", 65.18), line.with_user(self.agent))
        own = ticket.refund_ids - shared
        self.assertEqual((own.amount, own.platform_refund_id.number), (65.18, "T-1"))
        self.assertEqual((shared.amount, len(shared.line_ids)), (139.52, 1))
        self.assertFalse(shared.platform_refund_id)

    def test_an_open_invoice_is_set_off(self):
        """Refunded before the platform paid us: it owes nothing for that sale."""
        order = self._sell({self.run_1: 1}, pay=False)
        ticket = self._case(order, {self.run_1: 1})
        record = self._record(ticket, remedy="refund_only")
        ticket.action_post_refunds()
        self.assertEqual((ticket.refund_ids.state, record.state), ("settled", "booked"))
        self.assertEqual(self._owed(), 0)

    def test_undelivered_copies(self):
        """Cancelled while it waited to be sent (售前退款)."""
        self.novel.invoice_policy = "order"
        order = self._sell({self.run_1: 2}, deliver=False)
        ticket = (
            self.env["helpdesk.ticket"]
            .with_user(self.agent)
            .create(
                {
                    "name": "Too late",
                    "is_aftersales": True,
                    "partner_id": self.reader.id,
                    "case_type_id": self._case_type("late").id,
                    "sale_order_id": order.id,
                    "line_ids": [
                        Command.create(
                            {
                                "product_id": self.novel.id,
                                "sale_line_id": order.order_line.id,
                                "quantity": 2,
                            }
                        )
                    ],
                }
            )
        )
        ticket.action_register()
        self._record(ticket, amount=130.36, remedy="cancel_refund")
        ticket.refund_ids.with_user(self.finance).action_approve_and_post()
        self.assertEqual((ticket.refund_ids.state, self._owed()), ("paid", 130.36))
        self.assertEqual(ticket.phase, "done")

    # ------------------------------------------------------------------
    # Undo
    # ------------------------------------------------------------------
    def test_undone_by_finance(self):
        """Clearing and invoice are as before; the remedy goes on in the ordinary way."""
        ticket = self._case(self.order, {self.run_1: 1})
        record = self._record(ticket)
        ticket.action_post_refunds()
        with self.assertRaisesRegex(AccessError, "finance approver has to undo"):
            record.action_undo("wrong case")
        record.with_user(self.finance).action_undo("wrong case")
        refund = ticket.refund_ids
        self.assertEqual((refund.state, record.state, self._owed()), ("cancelled", "cancelled", 0))
        resolution = ticket.resolution_ids
        self.assertFalse(resolution.platform_refund_id)
        self.assertTrue(resolution.sudo().effect_ids.move_ids.to_refund)
        self._receive(resolution)
        self._inspect(resolution)
        refund = ticket.refund_ids.filtered(lambda r: r.state != "cancelled")
        refund.with_user(self.finance).action_post()
        self.assertEqual(refund.state, "posted")
        self.assertEqual(self._order_figures(self.order)["ordered"], 2)
        self._record(self._case(self.order, {self.run_1: 1}))  # the number is free again

    def test_undone_with_its_refund(self):
        ticket = self._case(self.order, {self.run_1: 1})
        record = self._record(ticket, remedy="refund_only")
        ticket.action_post_refunds()
        ticket.refund_ids.with_user(self.finance).action_reverse("the platform took it back")
        self.assertEqual((record.state, self._owed()), ("cancelled", 0))
        self.assertEqual(record.reason, "the platform took it back")

    def test_undone_by_the_agent_before_it_is_booked(self):
        ticket = self._case(self.order, {self.run_1: 1})
        record = self._record(ticket, remedy="refund_only")
        record.action_undo("typed on the wrong case")
        self.assertEqual(ticket.refund_ids.state, "cancelled")
        ticket.resolution_ids.with_user(self.agent).action_cancel("no refund")
        self.assertEqual(ticket.line_ids.claimable_quantity, 3)

    def test_undone_and_refunded_in_full(self):
        """The platform had paid a part; we pay the whole price, so the copy is not claimed again."""
        ticket = self._case(self.order, {self.run_1: 1})
        record = self._record(ticket, amount=20.0, remedy="refund_only")
        self.assertEqual(ticket.line_ids.claimable_quantity, 3)
        record.action_undo("the platform took it back")
        ticket.resolution_ids.with_user(self.agent).action_retry()
        self.env.invalidate_all()
        refund = ticket.refund_ids.filtered(lambda r: r.state != "cancelled")
        self.assertEqual((refund.amount, ticket.line_ids.claimable_quantity), (65.18, 2))

    def test_reversed_by_accounting(self):
        """The refund can be posted again; the payment that is left pays it."""
        ticket = self._case(self.order, {self.run_1: 1})
        record = self._record(ticket, remedy="refund_only")
        ticket.action_post_refunds()
        refund = ticket.refund_ids
        note = refund.sudo().credit_note_id
        note.line_ids.remove_move_reconcile()
        note.button_draft()
        note.button_cancel()
        self._end_of_request()
        self.assertEqual((refund.state, record.state), ("approved", "recorded"))
        refund.with_user(self.agent).action_post()
        self.assertEqual((refund.state, record.state, self._owed()), ("paid", "booked", 65.18))
        self.assertEqual(len(refund.sudo().payment_ids), 1)

    # ------------------------------------------------------------------
    # Roles and screens
    # ------------------------------------------------------------------
    def test_roles(self):
        ticket = self._case(self.order, {self.run_1: 1})
        for user in (self.warehouse, self.finance, self.auditor):
            with self.assertRaises(AccessError):
                self._record(ticket, user=user)
        record = self._record(ticket)
        for user in (self.agent, self.finance, self.manager, self.auditor):
            self.assertEqual(record.with_user(user).number, "T-1")
            with self.assertRaises(AccessError):
                record.with_user(user).number = "T-2"
        with self.assertRaises(AccessError):
            record.with_user(self.warehouse).read(["number"])
        with self.assertRaises(AccessError):
            self.tmall.with_user(self.agent).name = "mine"
        self.tmall.with_user(self.manager).name = "Tmall flagship"
        self.tmall.with_user(self.finance).name = "Tmall"
        with self.assertRaises(AccessError):
            record.with_user(self.auditor).action_undo("mine")

    def test_who_refused_records_nothing_after_the_objection(self):
        """Finance does: it says what the platform paid, not whether the reader was right."""
        ticket = self._case(self.order, {self.run_1: 1})
        ticket.with_user(self.agent).action_refuse("damaged by the reader")
        ticket.with_user(self.agent).action_object("it arrived like this")
        ticket.line_ids.with_user(self.other_agent).action_settle("refund_only")
        with self.assertRaisesRegex(UserError, "another person decides"):
            self._record_on(ticket.refund_ids)
        self.assertTrue(self._record_on(ticket.refund_ids, user=self.finance))

    def test_another_company(self):
        company = self.env["res.company"].create({"name": "Other House"})
        record = self._record(self._case(self.order, {self.run_1: 1}))
        stranger = new_test_user(
            self.env,
            "stranger",
            "aftersales_publishing.group_finance",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        with self.assertRaises(AccessError):
            record.with_user(stranger).read(["number"])

    def test_the_dialog_of_the_case(self):
        ticket = self._case(self.order, {self.run_1: 1}).with_user(self.agent)
        self.assertTrue(ticket.has_platforms)
        action = ticket.action_open_platform_refund()
        Wizard = self.env[action["res_model"]].with_user(self.agent)
        with Form(Wizard.with_context(**action["context"])) as form:
            self.assertEqual(form.platform_id, self.tmall)
            self.assertTrue(form.remedy_id.credits)
            form.number = "T-9"
            form.amount = 65.18
            form.platform_share = 5.18
            self.assertEqual(form.shop_share, 60.0)
            form.remedy_id = self.env["aftersales.remedy"]._get("refund_only")
        wizard = form.record
        wizard.action_record()
        self.assertEqual(ticket.platform_refund_ids.shop_share, 60.0)
        self.assertEqual(ticket.refund_ids.amount, 60.0)
        record = ticket.platform_refund_ids
        self.assertEqual(ticket.action_view_platform_refunds()["res_id"], record.id)

    def test_the_dialog_of_the_refund(self):
        ticket = self._case(self.order, {self.run_1: 1})
        self._agree(ticket, "refund_only")
        refund = ticket.refund_ids.with_user(self.finance)
        self.assertTrue(refund.has_platforms)
        action = refund.action_open_platform_refund()
        Wizard = self.env[action["res_model"]].with_user(self.finance)
        with Form(Wizard.with_context(**action["context"])) as form:
            self.assertEqual(form.amount, 65.18)
            form.number = "T-9"
        form.record.action_record()
        self.assertEqual(refund.platform_refund_id.number, "T-9")
        html = self.env["ir.actions.report"]._render_qweb_html(
            "aftersales_publishing.aftersales_refund_report", refund.ids
        )[0]
        self.assertIn("Tmall T-9", html.decode())


@tagged("post_install", "-at_install")
class TestPlatformCurrency(PlatformCommon):
    """Readers abroad pay in their own money: what a platform pays must be in it too (R6.9)."""

    def setUp(self):
        super().setUp()
        self.abroad = self.env["res.currency"].create(
            {
                "name": "XAB",
                "symbol": "x",
                "rate_ids": [Command.create({"name": "2020-01-01", "rate": 4.0})],
            }
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "Abroad", "currency_id": self.abroad.id}
        )
        reader = self.env["res.partner"].create(
            {"name": "Ann", "property_product_pricelist": pricelist.id}
        )
        self.order = self._sell({self.run_1: 2}, partner=reader)
        self.assertEqual(self.order.currency_id, self.abroad)
        self.ticket = self._case(self.order, {self.run_1: 1})

    def assertRefused(self, **vals):
        message = (
            f"{self.ticket.number}: .* was sold in XAB, Tmall T-1 is in .* Choose the platform"
        )
        with self.assertRaisesRegex(UserError, message), self.cr.savepoint():
            self._record(self.ticket, **vals)
        self.assertFalse(self.ticket.platform_refund_ids)
        self.assertFalse(self.ticket.resolution_ids)

    def test_a_platform_of_the_house(self):
        self.assertRefused()

    def test_borne_by_the_platform_alone(self):
        """One of our currency is not the whole price in theirs: the copy stays open."""
        self.assertRefused(amount=1.0, share=1.0)
        self.assertTrue(self.ticket.line_ids.with_user(self.agent).action_propose("exchange"))

    def test_in_their_currency(self):
        """Set off to the cent on a clearing account of that currency; ours at the rate."""
        self.tmall.journal_id = self.env["account.journal"].create(
            {
                "name": "Clearing Abroad",
                "type": "bank",
                "code": "TMX",
                "currency_id": self.abroad.id,
                "company_id": self.company.id,
            }
        )
        amount = self.order.amount_total / 2
        record = self._record(self.ticket, amount=amount)
        self.assertEqual(record.currency_id, self.abroad)
        refund = self.ticket.refund_ids
        refund.with_user(self.finance).action_approve_and_post()
        self.assertEqual((refund.state, record.state), ("paid", "booked"))
        payment = refund.sudo().payment_ids
        self.assertEqual((payment.currency_id, payment.amount), (self.abroad, amount))
        lines = payment.move_id.line_ids.filtered(
            lambda line: line.account_id == self.tmall._get_clearing_account()
        )
        self.assertEqual(lines.amount_currency, -amount)
        self.assertAlmostEqual(lines.balance, -amount / 4.0, 2)
        self.assertFalse(refund.credit_note_id.amount_residual)

    def test_a_platform_of_another_company(self):
        company = self.env["res.company"].create({"name": "Second House"})
        journal = self.env["account.journal"].create(
            {"name": "Clearing", "type": "bank", "code": "TM2", "company_id": company.id}
        )
        other = self.env["aftersales.platform"].create(
            {"name": "Tmall Two", "company_id": company.id, "journal_id": journal.id}
        )
        message = f"Case {self.ticket.number} belongs to .* platform Tmall Two does not"
        with self.assertRaisesRegex(UserError, message):
            self._record(self.ticket, platform_id=other.id)


@tagged("post_install", "-at_install")
class TestPlatformAfterwards(PlatformCommon):
    """A finished case: some copies were settled by us, others refused; then the platform pays."""

    def _open(self, ticket):
        action = ticket.with_user(self.agent).action_open_platform_refund()
        Wizard = self.env[action["res_model"]].with_user(self.agent)
        return Form(Wizard.with_context(**action["context"]))

    def _settle_and_refuse(self, remedy):
        ticket = self._case(self.order, {self.run_1: 2})
        line = ticket.line_ids.with_user(self.agent)
        resolution = line.action_propose(remedy, 1)
        resolution.action_agree("phone")
        resolution.action_execute()
        if remedy == "exchange":
            self._receive(resolution)
            self._inspect(resolution)
            self._ship(resolution)
        else:
            refund = ticket.refund_ids.with_user(self.finance)
            refund.action_post()
            refund.action_pay()
            self._end_of_request()
        line.action_refuse("worn", 1)
        self._end_of_request()
        self.assertEqual((ticket.phase, ticket.can_note_platform), ("done", True))
        return ticket, resolution

    def _note(self, ticket):
        with self._open(ticket) as form:
            self.assertEqual(form.amount, 0.0, "what we paid is not proposed")
            form.number, form.amount = "T-9", 65.18
            form.remedy_id = self.env["aftersales.remedy"]._get("refund_only")
        form.record.action_record()
        new = ticket.refund_ids.filtered("platform_refund_id")
        new.with_user(self.finance).action_approve_and_post()
        self._end_of_request()
        self.assertEqual((new.state, new.amount, self._owed()), ("paid", 65.18, 65.18))
        self.assertEqual(ticket.phase, "done")
        self.assertFalse(ticket.can_note_platform, "every copy is settled")
        return new

    def test_one_exchanged_one_refused(self):
        ticket, exchange = self._settle_and_refuse("exchange")
        self._note(ticket)
        self.assertFalse(exchange.platform_refund_id)

    def test_one_refunded_one_refused(self):
        """Our refund stays ours."""
        ticket, refunded = self._settle_and_refuse("refund_only")
        own = ticket.refund_ids
        self._note(ticket)
        self.assertEqual((own.state, own.platform_refund_id.id), ("paid", False))
        self.assertFalse(refunded.platform_refund_id)

    def test_all_settled(self):
        ticket = self._case(self.order, {self.run_1: 1})
        self._agree(ticket, "refund_only")
        refund = ticket.refund_ids.with_user(self.finance)
        refund.action_post()
        refund.action_pay()
        self._end_of_request()
        self.assertEqual((ticket.phase, ticket.can_note_platform), ("done", False))
        with self.assertRaisesRegex(UserError, "would be a second one"):
            self._record(ticket)
