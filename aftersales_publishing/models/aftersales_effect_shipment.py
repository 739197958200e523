from odoo import fields, models
from odoo.exceptions import UserError

from .aftersales_tracking import QUIET


class AftersalesEffect(models.Model):
    """Ship: a replacement from a safe print run, by the warehouse's own rules."""

    _inherit = "aftersales.effect"

    def _post_shipment(self):
        """Run the stock rules for the replacements (one, two or three steps).

        A replacement hangs on the order line and on the return
        (``origin_returned_move_id``) without ``to_refund``: the order's delivered
        and invoiced quantities stay what they were (I4).
        """
        self._check_safe_stock()
        self._check_reserved(self._run_stock_rules())
        self.env["aftersales.event"]._log("shipment_ready", self)

    def _run_stock_rules(self):
        """Announce what is released and not announced yet; return the new moves, reserved."""
        existing = self.move_ids
        StockRule = self.env["stock.rule"].with_context(**QUIET)
        StockRule.run([effect._prepare_procurement() for effect in self])
        self.invalidate_recordset(["move_ids"])
        moves = self.move_ids - existing
        moves.picking_id.action_confirm()
        moves.filtered(lambda m: m.state in ("confirmed", "partially_available"))._action_assign()
        return moves

    def _prepare_procurement(self):
        self.ensure_one()
        title = self.line_id._get_replacement()
        return self.env["stock.rule"].Procurement(
            title,
            self._get_open_quantity(),
            title.uom_id,
            self._get_readers_location(),
            title.display_name,
            f"{self.ticket_id.number} ({self.line_id.order_id.name})",
            self.company_id,
            self._prepare_shipment_vals(),
        )

    def _prepare_shipment_vals(self):
        now = fields.Datetime.now()
        is_volume = bool(self.line_id.volume_id)
        vals = self._prepare_volume_shipment_vals() if is_volume else self._prepare_sold_vals()
        return {
            **vals,
            "date_planned": now,
            "date_deadline": now,
            "warehouse_id": self.resolution_id._get_warehouse(),
            "route_ids": self.env["stock.route"],  # own stock, never drop-shipped
            "partner_id": self.ticket_id._get_shipping_partner().id,
            "aftersales_effect_id": self.id,
            "aftersales_excluded_lot_id": self.line_id._get_excluded_lot().id,
        }

    def _prepare_sold_vals(self):
        """Values that hang the replacement of a whole copy on its order line and return."""
        return {
            **self.line_id.sale_line_id._prepare_procurement_values(),
            "origin_returned_move_id": self._get_replaced_move().id,
            "to_refund": False,
        }

    def _get_replaced_move(self):
        """The return that the replacement answers: the last one done, else open.

        Where nothing comes back (lost, short), the delivery itself: a move with an origin and
        without ``to_refund`` never counts as delivered once more.
        """
        returns = self.resolution_id.effect_ids.filtered(
            lambda e: e.kind == "return" and not e.is_cancelled
        ).move_ids.filtered(lambda m: m.state != "cancel")
        if self.line_id.sent_product_id:
            return self.delivery_move_id
        latest = (returns.filtered(lambda m: m.state == "done") or returns).sorted("id")[-1:]
        return latest or self.delivery_move_id

    def _check_safe_stock(self):
        quantities = {effect.resolution_id: effect._get_open_quantity() for effect in self}
        if problems := self.resolution_id._get_stock_problems(quantities):
            raise UserError("\n".join(problems))

    def _check_reserved(self, moves):
        """Together several effects may ask for more than each alone found free."""
        short = moves.filtered(
            lambda m: (
                m.location_id.usage == "internal"
                and not m.move_orig_ids
                and m.state in ("confirmed", "partially_available")
            )
        )
        if short:
            raise UserError(
                "\n".join(
                    self.env._(
                        "Case %(case)s: not enough safe copies of “%(title)s” are free for "
                        "the replacement. Propose a refund, or wait for the next receipt.",
                        case=move.aftersales_effect_id.ticket_id.number,
                        title=move.product_id.display_name,
                    )
                    for move in short
                )
            )

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------
    def _get_shipment_planned(self):
        """What arrived, and what is on its way in the last open step of each chain."""
        open_moves = self.move_ids.filtered(lambda m: m.state not in ("done", "cancel"))
        last = open_moves.filtered(lambda m: not (m.move_dest_ids & open_moves))
        return self._get_shipment_done() + sum(last.mapped("product_qty"))

    def _get_shipment_done(self):
        arrived = self.move_ids.filtered(
            lambda m: m.state == "done" and m.location_dest_id.usage == "customer"
        )
        return sum(arrived.mapped("quantity"))

    def _on_changed(self, before):
        result = super()._on_changed(before)
        shipped = self.filtered(lambda e: e.kind == "shipment" and e.quantity_done > before[e.id])
        self.env["aftersales.event"]._log("shipped", shipped)
        return result
