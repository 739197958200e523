from odoo import fields, models


class ResCompany(models.Model):
    """The carriers of after-sales parcels (R6.5)."""

    _inherit = "res.company"

    aftersales_return_carrier_id = fields.Many2one(
        "delivery.carrier",
        "Carrier of Returns",
        check_company=True,
        ondelete="restrict",
        help="Makes the return labels and collects parcels. Empty: whoever delivered the copies.",
    )
    aftersales_shipment_carrier_id = fields.Many2one(
        "delivery.carrier",
        "Carrier of Replacements",
        check_company=True,
        ondelete="restrict",
        help="Brings replacements and parts where it is not known who delivered the copies.",
    )
    aftersales_label_at_once = fields.Boolean(
        "Return Labels at Once",
        help="The return slip is mailed with the carrier's label; else an agent asks for the label.",
    )
