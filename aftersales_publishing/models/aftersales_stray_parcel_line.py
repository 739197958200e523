from odoo import api, fields, models
from odoo.exceptions import UserError


class AftersalesStrayParcelLine(models.Model):
    """What lies in an ownerless parcel: copies of a title, or something described."""

    _name = "aftersales.stray.parcel.line"
    _description = "Contents of an Ownerless Parcel"
    _order = "parcel_id, id"
    _check_company_auto = True

    parcel_id = fields.Many2one(
        "aftersales.stray.parcel", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="parcel_id.company_id", store=True, precompute=True)
    product_id = fields.Many2one(
        "product.product", "Title", index="btree_not_null", ondelete="restrict", check_company=True
    )
    lot_id = fields.Many2one(
        "stock.lot",
        "Print Run",
        ondelete="restrict",
        domain="[('product_id', '=', product_id)]",
    )
    description = fields.Char(help="For what is not one of our titles.")
    quantity = fields.Float(default=1.0, required=True, digits="Product Unit", help="Copies.")

    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0)", "A parcel holds at least one copy of what is listed."
    )
    _something = models.Constraint(
        "CHECK(product_id IS NOT NULL OR description IS NOT NULL)",
        "Choose a title, or describe what lies in the parcel.",
    )

    @api.depends("quantity", "product_id", "lot_id", "description")
    def _compute_display_name(self):
        for line in self:
            text = line.product_id.name or line.description or ""
            run = f" · {line.lot_id.name}" if line.lot_id else ""
            line.display_name = f"{line.quantity:g} × {text}{run}"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_open()
        return lines

    def write(self, vals):
        self._check_open()
        result = super().write(vals)
        if "parcel_id" in vals:
            self._check_open()  # nor are copies moved into a parcel that is linked or closed
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_while_open(self):
        self._check_open()

    def _check_open(self):
        """Contents are facts once the parcel is linked or closed."""
        if self.env.su:
            return
        if finished := self.parcel_id.filtered(lambda parcel: parcel.state != "open"):
            raise UserError(
                self.env._(
                    "Parcel %s is linked or closed: its contents cannot be changed any more.",
                    ", ".join(finished.mapped("name")),
                )
            )
