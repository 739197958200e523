from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """When a print run is alarming."""

    _inherit = "res.config.settings"

    aftersales_alarm_base = fields.Float(related="company_id.aftersales_alarm_base", readonly=False)
    aftersales_alarm_ratio = fields.Float(
        related="company_id.aftersales_alarm_ratio", readonly=False
    )
    aftersales_alarm_limit = fields.Float(
        related="company_id.aftersales_alarm_limit", readonly=False
    )
