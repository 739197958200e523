from odoo import api, fields, models

FREIGHT_PAYERS = [
    ("insurance", "Freight insurance"),
    ("reader", "Reader"),
    ("publisher", "Publisher"),
    ("platform", "Platform"),
]


class AftersalesWaybill(models.Model):
    """The waybill under which a reader sends copies back; a case may have several (R6.5).

    Who paid the freight is kept with it, so that it is never reimbursed twice.
    """

    _name = "aftersales.waybill"
    _description = "Return Waybill"
    _order = "ticket_id, id"
    _rec_name = "number"
    _check_company_auto = True

    ticket_id = fields.Many2one(
        "helpdesk.ticket", "Case", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="ticket_id.company_id", store=True, precompute=True)
    number = fields.Char("Waybill", required=True, help="As the scanner reads it on the parcel.")
    carrier_id = fields.Many2one(
        "res.partner", index="btree_not_null", ondelete="restrict", check_company=True
    )
    freight_paid_by = fields.Selection(
        FREIGHT_PAYERS,
        help="Who paid the way back. What insurance or platform paid is not reimbursed again.",
    )

    _number_index = models.Index("(number)")
    _number_once = models.UniqueIndex(
        "(ticket_id, number)", "This waybill is on the case already. Correct the line it has."
    )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._with_plain_number(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._with_plain_number(vals))

    @api.model
    def _with_plain_number(self, vals):
        """Keep the number as :meth:`_normalize` writes it: searches compare it exactly."""
        if not vals.get("number"):
            return vals
        return {**vals, "number": self._normalize(vals["number"])}

    def _get_under_way(self):
        """Return the waybills that show a parcel to be on its way. Hook for glue add-ons."""
        return self

    @api.model
    def _normalize(self, code):
        """Return a scanned or typed code in capitals, without blanks."""
        return "".join((code or "").split()).upper()
