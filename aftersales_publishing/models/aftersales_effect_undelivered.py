from odoo import fields, models
from odoo.exceptions import UserError


class AftersalesEffect(models.Model):
    """What never arrived: cancel the rest of an order line, or urge the warehouse (R6.10)."""

    _inherit = "aftersales.effect"

    # ------------------------------------------------------------------
    # Cancel the rest
    # ------------------------------------------------------------------
    def _post_cancellation(self):
        """Lower the order by the copies that will not be sent; Odoo lowers the deliveries.

        :raises UserError: when copies are on their way through the house already
        """
        for sale_line, effects in self.grouped(lambda e: e.line_id.sale_line_id).items():
            copies = sum(effect._get_open_quantity() for effect in effects)
            sale_line._aftersales_cancel_rest(copies, effects[:1].ticket_id)
        self.posted_at = fields.Datetime.now()
        self.env["aftersales.event"]._log("rest_cancelled", self)

    def _restore_rest(self):
        """Order again what was cancelled; Odoo raises the deliveries."""
        for effect in self.filtered(lambda e: e.kind == "cancellation" and e.posted_at):
            effect.line_id.sale_line_id._aftersales_change_ordered(effect.quantity)

    def _get_cancellation_planned(self):
        return self._get_quantity_without_document()

    def _get_cancellation_done(self):
        return self._get_quantity_without_document()

    # ------------------------------------------------------------------
    # Urge
    # ------------------------------------------------------------------
    def _post_urge(self):
        """Mark the open deliveries urgent and tell the warehouse why.

        :raises UserError: when nothing is waiting to be sent
        """
        for effect in self:
            line = effect.line_id
            pickings = line.sale_line_id._get_undelivered_moves().picking_id
            if not pickings:
                raise UserError(
                    self.env._(
                        "Case %(case)s: no delivery of “%(title)s” of order %(order)s is open, so "
                        "there is nothing to urge. Look at the order's deliveries.",
                        case=effect.ticket_id.number,
                        title=effect.product_id.display_name,
                        order=line.order_id.name,
                    )
                )
            pickings.priority = "1"
            for picking in pickings:
                picking.message_post(
                    body=self.env._(
                        "Urgent: the reader of case %(case)s waits for “%(title)s”.",
                        case=effect.ticket_id.number,
                        title=effect.product_id.display_name,
                    )
                )
        self.posted_at = fields.Datetime.now()
        self.env["aftersales.event"]._log("urged", self)

    def _get_urge_planned(self):
        return self._get_quantity_without_document()

    def _get_urge_done(self):
        return self._get_quantity_without_document()
