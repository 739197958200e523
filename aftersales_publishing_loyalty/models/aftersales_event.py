from odoo import fields, models


class AftersalesEvent(models.Model):
    _inherit = "aftersales.event"

    code = fields.Selection(
        selection_add=[
            ("store_credit_given", "Store credit given"),
            ("store_credit_withdrawn", "Unused store credit withdrawn"),
            ("coupon_given", "Coupon given"),
            ("coupon_voided", "Unused coupon voided"),
        ],
        ondelete={
            "store_credit_given": "cascade",
            "store_credit_withdrawn": "cascade",
            "coupon_given": "cascade",
            "coupon_voided": "cascade",
        },
    )
