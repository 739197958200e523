from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    aftersales_return_carrier_id = fields.Many2one(
        related="company_id.aftersales_return_carrier_id",
        readonly=False,
        domain="[('company_id', 'in', (False, company_id))]",
    )
    aftersales_shipment_carrier_id = fields.Many2one(
        related="company_id.aftersales_shipment_carrier_id",
        readonly=False,
        domain="[('company_id', 'in', (False, company_id))]",
    )
    aftersales_label_at_once = fields.Boolean(
        related="company_id.aftersales_label_at_once", readonly=False
    )
