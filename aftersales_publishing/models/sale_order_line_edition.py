from odoo import api, fields, models
from odoo.exceptions import AccessError

from .aftersales_decision import without_defaults


class SaleOrderLine(models.Model):
    """The line that sells a new edition for a case (R6.1)."""

    _inherit = "sale.order.line"

    aftersales_edition_effect_id = fields.Many2one(
        "aftersales.effect",
        "After-sales Effect",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    @api.model_create_multi
    def create(self, vals_list):
        lines = without_defaults(self, {"aftersales_edition_effect_id"})
        for vals in vals_list:
            self._check_edition_vals(vals)
        return super(SaleOrderLine, lines).create(vals_list)

    def write(self, vals):
        self._check_edition_vals(vals)
        return super().write(vals)

    @api.model
    def _check_edition_vals(self, vals):
        if "aftersales_edition_effect_id" in vals and not self.env.su:
            raise AccessError(
                self.env._("Lines that sell a new edition for a case are made on the case.")
            )

    def _get_edition_amount_to_invoice(self):
        """Return what of the line no posted invoice has, with tax; a down payment lowers it."""
        self.ensure_one()
        if self.is_downpayment:
            posted = self.invoice_lines.filtered(lambda ln: ln.parent_state == "posted")
            return sum(ln.price_total * ln.move_id.direction_sign for ln in posted)
        if not self.product_uom_qty:
            return 0.0
        left = 1 - self.qty_invoiced_posted / self.product_uom_qty
        return self.price_total * max(0.0, left)

    def _get_edition_out(self):
        """Return the copies that are with the reader: those that came back are not."""
        self.ensure_one()
        done = self.move_ids.filtered(lambda move: move.state == "done")
        out = done.filtered(lambda move: move.location_dest_id.usage == "customer")
        back = (done - out).filtered(lambda move: move.location_id.usage == "customer")
        return sum(out.mapped("quantity")) - sum(back.mapped("quantity"))

    def _get_edition_planned(self):
        """Return the copies that are ordered or left: of a cancelled order, only what left."""
        self.ensure_one()
        ordered = self.product_uom_qty if self.state != "cancel" else 0.0
        return max(ordered, self._get_edition_sent())

    def _get_edition_sent(self):
        """Return the copies that left for the reader, also those that came back since."""
        self.ensure_one()
        sent = self.move_ids.filtered(
            lambda move: (
                move.state == "done"
                and move.location_dest_id.usage == "customer"
                and not move.origin_returned_move_id
            )
        )
        return sum(sent.mapped("quantity"))
