from odoo import api, models

from .aftersales_refund import VALID_PAYMENT_STATES


class SaleOrder(models.Model):
    """What the reader owes for a new edition, and how much of the credit is held for it (ADR 33)."""

    _inherit = "sale.order"

    @api.depends(
        "amount_total",
        "aftersales_credit",
        "aftersales_payment_ids.state",
        "aftersales_payment_ids.amount",
    )
    def _compute_aftersales_due(self):
        for order in self:
            due = order._get_amount_beside_credit() - order._get_paid_online()
            order.aftersales_due = max(0.0, order.currency_id.round(due))

    def _get_amount_beside_credit(self):
        """Return the total less the credit and what was paid of it by bank, in cash or for another
        order."""
        self.ensure_one()
        online = self.transaction_ids.payment_id
        paid = sum(p._get_kept_amount() for p in self._get_difference_payments() - online)
        return max(0.0, self.currency_id.round(self.amount_total - self.aftersales_credit - paid))

    def _get_paid_online(self):
        """Return what the portal or a payment link brought, unless another order took it over, or
        the provider refunded it."""
        self.ensure_one()
        valid = self._get_difference_payments()
        return sum(
            transaction._get_kept_amount()
            for transaction in self.transaction_ids
            if transaction.state in ("authorized", "done")
            and (not transaction.payment_id or transaction.payment_id in valid)
        )

    def _get_difference_payments(self):
        return self.aftersales_payment_ids.filtered(lambda p: p.state in VALID_PAYMENT_STATES)

    def _get_prepayment_required_amount(self):
        """Ask for the difference as it is now, whatever became of the total since it was quoted."""
        if not self.aftersales_refund_id or not self.require_payment:
            return super()._get_prepayment_required_amount()
        return self.sudo()._get_amount_beside_credit()

    def _get_default_payment_link_values(self):
        """A payment link never asks for what the credit pays."""
        values = super()._get_default_payment_link_values()
        if self.aftersales_refund_id:
            due = self.sudo().aftersales_due
            values.update({"amount": due, "amount_max": due})
        return values

    # ------------------------------------------------------------------
    # What of the credit the order takes
    # ------------------------------------------------------------------
    def _get_credit_to_set_off(self):
        """Return what of the credit is *held* for the order: never more than it still needs.

        An order that was paid otherwise, or of which less was delivered, lets the rest go.
        """
        self.ensure_one()
        held = min(self._get_credit_not_taken(), self._get_amount_to_settle())
        return max(0.0, self.currency_id.round(held))

    def _get_credit_not_taken(self):
        """Return the order's credit less what its invoices took of the credit note."""
        self.ensure_one()
        note = self.aftersales_refund_id.credit_note_id
        partials = note.line_ids.matched_debit_ids.filtered(
            lambda partial: self in partial.debit_move_id.move_id.line_ids.sale_line_ids.order_id
        )
        return self.aftersales_credit - sum(partials.mapped("credit_amount_currency"))

    def _get_amount_to_settle(self):
        """Return what is still to pay of the order, with tax: what is not invoiced and what is
        open on its invoices, less what the reader paid in advance."""
        self.ensure_one()
        lines = self.order_line.filtered(lambda line: not line.display_type)
        amount = sum(line._get_edition_amount_to_invoice() for line in lines)
        invoices = lines.invoice_lines.move_id.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_invoice"
        )
        for invoice in invoices:
            own = invoice.invoice_line_ids.filtered(lambda ln: ln.sale_line_ids & lines)
            amount += min(invoice.amount_residual, sum(own.mapped("price_total")))
        return amount - sum(map(self._get_open_amount, self._get_open_differences()))

    def _get_open_amount(self, payment):
        """Return what of a payment pays nothing yet, in the order's currency."""
        open_lines = payment.move_id._get_open_receivable_lines()
        amount = -sum(open_lines.mapped("amount_residual_currency"))
        if not payment.move_id:
            amount = payment.amount
        amount = min(amount, payment._get_kept_amount())
        return payment.currency_id._convert(
            amount, self.currency_id, payment.company_id, payment.date
        )
