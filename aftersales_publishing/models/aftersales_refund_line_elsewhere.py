from odoo import Command, models


class AftersalesRefundLine(models.Model):
    """Copies bought elsewhere: an allowance at list price, without tax (R1.2)."""

    _inherit = "aftersales.refund.line"

    def _gives_goods_back(self):
        """Without an invoice no order is lowered."""
        return bool(self.invoice_line_id) and super()._gives_goods_back()

    def _prepare_credit_line_vals(self):
        if self.invoice_line_id:
            return super()._prepare_credit_line_vals()
        allowance = self.company_id._get_aftersales_setting("aftersales_allowance_product_id")
        return {
            "name": self.env._(
                "Allowance, %s (list price, proof of purchase seen)",
                self.effect_id.line_id._get_title(),
            ),
            "product_id": allowance.id,
            "product_uom_id": allowance.uom_id.id,
            "quantity": self.quantity,
            "price_unit": self.amount / self.quantity,
            "tax_ids": [Command.clear()],
            "aftersales_effect_id": self.effect_id.id,
        }
