from odoo.addons.sale.controllers.portal import CustomerPortal


class OrderPortal(CustomerPortal):
    """The reader pays the difference to a new edition, never its full price (ADR 33)."""

    def _determine_is_down_payment(self, order_sudo, amount_selection, payment_amount):
        if order_sudo.aftersales_refund_id and order_sudo._has_to_be_paid():
            return True
        return super()._determine_is_down_payment(order_sudo, amount_selection, payment_amount)
