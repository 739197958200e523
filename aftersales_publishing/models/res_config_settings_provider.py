from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """The term of payment providers."""

    _inherit = "res.config.settings"

    aftersales_provider_hours = fields.Integer(
        related="company_id.aftersales_provider_hours", readonly=False
    )
