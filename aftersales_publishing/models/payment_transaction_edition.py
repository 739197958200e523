from odoo import models
from odoo.exceptions import UserError

from .payment_transaction import FAILED


class PaymentTransaction(models.Model):
    """The price difference of a new edition, paid online (ADR 33)."""

    _inherit = "payment.transaction"

    def _create_payment(self, **extra_create_values):
        """Tell the payment which order's difference it is: it may come to pay the next order.

        What the provider refunded of one is matched with it: it pays nothing any more.
        """
        order = self.sale_order_ids
        if len(order) == 1 and order.aftersales_refund_id and self.operation != "refund":
            extra_create_values = {"aftersales_order_id": order.id, **extra_create_values}
        payment = super()._create_payment(**extra_create_values)
        paid_in = self.source_transaction_id.payment_id
        if self.operation == "refund" and paid_in.aftersales_order_id:
            if not self.aftersales_refund_id and paid_in._get_loose_lines():
                (paid_in | payment)._get_loose_lines().reconcile()
        return payment

    def _get_kept_amount(self):
        """Return what of it was not refunded, nor is being refunded, by whomever."""
        self.ensure_one()
        refunds = self.child_transaction_ids.filtered(
            lambda tx: tx.operation == "refund" and tx.state not in FAILED
        )
        return self.amount + sum(refunds.mapped("amount"))

    def _check_amount_and_confirm_order(self):
        """Book what a reader paid also where the order cannot be confirmed, and say so."""
        editions = self.filtered("sale_order_ids.aftersales_refund_id")
        confirmed = super(PaymentTransaction, self - editions)._check_amount_and_confirm_order()
        for transaction in editions:
            try:
                with self.env.cr.savepoint():
                    confirmed |= super(
                        PaymentTransaction, transaction
                    )._check_amount_and_confirm_order()
            except UserError as error:
                transaction.sale_order_ids._tell_not_confirmed(str(error))
        return confirmed
