from odoo import models


class SaleOrder(models.Model):
    """Orders open for desks that look them up but may not read gift cards and their codes."""

    _inherit = "sale.order"

    def _compute_gift_card_count(self):
        if self.env["loyalty.card"].has_access("read"):
            return super()._compute_gift_card_count()
        self.gift_card_count = 0  # no button to what they cannot open
        return None

    def _compute_loyalty_data(self):
        if self.env["loyalty.card"].has_access("read"):
            return super()._compute_loyalty_data()
        self.loyalty_data = {}
        return None
