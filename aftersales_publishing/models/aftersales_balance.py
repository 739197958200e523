from collections import defaultdict
from dataclasses import dataclass, field

from odoo import api, models

from ..tools import money as tools


@dataclass
class Delivered:
    """Copies of one lot in one delivery, in the product's unit (R6.4)."""

    delivered: float = 0.0
    returned: float = 0.0
    announced: float = 0.0  # open returns
    compensated: float = 0.0  # paid back in full, copy kept by the reader
    volumes: dict = field(default_factory=dict)  # of sets: copies claimed of each volume

    def get_claimable(self, volume=None):
        """Copies left to claim: of a volume, else whole ones, of which no volume was claimed."""
        left = self.delivered - self.returned - self.announced - self.compensated
        if volume:
            return left - self.volumes.get(volume, 0.0)
        return left - max(self.volumes.values(), default=0.0)

    def claim(self, volume, quantity):
        """Count ``quantity`` as claimed, whole ones where ``volume`` is empty."""
        if volume:
            self.volumes[volume] = self.volumes.get(volume, 0.0) + quantity
        else:
            self.compensated += quantity


@dataclass
class VolumeCredit:
    """What was credited for one volume of the sets of an invoice line."""

    quantity: float = 0.0  # sets of which nothing of the volume is left to credit
    part_net: float = 0.0  # a part of the share, of sets of which the rest may still be credited
    part_gross: float = 0.0


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
    # Of this, for single volumes of sets
    volumes: dict = field(default_factory=dict)  # {volume: VolumeCredit}
    volume_net: float = 0.0
    volume_gross: float = 0.0

    @property
    def creditable_quantity(self):
        return self.quantity - self.credited_quantity

    @property
    def creditable_gross(self):
        return self.gross - self.credited_gross

    def get_creditable_quantity(self, volume=None):
        """Quantity left to credit: of a volume, else whole sets, of which no volume was."""
        if volume:
            return self.creditable_quantity - self.get_volume(volume).quantity
        taken = max((credit.quantity for credit in self.volumes.values()), default=0.0)
        return self.creditable_quantity - taken

    def get_volume(self, volume):
        return self.volumes.setdefault(volume, VolumeCredit())

    def count(self, quantity, net, gross, volume=None):
        """Count a credit of ``quantity`` (0 where only a part of the price is credited)."""
        self.credited_net += net
        self.credited_gross += gross
        if not volume:
            self.credited_quantity += quantity
            return
        self.volume_net += net
        self.volume_gross += gross
        credit = self.get_volume(volume)
        credit.quantity += quantity
        if not quantity:
            credit.part_net += net
            credit.part_gross += gross


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
        """Return ``{delivery move: {lot: Delivered}}`` in nine queries, of a first claim in five.

        The lot is empty for products without lots. Open returns of which the lot
        is not known yet stand under the empty lot too: see :meth:`_get_claimable`.
        """
        result = {move: defaultdict(Delivered) for move in moves}
        moves_sudo = moves.sudo()
        self._add_delivered(moves_sudo, result)
        self._add_returned(moves_sudo, result)
        self._add_announced(moves_sudo, result)
        self._add_paid_by_platform(moves_sudo, result)
        if self._has_effects(moves_sudo):
            self._add_announced_wrong_titles(moves_sudo, result)
            self._add_compensated(moves_sudo, result)
            self._add_returned_volumes(moves_sudo, result)
        return result

    def _has_effects(self, moves):
        """Tell whether a remedy was ever carried out for copies of these deliveries."""
        effects = self.env["aftersales.effect"].sudo()
        return bool(effects.search([("delivery_move_id", "in", moves.ids)], limit=1))

    def _add_paid_by_platform(self, moves, result):
        """Copies that the reader got back the price of from somebody else."""

    @api.model
    def _get_claimable(self, claims):
        """Return ``{claim: quantity}`` in the product's unit, each as if it were the only one.

        :param claims: tuples ``(delivery move, lot, volume)``; volume empty for whole copies
        """
        return self._get_claimable_beside(dict.fromkeys(claims, 0.0))

    @api.model
    def _get_claimable_beside(self, wanted):
        """Return ``{claim: quantity}`` in the product's unit, of each beside the others.

        A lot can be claimed as far as neither the lot nor the whole delivery is
        exhausted: an announced return without a lot may turn out to be any lot. Whole sets
        and single volumes are claimed of the same copies (R6.3).

        :param wanted: ``{(delivery move, lot, volume): quantity}``
        """
        delivered = self._get_delivered(self.env["stock.move"].union(*(key[0] for key in wanted)))
        for (move, lot, volume), quantity in wanted.items():
            delivered[move][lot].claim(volume, quantity)
        result = {}
        for (move, lot, volume), quantity in wanted.items():
            by_lot = delivered[move]
            by_lot[lot].claim(volume, -quantity)
            total = sum(d.get_claimable(volume) for d in by_lot.values())
            own = total
            if lot or move.product_id.tracking != "none":
                own = by_lot[lot].get_claimable(volume)
            result[move, lot, volume] = max(0.0, min(own, total))
            by_lot[lot].claim(volume, quantity)
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
        returned = False
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
            returned = True
            result[origin][lot].returned += quantity
        if returned:
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
                    ("state", "=", "done"),
                    "|",
                    ("move_id.aftersales_effect_id", "=", False),
                    ("move_id.aftersales_effect_id.kind", "=", "giveback"),
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
        for move, lot, volume, quantity in (
            self.env["aftersales.effect"]
            .sudo()
            ._read_group(
                [
                    ("delivery_move_id", "in", moves.ids),
                    ("compensates_in_full", "=", True),
                    ("is_cancelled", "=", False),
                ],
                ["delivery_move_id", "lot_id", "line_id.volume_id"],
                ["quantity:sum"],
            )
        ):
            result[move][lot].claim(volume, quantity)

    def _add_returned_volumes(self, moves, result):
        """Single volumes of sets that came back or are announced; no delivery of their own (R6.3)."""
        for move in (
            self.env["stock.move"]
            .sudo()
            .search(
                [
                    ("aftersales_effect_id.delivery_move_id", "in", moves.ids),
                    ("aftersales_effect_id.line_id.volume_id", "!=", False),
                    ("location_id.usage", "=", "customer"),
                    ("state", "!=", "cancel"),
                ]
            )
        ):
            effect = move.aftersales_effect_id
            quantity = move.quantity if move.state == "done" else move.product_qty
            sent_back = move.returned_move_ids._get_lines_to_reader().filtered(
                lambda line: line.state == "done"
            )
            quantity -= sum(sent_back.mapped("quantity_product_uom"))
            result[effect.delivery_move_id][effect.lot_id].claim(effect.line_id.volume_id, quantity)

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
        effect = credit_line.aftersales_effect_id
        volume = effect.line_id.volume_id
        settles = effect._settles_copies() if volume else not credit_line.aftersales_amount_only
        net, gross = left.net * share, left.gross * share
        invoiced.count(quantity if settles else 0.0, net, gross, volume)

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
