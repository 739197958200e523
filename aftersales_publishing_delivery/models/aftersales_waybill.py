from odoo import fields, models


class AftersalesWaybill(models.Model):
    """The number of a return label finds the parcel like any waybill (R6.5)."""

    _inherit = "aftersales.waybill"

    freight_id = fields.Many2one(
        "aftersales.freight",
        "Label",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_system",
        help="The return label that has this number.",
    )

    def _get_under_way(self):
        """A label was made for the reader: that does not show that the parcel was handed in."""
        return super()._get_under_way().filtered(lambda waybill: not waybill.freight_id)

    def _keep_label(self, freight, number):
        """Let the case be found by the number of a label."""
        number, ticket = self._normalize(number), freight.ticket_id
        known = ticket.waybill_ids.filtered(lambda waybill: waybill.number == number)
        if not known:
            known = self.create({"ticket_id": ticket.id, "number": number})
        known.freight_id = freight
        known._follow_label()

    def _follow_label(self):
        """Say who pays: nobody, once the label is void."""
        for waybill in self:
            freight = waybill.freight_id
            waybill.freight_paid_by = not freight.is_void and freight.paid_by
