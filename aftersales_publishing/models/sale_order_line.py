from odoo import models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _compute_invoice_status(self):
        """An exchange under way leaves the status as it was (I4).

        Odoo takes a line for invoiced, though less was delivered than ordered, once all its
        transfers are over: those of an exchange say nothing about that.
        """
        result = super()._compute_invoice_status()
        for line in self:
            if line.state == "sale" and line.invoice_status == "no" and line._is_exchanging():
                line.invoice_status = "invoiced"
        return result

    def _is_exchanging(self):
        """Tell whether only exchanges are open of a line that is billed as delivered."""
        self.ensure_one()
        moves = self.move_ids.sudo()
        exchanges = moves.filtered(lambda m: m.aftersales_effect_id and not m.to_refund)
        sales = (moves - exchanges).filtered(lambda m: m.state != "cancel")
        return (
            self.product_id.invoice_policy == "delivery"
            and bool(sales and exchanges)
            and all(move.state == "done" for move in sales)
        )
