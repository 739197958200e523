from odoo import api, fields, models
from odoo.fields import Domain


class StockMove(models.Model):
    """Copies that belong to readers: they keep their owner and are never valued (R6.1)."""

    _inherit = "stock.move"

    aftersales_repair_id = fields.Many2one(
        "aftersales.repair",
        index="btree_not_null",
        copy=False,
        ondelete="set null",
        help="The repair for which the copies go to the binder or come back.",
    )

    # ------------------------------------------------------------------
    # The copy that goes home is the reader's own
    # ------------------------------------------------------------------
    def _goes_home(self):
        """Tell whether the move gives a reader the own copy back after its repair."""
        self.ensure_one()
        owned = self.restrict_partner_id  # asked first: it takes no query
        return bool(owned) and self.sudo().aftersales_effect_id.kind == "giveback"

    def _gives_back(self):
        return super()._gives_back() or self._goes_home()

    @api.model
    def _get_delivered_domain(self):
        repaired = Domain("aftersales_effect_id.kind", "=", "giveback")
        return super()._get_delivered_domain() & ~repaired

    def _get_lines_to_reader(self):
        repaired = self.filtered(lambda m: m.state != "cancel" and m._goes_home())
        return super()._get_lines_to_reader() | repaired.move_line_ids

    def _aftersales_avoids(self, lot):
        """A hold stops our copies, and a replacement from the same run; not the reader's own."""
        if self._goes_home():
            return False
        if self._gives_back() and lot in self.origin_returned_move_id.move_line_ids.lot_id:
            return False
        return super()._aftersales_avoids(lot)

    def _with_avoided_lots(self):
        if self._goes_home():
            return self
        return super()._with_avoided_lots()

    # ------------------------------------------------------------------
    # Links kept
    # ------------------------------------------------------------------
    def _prepare_move_split_vals(self, qty):
        return {
            **super()._prepare_move_split_vals(qty),
            "aftersales_repair_id": self.aftersales_repair_id.id,
        }

    @api.model
    def _prepare_merge_moves_distinct_fields(self):
        return [*super()._prepare_merge_moves_distinct_fields(), "aftersales_repair_id"]

    # ------------------------------------------------------------------
    # Done
    # ------------------------------------------------------------------
    def _action_done(self, cancel_backorder=False):
        self._keep_readers_ownership()
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        done = moves.sudo().filtered(lambda move: move.state == "done")
        ways = done.filtered("aftersales_repair_id")
        if ways:
            ways.aftersales_repair_id._follow_binder_moves(ways)
        for move in done.filtered(lambda m: m.origin_returned_move_id.aftersales_repair_id) - ways:
            repair = move.origin_returned_move_id.aftersales_repair_id
            if repair.out_move_id == move.origin_returned_move_id and repair.state == "away":
                repair._adopt_way_back(move)
        done._get_taken_home()._follow_own_return()
        return moves

    def _get_taken_home(self):
        """Return the decisions of which copies went home by a plain return of their return."""
        plain = self.filtered(
            lambda m: m.origin_returned_move_id and not m.aftersales_effect_id
        )._get_lines_to_reader()
        return plain.move_id.origin_returned_move_id.aftersales_effect_id.resolution_id

    def _keep_readers_ownership(self):
        """Give lines that were typed or scanned by hand the owner of the copies.

        The owner is on the move (``restrict_partner_id``), which Odoo copies to native returns.
        """
        for move in self.filtered("restrict_partner_id"):
            move_sudo = move.sudo()
            origin = move_sudo.origin_returned_move_id
            if move_sudo.aftersales_effect_id or origin.aftersales_effect_id:
                owner = move.restrict_partner_id
                lines = move.move_line_ids.filtered(lambda ln, owner=owner: ln.owner_id != owner)
                lines.owner_id = owner
