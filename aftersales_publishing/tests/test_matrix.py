import os
import time
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import AftersalesCommon
from .matrix_books import Books, money
from .matrix_guide import render
from .matrix_shapes import (
    COMPENSATION,
    LATER_ORDERS,
    ORIGINS,
    SHAPES,
    STORE_CREDIT,
    WAYS,
    get_combinations,
    get_ways,
)
from .matrix_way_books import CODES, WayBooks
from .matrix_ways import MONEY_ELSEWHERE, MatrixWays
from .matrix_world import MatrixWorld

PARTS = 22  # of the whole matrix; the suite plays one part per cost method
REMEDY = {
    "advance_exchange": "exchange",
    "freight": "exchange",
    "cheap_edition": "new_edition",
}
OPTIONS = {
    "advance_exchange": {"advance": True},
    "compensation": {"percent": COMPENSATION, "reason": "the reader keeps the copy"},
    "store_credit": {"store_credit": STORE_CREDIT, "store_credit_reason": "a crease"},
}
ACCOUNTS = {
    "income": ("income", "income_other"),
    "receivable": ("asset_receivable",),
    "cost": ("expense", "expense_direct_cost"),
    "stock": ("asset_current",),
}


class Matrix(MatrixWays):
    """Plays a part of the matrix with one cost method and compares every figure."""

    method = None
    part = 0
    origins = tuple(ORIGINS)

    def test_write_guide(self):
        """Write the guide's table where ``AFTERSALES_MATRIX`` says."""
        page = render()
        # the rest that is cancelled has a row for each invoice policy
        self.assertEqual(page.count("\n| "), len(SHAPES) + len(WAYS) + 4 + 2)
        if path := os.environ.get("AFTERSALES_MATRIX"):
            Path(path).write_text(page)

    def test_matrix(self):
        """Stock by lot, ledger to the cent, order, customer: as plain Python says."""
        world = MatrixWorld(self, self._get_cells(), self.method)
        self.world = world
        world.play()
        per_line = self.company.tax_calculation_rounding_method == "round_per_line"
        self.books = {
            sale: (WayBooks if self._is_way(sale) else Books)(
                sale.combination, self.method, per_line
            )
            for sale in world.sales
        }
        self.problems = []
        self._prepare_ways()
        self._open_cases()
        self._show_receipts()
        self._carry_out()
        for sale in world.sales:
            self._compare(sale, self.books[sale])
            if self._is_way(sale):
                self._compare_way(sale, self.books[sale])
        self._compare_ledger_with_stock()
        self.assertFalse(self.problems, "\n" + "\n".join(self.problems))

    def _get_cells(self):
        cells = get_combinations(self.part, PARTS) + get_ways(self.part, PARTS)
        return self._leave_out(cells)

    def _leave_out(self, cells):
        """Leave out the cells of modules that are not installed."""
        there = self.env.registry._init_modules
        return [c for c in cells if not c.needed_module or c.needed_module in there]

    @staticmethod
    def _is_way(sale):
        return (sale.combination.origin, sale.combination.remedy) in WAYS

    # -- the desks ------------------------------------------------------
    def _open_cases(self):
        Ticket = self.env["helpdesk.ticket"].with_user(self.agent)
        tickets = Ticket.create([self._prepare_case_vals(sale) for sale in self.world.sales])
        tickets.action_register()
        tickets.proof_ids.received = True
        for sale, ticket in zip(self.world.sales, tickets, strict=True):
            sale.ticket = ticket

    def _prepare_case_vals(self, sale):
        cell = sale.combination
        case_type = "late" if cell.is_undelivered else "damaged_copy"
        return {
            "name": cell.name,
            "is_aftersales": True,
            "partner_id": sale.reader.id,
            "user_id": self.agent.id,
            "case_type_id": self._case_type(case_type).id,
            "sale_order_id": not cell.is_elsewhere and sale.order.id,
            "platform_order_ref": "platform" in cell.origin and f"MATRIX-{sale.number}",
            "line_ids": [
                Command.create(vals | self._prepare_way_vals(sale))
                for vals in self._prepare_line_vals(sale)
            ],
        }

    def _prepare_line_vals(self, sale):
        if sale.combination.is_elsewhere:
            return self._prepare_elsewhere_vals(sale)
        if sale.combination.is_undelivered:
            return self._prepare_undelivered_vals(sale)
        return [
            {
                "product_id": sale.product.id,
                "delivery_move_id": sale.deliveries[line, sale.get_lot(run)].id,
                "lot_id": sale.get_lot(run).id,
                "quantity": copies,
                "defect_ids": [Command.set(self._defect("loose_leaves").ids)],
            }
            for line, run, copies in sale.shape.claims
        ]

    def _carry_out(self):
        """Every desk does its work for all cases in one go."""
        resolutions = self._propose() | self._propose_ways()
        resolutions.action_agree("phone")
        self.assertIs(resolutions.action_execute(), True)
        self._reimburse()
        self._ship_parts()
        self._check_exchanges("executed")
        self._ship_all_steps(resolutions.filtered("advance"))
        self._check_exchanges("replaced in advance")
        self._begin_next_second()
        self._receive(resolutions)
        self._check_exchanges("received")
        self._inspect_and_repair(resolutions)
        self._begin_next_second()
        self._ship_all_steps(resolutions)
        refunds = self._get_refunds(*self.origins).with_user(self.finance)
        refunds.filtered(lambda r: r.state == "to_approve").action_approve()
        self.assertIs(refunds.filtered(lambda r: r.state == "approved").action_post(), True)
        self._sell_editions(resolutions)
        self._pay_refunds(refunds)
        self._end_of_request()
        self.world.deliver_rest()

    @staticmethod
    def _begin_next_second():
        """Let no two desks work in the same second: Odoo's average cost orders moves of one
        second by id, and in a house of several steps the last move is made last."""
        time.sleep(1)

    def _ship_all_steps(self, resolutions):
        while self._ship(resolutions):
            pass

    def _propose(self):
        resolutions = self.env["aftersales.resolution"].with_user(self.agent)
        by_remedy = {}
        for sale in self.world.sales:
            if self.books[sale].is_refused:
                self._check_refused(sale)
            elif not self._is_decided_otherwise(sale.combination):
                key = sale.combination.remedy, self._get_proposer(sale.combination)
                by_remedy.setdefault(key, []).append(sale.ticket)
        for (remedy, proposer), tickets in by_remedy.items():
            lines = self.env["helpdesk.ticket"].union(*tickets).line_ids.with_user(proposer)
            proposals = lines.action_propose(REMEDY.get(remedy, remedy), **OPTIONS.get(remedy, {}))
            resolutions |= proposals.with_user(self.agent)
        return resolutions

    def _get_proposer(self, cell):
        """Who has the right: of a copy bought elsewhere, e-books for more copies than are proven
        and what is worth money take a manager."""
        needs_manager = (*CODES, *LATER_ORDERS)
        return self.manager if cell.is_elsewhere and cell.remedy in needs_manager else self.agent

    @staticmethod
    def _is_decided_otherwise(cell):
        """By the manager, by a platform, or refused: see ``_propose_ways``."""
        return (
            cell.remedy == "refusal"
            or cell.origin == "platform_first"
            or (cell.is_elsewhere and cell.remedy in MONEY_ELSEWHERE)
        )

    def _check_refused(self, sale):
        """Refused in words that name the case, by way or because the copies were given free."""
        refusal = getattr(self.books[sale], "refusal", None)
        pattern = refusal.pattern if refusal else "was given free, so there is nothing to pay back"
        remedy = sale.combination.remedy
        lines = sale.ticket.line_ids.with_user(self.agent)
        with self.assertRaises(UserError) as refused, self.cr.savepoint():
            lines.action_propose(REMEDY.get(remedy, remedy), **OPTIONS.get(remedy, {}))
        message = str(refused.exception)
        if sale.ticket.number not in message and sale.order.name not in message:
            self._differ(sale, "refusal", message, "the number of the case")
        if pattern not in message:
            self._differ(sale, "refusal", message, pattern)

    def _check_exchanges(self, moment):
        for sale in self.world.sales:
            if "exchange" in sale.combination.remedy and not sale.combination.is_undelivered:
                self._compare_order(sale, self.books[sale], moment)

    # -- the figures ----------------------------------------------------
    def _differ(self, sale, what, found, expected):
        if found != expected:
            self.problems.append(f"{sale.combination.name}: {what} {found}, expected {expected}")

    def _compare(self, sale, books):
        self._compare_order(sale, books, "finished")
        self._compare_stock(sale, books)
        self._compare_money(sale, books)
        value = sale.product.sudo().with_company(self.company).total_value
        self._differ(sale, "value", money(value), money(books.stock.value))

    def _compare_order(self, sale, books, moment):
        found = [
            tuple(
                money(line[name])
                for name in ("product_uom_qty", "qty_delivered", "qty_invoiced", "qty_to_invoice")
            )
            for line in sale.lines
        ]
        self._differ(sale, f"order lines ({moment})", found, books.get_order_lines())
        status = books.get_order_status()
        self._differ(sale, f"order ({moment})", sale.order.invoice_status, status)

    def _compare_stock(self, sale, books):
        shelf = self.world.get_house(sale.shape).lot_stock_id
        expected = books.get_stock()
        if not sale.shape.tracked:
            expected = {None: tuple(map(sum, zip(*expected.values(), strict=True)))}
        for run, (on_shelf, quarantined) in expected.items():
            lot = sale.lots.get(run, self.env["stock.lot"])
            found = tuple(
                self._count_copies(sale, lot, location)
                for location in (shelf, self.company.aftersales_quarantine_location_id)
            )
            self._differ(sale, f"stock of {run}", found, (on_shelf, quarantined))

    def _count_copies(self, sale, lot, location):
        quants = self.env["stock.quant"].search(
            [
                ("product_id", "=", sale.product.id),
                ("lot_id", "=", lot.id),
                ("location_id", "child_of", location.id),
            ]
        )
        return sum(quants.mapped("quantity"))

    def _compare_money(self, sale, books):
        refunds = sale.ticket.refund_ids.sudo().sorted(lambda r: r.invoice_id.id)
        found = [
            (money(sum(r.line_ids.mapped("amount_untaxed"))), money(r.amount)) for r in refunds
        ]
        self._differ(sale, "refunds (net, gross)", found, books.get_credits())
        paid = [money(sum(r.payment_ids.mapped("amount"))) for r in refunds]
        self._differ(sale, "payouts", paid, books.get_payouts())
        self._differ(sale, "refund states", refunds.mapped("state"), books.get_refund_states())
        ledger = self._get_ledger(refunds.credit_note_id)
        self._differ(sale, "ledger", ledger, {k: money(v) for k, v in books.get_ledger().items()})
        owes = money(self._get_receivable(sale.partner))
        self._differ(sale, "customer owes", owes, books.get_balance())
        if not books.is_refused:
            self._differ(sale, "phase", sale.ticket.phase, books.get_phase())

    def _get_receivable(self, partner):
        receivable = self.env["account.move.line"].search(
            [
                ("partner_id", "=", partner.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
            ]
        )
        return sum(receivable.mapped("amount_currency"))

    def _get_ledger(self, notes):
        ledger = dict.fromkeys((*ACCOUNTS, "tax"), Decimal(0))
        kinds = {kind: name for name, kinds in ACCOUNTS.items() for kind in kinds}
        for line in notes.line_ids:
            kind = "tax" if line.display_type == "tax" else kinds[line.account_id.account_type]
            ledger[kind] += money(line.balance)
        return ledger

    def _compare_ledger_with_stock(self):
        """After closing, the stock account shows what the stock is worth (I3)."""
        with suppress(UserError):  # everything is closed already
            self.company.action_close_stock_valuation(auto_post=True)
        in_ledger = sum(self.company.stock_accounting_value().values())
        in_stock = sum(self.company.stock_value().values())
        self.assertEqual(money(in_ledger), money(in_stock))


@tagged("post_install", "-at_install")
class TestMatrixAverage(Matrix, AftersalesCommon):
    """Average cost."""

    method, part = "average", 0


@tagged("post_install", "-at_install")
class TestMatrixFifo(Matrix, AftersalesCommon):
    """First in, first out."""

    method, part = "fifo", 1


@tagged("post_install", "-at_install")
class TestMatrixStandard(Matrix, AftersalesCommon):
    """Standard cost."""

    method, part = "standard", 2


@tagged("post_install", "-at_install")
class TestMatrixLot(Matrix, AftersalesCommon):
    """Average cost of each print run."""

    method, part = "lot", 3


COST_METHODS = (TestMatrixAverage, TestMatrixFifo, TestMatrixStandard, TestMatrixLot)
