from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestExchange(AftersalesCommon):
    """A reader's copy has loose leaves: it comes back and a copy of another print run
    goes out, over days, by different people, while the order stays what it was (I4)."""

    def setUp(self):
        super().setUp()
        self.order = self._sell({self.run_1: 3})
        self.before = self._order_figures(self.order)

    def assertOrderUntouched(self):
        self.assertEqual(self._order_figures(self.order), self.before)

    def test_exchange_over_days(self):
        """Agreed on Monday, received on Thursday, shipped on Friday."""
        stock_1, stock_2 = self._stock(self.run_1), self._stock(self.run_2)
        with freeze_time("2026-11-02 09:00:00"):
            ticket = self._case(self.order, {self.run_1: 2}, "binding")
            resolution = self._agree(ticket, "exchange")
            self.assertEqual(resolution.progress, "waiting_return")
            self.assertEqual((ticket.phase, ticket.next_step), ("execution", "receive"))
            self.assertOrderUntouched()
        with freeze_time("2026-11-05 09:00:00"):
            returned = self._receive(resolution)
            self.assertEqual(returned.state, "done")
            self.assertEqual(ticket.next_step, "inspect")
            self.assertEqual(self._quarantined(self.run_1), 2)
            self.assertOrderUntouched()
            self.assertFalse(
                resolution.effect_ids.filtered(lambda e: e.kind == "shipment").move_ids,
                "nothing may leave before the inspection",
            )
            self._inspect(resolution)
            self.assertEqual(ticket.next_step, "ship")
        with freeze_time("2026-11-06 09:00:00"):
            shipped = self._ship(resolution)
            self.assertEqual(shipped.move_line_ids.lot_id, self.run_2)
            self.assertOrderUntouched()
        self.assertEqual(resolution.progress, "done")
        self.assertEqual((ticket.phase, ticket.next_step), ("done", False))
        self.assertEqual(self._stock(self.run_1), stock_1)
        self.assertEqual(self._stock(self.run_2), stock_2 - 2)
        self.assertEqual(self.order.invoice_status, "invoiced")

    def test_two_exchanged_one_refunded(self):
        """Of three copies on one line the reader wants two again and the money for the third."""
        ticket = self._case(self.order, {self.run_1: 3})
        exchange = self._agree(ticket, "exchange", 2)
        refund = self._agree(ticket, "return_refund")
        self.assertEqual((exchange.quantity, refund.quantity), (2, 1))
        self._receive(exchange | refund)
        self._inspect(exchange | refund)
        self._ship(exchange)
        self.assertEqual(exchange.progress, "done")
        refunds = ticket.refund_ids.with_user(self.finance)
        refunds.action_approve_and_post()
        refunds.action_pay()
        self._end_of_request()
        self.assertEqual(ticket.refund_ids.credit_note_id.amount_total, 65.18)
        self.assertEqual((refund.progress, ticket.phase), ("done", "done"))
        self.assertEqual(self._quarantined(self.run_1), 3)
        self.assertEqual(
            self._order_figures(self.order),
            {"ordered": 2, "delivered": 2, "invoiced": 2, "to_invoice": 0, "status": "invoiced"},
        )

    def test_partial_receipt(self):
        """One of two copies arrives: one replacement now, the other when it follows."""
        ticket = self._case(self.order, {self.run_1: 2})
        resolution = self._agree(ticket, "exchange")
        self._receive(resolution, quantity=1)
        self._inspect(resolution)
        shipped = self._ship(resolution)
        self.assertEqual(shipped.move_ids.quantity, 1)
        self.assertEqual(resolution.progress, "partly_done")
        self.assertEqual(ticket.next_step, "receive")
        self.assertOrderUntouched()
        self._receive(resolution)
        self._inspect(resolution)
        self._ship(resolution)
        self.assertEqual(resolution.progress, "done")
        self.assertOrderUntouched()

    def test_short_parcel_given_up(self):
        """The second copy never comes: the agent finishes with one."""
        ticket = self._case(self.order, {self.run_1: 2})
        resolution = self._agree(ticket, "exchange")
        self._receive(resolution, quantity=1)
        self._inspect(resolution)
        self._ship(resolution)
        resolution.action_give_up_rest("the reader keeps the other copy")
        self.assertEqual(resolution.progress, "done")
        self.assertEqual(ticket.line_ids.claimable_quantity, 2)
        self.assertOrderUntouched()

    def test_rest_without_backorder_is_not_announced_again(self):
        """The warehouse says the second copy will not come: nobody announces it anew."""
        ticket = self._case(self.order, {self.run_1: 2})
        resolution = self._agree(ticket, "exchange")
        returns = resolution.sudo().effect_ids.move_ids.picking_id.with_user(self.warehouse)
        returns.move_ids.move_line_ids.quantity = 1
        returns.move_ids.picked = True
        returns.with_context(
            skip_backorder=True, picking_ids_not_to_backorder=returns.ids
        ).button_validate()
        self._inspect(resolution)
        self._ship(resolution)
        moves = resolution.sudo().effect_ids.filtered(lambda e: e.kind == "return").move_ids
        self.assertFalse(moves.filtered(lambda m: m.state not in ("done", "cancel")))
        resolution.action_retry()
        moves = resolution.sudo().effect_ids.filtered(lambda e: e.kind == "return").move_ids
        self.assertEqual(len(moves.filtered(lambda m: m.state == "assigned")), 1)

    def test_advance_replacement(self):
        """The teacher needs the book tomorrow: the replacement leaves first (R6.7)."""
        ticket = self._case(self.order, {self.run_1: 1})
        resolution = self._agree(ticket, "exchange", 1, advance=True)
        self.assertEqual(ticket.next_step, "ship")
        self.assertEqual(self._ship(resolution).move_line_ids.lot_id, self.run_2)
        self.assertOrderUntouched()
        self.assertEqual(resolution.progress, "waiting_return")
        self._receive(resolution)
        self._inspect(resolution)
        self.assertEqual(resolution.progress, "done")
        self.assertOrderUntouched()

    def test_cancel_before_execution_leaves_nothing(self):
        """Proposed, agreed, announced: each can be cancelled without a trace (I6)."""
        stock = self._stock(self.run_1), self._stock(self.run_2)
        ticket = self._case(self.order, {self.run_1: 1})
        line = ticket.line_ids.with_user(self.agent)
        proposed = line.action_propose("exchange")
        proposed.action_cancel("changed his mind")
        agreed = line.action_propose("exchange")
        agreed.action_agree()
        agreed.action_cancel()
        announced = self._agree(ticket, "exchange", advance=True)
        self.assertEqual(line.claimable_quantity, 2)
        announced.action_cancel()
        moves = announced.sudo().effect_ids.move_ids
        self.assertEqual(set(moves.mapped("state")), {"cancel"})
        self.assertEqual(line.claimable_quantity, 3)
        self.assertEqual((self._stock(self.run_1), self._stock(self.run_2)), stock)
        self.assertOrderUntouched()
        self.assertEqual(ticket.phase, "proposal")

    def test_cancel_after_receipt_is_refused(self):
        """A copy is on the table: the remedy cannot be wished away."""
        ticket = self._case(self.order, {self.run_1: 1})
        resolution = self._agree(ticket, "exchange")
        self._receive(resolution)
        with self.assertRaisesRegex(UserError, "already happened"):
            resolution.action_cancel()

    def test_held_run_is_never_sent(self):
        """Print quality holds the second run: the agent is told what else can be done."""
        self.run_2.with_user(self.quality).action_hold("loose leaves here too")
        ticket = self._case(self.order, {self.run_1: 1})
        with self.assertRaisesRegex(UserError, "safe copies.*Propose a refund"):
            ticket.line_ids.with_user(self.agent).action_propose("exchange")

    def test_damaged_in_transit_may_come_from_the_same_run(self):
        """A creased cover says nothing about the print run."""
        self.run_2.with_user(self.quality).action_hold("check the glue")
        ticket = self._case(self.order, {self.run_1: 1}, "transit_damage", ["creased_cover"])
        resolution = self._agree(ticket, "exchange")
        self._receive(resolution)
        self._inspect(resolution, "hurt", "hurt")
        self.assertEqual(self._ship(resolution).move_line_ids.lot_id, self.run_1)
        self.assertEqual(self._stock(self.run_1, self.company.aftersales_hurt_location_id), 1)

    def test_stock_gone_between_agreement_and_receipt(self):
        """All safe copies were sold meanwhile: the receipt stands, the agent is told."""
        ticket = self._case(self.order, {self.run_1: 1})
        resolution = self._agree(ticket, "exchange")
        self._sell({self.run_2: 200})
        self._receive(resolution)
        self._inspect(resolution)
        self.assertEqual(ticket.next_step, "retry")
        self.assertIn("safe copies", ticket.message_ids[0].body)
        self._print(self.novel, "NOVEL-1-3", 3, 50, 13.0, self.printer)
        resolution.action_retry()
        self._ship(resolution)
        self.assertEqual(resolution.progress, "done")

    def test_over_claim_is_refused(self):
        """Three were delivered: four cannot be claimed, nor three after one came back."""
        ticket = self._case(self.order, {self.run_1: 4})
        with self.assertRaisesRegex(UserError, f"{ticket.number}.*only 3"):
            ticket.line_ids.with_user(self.agent).action_propose("exchange")
        first = self._case(self.order, {self.run_1: 1})
        self._agree(first, "exchange")
        second = self._case(self.order, {self.run_1: 3})
        with self.assertRaisesRegex(UserError, "only 2"):
            second.line_ids.with_user(self.agent).action_propose("exchange")

    def test_executing_twice_does_it_once(self):
        """A double click makes one return (I5)."""
        ticket = self._case(self.order, {self.run_1: 1})
        resolution = self._agree(ticket, "exchange")
        resolution.action_execute()
        self.assertEqual(len(resolution.sudo().effect_ids), 2)
        self.assertEqual(len(resolution.sudo().effect_ids.move_ids), 1)

    def test_contradiction_stops_everything(self):
        """The copy is soaked with tea: nothing leaves before the agent decides (R6.6)."""
        ticket = self._case(self.order, {self.run_1: 1})
        resolution = self._agree(ticket, "exchange")
        self._receive(resolution)
        inspection = self._inspect(resolution, "reader_damage", "quarantine", note="tea")
        self.assertEqual((resolution.progress, ticket.next_step), ("contradicted", "decide"))
        shipment = resolution.sudo().effect_ids.filtered(lambda e: e.kind == "shipment")
        self.assertFalse(shipment.move_ids)
        inspection.with_user(self.agent).action_overrule("goodwill for a school")
        self._ship(resolution)
        self.assertEqual(resolution.progress, "done")

    def test_inspection_splits_and_adds_up(self):
        """Two copies came: one goes back on the shelf, one is pulped (R6.6)."""
        shelf = self._stock(self.run_1)
        ticket = self._case(self.order, {self.run_1: 2}, "transit_damage", [])
        resolution = self._agree(ticket, "exchange")
        self._receive(resolution)
        inspection = resolution.sudo().inspection_ids.with_user(self.warehouse)
        inspection.quantity = 1
        parts = resolution.sudo().inspection_ids.with_user(self.warehouse)
        self.assertEqual(parts.mapped("quantity"), [1, 1])
        parts[0].write({"grade": "as_new", "disposition": "restock"})
        parts[1].write({"grade": "hurt", "disposition": "pulp"})
        parts.action_done()
        self.assertEqual(self._stock(self.run_1), shelf + 1)
        self.assertEqual(self._quarantined(self.run_1), 1, "pulping waits for the manager")
        self._pulp()
        self.assertEqual(self._quarantined(self.run_1), 0)
        self.assertEqual(self._stock(self.run_1, self.company.aftersales_pulp_location_id), 1)


@tagged("post_install", "-at_install")
class TestExchangeFifo(TestExchange):
    """The same days with first-in-first-out cost."""

    cost_method = "fifo"
