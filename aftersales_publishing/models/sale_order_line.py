from odoo import models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _compute_invoice_status(self):
        """A return or a replacement under way leaves the status as it was (I4).

        Odoo takes a line for invoiced, though less was delivered than ordered, once all its
        transfers are over: those of a case say nothing about that.
        """
        result = super()._compute_invoice_status()
        for line in self:
            if line.state == "sale" and line.invoice_status == "no" and line._is_delivery_over():
                line.invoice_status = "invoiced"
        return result

    def _is_delivery_over(self):
        """Tell whether what is billed as delivered was delivered, as far as it will be.

        Only asked of lines with a transfer of a case: the others are Odoo's own affair.
        """
        self.ensure_one()
        moves = self.move_ids.sudo()
        of_cases = moves.filtered("aftersales_effect_id")
        sales = (moves - of_cases).filtered(lambda move: move.state != "cancel")
        return (
            self.product_id.invoice_policy == "delivery"
            and bool(sales and of_cases)
            and all(move.state == "done" for move in sales)
        )
