"""What the books must show after each cell of the matrix, in plain Python.

Written from the requirements alone: no Odoo, nothing of the add-on. Money in cents is exact:
decimal numbers, rounded half up where a document rounds.
"""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from .matrix_shapes import (
    COMPENSATION,
    LATER_RECEIPT,
    OVERPAID,
    RATE_AT_SALE,
    RATE_TODAY,
    RECEIPTS,
    STANDARD_COST,
)

CENT = Decimal("0.01")
FLOW = {
    "exchange": ("back", "out"),
    "advance_exchange": ("out", "back"),
    "return_refund": ("back",),
    "refund_only": (),
    "compensation": (),
}
MONEY = ("return_refund", "refund_only", "compensation")


def money(value):
    """Round to the cent, half up."""
    return Decimal(str(value)).quantize(CENT, ROUND_HALF_UP)


@dataclass
class Charge:
    """One invoice line of goods or of the order's discount."""

    line: int | None  # order line; None for the discount
    copies: int
    net: Decimal
    gross: Decimal
    cost: Decimal = Decimal(0)  # of goods sold
    credited: int = 0  # copies
    compensated: int = 0  # copies that are kept, for a part of the price


@dataclass
class Invoice:
    """An invoice: its charges, what is due on it, and what was credited."""

    charges: list
    deducted: Decimal = Decimal(0)  # by a down payment
    paid: Decimal = Decimal(0)
    credits: list = field(default_factory=list)  # (net, gross, cost)

    @property
    def total(self):
        """What the customer owes by it before payments."""
        return sum((c.gross for c in self.charges), Decimal(0)) - self.deducted


class Books:
    """The expected figures of one combination."""

    def __init__(self, combination, cost_method, tax_per_line=False):
        self.combination = combination
        self.tax_per_line = tax_per_line  # else taxes are rounded once per document
        self.shape = combination.shape
        self.policy = combination.policy
        self.remedy = combination.remedy
        self.payment = combination.payment
        if cost_method == "lot" and not self.shape.tracked:
            cost_method = "average"  # there are no runs to value
        self.cost_method = cost_method
        self.stock = Stock(cost_method)
        self.invoices = []
        self._sell()
        self.is_refused = self._is_refused()
        if not self.is_refused:
            self._settle()

    def _is_refused(self):
        return self.shape.is_free and self.remedy in MONEY

    def _reverses_sale(self):
        """Whether the order and its cost are taken back with the copies."""
        return self.remedy == "return_refund" and not self.is_refused

    # -- the sale -------------------------------------------------------
    def _sell(self):
        for run, copies, cost in RECEIPTS:
            self.stock.receive(run, copies, Decimal(str(cost)) * copies)
        lots = [(i, run, n) for i, ln in enumerate(self.shape.lines) for run, n in ln.lots]
        rounds = [lots] if self.shape.deliveries == 1 else [[lot] for lot in lots]
        self.unit_costs = {}
        for delivered in [] if self.combination.is_undelivered else rounds:
            for i, _line in enumerate(self.shape.lines):
                taken = [(run, n) for line, run, n in delivered if line == i]
                if taken:
                    self.unit_costs.update(self._deliver(i, taken))
        if self.combination.is_invoiced:
            self._charge(rounds)
        run, copies, cost = LATER_RECEIPT
        self.stock.receive(run, copies, Decimal(str(cost)) * copies)

    def _deliver(self, line, taken):
        """Deliver one move of one or more runs; return ``{(line, run): cost of a copy}``."""
        copies = sum(n for _run, n in taken)
        by_lot = {run: self.stock.get_lot_cost(run) for run, _n in taken}
        value = self.stock.take(taken)
        return {
            (line, run): by_lot[run] if self.stock.by_lot else value / copies for run, _n in taken
        }

    def _charge(self, rounds):
        groups = rounds if self.shape.invoices > 1 else [[lot for r in rounds for lot in r]]
        for group in groups:
            charges = []
            for i, line in enumerate(self.shape.lines):
                copies = sum(n for ln, _run, n in group if ln == i)
                if copies:
                    amount = Decimal(copies) / self.shape.unit * Decimal(str(line.price))
                    amount *= 1 - Decimal(str(line.discount)) / 100
                    charges.append(Charge(i, copies, *self._tax(amount), self._get_cost(i, group)))
            if self.shape.order_discount:
                share = -Decimal(str(self.shape.order_discount)) / 100
                net, gross = self._tax(money(sum(c.net for c in charges) * share))
                if self.tax_per_line:  # then it is the same percentage with tax, too
                    gross = money(sum(c.gross for c in charges) * share)
                charges.append(Charge(None, 0, net, gross))
            self._round_taxes(charges)
            self._spread_discount(charges)
            self.invoices.append(Invoice(charges))
        percent = Decimal(str(self.shape.down_payment)) / 100
        for invoice in self.invoices:
            total = invoice.total
            invoice.deducted = money(total * percent)
            invoice.paid = {
                "unpaid": Decimal(0),
                "partly": money(invoice.total / 2),
                "paid": invoice.total,
                "overpaid": invoice.total,
            }[self.payment]

    def _round_taxes(self, charges):
        """Where taxes are rounded once per document, the largest charge takes the difference."""
        if self.tax_per_line or self.shape.taxes[0][1]:
            return
        total = sum(
            money(sum(c.net for c in charges) * Decimal(str(rate)) / 100)
            for rate, _included in self.shape.taxes
        )
        largest = max(charges, key=lambda charge: charge.gross)
        largest.gross += total - sum(c.gross - c.net for c in charges)

    @staticmethod
    def _spread_discount(charges):
        """Let the goods bear the order's discount; every shape with one has a single line."""
        goods = [c for c in charges if c.line is not None]
        for discount in (c for c in charges if c.line is None):
            (charge,) = goods
            charge.net, charge.gross = charge.net + discount.net, charge.gross + discount.gross
            discount.net = discount.gross = Decimal(0)

    def _get_cost(self, line, group):
        """Return the cost of goods sold of an order line's copies of an invoice."""
        taken = [(run, n) for ln, run, n in group if ln == line]
        if not self.unit_costs:  # by what the next copies cost
            return money(self.stock.get_next_cost(sum(n for _run, n in taken)))
        if self.cost_method == "lot":  # by the average of the title, whatever the run
            return money(self.stock.average * sum(n for _run, n in taken))
        return money(sum(self.unit_costs[line, run] * n for run, n in taken))

    def _tax(self, amount):
        """Return net and gross of an amount of an invoice line."""
        (rate, included), *others = self.shape.taxes
        if included:
            gross = money(amount)
            return money(gross / (1 + Decimal(str(rate)) / 100)), gross
        net = money(amount)
        rates = [Decimal(str(r)) / 100 for r, _included in self.shape.taxes]
        return net, net + sum(money(net * r) for r in rates)

    # -- the remedy -----------------------------------------------------
    def _settle(self):
        for direction in FLOW[self.remedy]:
            for line, run, copies in self.shape.claims:
                if direction == "back":
                    value = self.unit_costs[line, run] * copies
                    self.stock.receive(run, copies, value)
                else:
                    self.stock.replace(copies, avoid=run)
        for line, _run, copies in self.shape.claims:
            if self.remedy == "compensation":
                self._compensate(line, copies)
            elif self.remedy in MONEY:
                self._credit(line, copies)

    def _compensate(self, line, copies):
        """Credit a percentage of what copies cost, on the last invoice; none of them twice."""
        for invoice in reversed(self.invoices):
            for charge in invoice.charges:
                if charge.line != line:
                    continue
                taken = min(copies, charge.copies - charge.compensated)
                if not taken:
                    continue
                charge.compensated += taken
                price = charge.gross - money(charge.gross * (charge.copies - taken) / charge.copies)
                gross = money(price * Decimal(str(COMPENSATION)) / 100)
                net = money(gross * charge.net / charge.gross)
                invoice.credits.append((net, gross, Decimal(0)))
                copies -= taken

    def _credit(self, line, copies):
        """Credit copies on the invoices of their order line, oldest first.

        With L of n copies left, the line must be worth round(original × L / n); the
        order's discount is borne by its goods.
        """
        for invoice in self.invoices:
            for charge in invoice.charges:
                if charge.line != line:
                    continue
                taken = min(copies, charge.copies - charge.credited)
                if not taken:
                    continue
                net, gross, cost = self._take(charge, taken)
                cost = cost if self._reverses_sale() else Decimal(0)
                invoice.credits.append((net, gross, cost))
                copies -= taken

    @staticmethod
    def _take(charge, copies):
        done, charge.credited = charge.credited, charge.credited + copies

        def worth(amount, credited):
            return money(amount * (charge.copies - credited) / charge.copies)

        return tuple(
            worth(amount, done) - worth(amount, charge.credited)
            for amount in (charge.net, charge.gross, charge.cost)
        )

    # -- the figures ----------------------------------------------------
    @property
    def claimed(self):
        """Copies complained of."""
        return sum(copies for _line, _run, copies in self.shape.claims)

    def get_credits(self):
        """Return ``[(net, gross)]`` per invoice that is credited, in its currency."""
        return [
            (sum(c[0] for c in invoice.credits), sum(c[1] for c in invoice.credits))
            for invoice in self.invoices
            if invoice.credits
        ]

    def get_payouts(self):
        """Return what is paid out per credited invoice."""
        return self.get_freed()

    def get_freed(self):
        """Return of each credited invoice what is credited and the open invoice doesn't absorb."""
        return [
            max(Decimal(0), sum(c[1] for c in invoice.credits) - (invoice.total - invoice.paid))
            for invoice in self.invoices
            if invoice.credits
        ]

    def get_refund_states(self):
        """Return the state of each refund at the end."""
        return ["paid" if amount else "settled" for amount in self.get_payouts()]

    def get_phase(self):
        """Return where the case ends."""
        return "done"

    def get_balance(self):
        """Return what the customer owes at the end, in the invoice's currency."""
        balance = sum(invoice.total - invoice.paid for invoice in self.invoices)
        balance -= sum(gross for _net, gross in self.get_credits())
        balance += sum(self.get_payouts())
        overpaid = Decimal(str(OVERPAID)) if self.payment == "overpaid" else 0
        return balance - overpaid * sum(1 for invoice in self.invoices if invoice.total)

    def get_rate(self, invoice):
        """Return foreign currency per unit of the company's for a credit of the invoice."""
        if not self.shape.foreign:
            return Decimal(1)
        is_open = invoice.paid < invoice.total
        return Decimal(str(RATE_AT_SALE if is_open else RATE_TODAY))

    def get_ledger(self):
        """Return the balances of all credit notes, in the company's currency, by kind."""
        ledger = dict.fromkeys(("income", "tax", "receivable", "cost", "stock"), Decimal(0))
        for invoice in self.invoices:
            if not invoice.credits:
                continue
            net, gross, cost = (sum(c[i] for c in invoice.credits) for i in range(3))
            rate = self.get_rate(invoice)
            income, tax = money(net / rate), money((gross - net) / rate)
            ledger["income"] += income
            ledger["tax"] += tax
            ledger["receivable"] -= income + tax
            ledger["stock"] += cost
            ledger["cost"] -= cost
        return ledger

    def get_order_lines(self):
        """Return ``[(ordered, delivered, invoiced, to invoice)]`` in the order's unit."""
        figures = []
        for i, line in enumerate(self.shape.lines):
            quantity = Decimal(str(line.quantity))
            if self._reverses_sale():
                back = sum(n for ln, _run, n in self.shape.claims if ln == i)
                quantity -= Decimal(back) / self.shape.unit
            figures.append((money(quantity), money(quantity), money(quantity), Decimal(0)))
        return figures

    def get_order_status(self):
        """Return whether the order is invoiced."""
        return "invoiced"

    def get_stock(self):
        """Return ``{run: (copies on the shelf, copies in quarantine)}``; C is the third run."""
        back = {} if self.is_refused or "back" not in FLOW[self.remedy] else self._claimed_by_run()
        return {run: (n - back.get(run, 0), back.get(run, 0)) for run, n in self.stock.lots.items()}

    def _claimed_by_run(self):
        result = {}
        for _line, run, copies in self.shape.claims:
            result[run] = result.get(run, 0) + copies
        return result


class Stock:
    """One title's copies by run, and their value by cost method."""

    def __init__(self, method):
        self.method = method
        self.by_lot = method == "lot"
        self.lots = {}
        self.values = {}  # by run, for lot valuation
        self.layers = []  # [copies, value], oldest first, for FIFO
        self.copies, self.value = 0, Decimal(0)
        self.average = Decimal(0)  # after the last receipt

    def receive(self, run, copies, value):
        """Take copies in at a value, which the ledger keeps in cents."""
        value = money(value)
        if self.method == "standard":
            value = Decimal(str(STANDARD_COST)) * copies
        self.lots[run] = self.lots.get(run, 0) + copies
        self.values[run] = self.values.get(run, Decimal(0)) + value
        self.layers.append([copies, value])
        self.copies += copies
        self.value += value
        self.average = self.value / self.copies

    def take(self, taken):
        """Deliver ``[(run, copies)]`` in one move; return their value."""
        copies = sum(n for _run, n in taken)
        if self.by_lot:
            value = Decimal(0)
            for run, n in taken:
                part = self.values[run] * n / self.lots[run]
                self.values[run] -= part
                value += part
        elif self.method == "fifo":
            value = self._take_layers(copies)
        else:
            value = self.value * copies / self.copies
        for run, n in taken:
            self.lots[run] -= n
        self.copies -= copies
        self.value -= value
        return value

    def replace(self, copies, avoid):
        """Ship copies of the oldest run that is not the one complained of."""
        rest = copies
        for run in [r for r in self.lots if r != avoid]:
            taken = min(rest, self.lots[run])
            if taken:
                self.take([(run, taken)])
                rest -= taken

    def get_lot_cost(self, run):
        """Return the cost of a copy of the run, by what was received of it."""
        return self.values[run] / self.lots[run]

    def get_next_cost(self, copies):
        """Return the cost of the next copies, while none leaves."""
        if self.method != "fifo":
            return self.value / self.copies * copies
        layers = [list(layer) for layer in self.layers]
        value = self._take_layers(copies)
        self.layers = layers
        return value

    def _take_layers(self, copies):
        value = Decimal(0)
        while copies:
            layer = self.layers[0]
            taken = min(copies, layer[0])
            part = layer[1] * taken / layer[0]
            value += part
            layer[0] -= taken
            layer[1] -= part
            copies -= taken
            if not layer[0]:
                self.layers.pop(0)
        return value
