from odoo import api, fields, models
from odoo.exceptions import UserError

# What decides which copies leave, and where to; “Pick From” brings run and place
ROUTE = {"lot_id", "quant_id", "quantity", "product_uom_id", "location_id", "location_dest_id"}


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    # Odoo has no index here; tracing a print run to its readers reads the whole table without.
    lot_id = fields.Many2one(index="btree_not_null")

    # ------------------------------------------------------------------
    # CRUD: transfers that are done can be unlocked and corrected
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        """Refuse a held print run that is added to a delivery that is done."""
        lines = super().create(vals_list)
        lines.filtered(lambda line: line.state == "done")._check_avoided_lots()
        return lines

    def write(self, vals):
        """Refuse a held print run, or more of it, in a delivery that is done."""
        if not ROUTE & vals.keys():
            return super().write(vals)
        before = {line: line._get_route() for line in self if line.state == "done"}
        result = super().write(vals)
        changed = [line.id for line, route in before.items() if line._takes_more_than(*route)]
        self.browse(changed)._check_avoided_lots()
        return result

    def _get_route(self):
        """Return run, place and destination, and the copies."""
        self.ensure_one()
        return (self.lot_id, self.location_id, self.location_dest_id), self.quantity_product_uom

    def _takes_more_than(self, route, quantity):
        now, copies = self._get_route()
        return now != route or self.product_id.uom_id.compare(copies, quantity) > 0

    # ------------------------------------------------------------------
    # The last check
    # ------------------------------------------------------------------
    def _action_done(self):
        named = self.filtered(lambda line: line.lot_name and not line.lot_id)
        self._check_avoided_lots()
        result = super()._action_done()
        named.exists()._check_avoided_lots()  # Odoo found the runs by the names that were typed
        return result

    def _check_avoided_lots(self):
        """Refuse a held print run, or the one complained of, on its way out.

        Reservation never proposes them, but a lot typed or scanned by hand bypasses reservation,
        and a run may be put on hold after it was picked. What a printer would send to the reader
        himself is refused as well.

        :raise UserError: naming transfer, print run, title and what to do instead
        """
        problems = {}
        for line in self:
            move, lot = line.move_id, line.lot_id
            if (
                lot
                and line.quantity
                and move._aftersales_avoids(lot)
                and line.location_id.usage != "customer"
                and move._aftersales_takes_away(line.location_dest_id)
            ):
                problems[move.picking_id, lot, lot.on_hold] = line
        if problems:
            raise UserError(
                "\n".join(line._prepare_avoided_lot_message() for line in problems.values())
            )

    def _prepare_avoided_lot_message(self):
        self.ensure_one()
        values = {
            "transfer": self.picking_id.name or self.move_id.reference,
            "lot": self.lot_id.name,
            "title": self.product_id.display_name,
            "reason": self.lot_id.hold_reason or "-",
        }
        if self.lot_id.on_hold:
            return self.env._(
                "%(transfer)s: print run %(lot)s of “%(title)s” is on hold (%(reason)s) and may "
                "not leave. Take another print run, or have the hold released on the lot.",
                **values,
            )
        return self.env._(
            "%(transfer)s: print run %(lot)s of “%(title)s” is the one the reader complained of. "
            "Take the replacement from another print run.",
            **values,
        )
