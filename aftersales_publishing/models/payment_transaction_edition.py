from odoo import models
from odoo.exceptions import UserError


class PaymentTransaction(models.Model):
    """The price difference of a new edition, paid online (ADR 33)."""

    _inherit = "payment.transaction"

    def _create_payment(self, **extra_create_values):
        """Tell the payment which order's difference it is: it may come to pay the next order."""
        order = self.sale_order_ids
        if len(order) == 1 and order.aftersales_refund_id and self.operation != "refund":
            extra_create_values = {"aftersales_order_id": order.id, **extra_create_values}
        return super()._create_payment(**extra_create_values)

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
