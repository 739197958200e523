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

    handed_in_on = fields.Date(
        "Handed In",
        help="When the reader handed in the parcel. A label of ours counts as under way from then "
        "on: nobody is reminded, and the label is not cancelled with an expired return.",
    )

    def _get_under_way(self):
        """A label made for the reader is no parcel yet: it is one when he says he handed it in."""
        waybills = super()._get_under_way()
        return waybills.filtered(lambda w: not w.freight_id or w.handed_in_on)

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
