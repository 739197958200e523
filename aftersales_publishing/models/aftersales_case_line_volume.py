from odoo import api, fields, models
from odoo.exceptions import ValidationError


class AftersalesCaseLine(models.Model):
    """A complaint about single volumes of a set under one ISBN (R6.3)."""

    _inherit = "aftersales.case.line"

    volume_id = fields.Many2one(
        "aftersales.set.volume",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('product_tmpl_id.product_variant_ids', 'in', [product_id])]",
        help="The volume complained of, where the title is a set. Empty: the whole set.",
    )
    has_volumes = fields.Boolean(compute="_compute_has_volumes")

    @api.depends("product_id.aftersales_volume_ids")
    def _compute_has_volumes(self):
        for line in self:
            line.has_volumes = bool(line.product_id.aftersales_volume_ids)

    @api.onchange("product_id")
    def _onchange_product_id(self):
        if self.volume_id.product_tmpl_id != self.product_id.product_tmpl_id:
            self.volume_id = False

    @api.constrains("volume_id", "product_id", "sent_product_id")
    def _check_volume(self):
        for line in self.filtered("volume_id"):
            if line.volume_id.product_tmpl_id != line.product_id.product_tmpl_id:
                raise ValidationError(
                    self.env._(
                        "Case %(case)s: “%(volume)s” is no volume of “%(title)s”. Pick a volume of "
                        "this set, or none for the whole set.",
                        case=line.ticket_id.number,
                        volume=line.volume_id.name,
                        title=line.product_id.display_name,
                    )
                )
            if line.sent_product_id:
                raise ValidationError(
                    self.env._(
                        "Case %(case)s: “%(sent)s” came instead of the whole set “%(title)s”. "
                        "Leave the volume empty, or remove the title sent by mistake.",
                        case=line.ticket_id.number,
                        sent=line.sent_product_id.display_name,
                        title=line.product_id.display_name,
                    )
                )

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    def _get_title(self):
        """Name what is complained of: the title, and the volume of a set."""
        self.ensure_one()
        return self.volume_id._get_title() if self.volume_id else self.product_id.display_name

    def _get_replacement(self):
        """Return the product that replaces a faulty copy; empty where nothing can."""
        self.ensure_one()
        return self.volume_id.part_product_id if self.volume_id else self.product_id

    def _get_claim(self):
        """Return the key of what the line claims: see ``aftersales.balance._get_claimable``."""
        self.ensure_one()
        return self.delivery_move_id._origin, self.lot_id._origin, self.volume_id._origin

    def _get_excluded_lot(self):
        """Of a single volume, the print run as which it came back; that of the set is another."""
        if not self.volume_id:
            return super()._get_excluded_lot()
        received = self.resolution_ids.inspection_ids.lot_id[:1]
        return received if self._is_run_suspect() else received[:0]
