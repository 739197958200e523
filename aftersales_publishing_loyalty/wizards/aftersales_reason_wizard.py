from odoo import api, models

VERBS = {
    ("aftersales.resolution", "action_withdraw_credit"),
    ("aftersales.resolution", "action_void_coupon"),
}


class AftersalesReasonWizard(models.TransientModel):
    """Ask why store credit is withdrawn or a coupon voided."""

    _inherit = "aftersales.reason.wizard"

    @api.model
    def _get_verbs(self):
        return super()._get_verbs() | VERBS
