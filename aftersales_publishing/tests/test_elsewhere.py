from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from . import invariants
from .common import AftersalesCommon


class ElsewhereCommon(AftersalesCommon):
    """A reader who bought the novel in a bookshop: no order here (R1.2)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.readers = cls.company.aftersales_customer_location_id
        cls.cost = cls.readers.valuation_account_id
        cls.stock_account = cls.category.property_stock_valuation_account_id

    def _case_elsewhere(self, copies=1, impression=1, seen=True, defects=("loose_leaves",), **vals):
        """Take in a case on copies that the reader bought in a shop."""
        line = {
            "product_id": self.novel.id,
            "bought_elsewhere": True,
            "bought_at": "Xinhua Bookstore",
            "quantity": copies,
            "edition": "1",
            "impression": impression,
            "defect_ids": [Command.set([self._defect(code).id for code in defects])],
        }
        ticket = (
            self.env["helpdesk.ticket"]
            .with_user(self.agent)
            .create(
                {
                    "name": "Leaves fall out",
                    "is_aftersales": True,
                    "partner_id": self.reader.id,
                    "user_id": self.agent.id,
                    "case_type_id": self._case_type("binding").id,
                    "line_ids": [Command.create({**line, **vals})],
                }
            )
        )
        ticket.action_register()
        if seen:
            ticket.proof_ids.received = True
        return ticket

    def _propose(self, ticket, remedy, quantity=None, user=None, **options):
        lines = ticket.line_ids.with_user(user or self.agent)
        return lines.action_propose(remedy, quantity, **options)

    def _see_receipt(self, ticket):
        """Note the proof of purchase."""
        proof = self.env.ref("aftersales_publishing.aftersales_proof_purchase_proof")
        self.env["aftersales.case.proof"].with_user(self.agent).create(
            {"ticket_id": ticket.id, "proof_id": proof.id, "received": True}
        )

    def _empty_shelf(self):
        self.run_2.with_user(self.quality).action_hold("smudged")

    def _quarantined(self, lot):
        """Copies in the quarantine for what was bought elsewhere, outside of the other."""
        places = self.env["stock.location"].search([("aftersales_without_value", "=", True)])
        self.assertEqual(super()._quarantined(lot), 0)
        return self._stock(lot, places) if places else 0

    def _get_effect(self, resolution, kind):
        return resolution.sudo().effect_ids.filtered(lambda e: e.kind == kind)

    def assertSound(self):
        self.assertEqual(invariants.find_breaches(self.env), [])
        self.assertEqual(invariants.find_breaches(self.env, invariants.AT_REST), [])


@tagged("post_install", "-at_install")
class TestIdentity(ElsewhereCommon):
    """The copy is known by its ISBN, its copyright page and a photo of that page."""

    def test_the_page_tells_the_print_run(self):
        ticket = self._case_elsewhere(impression=2)
        self.assertEqual(ticket.line_ids.lot_id, self.run_2)
        ticket.line_ids.impression = 1
        self.assertEqual(ticket.line_ids.lot_id, self.run_1)
        self.assertFalse(ticket.line_ids.run_note)

    def test_an_impression_split_over_two_printers(self):
        twin = self.run_1.copy({"name": "NOVEL-1-1b", "printer_id": self.other_printer.id})
        twin.write({"edition": "1", "impression": 1})
        line = self._case_elsewhere().line_ids
        self.assertFalse(line.lot_id)
        self.assertIn("2 print runs fit: NOVEL-1-1, NOVEL-1-1b", line.run_note)
        line.lot_id = twin
        self.assertFalse(line.run_note)

    def test_an_impression_that_was_never_printed(self):
        line = self._case_elsewhere(impression=9).line_ids
        self.assertFalse(line.lot_id)
        self.assertIn("may be pirated", line.run_note)

    def test_typed_in_the_form(self):
        ticket = self._case_elsewhere()
        with Form(ticket.line_ids.with_user(self.agent)) as line:
            line.impression = 2
            self.assertEqual(line.lot_id, self.run_2)

    def test_the_photo_is_asked_for(self):
        ticket = self._case_elsewhere(seen=False)
        page = self.env.ref("aftersales_publishing.aftersales_proof_copyright_page")
        self.assertIn(page, ticket.proof_ids.proof_id)
        self.assertEqual(ticket.phase, "waiting_proof")
        with self.assertRaisesRegex(UserError, "Photo of the copyright page.*tick it"):
            self._propose(ticket, "exchange")

    def test_marked_after_registering(self):
        ticket = self._case_elsewhere(bought_elsewhere=False)
        ticket.case_type_id.sudo().proof_ids = False
        ticket.proof_ids.sudo().unlink()
        ticket.line_ids.bought_elsewhere = True
        page = self.env.ref("aftersales_publishing.aftersales_proof_copyright_page")
        self.assertEqual(ticket.proof_ids.proof_id, page)
        self.assertFalse(ticket.proof_ids.received)

    def test_no_page_noted(self):
        ticket = self._case_elsewhere(impression=0, edition=False)
        with self.assertRaisesRegex(UserError, "Note edition, impression or print date"):
            self._propose(ticket, "exchange")

    def test_not_marked(self):
        """A line that just lacks its delivery is no way around what is claimable."""
        ticket = self._case_elsewhere(bought_elsewhere=False)
        with self.assertRaisesRegex(UserError, "or mark the copy as bought elsewhere"):
            self._propose(ticket, "exchange")

    def test_delivered_by_us(self):
        ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1})
        with self.assertRaisesRegex(ValidationError, "was not bought elsewhere"):
            ticket.line_ids.bought_elsewhere = True

    def test_pushed_by_a_channel(self):
        [answer] = (
            self.env["helpdesk.ticket"]
            .with_user(self.agent)
            .aftersales_submit(
                [
                    {
                        "case_type": "binding",
                        "reader": {"name": "Zhao Min", "email": "zhao@reader.example"},
                        "lines": [
                            {
                                "isbn": self.novel.barcode,
                                "impression": 2,
                                "bought_elsewhere": True,
                                "bought_at": "Book fair",
                            }
                        ],
                    }
                ]
            )
        )
        line = self.env["helpdesk.ticket"].browse(answer["ticket_id"]).line_ids
        self.assertEqual(
            (line.bought_elsewhere, line.bought_at, line.lot_id), (True, "Book fair", self.run_2)
        )


@tagged("post_install", "-at_install")
class TestExchangeElsewhere(ElsewhereCommon):
    """The copy comes back without value, another one leaves at the cost of after-sales service."""

    def test_exchange(self):
        ticket = self._case_elsewhere()
        resolution = self._agree(ticket, "exchange")
        self.assertEqual(ticket.next_step, "receive")
        received = self._receive(resolution)
        self.assertEqual(received.origin, ticket.number)
        self.assertFalse(received.return_id)
        self.assertEqual(self._stock(self.run_1, self.readers), -1, "it was sold by a shop")
        self.assertEqual(self._quarantined(self.run_1), 1)
        self.assertEqual(received.move_ids.value, 0)
        self.assertFalse(received.move_ids.account_move_id)
        self._inspect(resolution)
        shipped = self._ship(resolution)
        self.assertEqual(shipped.move_line_ids.lot_id, self.run_2, "never the run complained of")
        self.assertFalse(shipped.sale_id)
        value = shipped.move_ids.value
        self.assertGreater(value, 0)
        self.assertEqual(
            self._ledger(shipped.move_ids.account_move_id),
            {self.cost.code: value, self.stock_account.code: -value},
        )
        self.assertEqual((resolution.progress, ticket.phase), ("done", "done"))
        self.assertFalse(self.env["sale.order.line"].search([("product_id", "=", self.novel.id)]))
        self.assertSound()

    def test_in_advance(self):
        resolution = self._agree(self._case_elsewhere(), "exchange", advance=True)
        self._ship(resolution)
        self._receive(resolution)
        self._inspect(resolution)
        self.assertEqual(resolution.progress, "done")
        self.assertSound()

    def test_in_three_steps(self):
        self.house.delivery_steps = "pick_pack_ship"
        resolution = self._agree(self._case_elsewhere(), "exchange", advance=True)
        for _step in range(3):
            self._ship(resolution)
        self.assertEqual(self._get_effect(resolution, "shipment").state, "done")
        self.assertEqual(self._stock(self.run_2, self.readers), 1)
        self.assertSound()

    def test_at_the_returns_table(self):
        """The slip or the case number finds the parcel; the print run is told by the book."""
        ticket = self._case_elsewhere(2, impression=9)
        self.env["aftersales.verdict"].with_user(self.agent).create(
            {
                "line_id": ticket.line_ids.id,
                "reason": "The photo shows our paper; the impression is not in our records",
                "share_ids": [Command.create({"party": "printer"})],
            }
        )
        resolution = self._agree(ticket, "exchange")
        table = self.env["aftersales.returns.table"].with_user(self.warehouse)
        found = table.find(ticket.number)
        self.assertEqual(found["kind"], "one")
        parcel = found["parcel"]
        self.assertEqual(table.find(parcel["name"])["parcel"]["id"], parcel["id"])
        [line] = parcel["lines"]
        self.assertEqual((line["title"], line["quantity"]), (self.novel.name, 2))
        self.assertIn(self.run_1.id, [run["id"] for run in line["runs"]])
        selected = table.select(parcel["id"], self.novel.barcode)
        self.assertEqual(selected["line_ids"], [line["id"]])
        copy = {"line_id": line["id"], "lot_id": self.run_1.id, "grade": "defective"}
        table.confirm(parcel["id"], False, [{**copy, "quantity": 1.0}])
        self.assertEqual(self._quarantined(self.run_1), 1)
        self._end_of_request()
        shipment = self._get_effect(resolution, "shipment")
        self.assertEqual(shipment.quantity_planned, 1)
        self.assertEqual(shipment.move_ids.move_line_ids.lot_id, self.run_2, "the run that came")
        self.assertSound()

    def test_more_than_named(self):
        """The reader puts three copies into the parcel, the case is about two."""
        resolution = self._agree(self._case_elsewhere(2), "exchange")
        with self.assertRaisesRegex(UserError, "note the others at the returns table"):
            self._receive(resolution, 3)
        with self.assertRaisesRegex(UserError, "remedies for 3 are proposed"):
            self._propose(self._case_elsewhere(2), "exchange", 3)

    def test_two_of_three(self):
        ticket = self._case_elsewhere(3)
        resolution = self._agree(ticket, "exchange")
        self._receive(resolution, 2)
        self._inspect(resolution)
        self._ship(resolution)
        resolution.action_give_up_rest("the third was fine")
        self.assertEqual(resolution.progress, "done")
        self.assertEqual(self._quarantined(self.run_1), 2)
        self.assertSound()

    def test_no_safe_copy(self):
        self._empty_shelf()
        with self.assertRaisesRegex(UserError, "0 safe copies"):
            self._propose(self._case_elsewhere(), "exchange")

    def test_send_again_is_for_parcels(self):
        ticket = self._case_elsewhere()
        ticket.case_type_id.sudo().remedy_ids = False
        with self.assertRaisesRegex(UserError, "Exchange the copy instead of “Send again”"):
            self._propose(ticket, "reship")

    def test_offered(self):
        """The dialog offers an agent no money, a manager does get it."""
        ticket = self._case_elsewhere()

        def offered(user):
            dialog = self.env["aftersales.propose.wizard"].with_user(user)
            context = ticket.with_user(user).action_open_propose()["context"]
            return set(dialog.with_context(**context).create({}).offered_ids.mapped("code"))

        self.assertIn("exchange", offered(self.agent))
        self.assertNotIn("return_refund", offered(self.agent))
        self.assertIn("return_refund", offered(self.manager))

    def test_the_copy_goes_back_to_the_shelf(self):
        """As new after all: it enters the books at nothing."""
        resolution = self._agree(self._case_elsewhere(), "exchange")
        before = self.novel.total_value
        self._receive(resolution)
        self._inspect(resolution, "hurt", "restock", contradicts=False)
        self.env.invalidate_all()
        self.assertAlmostEqual(self.novel.total_value, before)
        self.assertEqual(self._stock(self.run_1), 201)
        self.assertSound()

    def test_pulped(self):
        """To pulp what had no value costs nothing."""
        resolution = self._agree(self._case_elsewhere(), "exchange")
        before = self.novel.total_value
        self._receive(resolution)
        inspections = self._inspect(resolution, "defective", "pulp")
        self.assertFalse(inspections.sudo().scrap_id.move_ids.account_move_id)
        self.env.invalidate_all()
        self.assertAlmostEqual(self.novel.total_value, before)
        self.assertSound()


@tagged("post_install", "-at_install")
class TestUndoElsewhere(ElsewhereCommon):
    """Cancelled before or undone after: stock and ledger are as if nothing had happened (I6)."""

    def test_cancelled_before_it_came(self):
        resolution = self._agree(self._case_elsewhere(), "exchange")
        resolution.action_cancel("keeps it")
        self.assertEqual(self._get_effect(resolution, "return").move_ids.state, "cancel")
        self.assertEqual(self._stock(self.run_1, self.readers), 0)
        self.assertSound()

    def test_sent_back(self):
        ticket = self._case_elsewhere()
        resolution = self._agree(ticket, "exchange")
        before = self.novel.total_value
        self._receive(resolution)
        self._inspect(resolution, "reader_damage")
        resolution.action_send_back("torn by the reader")
        back = self._get_effect(resolution, "return").move_ids.returned_move_ids
        self._validate(back.picking_id.with_user(self.warehouse))
        self.assertFalse(back.account_move_id, "nothing was lost")
        self.assertEqual(self._stock(self.run_1, self.readers), 0)
        self.assertEqual(self._quarantined(self.run_1), 0)
        self.env.invalidate_all()
        self.assertAlmostEqual(self.novel.total_value, before)
        resolution.action_cancel("not our fault")
        self.assertEqual(resolution.state, "cancelled")
        self.assertSound()

    def test_the_replacement_comes_back(self):
        """Odoo's own return of the replacement takes its cost back."""
        resolution = self._agree(self._case_elsewhere(), "exchange", advance=True)
        shipped = self._ship(resolution)
        wizard = self.env["stock.return.picking"].create({"picking_id": shipped.id})
        wizard.product_return_moves.quantity = 1
        returned = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        self._validate(returned)
        balances = self._ledger((shipped | returned).move_ids.account_move_id)
        self.assertEqual(set(balances.values()), {0.0})
        self.assertEqual(self._stock(self.run_2, self.readers), 0)


@tagged("post_install", "-at_install")
class TestMoneyElsewhere(ElsewhereCommon):
    """Money by a manager, at list price, on proof of purchase, when no safe copy is left."""

    def _settle(self, ticket, remedy="refund_only", quantity=None, **options):
        ticket.case_type_id.sudo().remedy_ids = False
        resolution = self._propose(ticket, remedy, quantity, self.manager, **options)
        resolution.action_agree("phone")
        self.assertIs(resolution.action_execute(), True)
        return resolution

    def test_refund(self):
        self._empty_shelf()
        ticket = self._case_elsewhere(2, printed_price=59.8)
        self._see_receipt(ticket)
        resolution = self._settle(ticket)
        refund = ticket.refund_ids
        self.assertEqual((refund.amount, refund.payee_id), (119.6, self.reader))
        self.assertEqual(refund.state, "to_approve", "above the limit")
        refund.with_user(self.finance).action_approve_and_post()
        note = refund.credit_note_id
        self.assertEqual((note.move_type, note.state), ("out_refund", "posted"))
        self.assertFalse(note.reversed_entry_id)
        self.assertEqual(note.partner_id, self.reader)
        line = note.invoice_line_ids
        self.assertEqual(line.product_id, self.company.aftersales_allowance_product_id)
        self.assertEqual((note.amount_total, note.amount_tax), (119.6, 0))
        refund.with_user(self.finance).action_pay()
        self._end_of_request()
        self.assertEqual((refund.state, resolution.progress), ("paid", "done"))
        self.assertEqual(ticket.phase, "done")
        self.assertSound()

    def test_list_price_with_tax(self):
        self._empty_shelf()
        ticket = self._case_elsewhere()
        self._see_receipt(ticket)
        resolution = self._settle(ticket)
        self.assertEqual(resolution.amount, 65.18, "59.80 and 9 % tax")

    def test_return_and_refund(self):
        """The copy comes back first; no order is lowered."""
        self._empty_shelf()
        ticket = self._case_elsewhere()
        self._see_receipt(ticket)
        resolution = self._settle(ticket, "return_refund")
        self.assertFalse(ticket.refund_ids, "no money before the inspection")
        self._receive(resolution)
        self._inspect(resolution)
        refund = ticket.refund_ids.with_user(self.finance)
        refund.filtered(lambda r: r.state == "to_approve").action_approve()
        refund.action_post()
        refund.action_pay()
        self._end_of_request()
        self.assertEqual(resolution.progress, "done")
        self.assertSound()

    def test_the_price_rises_meanwhile(self):
        """The reader gets what was agreed."""
        self._empty_shelf()
        ticket = self._case_elsewhere(2)
        self._see_receipt(ticket)
        resolution = self._settle(ticket, "return_refund")
        self.novel.list_price *= 2
        self._receive(resolution, 1)
        self._inspect(resolution)
        self.assertEqual((resolution.amount, ticket.refund_ids.amount), (130.36, 65.18))

    def test_paid_in_another_case(self):
        """The same receipt brings no second refund, unless a manager says it is another copy."""
        self._empty_shelf()
        first, second = self._case_elsewhere(), self._case_elsewhere()
        for ticket in first | second:
            self._see_receipt(ticket)
        second.case_type_id.sudo().remedy_ids = False
        waiting = self._propose(second, "refund_only", user=self.manager)
        waiting.action_agree("phone")
        self._settle(first)
        message = f"{second.number}: this reader gets money .* in case {first.number}"
        with self.assertRaisesRegex(UserError, message):
            waiting.action_execute()
        second.line_ids.with_user(self.manager).action_let_through("two receipts")
        self.assertIs(waiting.action_execute(), True)
        self.assertEqual(second.refund_ids.amount, 65.18)

    def test_the_parcel_comes_late(self):
        """The warehouse takes it in: a manager agreed once, a copy that is free now is no obstacle."""
        self._empty_shelf()
        ticket = self._case_elsewhere()
        self._see_receipt(ticket)
        resolution = self._settle(ticket, "return_refund").sudo()
        resolution._do_expire()
        self._end_of_request()
        self.run_2.with_user(self.quality).action_release()
        table = self.env["aftersales.returns.table"].with_user(self.warehouse)
        hit = table.find(ticket.number)
        self.assertEqual(hit["kind"], "late")
        [line] = table.take_late(hit["id"])["lines"]
        self.assertEqual((line["title"], resolution.state), (self.novel.name, "agreed"))

    def test_undone(self):
        self._empty_shelf()
        ticket = self._case_elsewhere()
        self._see_receipt(ticket)
        resolution = self._settle(ticket)
        refund = ticket.refund_ids.with_user(self.finance)
        if refund.state == "to_approve":
            refund.action_approve()
        refund.action_post()
        refund.action_pay()
        with self.assertRaisesRegex(UserError, "already happened"):
            resolution.action_cancel("too late")
        refund.action_reverse("wrong reader")
        self._end_of_request()
        self.assertEqual(refund.state, "cancelled")
        resolution.action_cancel("wrong reader")
        receivables = refund.credit_note_id.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        self.assertEqual(sum(receivables.mapped("amount_residual")), 0)
        self.assertSound()

    def test_finance_says_no_once(self):
        """Asked again within the limit, it is still for finance to decide."""
        self._empty_shelf()
        ticket = self._case_elsewhere()
        self._see_receipt(ticket)
        self.manager.aftersales_refund_limit = 10.0
        resolution = self._settle(ticket)
        ticket.refund_ids.with_user(self.finance).action_refuse("no receipt in the photo")
        self.company.aftersales_refund_limit = 1000.0
        resolution.action_cancel("refused")
        self._settle(ticket)
        self.assertEqual(ticket.refund_ids.sorted("id")[-1].state, "to_approve")

    def test_by_an_agent(self):
        self._empty_shelf()
        ticket = self._case_elsewhere()
        self._see_receipt(ticket)
        ticket.case_type_id.sudo().remedy_ids = False
        with self.assertRaisesRegex(UserError, "only a manager proposes money"):
            self._propose(ticket, "refund_only")
        with self.assertRaises(AccessError):
            self._propose(ticket, "refund_only", user=self.warehouse)

    def test_without_proof_of_purchase(self):
        self._empty_shelf()
        with self.assertRaisesRegex(UserError, "needs “Proof of purchase”"):
            self._settle(self._case_elsewhere())

    def test_while_copies_are_free(self):
        ticket = self._case_elsewhere()
        self._see_receipt(ticket)
        with self.assertRaisesRegex(UserError, "200 safe copies .* Exchange as many"):
            self._settle(ticket)

    def test_what_cannot_be_exchanged(self):
        """One safe copy for two readers' copies: one is exchanged, the other paid back."""
        self._sell({self.run_2: 199})
        ticket = self._case_elsewhere(2)
        self._see_receipt(ticket)
        self._propose(ticket, "exchange", 1)
        resolution = self._settle(ticket, quantity=1)
        self.assertEqual(resolution.amount, 65.18)

    def test_no_part_of_what_another_shop_got(self):
        self._empty_shelf()
        ticket = self._case_elsewhere()
        self._see_receipt(ticket)
        with self.assertRaisesRegex(UserError, "refund it at list price"):
            self._settle(ticket, "compensation", amount=10.0, reason="a scratch")

    def test_no_list_price(self):
        self._empty_shelf()
        self.novel.list_price = 0.0
        ticket = self._case_elsewhere()
        self._see_receipt(ticket)
        with self.assertRaisesRegex(UserError, "Note the one printed on the copyright page"):
            self._settle(ticket)

    def test_nobody_to_pay(self):
        self._empty_shelf()
        ticket = self._case_elsewhere()
        self._see_receipt(ticket)
        ticket.write({"partner_id": False, "partner_name": "Li Wei"})
        with self.assertRaisesRegex(UserError, "nobody is named who could get the money"):
            self._settle(ticket)


@tagged("post_install", "-at_install")
class TestElsewhereFirstInFirstOut(TestExchangeElsewhere, TestUndoElsewhere):
    """The same at first-in-first-out cost."""

    cost_method = "fifo"

    def assertSound(self):
        self.assertEqual(invariants.find_breaches(self.env), [])
        self.assertEqual(self._get_ledger_gap(), 0)

    def _get_ledger_gap(self):
        """Return what the closing of the books would add to the stock account (must be nothing)."""
        self.env.flush_all()
        self.env.invalidate_all()
        value = self.company.stock_value()
        ledger = self.company.stock_accounting_value()
        account = self.stock_account
        return round(value.get(account, 0.0) - ledger.get(account, 0.0), 2)


@tagged("post_install", "-at_install")
class TestElsewhereStandard(TestElsewhereFirstInFirstOut):
    """The same at standard cost: only a copy that goes back to the shelf is worth the standard."""

    cost_method = "standard"

    @classmethod
    def _create_titles(cls):
        result = super()._create_titles()
        cls.novel.standard_price = 13.0
        return result

    def test_the_copy_goes_back_to_the_shelf(self):
        resolution = self._agree(self._case_elsewhere(), "exchange")
        self._receive(resolution)
        inspections = self._inspect(resolution, "hurt", "restock", contradicts=False)
        booked = self._ledger(inspections.sudo().move_id.account_move_id)
        self.assertEqual(booked, {self.cost.code: -13.0, self.stock_account.code: 13.0})
        self.assertSound()


@tagged("post_install", "-at_install")
class TestElsewhereByPrintRun(TestElsewhereFirstInFirstOut):
    """The same where print runs are valued one by one."""

    cost_method = "average"

    @classmethod
    def _create_title(cls, name, isbn, price, **vals):
        return super()._create_title(name, isbn, price, lot_valuated=True, **vals)
