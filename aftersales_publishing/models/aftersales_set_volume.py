from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.money import apportion


class AftersalesSetVolume(models.Model):
    """One volume of a set that is sold under one ISBN (R6.3).

    A volume is claimed by itself: exchanged for the single volume that is kept in stock, or its
    share of the set's price is paid back.
    """

    _name = "aftersales.set.volume"
    _description = "Volume of a Set"
    _order = "product_tmpl_id, sequence, id"
    _check_company_auto = True

    product_tmpl_id = fields.Many2one(
        "product.template", "Set", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="product_tmpl_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char("Volume", required=True)
    share = fields.Float(
        "Share (%)",
        required=True,
        digits=(5, 2),
        help="Of the price of the set, in percent: what is paid back for the volume alone. The "
        "shares of a set add up to 100.",
    )
    part_product_id = fields.Many2one(
        "product.product",
        "Kept in Stock As",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('is_storable', '=', True), ('product_tmpl_id', '!=', product_tmpl_id)]",
        help="The single volume with which a faulty one is replaced, and as which that one comes "
        "back. Empty: only its share of the price can be paid back.",
    )

    _share_percent = models.Constraint(
        "CHECK(share >= 0 AND share <= 100)",
        "The share of a volume is a percentage: enter a value from 0 to 100.",
    )
    _name_once = models.UniqueIndex(
        "(product_tmpl_id, name)", "A set has each volume once. Give the volumes different names."
    )

    # ------------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------------
    @api.constrains("part_product_id", "product_tmpl_id")
    def _check_part_product(self):
        for volume in self.filtered("part_product_id"):
            part, title = volume.part_product_id, volume.product_tmpl_id
            if not part.is_storable or part.product_tmpl_id == title or part.uom_id != title.uom_id:
                raise ValidationError(
                    self.env._(
                        "%(set)s, %(volume)s: “%(part)s” cannot stand for the single volume. "
                        "Choose another title that is tracked in stock and counted in "
                        "%(unit)s.",
                        set=title.display_name,
                        volume=volume.name,
                        part=part.display_name,
                        unit=title.uom_id.name,
                    )
                )

    # ------------------------------------------------------------------
    # CRUD: the shares of a set are checked once all of them are written
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        volumes = super().create(vals_list)
        volumes.product_tmpl_id._check_aftersales_shares()
        return volumes

    def write(self, vals):
        if "share" in vals:
            self.filtered(lambda v: abs(v.share - vals["share"]) > 0.001)._check_not_refunded()
        sets = self.product_tmpl_id
        result = super().write(vals)
        if vals.keys() & {"share", "product_tmpl_id"}:
            (sets | self.product_tmpl_id)._check_aftersales_shares()
        return result

    def unlink(self):
        sets = self.product_tmpl_id
        result = super().unlink()
        sets._check_aftersales_shares()
        return result

    def _check_not_refunded(self):
        """Keep the shares once one was paid back: together they would exceed the set."""
        siblings = self.product_tmpl_id.aftersales_volume_ids
        refunded = (
            self.env["aftersales.refund.line"]
            .sudo()
            .search(
                [
                    ("effect_id.line_id.volume_id", "in", siblings.ids),
                    ("refund_id.state", "not in", ("refused", "cancelled")),
                ],
                limit=1,
            )
        )
        if refunded:
            raise UserError(
                self.env._(
                    "%(set)s: a volume was refunded at its share of the price in case %(case)s, so "
                    "the shares stay as they are: together they must not exceed the set. Agree on "
                    "another amount in accounting, case by case.",
                    set=refunded.product_id.display_name,
                    case=refunded.refund_id.ticket_id.number,
                )
            )

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    def _get_title(self):
        """Name the volume with its set, as messages and documents do."""
        self.ensure_one()
        return f"{self.product_tmpl_id.display_name}, {self.name}"

    def _get_price(self, prices, currency):
        """Return what the volume costs in sets of these prices, to the cent.

        The volumes of one set cost together exactly what the set did.

        :param prices: of one set each, in ``currency``
        """
        self.ensure_one()
        volumes = self.product_tmpl_id.aftersales_volume_ids
        index = volumes.ids.index(self.id)
        shares = volumes.mapped("share")
        parts = (apportion(price, shares, currency.rounding)[index] for price in prices)
        return currency.round(sum(parts))
