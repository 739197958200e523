from odoo import api, fields, models

from .aftersales_tracking import QUIET

AGAIN = "aftersales_edition_again"


class AftersalesEffect(models.Model):
    """Sell the new edition against the credit for the old copy (补差换新版, R6.1).

    A native order for what is credited: it waits for the difference as Odoo's quotations wait for
    a prepayment, is confirmed by it, delivered and invoiced like any other. Its order lines are the
    facts that the effect follows.
    """

    _inherit = "aftersales.effect"

    kind = fields.Selection(
        selection_add=[("edition", "Sell the new edition")],
        ondelete={"edition": "cascade"},
    )
    edition_line_ids = fields.One2many(
        "sale.order.line", "aftersales_edition_effect_id", "Lines of the New Edition"
    )
    funding_line_ids = fields.One2many(
        "aftersales.refund.line",
        "edition_effect_id",
        "Credits for the New Edition",
        groups="aftersales_publishing.group_agent,aftersales_publishing.group_finance,"
        "aftersales_publishing.group_auditor",
    )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends(
        "funding_line_ids.quantity",
        "funding_line_ids.refund_id.state",
        "funding_line_ids.edition_ended_quantity",
        "funding_line_ids.refund_id.edition_order_ids.state",
    )
    def _compute_quantity_released(self):
        return super()._compute_quantity_released()

    @api.depends(
        "edition_line_ids.product_uom_qty",
        "edition_line_ids.state",
        "edition_line_ids.move_ids.state",
        "edition_line_ids.move_ids.quantity",
    )
    def _compute_progress(self):
        return super()._compute_progress()

    def _get_released_quantity(self):
        """Copies whose credit stands and is open: before that, nothing is sold for it."""
        if self.kind != "edition":
            return super()._get_released_quantity()
        released = sum(self._get_credited_copies().values())
        return min(self.quantity, max(released, self._get_edition_planned()))

    def _get_credited_copies(self):
        """Return ``{refund: copies}`` to sell for credits, without those the agent ended."""
        lines = self._get_credited_lines().grouped("refund_id")
        return {refund: own._get_edition_copies() for refund, own in lines.items()}

    def _get_sold(self, refund):
        """Return the copies that are ordered, or left, for a refund; whatever came back since."""
        lines = self.edition_line_ids.filtered(
            lambda ln: ln.order_id.aftersales_refund_id == refund
        )
        return sum(line._get_edition_planned() for line in lines)

    def _get_credited_lines(self):
        """Return the refund lines whose credit is there for the new edition, or was used for it."""
        return self.funding_line_ids.filtered(lambda line: line.refund_id._funds_edition())

    # ------------------------------------------------------------------
    # The order
    # ------------------------------------------------------------------
    def _post_edition(self):
        """Make the orders: one for each refund and each order that brought the old copies.

        Where nothing is to pay, or the customer buys on account, they are confirmed at once; else
        the reader is written to and the difference awaited.
        """
        wanted = {}
        for effect in self:
            for refund, quantity in effect._get_unsold().items():
                if refund.edition_order_ids and not self.env.context.get(AGAIN):
                    continue  # cancelled or lowered: an agent decides
                key = refund, effect.line_id.sale_line_id.order_id
                wanted.setdefault(key, []).append((effect, quantity))
        orders = (
            self.env["sale.order"]
            .with_context(**QUIET)
            .create(
                [
                    {
                        **items[0][0].resolution_id._prepare_edition_order_vals(order),
                        "aftersales_refund_id": refund.id,
                        "order_line": [
                            fields.Command.create(effect._prepare_edition_line_vals(quantity))
                            for effect, quantity in items
                        ],
                    }
                    for (refund, order), items in wanted.items()
                ]
            )
        )
        orders._start_edition()

    def _get_unsold(self):
        """Return ``{refund: copies}`` that are credited and for which no order lives."""
        self.ensure_one()
        unsold = {
            refund: copies - self._get_sold(refund)
            for refund, copies in self._get_credited_copies().items()
        }
        return {refund: n for refund, n in unsold.items() if self._compare(n, 0.0) > 0}

    def _prepare_edition_line_vals(self, quantity):
        """Values of the order line, at the price that the reader was told."""
        self.ensure_one()
        resolution = self.resolution_id
        return {
            "product_id": resolution.edition_product_id.id,
            "product_uom_qty": quantity,
            "product_uom_id": resolution.edition_product_id.uom_id.id,
            "price_unit": resolution.edition_price,
            "discount": resolution.edition_discount,
            "aftersales_edition_effect_id": self.id,
        }

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------
    def _get_edition_planned(self):
        """What was ordered; what the reader returned later, in a case of its own, still counts."""
        return sum(line._get_edition_planned() for line in self.edition_line_ids)

    def _get_edition_done(self):
        return sum(line._get_edition_sent() for line in self.edition_line_ids)

    # ------------------------------------------------------------------
    # Undo
    # ------------------------------------------------------------------
    def _has_posted_document(self):
        if self.kind == "edition":
            return any(line.state != "cancel" for line in self.edition_line_ids)
        return super()._has_posted_document()

    def _is_postable(self, again=False):
        """After an order was cancelled, an agent decides: offer it again, or pay the credit out."""
        is_postable = super()._is_postable(again)
        if not is_postable or again or self.kind != "edition":
            return is_postable
        return any(not refund.edition_order_ids for refund in self._get_unsold())

    def _post_ready(self, again=False):
        return super(AftersalesEffect, self.with_context(**{AGAIN: again}))._post_ready(again)

    def _was_edition_cancelled(self):
        """Whether copies are credited of which an order was cancelled, or lowered by somebody."""
        return self.kind == "edition" and any(
            refund.edition_order_ids for refund in self._get_unsold()
        )

    def _end_edition(self):
        """Sell no more than what is ordered."""
        for effect in self:
            effect._limit_edition(effect._get_edition_planned())

    def _limit_edition(self, copies):
        """Sell no more than these copies; nothing at all where there are none."""
        self.ensure_one()
        is_kept = self._compare(copies, 0.0) > 0
        self.write({"quantity": copies} if is_kept else {"is_cancelled": True})

    def _end_edition_copies(self, copies=None):
        """Sell no more than what is ordered, and note of which credits the rest is paid out.

        :param copies: ``{(effect, refund): copies}`` that were to come of orders that ended; what
            other orders sell, or will, is still sold
        :return: the refunds of which copies are not sold any more
        """
        ended = self.env["aftersales.refund"]
        for effect in self:
            left = effect.quantity
            for refund, lines in effect.funding_line_ids.grouped("refund_id").items():
                number = lines._get_edition_copies() - effect._get_sold(refund)
                if copies is not None:
                    number = min(number, copies.get((effect, refund), 0.0))
                if effect._compare(number, 0.0) > 0:
                    lines._end_edition_copies(number)
                    left -= number
                    ended |= refund
            planned = effect._get_edition_planned()
            effect._limit_edition(planned if copies is None else max(planned, left))
        return ended

    def _on_changed(self, before):
        result = super()._on_changed(before)
        sent = self.filtered(lambda e: e.kind == "edition" and e.quantity_done > before[e.id])
        self.env["aftersales.event"]._log("edition_shipped", sent)
        return result
