from contextlib import contextmanager

from odoo import models
from odoo.exceptions import UserError


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # Single copies of a dozen: Odoo rounds each document's quantity to the order's unit, so that
    # twelve returns of a copy leave 0.04 dozen. Copies are summed first and rounded once.

    def _prepare_qty_delivered(self):
        delivered = super()._prepare_qty_delivered()
        for line in self._get_lines_in_other_units():
            outgoing, incoming = line._get_outgoing_incoming_moves()
            if incoming:
                copies = outgoing._get_done_copies() - incoming._get_done_copies()
                delivered[line] = line.product_id.uom_id._compute_quantity(
                    copies, line.product_uom_id, rounding_method="HALF-UP"
                )
        return delivered

    def _prepare_qty_invoiced(self):
        invoiced = super()._prepare_qty_invoiced()
        for line in self._get_lines_in_other_units():
            credits = line._get_invoice_lines().filtered(
                lambda credit: credit.aftersales_effect_id and credit.parent_state != "cancel"
            )
            unrounded = sum(
                credit.product_uom_id._compute_quantity(
                    credit._get_unrounded_quantity() - credit.quantity,
                    line.product_uom_id,
                    round=False,
                )
                for credit in credits
            )
            if credits:
                invoiced[line] = line.product_uom_id.round(invoiced[line] - unrounded)
        return invoiced

    def _get_lines_in_other_units(self):
        """Return the lines whose unit is not the one that stock counts in."""
        return self.filtered(
            lambda line: (
                line.qty_delivered_method == "stock_move"
                and line.product_uom_id != line.product_id.uom_id
            )
        )

    def _get_lowered_quantities(self, copies):
        """Return ``{line: ordered quantity}`` once more copies are credited.

        What all our refunds lowered is summed in copies and rounded to the order's unit once.

        :param copies: ``{line: copies}`` in the product's unit; negative to raise again
        """
        refund_lines = (
            self.env["aftersales.refund.line"]
            .search(
                [
                    ("effect_id.line_id.sale_line_id", "in", self.ids),
                    ("refund_id.order_lowered", "=", True),
                ]
            )
            .filtered(lambda line: line._gives_goods_back())
        )
        lowered_by = refund_lines.grouped(lambda line: line.effect_id.line_id.sale_line_id)
        quantities = {}
        for line in self:
            unit, order_unit = line.product_id.uom_id, line.product_uom_id
            before = sum(lowered_by.get(line, refund_lines[:0]).mapped("quantity"))

            def convert(quantity, unit=unit, order_unit=order_unit):
                return unit._compute_quantity(quantity, order_unit, round=False)

            ordered = order_unit.round(line.product_uom_qty + convert(before))
            quantities[line] = order_unit.round(ordered - convert(before + copies[line]))
        return quantities

    # ------------------------------------------------------------------
    # What never arrived (R6.10)
    # ------------------------------------------------------------------
    def _get_undelivered_moves(self):
        """Return the moves that wait to bring copies to the customer, the last of each chain.

        Replacements of cases don't count: they are not what was ordered.
        """
        moves = self.move_ids.filtered(
            lambda move: (
                move.state not in ("done", "cancel")
                and not move.aftersales_effect_id
                and move._aftersales_leaves_house()
            )
        )
        return moves.filtered(lambda move: not move.move_dest_ids & moves)

    def _get_undelivered_copies(self):
        """Return the copies that wait to be sent, in the product's unit."""
        return sum(self._get_undelivered_moves().mapped("product_qty"))

    def _aftersales_cancel_rest(self, copies, ticket):
        """Lower the ordered quantity and with it the open deliveries, as Odoo does it.

        :param copies: in the product's unit
        :raises UserError: when fewer copies wait, or Odoo could not lower the deliveries
        """
        self.ensure_one()
        unit = self.product_id.uom_id
        before = self._get_undelivered_copies()
        moves, order = self.move_ids, self.order_id
        self._aftersales_change_ordered(-copies)
        added = (self.move_ids - moves).filtered(lambda move: move.state != "cancel")
        if added or unit.compare(self._get_undelivered_copies(), before - copies):
            raise UserError(
                self.env._(
                    "Case %(case)s: the delivery of “%(title)s” of order %(order)s is on its way "
                    "through the house. Ask the warehouse to put the copies back, or wait for the "
                    "delivery and take it back.",
                    case=ticket.number,
                    title=self.product_id.display_name,
                    order=order.name,
                )
            )

    def _aftersales_change_ordered(self, copies):
        """Change the ordered quantity by copies, also of a locked order; deliveries follow."""
        self.ensure_one()
        unit, order_unit = self.product_id.uom_id, self.product_uom_id
        with self.order_id._unlocked(), self._keeping_price():
            self.product_uom_qty = order_unit.round(
                self.product_uom_qty + unit._compute_quantity(copies, order_unit, round=False)
            )

    @contextmanager
    def _keeping_price(self):
        """Let quantities change at the price and discount that were agreed.

        For what is not invoiced Odoo would look up what the title costs today.
        """
        agreed = [self._fields["price_unit"], self._fields["discount"]]
        with self.env.protecting(agreed, self):
            yield

    # ------------------------------------------------------------------
    # Exchanges leave the order as it was (I4)
    # ------------------------------------------------------------------
    def _compute_invoice_status(self):
        """A return or a replacement under way leaves the status as it was (I4).

        Odoo takes a line for invoiced, though less was delivered than ordered, once all its
        transfers are over: those of a case say nothing about that.
        """
        result = super()._compute_invoice_status()
        for line in self:
            if line.state == "sale" and line.invoice_status == "no" and line._is_delivery_over():
                line.invoice_status = "invoiced"
        return result

    def _is_delivery_over(self):
        """Tell whether what is billed as delivered was delivered, as far as it will be.

        Only asked of lines with a transfer of a case: the others are Odoo's own affair.
        """
        self.ensure_one()
        moves = self.move_ids.sudo()
        of_cases = moves.filtered("aftersales_effect_id")
        sales = (moves - of_cases).filtered(lambda move: move.state != "cancel")
        return (
            self.product_id.invoice_policy == "delivery"
            and bool(sales and of_cases)
            and all(move.state == "done" for move in sales)
        )

    # ------------------------------------------------------------------
    # Invoices
    # ------------------------------------------------------------------
    def _get_posted_invoice_lines(self):
        """Return the lines of posted customer invoices that charged something, oldest first."""
        return self.invoice_lines.filtered(
            lambda line: (
                line.parent_state == "posted"
                and line.move_id.move_type == "out_invoice"
                and not line.move_id.reversed_entry_id  # undoes a credit note, charges nothing
                and line.quantity > 0
            )
        ).sorted("id")

    def _is_freight(self):
        """Whether the line charges the postage: a delivery method's, or the after-sales product."""
        self.ensure_one()
        product = self.company_id.aftersales_freight_product_id
        return bool(self.product_id and self.product_id == product) or (
            "is_delivery" in self._fields and self.is_delivery
        )
