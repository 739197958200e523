from odoo import models


class AftersalesResolution(models.Model):
    """Cancelling copies that wait to be sent, and what was invoiced of them (R6.10)."""

    _inherit = "aftersales.resolution"

    def _get_claim_problems(self):
        return super()._get_claim_problems() + self._get_invoiced_rest_problems()

    def _get_invoiced_rest_problems(self):
        """Copies that were invoiced already: cancelled alone, they would stay on the bill (R6.3)."""
        cancelling = self.filtered(
            lambda r: (
                r.remedy_id._has_kind("cancellation")
                and not r.remedy_id.credits
                and r.line_id._get_undelivered()
            )
        )
        problems = []
        for sale_line, resolutions in cancelling.grouped(lambda r: r.line_id.sale_line_id).items():
            sale_line = sale_line.sudo()
            unit, order_unit = sale_line.product_id.uom_id, sale_line.product_uom_id
            copies = sum(resolution._get_stock_quantity() for resolution in resolutions)
            left = sale_line.product_uom_qty - unit._compute_quantity(
                copies, order_unit, round=False
            )
            if order_unit.compare(sale_line.qty_invoiced, left) > 0:
                problems.append(
                    self.env._(
                        "Case %(case)s: “%(title)s” of order %(order)s is invoiced already, also the "
                        "copies that are to be cancelled, so they would stay on the bill. Propose "
                        "to cancel and refund them, or lower the quantity.",
                        case=", ".join(resolutions.ticket_id.mapped("number")),
                        title=sale_line.product_id.display_name,
                        order=sale_line.order_id.name,
                    )
                )
        return problems
