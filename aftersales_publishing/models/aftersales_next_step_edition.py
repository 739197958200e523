from odoo import models


class AftersalesNextStep(models.AbstractModel):
    """Who acts on the sale of a new edition: the reader pays, the warehouse ships (R6.1)."""

    _inherit = "aftersales.next.step"

    def _get_resolution_step(self, resolution):
        orders = resolution._get_edition_effects().filtered(lambda e: e.state == "open")
        orders = orders.edition_line_ids.order_id
        quotations = orders.filtered(lambda order: order.state in ("draft", "sent"))
        if quotations and resolution.progress in ("executing", "partly_done"):
            late = any(quotations.mapped("aftersales_overdue"))
            return "difference_overdue" if late else "await_difference"
        if resolution.progress == "executing" and any(o.state == "sale" for o in orders):
            return "ship_edition"
        return super()._get_resolution_step(resolution)

    def _get_ready_step(self, effects):
        """While a provider is asked for the credit, nothing is decided about its copies."""
        if cancelled := effects.filtered(lambda effect: effect._was_edition_cancelled()):
            asked = any(refund._is_at_provider() for e in cancelled for refund in e._get_unsold())
            return "await_provider" if asked else "edition_cancelled"
        return super()._get_ready_step(effects)
