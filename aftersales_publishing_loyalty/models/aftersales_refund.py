from odoo import api, models
from odoo.tools import format_amount

from odoo.addons.aftersales_publishing.locking import touch


class AftersalesRefund(models.Model):
    """Store credit and coupons of an amount leave less to refund without finance (R6.8)."""

    _inherit = "aftersales.refund"

    @api.model
    def _request(self, shares_by_effect):
        """Serialize with store credit and coupons of the case, which hold its row too."""
        touch(self.env["helpdesk.ticket"].union(*(e.ticket_id for e in shares_by_effect)))
        return super()._request(shares_by_effect)

    def _get_granted_total(self):
        return super()._get_granted_total() + self._get_credits_given()

    def _get_credits_given(self):
        """Return the live store credit and coupons of the case, in the company's currency."""
        self.ensure_one()
        live = self.sudo().ticket_id.resolution_ids.filtered(
            lambda r: r.state in ("proposed", "agreed")
        )
        return live._get_credit_total(self.company_id)

    def _compute_limit_reason(self):
        result = super()._compute_limit_reason()
        for refund in self:
            if given := refund._get_credits_given():
                refund.limit_reason = self.env._(
                    "%(reason)s, with %(given)s of store credit and coupons",
                    reason=refund.limit_reason,
                    given=format_amount(self.env, given, refund.company_id.currency_id),
                )
        return result
