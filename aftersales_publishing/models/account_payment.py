from odoo import fields, models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    aftersales_refund_ids = fields.Many2many("aftersales.refund", string="After-sales Refunds")
