from odoo import api, fields, models
from odoo.exceptions import UserError


class AftersalesDeliveredWizardLine(models.TransientModel):
    """Copies of one print run in one delivery."""

    _name = "aftersales.delivered.wizard.line"
    _description = "Delivered Copies"
    _order = "id"

    wizard_id = fields.Many2one("aftersales.delivered.wizard", required=True, ondelete="cascade")
    move_id = fields.Many2one("stock.move", required=True, ondelete="cascade")
    product_id = fields.Many2one(related="move_id.product_id", string="Title")
    order_id = fields.Many2one(related="move_id.sale_line_id.order_id", string="Order")
    picking_id = fields.Many2one(related="move_id.picking_id", string="Delivery")
    is_delivered = fields.Boolean(compute="_compute_is_delivered")
    delivered_at = fields.Datetime(related="move_id.date", string="Delivered")
    lot_id = fields.Many2one("stock.lot", "Print Run")
    on_hold = fields.Boolean(related="lot_id.on_hold")
    claimable_quantity = fields.Float(
        "Claimable",
        digits="Product Unit",
        help="Copies that neither came back, nor are announced, nor were paid back; of what was "
        "not sent yet, the copies that wait.",
    )
    quantity = fields.Float("Complained Of", digits="Product Unit")

    @api.depends("move_id")
    def _compute_is_delivered(self):
        for line in self:
            line.is_delivered = line.move_id.sudo().state == "done"

    def _check_quantity(self):
        self.ensure_one()
        uom = self.product_id.uom_id
        if (
            uom.compare(self.quantity, 0.0) < 0
            or uom.compare(self.quantity, self.claimable_quantity) > 0
        ):
            raise UserError(
                self.env._(
                    "Case %(case)s: %(claimable)g copies of “%(title)s” (delivery "
                    "%(delivery)s, print run %(lot)s) can still be claimed, %(quantity)g were "
                    "entered. Lower the quantity or pick the right delivery.",
                    case=self.wizard_id.ticket_id.number,
                    claimable=self.claimable_quantity,
                    title=self.product_id.display_name,
                    delivery=self.picking_id.name,
                    lot=self.lot_id.name or "—",
                    quantity=self.quantity,
                )
            )

    def _prepare_case_line_vals(self):
        self.ensure_one()
        return {
            "ticket_id": self.wizard_id.ticket_id.id,
            "product_id": self.product_id.id,
            "delivery_move_id": self.is_delivered and self.move_id.id,
            "sale_line_id": self.move_id.sale_line_id.id,
            "lot_id": self.lot_id.id,
            "quantity": self.quantity,
            "product_uom_id": self.product_id.uom_id.id,
        }
