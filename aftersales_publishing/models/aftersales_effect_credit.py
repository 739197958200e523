from odoo import models
from odoo.exceptions import UserError

from ..locking import lock_and_touch


class AftersalesEffect(models.Model):
    """Credit: lines of a refund, which finance approves, posts and pays (R6.8)."""

    _inherit = "aftersales.effect"

    def _post_credit(self):
        """Request refunds: one per case and invoice, not yet posted.

        The order lines are touched: refunds of other deliveries compete for their invoices.

        :raises UserError: when less is creditable than the effect asks for
        """
        Refund = self.env["aftersales.refund"]
        lock_and_touch(self.line_id.sale_line_id)
        allocations = Refund._allocate([effect._get_credit_request() for effect in self])
        for effect, (shares, missing) in zip(self, allocations, strict=True):
            if missing:
                raise UserError(effect.resolution_id._get_credit_message(shares))
        Refund._request(
            {e: shares for e, (shares, _missing) in zip(self, allocations, strict=True)}
        )

    def _get_credit_request(self):
        """Return what is open of the credit, as a request to allocate it."""
        self.ensure_one()
        requested = sum(self._get_live_refund_lines().mapped("amount"))
        return self.resolution_id._get_credit_request(self._get_open_quantity(), requested)

    def _get_live_refund_lines(self):
        return self.refund_line_ids.filtered(
            lambda line: line.refund_id.state not in ("refused", "cancelled")
        )

    def _settles_copies(self):
        """Whether nothing is left to credit for the copies: they came back, were never sent, or
        the whole price was paid back."""
        self.ensure_one()
        remedy = self.resolution_id.remedy_id
        return remedy.takes_back or remedy.concerns_undelivered or self.compensates_in_full

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------
    def _get_credit_planned(self):
        return sum(self._get_live_refund_lines().mapped("quantity"))

    def _get_credit_done(self):
        done = self.refund_line_ids.filtered(
            lambda line: line.refund_id.state in ("settled", "paid")
        )
        return sum(done.mapped("quantity"))
