from odoo import fields, models


class LoyaltyCard(models.Model):
    """Gift cards that were given as a remedy (R6.1)."""

    _inherit = "loyalty.card"

    aftersales_effect_id = fields.Many2one(
        "aftersales.effect",
        "After-sales Effect",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    aftersales_ticket_id = fields.Many2one(
        related="aftersales_effect_id.ticket_id",
        string="After-sales Case",
        groups="aftersales_publishing.group_agent,"
        "aftersales_publishing.group_finance,aftersales_publishing.group_auditor",
    )
    aftersales_used = fields.Float(
        "Used before Withdrawal",
        readonly=True,
        copy=False,
        help="What the reader had used when the rest was withdrawn.",
    )

    _aftersales_once = models.UniqueIndex(
        "(aftersales_effect_id) WHERE active IS TRUE",
        "The reader has a gift card of this remedy already. Reload the page.",
    )

    def _get_orders_of_use(self):
        """Return ``{card: confirmed orders}`` on which something of it was used."""
        groups = self.env["sale.order.line"]._read_group(
            [("coupon_id", "in", self.ids), ("state", "=", "sale")],
            ["coupon_id"],
            ["order_id:recordset"],
        )
        return dict(groups)

    def _is_coupon_used(self):
        """Whether the reader took something off this coupon, in whichever shop.

        Odoo lowers its points then, and raises them again when the order is cancelled.
        """
        self.ensure_one()
        return self.points < sum(self.history_ids.mapped("issued"))
