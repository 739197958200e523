from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError


class AftersalesRepair(models.Model):
    """Copies that are to leave have to lie here, free: Odoo would send them twice (I3).

    A return of our return, announced in Odoo by hand, keeps the copies for its own way.
    """

    _inherit = "aftersales.repair"

    def _get_stock_problems(self):
        """Return ``{repair: message}`` of those whose copies are not here, or kept for others."""
        wanted = [(r, r.return_move_id, r.lot_id, r.quantity) for r in self]
        missing = self._get_missing_copies(wanted)
        return {
            repair: self._explain_missing(repair._get_label(), *missing[repair])
            for repair in missing
        }

    @api.model
    def _check_at_hand(self, wanted):
        """Refuse to announce or hand over copies that are not here.

        :param wanted: as in :meth:`_get_missing_copies`, of resolutions or effects
        :raises UserError: naming the case, the copies and what keeps them
        """
        for record, (move, lot, free) in self._get_missing_copies(wanted).items():
            label = self.env._(
                "Case %(case)s: “%(title)s”",
                case=record.ticket_id.number,
                title=move.product_id.display_name,
            )
            raise UserError(self._explain_missing(label, move, lot, free))

    @api.model
    def _get_missing_copies(self, wanted):
        """Return ``{record: (return move, lot, free copies)}`` of which too few lie free.

        :param wanted: ``[(record, return move, lot, copies), …]``: the copies lie where the return
            brought them, as the property of its reader; they are counted off in this order
        """
        moves = self.env["stock.move"].union(*(move for _r, move, _lot, _n in wanted))
        free = self._get_free_copies(moves)
        missing = {}
        for record, move, lot, copies in wanted:
            key = move.location_dest_id, move.product_id, lot, move.restrict_partner_id
            if move.product_id.uom_id.compare(free[key], copies) < 0:
                missing.setdefault(record, (move, lot, max(0.0, free[key])))
            else:
                free[key] -= copies
        return missing

    @api.model
    def _get_free_copies(self, moves):
        """Return ``{(place, product, lot, owner): copies}`` that no transfer has reserved."""
        places = moves.location_dest_id
        groups = self.env["stock.quant"]._read_group(
            [
                ("location_id", "child_of", places.ids),
                ("product_id", "in", moves.product_id.ids),
                ("owner_id", "in", [*moves.restrict_partner_id.ids, False]),
            ],
            ["location_id", "product_id", "lot_id", "owner_id"],
            ["quantity:sum", "reserved_quantity:sum"],
        )
        free = defaultdict(float)
        for location, product, lot, owner, quantity, reserved in groups:
            for place in places:
                if location.parent_path.startswith(place.parent_path):
                    free[place, product, lot, owner] += quantity - reserved
        return free

    @api.model
    def _explain_missing(self, label, move, lot, free):
        """Say how many copies lie free, and which transfers keep the others."""
        kept_by = (
            self.env["stock.move.line"]
            .search(
                [
                    ("state", "in", ("assigned", "partially_available")),
                    ("location_id", "child_of", move.location_dest_id.ids),
                    ("product_id", "=", move.product_id.id),
                    ("lot_id", "=", lot.id),
                    ("owner_id", "=", move.restrict_partner_id.id),
                ]
            )
            .picking_id
        )
        names = {"copies": label, "free": free, "place": move.location_dest_id.display_name}
        if kept_by:
            return self.env._(
                "%(copies)s: %(free)g of the reader's copies lie free in %(place)s, the others are "
                "kept for %(transfers)s. Validate or cancel that transfer first, then try again.",
                transfers=", ".join(kept_by.mapped("name")),
                **names,
            )
        return self.env._(
            "%(copies)s: %(free)g of the reader's copies lie in %(place)s. Find out where the others "
            "went (print run, Traceability) and bring them back there, then try again.",
            **names,
        )
