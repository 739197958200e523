from collections import defaultdict
from dataclasses import dataclass

from odoo import api, models

from ..tools import money as tools


@dataclass
class Delivered:
    """Copies of one lot in one delivery, in the product's unit (R6.4)."""

    delivered: float = 0.0
    returned: float = 0.0
    announced: float = 0.0  # open returns
    compensated: float = 0.0  # paid back in full, copy kept by the reader

    @property
    def claimable(self):
        return self.delivered - self.returned - self.announced - self.compensated


@dataclass
class Invoiced:
    """What one invoice line charged and what of it was credited.

    Quantities in the unit of the invoice line, amounts in the currency of the
    invoice; ``net`` without, ``gross`` with tax.
    """

    quantity: float = 0.0
    net: float = 0.0
    gross: float = 0.0
    credited_quantity: float = 0.0
    credited_net: float = 0.0
    credited_gross: float = 0.0

    @property
    def creditable_quantity(self):
        return self.quantity - self.credited_quantity

    @property
    def creditable_gross(self):
        return self.gross - self.credited_gross


class AftersalesBalance(models.AbstractModel):
    """What was delivered and is still claimable, what was invoiced and is still
    creditable (invariant I1).

    Always computed from the documents, hand-made ones included, never stored: a
    native return or credit note counts in the moment it exists. Call it under
    :func:`~odoo.addons.aftersales_publishing.locking.lock_and_touch` when the
    answer decides about a posting.
    """

    _name = "aftersales.balance"
    _description = "After-sales Balance"

    # ------------------------------------------------------------------
    # Copies
    # ------------------------------------------------------------------
    @api.model
    def _get_delivered(self, moves):
        """Return ``{delivery move: {lot: Delivered}}`` in seven queries.

        The lot is empty for products without lots. Open returns of which the lot
        is not known yet stand under the empty lot too: see :meth:`_get_claimable`.
        """
        result = {move: defaultdict(Delivered) for move in moves}
        moves_sudo = moves.sudo()
        self._add_delivered(moves_sudo, result)
        self._add_returned(moves_sudo, result)
        self._add_announced(moves_sudo, result)
        self._add_announced_wrong_titles(moves_sudo, result)
        self._add_compensated(moves_sudo, result)
        return result

    @api.model
    def _get_claimable(self, pairs):
        """Return ``{(delivery move, lot): quantity}`` in the product's unit.

        A lot can be claimed as far as neither the lot nor the whole delivery is
        exhausted: an announced return without a lot may turn out to be any lot.
        """
        moves = self.env["stock.move"].union(*(move for move, _lot in pairs))
        delivered = self._get_delivered(moves)
        result = {}
        for move, lot in pairs:
            by_lot = delivered[move]
            total = sum(d.claimable for d in by_lot.values())
            own = total
            if lot or move.product_id.tracking != "none":
                own = by_lot[lot].claimable if lot in by_lot else 0.0
            result[move, lot] = max(0.0, min(own, total))
        return result

    def _add_delivered(self, moves, result):
        for move, lot, quantity in (
            self.env["stock.move.line"]
            .sudo()
            ._read_group(
                [("move_id", "in", moves.ids), ("state", "=", "done")],
                ["move_id", "lot_id"],
                ["quantity_product_uom:sum"],
            )
        ):
            result[move][lot].delivered += quantity

    def _add_returned(self, moves, result):
        for origin, lot, quantity in (
            self.env["stock.move.line"]
            .sudo()
            ._read_group(
                [
                    ("move_id.origin_returned_move_id", "in", moves.ids),
                    ("location_id.usage", "=", "customer"),
                    ("state", "=", "done"),
                ],
                ["move_id.origin_returned_move_id", "lot_id"],
                ["quantity_product_uom:sum"],
            )
        ):
            result[origin][lot].returned += quantity

        self._subtract_sent_back(moves, result)

    def _subtract_sent_back(self, moves, result):
        """A returned copy that the reader got again can be claimed again, until it comes back."""
        origin = "move_id.origin_returned_move_id.origin_returned_move_id"
        sent_back = {}
        for delivery, move, lot, quantity in (
            self.env["stock.move.line"]
            .sudo()
            ._read_group(
                [
                    (origin, "in", moves.ids),
                    ("location_dest_id.usage", "=", "customer"),
                    ("move_id.aftersales_effect_id", "=", False),
                    ("state", "=", "done"),
                ],
                [origin, "move_id", "lot_id"],
                ["quantity_product_uom:sum"],
            )
        ):
            result[delivery][lot].returned -= quantity
            sent_back[move] = result[delivery]
        if sent_back:
            again = self.env["stock.move"].sudo().union(*sent_back)
            self._add_returned(again, sent_back)
            self._add_announced(again, sent_back)

    def _add_announced(self, moves, result):
        open_moves = (
            self.env["stock.move"]
            .sudo()
            .search_fetch(
                [
                    ("origin_returned_move_id", "in", moves.ids),
                    ("location_id.usage", "=", "customer"),
                    ("state", "not in", ("done", "cancel")),
                ],
                ["origin_returned_move_id", "product_qty", "move_line_ids"],
            )
        )
        for move in open_moves:
            by_lot = result[move.origin_returned_move_id]
            rest = move.product_qty
            for line in move.move_line_ids:
                by_lot[line.lot_id].announced += line.quantity_product_uom
                rest -= line.quantity_product_uom
            if rest > 0:
                by_lot[self.env["stock.lot"]].announced += rest

    def _add_announced_wrong_titles(self, moves, result):
        """The ordered copy is booked back when the title sent by mistake is received (R6.11)."""
        for move in (
            self.env["stock.move"]
            .sudo()
            .search(
                [
                    ("aftersales_effect_id.delivery_move_id", "in", moves.ids),
                    ("aftersales_effect_id.line_id.sent_product_id", "!=", False),
                    ("aftersales_effect_id.kind", "=", "return"),
                    ("state", "not in", ("done", "cancel")),
                ]
            )
        ):
            effect = move.aftersales_effect_id
            result[effect.delivery_move_id][effect.lot_id].announced += move.product_qty

    def _add_compensated(self, moves, result):
        for move, lot, quantity in (
            self.env["aftersales.effect"]
            .sudo()
            ._read_group(
                [
                    ("delivery_move_id", "in", moves.ids),
                    ("compensates_in_full", "=", True),
                    ("is_cancelled", "=", False),
                ],
                ["delivery_move_id", "lot_id"],
                ["quantity:sum"],
            )
        ):
            result[move][lot].compensated += quantity

    # ------------------------------------------------------------------
    # Money
    # ------------------------------------------------------------------
    @api.model
    def _get_invoiced(self, invoice_lines):
        """Return ``{invoice line: Invoiced}`` for posted customer invoice lines.

        A credit line counts for the line it names (``aftersales_origin_line_id``);
        one made by hand counts for the line of the same order line on the invoice
        it reverses, or, without a reversed invoice, on any invoice of that order
        line, oldest first.
        """
        lines_sudo = invoice_lines.sudo()
        amounts = self._get_line_amounts(lines_sudo.move_id)
        result = {line: Invoiced(line.quantity, *amounts[line]) for line in lines_sudo}
        credit_lines = self._search_credit_lines(lines_sudo)
        standing = self._get_standing(credit_lines)
        for credit_line in credit_lines:
            origin = credit_line.aftersales_origin_line_id
            if origin:
                if origin in result:
                    quantity = standing[credit_line].quantity
                    self._count_credit(result[origin], credit_line, standing, quantity)
            else:
                self._spread_credit(credit_line, standing, lines_sudo, result)
        return result

    def _search_credit_lines(self, lines):
        return (
            self.env["account.move.line"]
            .sudo()
            .search(
                [
                    ("parent_state", "=", "posted"),
                    ("move_id.move_type", "=", "out_refund"),
                    ("display_type", "=", "product"),
                    "|",
                    ("aftersales_origin_line_id", "in", lines.ids),
                    "&",
                    ("aftersales_origin_line_id", "=", False),
                    ("sale_line_ids", "in", lines.sale_line_ids.ids),
                ],
                order="date, id",
            )
            .filtered(lambda line: line.move_id._is_standing_credit())
        )

    def _spread_credit(self, credit_line, standing, lines, result):
        """Count a hand-made credit line on the invoice lines it can belong to."""
        reversed_entry = credit_line.move_id.reversed_entry_id
        candidates = lines.filtered(
            lambda line: (
                line.sale_line_ids & credit_line.sale_line_ids
                and (not reversed_entry or line.move_id == reversed_entry)
            )
        ).sorted("id")
        rest = standing[credit_line].quantity
        for line in candidates:
            unit, target_unit = credit_line.product_uom_id, line.product_uom_id
            wanted = unit._compute_quantity(rest, target_unit, round=False)
            taken = min(wanted, result[line].creditable_quantity)
            if line == candidates[-1]:
                taken = wanted
            taken_in_credit = target_unit._compute_quantity(taken, unit, round=False)
            self._count_credit(result[line], credit_line, standing, taken, taken_in_credit)
            rest -= taken_in_credit

    def _count_credit(self, invoiced, credit_line, standing, quantity, share_of=None):
        """Add ``quantity`` (in the invoice's unit) and its share of the amounts."""
        share, left = 1.0, standing[credit_line]
        if share_of is not None:
            share = share_of / left.quantity if left.quantity else 1.0
        if not credit_line.aftersales_amount_only:
            invoiced.credited_quantity += quantity
        invoiced.credited_net += left.net * share
        invoiced.credited_gross += left.gross * share

    @api.model
    def _get_line_amounts(self, documents):
        """Return ``{product line: (net, gross)}`` that add up to what the goods cost.

        A discount on the whole order is a line of its own: the goods with the same taxes bear
        it in proportion. Taxes are rounded (and edited) on the document, so its total may differ
        from the sum of its lines by cents: the largest line takes the difference.
        """
        result = {}
        for document in documents:
            lines = document.invoice_line_ids.filtered(lambda ln: ln.display_type == "product")
            amounts = {line: (line.price_subtotal, line.price_total) for line in lines}
            if lines:
                largest = max(lines, key=lambda line: (abs(line.price_total), -line.id))
                difference = document.amount_total - sum(lines.mapped("price_total"))
                net, gross = amounts[largest]
                amounts[largest] = (net, document.currency_id.round(gross + difference))
            self._spread_discounts(lines, amounts, document.currency_id)
            result.update(amounts)
        return result

    def _spread_discounts(self, lines, amounts, currency):
        """Let the goods of a document bear its discount lines, to the cent."""
        goods = lines.filtered(lambda line: line.price_subtotal > 0)
        for discount in lines.filtered(lambda line: line._is_order_discount()):
            bearers = goods.filtered(lambda g, d=discount: g.tax_ids == d.tax_ids) or goods
            weights = bearers.mapped("price_subtotal")
            shares = [
                tools.apportion(amount, weights, currency.rounding) for amount in amounts[discount]
            ]
            for line, net, gross in zip(bearers, *shares, strict=True):
                amounts[line] = (
                    currency.round(amounts[line][0] + net),
                    currency.round(amounts[line][1] + gross),
                )
            if bearers:
                amounts[discount] = (0.0, 0.0)
