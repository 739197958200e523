from odoo import fields, models


class AftersalesEvent(models.Model):
    _inherit = "aftersales.event"

    code = fields.Selection(
        selection_add=[
            ("label_made", "Return label made"),
            ("label_voided", "Label void"),
            ("tracking_told", "Tracking number mailed to the reader"),
            ("freight_corrected", "Freight corrected"),
        ],
        ondelete={
            "label_made": "cascade",
            "label_voided": "cascade",
            "tracking_told": "cascade",
            "freight_corrected": "cascade",
        },
    )
