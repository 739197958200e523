"""What the books must show where a case runs another way than by order and bank.

Plain Python, as :mod:`.matrix_books`: no Odoo, nothing of the add-on.
"""

from dataclasses import replace
from decimal import Decimal

from .matrix_books import CENT, FLOW, Books, Invoice, money
from .matrix_refusals import get_refusal
from .matrix_shapes import EDITIONS, PAGES_COST, POSTAGE, PRINTED_PRICE, STORE_CREDIT

NOTHING = Decimal(0)
SHIPPED_PARTS = ("send_pages", "send_extra", "gift")
CODES = ("ebook", "new_code")


class WayBooks(Books):
    """The expected figures of one way."""

    def __init__(self, combination, cost_method, tax_per_line=False):
        self.origin = combination.origin
        self.refusal = get_refusal(combination)
        self.edition_price = NOTHING  # of what the reader gets instead of the old copies
        if price := not self.refusal and EDITIONS.get(combination.remedy):
            combination = replace(combination, remedy="return_refund")
            copies = sum(copies for _line, _run, copies in combination.shape.claims)
            net = money(Decimal(str(price)) * copies)
            self.edition_price = net + money(net * Decimal("0.09"))
        super().__init__(combination, cost_method, tax_per_line)
        if combination.is_undelivered:
            self.stock.take([("A", self._get_rest())])

    def _is_refused(self):
        return bool(self.refusal)

    def _reverses_sale(self):
        """Not where the platform paid before the copy came, nor of another house's sale."""
        if self.remedy == "cancel_refund":
            return not self.is_refused
        return super()._reverses_sale() and self.origin not in ("platform_first", "elsewhere")

    # -- the remedy -----------------------------------------------------
    def _settle(self):
        if self.origin == "elsewhere":
            return self._settle_elsewhere()
        if self.remedy == "freight":
            self._exchange()
            return self._add_note(POSTAGE)
        if self.remedy == "reship":
            return self._send()
        if self.remedy == "cancel_refund":
            return self._credit(0, self.claimed)
        return super()._settle() if self.remedy in FLOW else None

    def _settle_elsewhere(self):
        """What comes back has no value; what goes out is a cost; money is the printed price."""
        if "exchange" in self.remedy or self.remedy == "freight":
            self._send()
        elif self.remedy in ("return_refund", "refund_only"):
            self._add_note(PRINTED_PRICE * self.claimed)

    def _exchange(self):
        for line, run, copies in self.shape.claims:
            self.stock.receive(run, copies, self.unit_costs[line, run] * copies)
        self._send()

    def _send(self):
        for _line, run, copies in self.shape.claims:
            self.stock.replace(copies, avoid=run)

    def _add_note(self, amount):
        """Credit an amount without tax, beside every invoice."""
        self.invoices.append(Invoice([], credits=[(money(amount), money(amount), NOTHING)]))

    # -- the figures ----------------------------------------------------
    def get_payouts(self):
        """On account nothing is paid out; a platform pays what the house would.

        Of what is credited for a new edition, that takes its price first.
        """
        freed = self.get_freed()
        if self.origin == "account":
            return [NOTHING] * len(freed)
        return [amount - min(amount, self.edition_price) for amount in freed]

    def get_set_off(self):
        """Return what the new edition takes of the credit."""
        return min(sum(self.get_freed()), self.edition_price)

    def get_difference(self):
        """Return what the reader pays for the new edition."""
        return self.edition_price - self.get_set_off()

    def get_balance(self):
        """What the credit paid of the new edition is owed no more."""
        return super().get_balance() + self.get_set_off()

    def get_ledger(self):
        """Postage is a cost, not less income."""
        ledger = super().get_ledger()
        if self.remedy == "freight" and self.origin != "elsewhere":
            ledger["income"] -= money(POSTAGE)
            ledger["cost"] += money(POSTAGE)
        return ledger

    def get_order_lines(self):
        """What waited to be sent was sent once the case was closed, but for what was cancelled."""
        if self.origin != "undelivered":
            return super().get_order_lines()
        rest = money(self._get_rest())
        invoiced = rest if self.invoices else money(0)
        return [(rest, rest, invoiced, rest - invoiced)]

    def get_order_status(self):
        """What is invoiced on delivery is to be invoiced once it was sent."""
        return super().get_order_status() if self.invoices else "to invoice"

    def _get_rest(self):
        """Return the copies that are still sent."""
        cancelled = self.remedy in ("cancel_rest", "cancel_refund") and not self.is_refused
        ordered = sum(int(line.quantity) for line in self.shape.lines)
        return ordered - (self.claimed if cancelled else 0)

    def get_stock(self):
        """Copies from elsewhere lie apart: see :meth:`get_without_value`."""
        if self.origin == "elsewhere" or self.remedy not in (*FLOW, "freight"):
            return {run: (copies, 0) for run, copies in self.stock.lots.items()}
        if self.remedy == "freight":
            back = self._claimed_by_run()
            return {
                run: (copies - back.get(run, 0), back.get(run, 0))
                for run, copies in self.stock.lots.items()
            }
        return super().get_stock()

    def get_without_value(self):
        """Return the copies in the place for what was bought elsewhere."""
        takes_back = "exchange" in self.remedy or self.remedy in ("return_refund", "freight")
        return self.claimed if self.origin == "elsewhere" and takes_back else 0

    def get_sent(self):
        """Return the copies sent to the reader."""
        sends = "exchange" in self.remedy or self.remedy in ("freight", "reship", "repair")
        return self.claimed if sends or self.edition_price else 0

    def get_pages(self):
        """Return the parts sent and what they cost."""
        pages = self.claimed if self.remedy in SHIPPED_PARTS and not self.is_refused else 0
        return pages, (pages * Decimal(str(PAGES_COST))).quantize(CENT)

    def get_codes(self):
        """Return the codes of e-books given."""
        return self.claimed if self.remedy in CODES and not self.is_refused else 0

    def get_store_credit(self):
        """Return what is on the reader's gift card."""
        return money(STORE_CREDIT if self.remedy == "store_credit" and not self.is_refused else 0)

    def get_phase(self):
        """Return where the case ends."""
        return "refused" if self.remedy == "refusal" else "done"
