from odoo import fields, models

from ..locking import lock_and_touch
from .aftersales_refund_allocation import CreditShare


class AftersalesEffect(models.Model):
    """Return postage: taken off the postage invoiced, the rest our expense (R6.5)."""

    _inherit = "aftersales.effect"

    def _post_freight(self):
        """Request refunds of what the reader paid; of what others paid, note it.

        The order lines are touched: other refunds compete for the postage invoiced.
        """
        by_reader = self.filtered(lambda e: e.resolution_id.freight_payer == "reader")
        noted = self - by_reader
        noted.posted_at = fields.Datetime.now()
        self.env["aftersales.event"]._log(
            "freight_noted", noted, {e: e.resolution_id.credit_reason for e in noted}
        )
        if not by_reader:
            return
        lines = by_reader.line_id._get_freight_invoice_lines()
        lock_and_touch(by_reader.line_id.sale_line_id | lines.sale_line_ids)
        invoiced = self.env["aftersales.balance"]._get_invoiced(lines)
        Refund = self.env["aftersales.refund"]
        Refund._count_pending(Refund._search_live_lines(lines), invoiced)
        Refund._request({effect: effect._split_freight(invoiced) for effect in by_reader})

    def _split_freight(self, invoiced):
        """Return the shares of the postage: of each line that charged some, then our expense.

        Their quantities are parts of the one parcel, so that the effect is done when all are.
        """
        self.ensure_one()
        line = self.line_id
        last = line._get_last_invoice_line()
        currency = last.currency_id
        total = self.resolution_id.amount
        rest = currency.round(total - sum(self._get_live_refund_lines().mapped("amount")))
        shares, open_quantity = [], self._get_open_quantity()
        for freight_line in line._get_freight_invoice_lines():
            balance = invoiced[freight_line]
            gross = currency.round(min(rest, balance.creditable_gross))
            if freight_line.currency_id != currency or currency.compare_amounts(gross, 0.0) <= 0:
                continue
            net = currency.round(gross * balance.net / balance.gross)
            if currency.is_zero(balance.creditable_gross - gross):
                net = currency.round(balance.net - balance.credited_net)
            balance.count(0.0, net, gross)
            shares.append(CreditShare(freight_line, 0.0, 1.0, net, gross))
            rest = currency.round(rest - gross)
        if currency.compare_amounts(rest, 0.0) > 0:
            shares.append(CreditShare(last, 0.0, 1.0, rest, rest, is_expense=True))
        self._spread_parcel(shares, open_quantity)
        return shares

    def _spread_parcel(self, shares, quantity):
        """Give each share its part of the parcel, by amount; they add up to it."""
        total = sum(share.gross for share in shares)
        rounding = self.env["decimal.precision"].precision_get("Product Unit")
        for share in shares[:-1]:
            share.stock_quantity = round(quantity * share.gross / total, rounding)
        shares[-1].stock_quantity = quantity - sum(s.stock_quantity for s in shares[:-1])

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------
    def _get_freight_planned(self):
        if self.resolution_id.freight_payer == "reader":
            return self._get_credit_planned()
        return self._get_quantity_without_document()

    def _get_freight_done(self):
        if self.resolution_id.freight_payer == "reader":
            return self._get_credit_done()
        return self._get_quantity_without_document()
