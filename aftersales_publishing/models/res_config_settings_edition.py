from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """The term of price differences."""

    _inherit = "res.config.settings"

    aftersales_difference_days = fields.Integer(
        related="company_id.aftersales_difference_days", readonly=False
    )
