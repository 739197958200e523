"""What the books must show where a case runs another way than by order and bank.

Plain Python, as :mod:`.matrix_books`: no Odoo, nothing of the add-on.
"""

from decimal import Decimal

from .matrix_books import CENT, FLOW, Books, Invoice, money
from .matrix_shapes import PAGES_COST, POSTAGE, PRINTED_PRICE

NOTHING = Decimal(0)


class WayBooks(Books):
    """The expected figures of one way."""

    def __init__(self, combination, cost_method, tax_per_line=False):
        self.origin = combination.origin
        super().__init__(combination, cost_method, tax_per_line)

    def _is_refused(self):
        """A shop's parcel did not get lost here, and the shop got the price, not the house."""
        return self.origin == "elsewhere" and self.remedy in ("reship", "compensation")

    def _reverses_sale(self):
        """Not where the platform paid before the copy came, nor of another house's sale."""
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
        return super()._settle() if self.remedy in FLOW else None

    def _settle_elsewhere(self):
        """What comes back has no value; what goes out is a cost; money is the printed price."""
        if "exchange" in self.remedy:
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
        """On account nothing is paid out; a platform pays what the house would."""
        payouts = super().get_payouts()
        return [NOTHING] * len(payouts) if self.origin == "account" else payouts

    def get_ledger(self):
        """Postage is a cost, not less income."""
        ledger = super().get_ledger()
        if self.remedy == "freight":
            ledger["income"] -= money(POSTAGE)
            ledger["cost"] += money(POSTAGE)
        return ledger

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
        takes_back = "exchange" in self.remedy or self.remedy == "return_refund"
        return self.claimed if self.origin == "elsewhere" and takes_back else 0

    def get_sent(self):
        """Return the copies sent to the reader."""
        sends = "exchange" in self.remedy or self.remedy in ("freight", "reship")
        return self.claimed if sends else 0

    def get_pages(self):
        """Return the pages sent and what they cost."""
        pages = self.claimed if self.remedy == "send_pages" else 0
        return pages, (pages * Decimal(str(PAGES_COST))).quantize(CENT)

    def get_codes(self):
        """Return the codes of e-books given."""
        return self.claimed if self.remedy == "ebook" else 0

    def get_phase(self):
        """Return where the case ends."""
        return "refused" if self.remedy == "refusal" else "done"
