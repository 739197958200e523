from odoo.tests import tagged

from . import invariants
from .seeded_walk import SeededWalk
from .test_edition import EditionCommon

COPIES = 3
CREDIT = 195.55  # 3 × 59.80 and 9 % tax
PRICE = 76.3


@tagged("post_install", "-at_install")
class TestEditionWalk(SeededWalk, EditionCommon):
    """All desks at random on the new edition of three copies: never the money and the book (R6.4).

    Counted from native documents: what the reader got is never worth more than what was credited
    and what the reader paid.
    """

    steps = 10

    def setUp(self):
        super().setUp()
        self.second.list_price = 70.0
        self.order, self.ticket, self.resolution, self.refund = self._credit_old(COPIES)

    def _orders(self):
        return self.ticket.sudo().refund_ids.edition_order_ids.sorted("id")

    # ------------------------------------------------------------------
    # Steps: each does something, or is refused
    # ------------------------------------------------------------------
    def step_difference_paid(self):
        self.resolution.with_user(self.finance).action_receive_difference(self.bank)

    def step_ship(self):
        for picking in self._orders().picking_ids.filtered(lambda p: p.state == "assigned")[:1]:
            if self.random.random() < 0.5:
                picking.move_ids.move_line_ids[:1].quantity = 1
            self._validate(picking.with_user(self.warehouse), skip_backorder=True)

    def step_cancel_order(self):
        order = self.random.choice(list(self._orders()))
        if not any(line.qty_delivered for line in order.order_line):
            order.action_cancel()

    def step_revive_order(self):
        order = self.random.choice(list(self._orders()))
        order.action_draft()

    def step_confirm_order(self):
        """A salesman sends it on trust: the reader owes the difference."""
        order = self.random.choice(list(self._orders()))
        if order.state in ("draft", "sent"):
            order.action_confirm()

    def step_order_again(self):
        self.ticket.with_user(self.agent).action_order_edition_again()

    def step_refund_instead(self):
        self.resolution.with_user(self.agent).action_refund_edition("wants the money")

    def step_pay_out(self):
        self.refund.action_pay()

    def step_pay_out_in_accounting(self):
        note = self.refund.sudo().credit_note_id
        if note.amount_residual:
            self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=note.ids
            ).create({})._create_payments()

    def step_invoice(self):
        for order in self._orders().filtered(lambda o: o.invoice_status == "to invoice"):
            self._invoice(order, pay=False)

    # ------------------------------------------------------------------
    # What must hold
    # ------------------------------------------------------------------
    def _check(self):
        live = self._orders().filtered(lambda o: o.state == "sale")
        invoices = self._orders().invoice_ids.filtered(lambda m: m.state == "posted")
        payments = self.env["account.payment"].search(
            [
                ("partner_id", "=", self.reader.id),
                ("state", "in", ("in_process", "paid")),
                ("payment_type", "=", "outbound"),
            ]
        )
        out = sum(payments.mapped("amount"))
        free = round(CREDIT - out, 2)
        self.assertGreaterEqual(free, 0.0)
        # what lives takes no more than what was not paid out
        taken = sum(live.mapped("aftersales_credit"))
        self.assertLessEqual(taken, free + 0.005, "both the money and the new edition")
        sent = sum(
            move.quantity
            for move in self._orders().picking_ids.move_ids
            if move.state == "done" and move.location_dest_usage == "customer"
        )
        self.assertLessEqual(sent, COPIES)
        owed = sum(invoices.mapped("amount_residual"))
        self.assertGreaterEqual(owed, -0.005)
        self.assertEqual(invariants.find_breaches(self.env), [])

    def _finish(self):
        """Whatever happened, the case can be finished, and nothing is left open."""
        for _round in range(8):
            if self.ticket.phase == "done":
                break
            step = self.ticket.next_step
            if step in ("await_difference", "difference_overdue"):
                self.step_difference_paid()
            elif step == "edition_cancelled":
                self.step_refund_instead()
            elif step == "pay":
                self.step_pay_out()
            elif step == "ship_edition":
                self._ship_edition(self._orders())
            self._end_of_request()
        self.assertEqual(self.ticket.phase, "done", self.ticket.next_step)
        self._check()
