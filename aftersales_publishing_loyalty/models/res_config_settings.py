from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    aftersales_credit_program_id = fields.Many2one(
        related="company_id.aftersales_credit_program_id", readonly=False
    )
    aftersales_credit_days = fields.Integer(
        related="company_id.aftersales_credit_days", readonly=False
    )
    aftersales_coupon_days = fields.Integer(
        related="company_id.aftersales_coupon_days", readonly=False
    )
