from odoo import fields, models


class AftersalesReturnWizard(models.TransientModel):
    """Choose who carries the copies back (R6.5)."""

    _inherit = "aftersales.return.wizard"

    company_id = fields.Many2one(related="resolution_ids.company_id")
    return_carrier_id = fields.Many2one(
        "delivery.carrier",
        "Carrier at Our Cost",
        compute="_compute_terms",
        store=True,
        readonly=False,
        domain="[('company_id', 'in', (False, company_id))]",
        help="Makes the return label, or collects the parcel.",
    )
