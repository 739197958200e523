from odoo import fields, models


class AftersalesWaybill(models.Model):
    """The number of a return label finds the parcel like any waybill (R6.5)."""

    _inherit = "aftersales.waybill"

    label_picking_id = fields.Many2one(
        "stock.picking",
        "Parcel of the Label",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    def _get_under_way(self):
        """A label was made for the reader: that does not show that the parcel was handed in."""
        return super()._get_under_way().filtered(lambda waybill: not waybill.label_picking_id)

    def _keep_label(self, ticket, number, picking):
        """Let ``ticket`` be found by the number of a label that we pay."""
        number = self._normalize(number)
        known = ticket.waybill_ids.filtered(lambda waybill: waybill.number == number)
        vals = {"label_picking_id": picking.id, "freight_paid_by": "publisher"}
        if known:
            known.write(vals)
        else:
            self.create({"ticket_id": ticket.id, "number": number, **vals})
