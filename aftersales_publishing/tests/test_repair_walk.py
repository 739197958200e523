from odoo.tests import tagged

from . import invariants
from .seeded_walk import SeededWalk
from .test_repair import RepairCommon

COPIES = 5


@tagged("post_install", "-at_install")
class TestRepairWalk(SeededWalk, RepairCommon):
    """All desks at random on five copies of one case: no copy is lost, doubled or valued (I1, I3, I4).

    What must hold is counted from native records, not from ours.
    """

    steps = 14

    def setUp(self):
        super().setUp()
        self.order, self.ticket, self.resolution = self._take_in(COPIES)
        self.figures, self.value = self._order_figures(self.order), self._value()
        self.taken = self._stock(self.run_2)

    # ------------------------------------------------------------------
    # Steps: each does something or finds nothing to do
    # ------------------------------------------------------------------
    def _pick(self, *states):
        found = self._repairs(self.ticket).filtered(lambda r: r.state in states)
        return self.random.choice(list(found)) if found else found

    def step_split(self):
        self._pick("todo", "back").action_split()

    def step_repaired(self):
        if repair := self._pick("todo", "back"):
            repair.action_repaired()

    def step_failed(self):
        if repair := self._pick("todo", "back"):
            repair.action_not_repairable("torn")

    def step_reopen(self):
        repair = self._pick("repaired", "failed")
        if repair and repair.can_reopen:
            repair.action_reopen()

    def step_to_binder(self):
        if repair := self._pick("todo", "back"):
            repair.action_send_to_binder(self.bindery)

    def step_binder_transfer(self):
        """Out or back, perhaps only one copy of it, perhaps cancelled."""
        if repair := self._pick("sending", "away"):
            move = (repair.sudo().out_move_id | repair.sudo().back_move_id).filtered(
                lambda m: m.state not in ("done", "cancel")
            )
            if not move:
                repair.action_await_back()
            elif self.random.random() < 0.2:
                move.picking_id.action_cancel()
            else:
                self._validate_some(move)

    def step_decide(self):
        verb = self.random.choice(
            ["action_exchange_instead", "action_exchange_instead", "action_return_unrepaired"]
        )
        if self.resolution.progress == "repair_failed":
            getattr(self.resolution, verb)()

    def step_send_home(self):
        moves = self.resolution.sudo().effect_ids.filtered(lambda e: e.kind == "giveback").move_ids
        for move in moves.filtered(lambda m: m.state == "assigned")[:1]:
            self._validate_some(move)

    def step_ship(self):
        exchanges = self.ticket.resolution_ids - self.resolution
        moves = exchanges.sudo().effect_ids.filtered(lambda e: e.kind == "shipment").move_ids
        for move in moves.filtered(lambda m: m.state == "assigned")[:1]:
            self._go(move)

    def _validate_some(self, move):
        if move.product_uom_qty > 1 and len(move.move_line_ids) == 1 and self.random.random() < 0.4:
            move.move_line_ids.quantity = 1
        picking = move.picking_id.with_user(self.warehouse)
        self._validate(picking, skip_backorder=True)

    # ------------------------------------------------------------------
    # What must hold
    # ------------------------------------------------------------------
    def _check(self):
        self.env["stock.quant"].invalidate_model()
        binder = self.bindery.property_stock_supplier
        quants = self.env["stock.quant"].search(
            [("lot_id", "=", self.run_1.id), ("owner_id", "=", self.reader.id)]
        )
        with_us = sum(
            quants.filtered(lambda q: q.location_id == self._workshop()).mapped("quantity")
        )
        away = sum(quants.filtered(lambda q: q.location_id == binder).mapped("quantity"))
        held, ours = self._held(self.run_1), self._quarantined(self.run_1)
        self.assertEqual(with_us + away + held + ours, COPIES, "a copy is lost or doubled")
        self.assertGreaterEqual(min(with_us, away, held, ours), 0)
        sent = self.taken - self._stock(self.run_2)
        self.assertLessEqual(sent, ours, "exchanged more than came in")
        self.assertAlmostEqual(self._value(), self.value + 13.0 * (ours - sent), 2)
        self.assertEqual(self._order_figures(self.order), self.figures)
        self.assertEqual(self._claimable(self.ticket), held)
        repairs = self._repairs(self.ticket)
        in_work = repairs.filtered(lambda r: r.state not in ("repaired", "cancelled"))
        in_work = in_work.filtered(lambda r: not r.outcome)
        self.assertLessEqual(sum(in_work.mapped("quantity")), with_us + away)
        self.assertEqual(sum(repairs.mapped("quantity")), COPIES)
        self.assertEqual(invariants.find_breaches(self.env), [])

    def _finish(self):
        """Everything ends well: what is open is mended and sent home."""
        for _round in range(30):
            if self.ticket.phase == "done":
                break
            self.step_ship()
            self.step_send_home()
            if self.resolution.progress == "repair_failed":
                self.resolution.action_return_unrepaired()
            for repair in self._repairs(self.ticket):
                moves = repair.sudo().out_move_id | repair.sudo().back_move_id
                for move in moves.filtered(lambda m: m.state not in ("done", "cancel")):
                    self._go(move)
                if repair.can_await:
                    repair.action_await_back()
                if repair.state in ("todo", "back"):
                    repair.action_repaired()
            self._end_of_request()
        self._check()
        self.assertEqual(self.ticket.phase, "done")
