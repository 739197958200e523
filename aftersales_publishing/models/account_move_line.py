from odoo import fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    aftersales_effect_id = fields.Many2one(
        "aftersales.effect",
        "After-sales Effect",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    aftersales_origin_line_id = fields.Many2one(
        "account.move.line",
        "Credited Invoice Line",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The invoice line that this credit line is for.",
    )
    aftersales_amount_only = fields.Boolean(
        copy=False,
        help="A part of the price was credited: the copy can still be returned.",
    )

    def _is_order_discount(self):
        """Whether the line takes something off the other lines (no deducted down payment)."""
        self.ensure_one()
        return self.price_subtotal < 0 and not self.is_downpayment

    def _is_same_sale(self, line):
        """Whether the line bills or credits the same title of the same order line as ``line``."""
        self.ensure_one()
        return (self.product_id, self.sale_line_ids) == (line.product_id, line.sale_line_ids)

    def _get_unrounded_quantity(self):
        """Return the exact quantity of our credit line, unless accounting changed it.

        A copy of a dozen is 0.08333…, which the line itself shows as 0.08.
        """
        self.ensure_one()
        refund_lines = self.move_id.aftersales_refund_ids.line_ids.filtered(
            lambda line: (
                line.effect_id == self.aftersales_effect_id
                and line.invoice_line_id == self.aftersales_origin_line_id
            )
        )
        exact = sum(refund_lines.mapped("invoice_quantity"))
        unchanged = not self.product_uom_id.compare(exact, self.quantity)
        return exact if refund_lines and unchanged else self.quantity

    # ------------------------------------------------------------------
    # Cost of goods sold
    # ------------------------------------------------------------------
    def _get_cogs_value(self):
        """Reverse the cost of the very line that is credited.

        Odoo takes the first line of the same title on the invoice, which may have cost
        something else, and a rounded cost per copy.
        """
        costs = self.env.context.get("aftersales_reversed_costs") or {}
        return costs[self.id] if self.id in costs else super()._get_cogs_value()

    def _get_reversed_costs(self):
        """Return ``{id of credit line: cost per unit of the product}`` of lines not posted yet.

        With L of n left on the invoice line, its cost must be round(original × L / n), so that
        the credits of single copies reverse exactly what was booked (I3).
        """
        lines = self.filtered(
            lambda line: line.aftersales_origin_line_id and not line.aftersales_amount_only
        )
        origins = lines.aftersales_origin_line_id
        invoiced = self.env["aftersales.balance"]._get_invoiced(origins)
        booked = origins._get_booked_costs()
        costs = {}
        for line in lines:
            balance = invoiced[line.aftersales_origin_line_id]
            cost = booked.get(line.aftersales_origin_line_id)
            if cost is None or not line.quantity:
                continue
            quantity = line._get_unrounded_quantity()
            left = balance.creditable_quantity
            round_cost = line.company_currency_id.round
            value = round_cost(cost * left / balance.quantity)
            value -= round_cost(cost * (left - quantity) / balance.quantity)
            copies = line.product_uom_id._compute_quantity(line.quantity, line.product_id.uom_id)
            costs[line.id] = value / copies if copies else 0.0
            balance.credited_quantity += quantity
        return costs

    def _get_booked_costs(self):
        """Return ``{invoice line: cost of goods sold}``, only of lines that booked one."""
        lines = self.env["account.move.line"].search_fetch(
            [
                ("cogs_origin_id", "in", self.ids),
                ("display_type", "=", "cogs"),
                ("price_unit", ">=", 0),
            ],
            ["cogs_origin_id", "balance"],
        )
        return {
            origin: -sum(group.mapped("balance"))
            for origin, group in lines.grouped("cogs_origin_id").items()
        }
