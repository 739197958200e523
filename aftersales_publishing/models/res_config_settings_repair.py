from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """The terms of repairs."""

    _inherit = "res.config.settings"

    aftersales_repair_days = fields.Integer(
        related="company_id.aftersales_repair_days", readonly=False
    )
    aftersales_binder_days = fields.Integer(
        related="company_id.aftersales_binder_days", readonly=False
    )
