from collections import defaultdict
from dataclasses import dataclass, field

from odoo import api, models

from ..tools import money as tools
from .aftersales_refund_allocation import CreditShare


@dataclass
class Compensated:
    """What was paid for copies of one delivery and print run that the reader keeps.

    Nobody can tell two such copies apart, so those that nothing was paid for come back first. With
    ``L`` of them left, ``amount × (k - L) / k`` of what was paid for ``k`` lies on those that came
    back.
    """

    delivered: float = 0.0  # copies, in the product's unit
    settled: float = 0.0  # of which nothing is left to credit
    copies: float = 0.0  # of which a part was paid
    net: float = 0.0  # that part, in the currency of the invoice
    gross: float = 0.0

    def settle(self, quantity, currency):
        """Take copies away; return what was paid for them before, ``(net, gross)``."""
        before = self.delivered - self.settled
        self.settled += quantity
        after = self.delivered - self.settled
        return tuple(
            currency.round(self._get_borne(amount, after))
            - currency.round(self._get_borne(amount, before))
            for amount in (self.net, self.gross)
        )

    def _get_borne(self, amount, left):
        copies = min(self.copies, self.delivered)
        return amount * max(0.0, copies - left) / copies if copies else 0.0


@dataclass
class Compensations:
    """What was paid for copies that are kept: per claim, and how many of each invoice line."""

    claims: dict = field(default_factory=lambda: defaultdict(Compensated))
    quantities: dict = field(default_factory=lambda: defaultdict(float))  # in the line's unit

    def add(self, claim, share):
        """Count a part of the price that is paid for copies."""
        compensated = self.claims[claim]
        compensated.copies += share.stock_quantity
        compensated.net += share.net
        compensated.gross += share.gross
        self.quantities[share.invoice_line] += share.quantity


class AftersalesRefund(models.Model):
    """A part of the price, for copies that the reader keeps (R6.1, I1)."""

    _inherit = "aftersales.refund"

    @api.model
    def _get_compensated(self, requests, refund_lines):
        """Return the :class:`Compensations` among live refund lines, requested ones included."""
        result = Compensations()
        rows = (
            self.env["aftersales.refund.line"]
            .sudo()
            ._read_group(
                [
                    ("id", "in", refund_lines.ids),
                    ("effect_id.kind", "=", "credit"),
                    ("effect_id.line_id.volume_id", "=", False),
                ],
                ["effect_id", "invoice_line_id"],
                ["quantity:sum", "invoice_quantity:sum", "amount_untaxed:sum", "amount:sum"],
            )
        )
        for effect, line, *figures in rows:
            claim = effect.delivery_move_id, effect.lot_id
            if effect._settles_copies():
                result.claims[claim].settled += figures[0]
            else:
                result.add(claim, CreditShare(line, *figures))
        self._count_delivered(requests, result.claims)
        return result

    @api.model
    def _count_delivered(self, requests, claims):
        """Look up how many copies were delivered, where a part was paid for some of them."""
        claimed = {r.claim for r in requests if r.claim in claims and claims[r.claim].copies}
        moves = self.env["stock.move"].union(*(move for move, _lot in claimed))
        delivered = self.env["aftersales.balance"]._get_delivered(moves) if moves else {}
        for move, lot in claimed:
            if move:
                claims[move, lot].delivered = delivered[move][lot].delivered

    @api.model
    def _deduct_compensation(self, request, shares, invoiced, compensated):
        """Lower the credit of copies by the part of their price that was paid before.

        What an invoice line has left to credit is lower by that part already, so only the
        difference is taken off.
        """
        claim = compensated.claims.get(request.claim)
        if not (claim and claim.copies and request.settles and shares) or request.volume:
            return
        currency = shares[0].invoice_line.currency_id
        _net, paid = claim.settle(sum(share.stock_quantity for share in shares), currency)
        due = (sum(share.price for share in shares) - paid) * request.percent / 100.0
        excess = currency.round(sum(share.gross for share in shares) - max(0.0, due))
        for share in reversed(shares):
            if currency.compare_amounts(excess, 0.0) <= 0:
                break
            gross = min(excess, share.gross)
            net = currency.round(share.net * gross / share.gross)
            share.net, share.gross = currency.round(share.net - net), share.gross - gross
            invoiced[share.invoice_line].count(0.0, -net, -gross)
            excess -= gross

    # ------------------------------------------------------------------
    # An agreed amount
    # ------------------------------------------------------------------
    @api.model
    def _allocate_agreed(self, request, invoiced, compensated):
        """Spread an agreed amount or percentage of the price over the invoice lines.

        Never more than a line has left: what does not fit is missing in the sum of the shares.
        The copies are taken from the last invoice, those first that nothing was paid for:
        what comes back later is taken from the first one.
        """
        picked, missing = self._pick_kept_copies(request, invoiced, compensated)
        full = [
            self._price_kept_copies(line, copies, invoiced[line], request.volume)
            for line, copies in picked.items()
        ]
        shares = []
        for share, wanted in zip(full, self._get_agreed_amounts(request, full), strict=True):
            line, balance = share.invoice_line, invoiced[share.invoice_line]
            currency = line.currency_id
            room = share.gross if request.volume else balance.creditable_gross
            share.gross = max(0.0, currency.round(min(wanted, room)))
            share.net = currency.round(share.gross * balance.net / (balance.gross or 1.0))
            if currency.is_zero(balance.creditable_gross - share.gross):
                share.net = currency.round(balance.net - balance.credited_net)
            balance.count(0.0, share.net, share.gross, request.volume)
            if not request.volume:
                compensated.add(request.claim, share)
            shares.append(share)
        return shares, missing

    @api.model
    def _pick_kept_copies(self, request, invoiced, compensated):
        """Return ``{invoice line: copies}`` and the copies that were not invoiced."""
        sale_line, picked, missing = request.sale_line.sudo(), {}, request.quantity
        unit = sale_line.product_id.uom_id
        lines = [line for line in sale_line.invoice_lines.sorted("id", True) if line in invoiced]
        lines = [line for line in lines if line.currency_id == lines[0].currency_id]
        for spared in (compensated.quantities, {}):
            for line in lines:
                available = invoiced[line].get_creditable_quantity(request.volume)
                available -= spared.get(line, 0.0)
                copies = line.product_uom_id._compute_quantity(available, unit, round=False)
                taken = min(missing, copies - picked.get(line, 0.0))
                if unit.compare(taken, 0.0) > 0:
                    picked[line] = picked.get(line, 0.0) + taken
                    missing -= taken
        return picked, missing if unit.compare(missing, 0.0) > 0 else 0.0

    @api.model
    def _price_kept_copies(self, line, copies, balance, volume):
        if volume:
            return self._price_volume_share(line, copies, 100.0, balance, volume)
        return self._price_share(line, copies, 100.0, balance)

    @api.model
    def _get_agreed_amounts(self, request, shares):
        """Return the part of the agreed amount that falls on each of the shares."""
        prices = [share.price for share in shares]
        if not any(prices):
            return [0.0] * len(prices)
        currency = shares[0].invoice_line.currency_id
        if not request.amount:
            return [currency.round(price * request.percent / 100.0) for price in prices]
        amounts = tools.apportion(request.amount, prices, currency.rounding)
        return [currency.round(amount) for amount in amounts]
