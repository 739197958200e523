from dataclasses import dataclass

from odoo import api, models

from .aftersales_refund import PENDING_STATES


@dataclass
class CreditRequest:
    """What is to be credited for copies of one order line."""

    sale_line: object
    quantity: float  # copies, in the product's unit
    percent: float
    volume: object  # of a set, or none
    claim: tuple  # delivery move and print run of the copies
    settles: bool  # nothing is left to credit for the copies afterwards
    is_agreed: bool = False  # a part of the price agreed with the reader, who keeps the copies
    amount: float = 0.0  # that part, with tax; 0: the percentage decides


@dataclass
class CreditShare:
    """The part of a refund that falls on one invoice line."""

    invoice_line: object
    stock_quantity: float  # copies, in the product's unit
    quantity: float  # in the unit of the invoice line
    net: float  # in the currency of the invoice
    gross: float
    volume: object = None  # of a set, where only a volume is refunded (R6.3)
    price: float = 0.0  # what the copies cost, with tax, whatever was credited of it
    is_expense: bool = False  # return postage beyond the invoice (R6.5)


class AftersalesRefund(models.Model):
    """How much of a refund falls on which invoice line, to the cent (I1)."""

    _inherit = "aftersales.refund"

    @api.model
    def _allocate(self, requests):
        """Find the invoice lines that credits fall on, to the cent (I1).

        With ``L`` units left on a line of ``n`` after the credit, the line is worth
        ``round(original × L / n)``; the credit is what it was worth before, less that. So the
        credits of single copies add up to exactly what was paid.

        :param requests: list of :class:`CreditRequest`; they compete for the same invoice lines
            in the given order
        :return: for each request ``(list of CreditShare, copies without an invoice)``
        """
        sale_lines = self.env["sale.order.line"].union(*(r.sale_line for r in requests)).sudo()
        invoice_lines = sale_lines._get_posted_invoice_lines()
        invoiced = self.env["aftersales.balance"]._get_invoiced(invoice_lines)
        live = self._search_live_lines(invoice_lines)
        self._count_pending(live, invoiced)
        compensated = self._get_compensated(requests, live)
        return [self._allocate_one(request, invoiced, compensated) for request in requests]

    @api.model
    def _search_live_lines(self, invoice_lines):
        """Return what was ever asked for of these invoice lines and not taken back (sudo)."""
        return (
            self.env["aftersales.refund.line"]
            .sudo()
            .search(
                [
                    ("invoice_line_id", "in", invoice_lines.ids),
                    ("refund_id.state", "not in", ("refused", "cancelled")),
                ]
            )
        )

    @api.model
    def _count_pending(self, refund_lines, invoiced):
        """Refunds that are requested but not posted count as credited."""
        for line in refund_lines:
            if line.refund_id.state in PENDING_STATES and not line.refund_id.is_expense:
                self._count(invoiced[line.invoice_line_id], line._get_share())

    @staticmethod
    def _count(invoiced, share):
        invoiced.count(share.quantity, share.net, share.gross, share.volume)

    @api.model
    def _allocate_one(self, request, invoiced, compensated):
        if request.is_agreed:
            return self._allocate_agreed(request, invoiced, compensated)
        sale_line, volume, percent = request.sale_line.sudo(), request.volume, request.percent
        shares, missing = [], request.quantity
        if not sale_line:
            return shares, missing
        stock_uom = sale_line.product_id.uom_id
        for line in sale_line.invoice_lines.sorted("id"):
            if line not in invoiced or stock_uom.compare(missing, 0.0) <= 0:
                continue
            balance = invoiced[line]
            available = line.product_uom_id._compute_quantity(
                balance.get_creditable_quantity(volume), stock_uom, round=False
            )
            taken = min(missing, available)
            if stock_uom.compare(taken, 0.0) <= 0:
                continue
            if volume:
                share = self._price_volume_share(line, taken, percent, balance, volume)
            else:
                share = self._price_share(line, taken, percent, balance)
            self._count(balance, share)
            shares.append(share)
            missing -= taken
        self._deduct_compensation(request, shares, invoiced, compensated)
        return shares, missing if stock_uom.compare(missing, 0.0) > 0 else 0.0

    @api.model
    def _price_share(self, line, stock_quantity, percent, balance):
        quantity = line.product_id.uom_id._compute_quantity(
            stock_quantity, line.product_uom_id, round=False
        )
        left = balance.creditable_quantity - quantity
        if line.product_uom_id.is_zero(left):
            left = 0.0
        currency = line.currency_id

        # cents that earlier credits rounded away are made good; what was credited at less than the
        # price, or beside it, is not
        cents = currency.rounding * max(1.0, balance.credited_quantity)

        def to_credit(original, credited, of_volumes):
            target = currency.round(original * left / balance.quantity)
            worth = currency.round(original * balance.creditable_quantity / balance.quantity)
            # volumes were credited of other sets: these are worth what they were
            rest = currency.round(original - (credited - of_volumes))
            if currency.compare_amounts(abs(rest - worth), cents) <= 0:
                worth = rest
            full = min(currency.round(worth - target), currency.round(original - credited))
            return max(0.0, currency.round(full * percent / 100.0))

        worth = currency.round(balance.gross * balance.creditable_quantity / balance.quantity)
        return CreditShare(
            line,
            stock_quantity,
            quantity,
            to_credit(balance.net, balance.credited_net, balance.volume_net),
            to_credit(balance.gross, balance.credited_gross, balance.volume_gross),
            price=currency.round(worth - currency.round(balance.gross * left / balance.quantity)),
        )
