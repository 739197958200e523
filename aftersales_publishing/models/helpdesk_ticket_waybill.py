from odoo import fields, models


class HelpdeskTicket(models.Model):
    """How the parcel of a case is found: by waybill, number or reference (R6.5)."""

    _inherit = "helpdesk.ticket"

    waybill_ids = fields.One2many("aftersales.waybill", "ticket_id", "Return Waybills")
    stray_parcel_ids = fields.One2many(
        "aftersales.stray.parcel", "ticket_id", "Ownerless Parcels and Unexpected Copies"
    )

    _number_index = models.Index("(number) WHERE is_aftersales")
    _external_ref_index = models.Index("(external_ref) WHERE external_ref IS NOT NULL")
