from odoo import fields, models
from odoo.exceptions import UserError


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    # Odoo has no index here; tracing a print run to its readers reads the whole table without.
    lot_id = fields.Many2one(index="btree_not_null")

    def _action_done(self):
        self._check_avoided_lots()
        return super()._action_done()

    def _check_avoided_lots(self):
        """Refuse a held print run, or the one complained of, on its way out.

        Reservation never proposes them, but a lot typed or scanned by hand bypasses reservation,
        and a run may be put on hold after it was picked.

        :raise UserError: naming transfer, print run, title and what to do instead
        """
        problems = {}
        for line in self:
            move, lot = line.move_id, line.lot_id
            if (
                lot
                and line.quantity
                and move._aftersales_avoids(lot)
                and line.location_id.usage in ("internal", "transit")
                and move._aftersales_leaves_house()
            ):
                problems[move.picking_id, lot, lot.on_hold] = line
        if problems:
            raise UserError(
                "\n".join(line._prepare_avoided_lot_message() for line in problems.values())
            )

    def _prepare_avoided_lot_message(self):
        self.ensure_one()
        values = {
            "transfer": self.picking_id.name or self.move_id.display_name,
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
