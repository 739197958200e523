from odoo import api, models


class AftersalesEffect(models.Model):
    """What changes where a sales platform paid: credited at once, the copy comes back later or
    never (R6.9)."""

    _inherit = "aftersales.effect"

    @api.depends("resolution_id.platform_refund_id")
    def _compute_quantity_released(self):
        return super()._compute_quantity_released()

    def _get_released_quantity(self):
        """What the platform paid waits for no inspection."""
        if self.kind == "credit" and self.resolution_id.platform_refund_id:
            return self.quantity
        return super()._get_released_quantity()

    def _prepare_return_move_vals(self, picking):
        """A copy that was credited before it came leaves the order as it is (ADR 26)."""
        vals = super()._prepare_return_move_vals(picking)
        return self._keep_order(vals)

    def _prepare_booking_back_vals(self, quantity):
        return self._keep_order(super()._prepare_booking_back_vals(quantity))

    def _keep_order(self, vals):
        return {**vals, "to_refund": False} if self.resolution_id.paid_ahead else vals

    def _keep_claimable(self):
        """The reader got less than the price and keeps the copy: only the amount is credited."""
        kept = self.filtered(
            lambda e: e.compensates_in_full and not e.resolution_id.remedy_id.takes_back
        )
        kept.compensates_in_full = False
