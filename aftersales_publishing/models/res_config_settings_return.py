from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """The terms of returns."""

    _inherit = "res.config.settings"

    aftersales_return_days = fields.Integer(
        related="company_id.aftersales_return_days", readonly=False
    )
    aftersales_remind_before = fields.Integer(
        related="company_id.aftersales_remind_before", readonly=False
    )
    aftersales_remind_after = fields.Integer(
        related="company_id.aftersales_remind_after", readonly=False
    )
    aftersales_expire_after = fields.Integer(
        related="company_id.aftersales_expire_after", readonly=False
    )
