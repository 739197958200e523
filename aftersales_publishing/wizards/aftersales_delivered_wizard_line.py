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
    has_volumes = fields.Boolean(compute="_compute_has_volumes")
    volume_ids = fields.Many2many(
        "aftersales.set.volume",
        string="Volumes",
        relation="aftersales_delivered_wizard_volume_rel",
        domain="[('product_tmpl_id.product_variant_ids', 'in', [product_id])]",
        help="The volumes complained of, where the title is a set. Empty: the whole set.",
    )
    claimable_quantity = fields.Float(
        "Claimable",
        digits="Product Unit",
        compute="_compute_claimable_quantity",
        help="Copies that neither came back, nor are announced, nor were paid back; of what was "
        "not sent yet, the copies that wait.",
    )
    quantity = fields.Float("Complained Of", digits="Product Unit")

    @api.depends("move_id")
    def _compute_is_delivered(self):
        for line in self:
            line.is_delivered = line.move_id.sudo().state == "done"

    @api.depends("product_id.aftersales_volume_ids")
    def _compute_has_volumes(self):
        for line in self:
            line.has_volumes = line.is_delivered and bool(line.product_id.aftersales_volume_ids)

    @api.depends("move_id", "lot_id", "volume_ids")
    def _compute_claimable_quantity(self):
        """Of several volumes, what is left of each of them."""
        delivered = self.filtered("is_delivered")
        for line in self - delivered:
            line.claimable_quantity = line.move_id.sudo().product_qty
        claims = {line: line._get_claims() for line in delivered}
        claimable = self.env["aftersales.balance"]._get_claimable(set().union(*claims.values()))
        for line in delivered:
            line.claimable_quantity = min(claimable[claim] for claim in claims[line])

    def _get_claims(self):
        """Return the keys of what is claimed: whole copies, or each of the chosen volumes."""
        self.ensure_one()
        volumes = self.volume_ids._origin or [self.env["aftersales.set.volume"]]
        return [(self.move_id._origin, self.lot_id._origin, volume) for volume in volumes]

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

    def _prepare_case_lines(self):
        """Return the values of one case line, or of one per volume complained of."""
        self.ensure_one()
        volume_ids = self.volume_ids.ids or [False]
        return [{**self._prepare_case_line_vals(), "volume_id": i} for i in volume_ids]

    def _prepare_case_line_vals(self):
        return {
            "ticket_id": self.wizard_id.ticket_id.id,
            "product_id": self.product_id.id,
            "delivery_move_id": self.is_delivered and self.move_id.id,
            "sale_line_id": self.move_id.sale_line_id.id,
            "lot_id": self.lot_id.id,
            "quantity": self.quantity,
            "product_uom_id": self.product_id.uom_id.id,
        }
