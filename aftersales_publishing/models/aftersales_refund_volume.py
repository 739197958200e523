from odoo import api, models

from .aftersales_refund_allocation import CreditShare


class AftersalesRefund(models.Model):
    """What a single volume of a set is worth, to the cent (R6.3)."""

    _inherit = "aftersales.refund"

    @api.model
    def _price_volume_share(self, line, stock_quantity, percent, balance, volume):
        """Price volumes by their share of one set after the other.

        Set ``j`` of ``n`` is worth ``round(original × j / n) - round(original × (j - 1) / n)``, and
        its volumes together exactly that. Whole sets are credited from the other end (``n``, ``n -
        1``, …: see ``_price_share``), so in whatever order volumes and whole sets are credited,
        they add up to what was paid.
        """
        unit = line.product_id.uom_id

        def in_copies(quantity):
            return round(line.product_uom_id._compute_quantity(quantity, unit, round=False))

        copies, credit = in_copies(balance.quantity), balance.get_volume(volume)
        first = in_copies(credit.quantity)
        last = first + round(stock_quantity)
        currency = line.currency_id

        def to_credit(original, part, creditable):
            worth = [currency.round(original * j / copies) for j in range(first, last + 1)]
            prices = [after - before for before, after in zip(worth, worth[1:], strict=False)]
            full = min(volume._get_price(prices, currency) - part, creditable)
            return max(0.0, currency.round(full * percent / 100.0))

        return CreditShare(
            line,
            stock_quantity,
            unit._compute_quantity(stock_quantity, line.product_uom_id, round=False),
            to_credit(balance.net, credit.part_net, balance.net - balance.credited_net),
            to_credit(balance.gross, credit.part_gross, balance.creditable_gross),
            volume,
            price=to_credit(balance.gross, 0.0, balance.gross),
        )
