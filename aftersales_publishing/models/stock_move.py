from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain

from ..locking import touch


class StockMove(models.Model):
    _inherit = "stock.move"

    aftersales_effect_id = fields.Many2one(
        "aftersales.effect",
        string="After-sales effect",
        index="btree_not_null",
        copy=False,  # a native return of our return is not ours
        ondelete="set null",
        help="The decision of an after-sales case that this movement carries out.",
    )
    aftersales_excluded_lot_id = fields.Many2one(
        "stock.lot",
        string="Print run to avoid",
        index="btree_not_null",
        copy=True,
        help="The print run complained of: a replacement is never taken from it.",
    )

    # What goes back to a reader is among few moves: the figures of a print run look only at these
    _returned_idx = models.Index(
        "(id) INCLUDE (origin_returned_move_id, aftersales_effect_id) "
        "WHERE origin_returned_move_id IS NOT NULL"
    )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Serialize returns of the same delivery, also those made by hand (see ``locking``)."""
        origin_ids = {vals.get("origin_returned_move_id") for vals in vals_list} - {None, False}
        touch(self.browse(origin_ids))
        return super().create(vals_list)

    # ------------------------------------------------------------------
    # Links kept when a move is split, merged or supplied by another
    # ------------------------------------------------------------------

    def _prepare_move_split_vals(self, qty):
        return {
            **super()._prepare_move_split_vals(qty),
            "aftersales_effect_id": self.aftersales_effect_id.id,
        }

    @api.model
    def _prepare_merge_moves_distinct_fields(self):
        return [
            *super()._prepare_merge_moves_distinct_fields(),
            "aftersales_effect_id",
            "aftersales_excluded_lot_id",
        ]

    def _prepare_procurement_values(self):
        """Tell the supplying warehouse too which print run to avoid."""
        values = super()._prepare_procurement_values()
        if self.aftersales_effect_id:
            values["aftersales_effect_id"] = self.aftersales_effect_id.id
        if self.aftersales_excluded_lot_id:
            values["aftersales_excluded_lot_id"] = self.aftersales_excluded_lot_id.id
        return values

    # ------------------------------------------------------------------
    # Reservation: never a held print run, never the one complained of
    # ------------------------------------------------------------------

    def _aftersales_leaves_house(self, *places):
        """Tell whether the move is on its way to a reader or to another company.

        :param places: where single lines of it go, other than the move itself

        True for every step of a delivery (pick, pack, ship). Put-away, quarantine, scrap and
        returns to the printer stay possible with a held print run.
        """
        self.ensure_one()
        return any(
            location.usage == "customer"
            or (location.usage == "transit" and location.company_id != self.company_id)
            for location in (self.location_dest_id | self.location_final_id).union(*places)
        )

    def _aftersales_takes_away(self, *places):
        """Tell whether a held print run may not take this way (R4.3).

        :param places: where single lines of it go, other than the move itself

        Copies that go into something made here, a boxed set for instance, leave with it. Taking
        such a thing apart again stays possible.
        """
        self.ensure_one()
        takes_apart = "unbuild_id" in self._fields and self.unbuild_id
        targets = self.location_dest_id.union(*places)
        return self._aftersales_leaves_house(*places) or (
            "production" in targets.mapped("usage") and not takes_apart
        )

    def _is_delivery_to_reader(self):
        """Tell whether the move is done and brought copies to a customer (no return)."""
        self.ensure_one()
        return (
            self.state == "done"
            and self.location_dest_id.usage == "customer"
            and self.location_id.usage != "customer"
            and not self._gives_back()
        )

    def _gives_back(self):
        """Tell whether the move gives a reader copies back that had been returned.

        They are claimed from the delivery that brought them first (R6.4): never twice.
        """
        self.ensure_one()
        return (
            self.origin_returned_move_id.location_id.usage == "customer"
            and not self.aftersales_effect_id  # no replacement
        )

    @api.model
    def _get_delivered_domain(self):
        """Return the domain of the moves that brought copies to a reader for the first time."""
        gives_back = Domain("aftersales_effect_id", "=", False) & Domain(
            "origin_returned_move_id.location_id.usage", "=", "customer"
        )
        to_reader = Domain("state", "=", "done") & Domain("location_dest_id.usage", "=", "customer")
        return to_reader & ~gives_back

    def _aftersales_avoids(self, lot):
        """Tell whether ``lot`` may not be taken for this move."""
        self.ensure_one()
        return bool(lot) and (lot.on_hold or lot == self.aftersales_excluded_lot_id)

    def _with_avoided_lots(self):
        self.ensure_one()
        if self.product_id.tracking == "none" and not self.aftersales_excluded_lot_id:
            return self  # print runs may have been given up since it was sold
        return self.with_context(
            aftersales_avoid_lot_ids=tuple(self.aftersales_excluded_lot_id.ids)
        )

    def _update_reserved_quantity_vals(
        self, need, location_id, lot_id=None, package_id=None, owner_id=None, strict=True
    ):
        # A lot that is asked for (the step before brought it) is refused on the way out only:
        # put-away and the way to quarantine or back to the printer must go on.
        if lot_id:
            if self._aftersales_takes_away() and self._aftersales_avoids(lot_id):
                return [], 0
            move = self
        else:
            move = self._with_avoided_lots()
        return super(StockMove, move)._update_reserved_quantity_vals(
            need, location_id, lot_id, package_id, owner_id, strict
        )

    def _get_available_quantity(
        self,
        location_id,
        lot_id=None,
        package_id=None,
        owner_id=None,
        strict=False,
        allow_negative=False,
    ):
        move = self if lot_id else self._with_avoided_lots()
        return super(StockMove, move)._get_available_quantity(
            location_id, lot_id, package_id, owner_id, strict, allow_negative
        )

    def _set_quantity_done_prepare_vals(self, qty):
        """Fill up a quantity that is typed on its way out as if it were reserved."""
        move = self._with_avoided_lots() if self._aftersales_takes_away() else self
        return super(StockMove, move)._set_quantity_done_prepare_vals(qty)

    # ------------------------------------------------------------------
    # Transfers of replacements
    # ------------------------------------------------------------------

    def _action_confirm(self, *args, **kwargs):
        replacements = self.filtered(
            lambda m: m.aftersales_effect_id and m.state == "draft" and m._should_be_assigned()
        )
        if replacements:
            replacements._aftersales_create_pickings()
        return super()._action_confirm(*args, **kwargs)

    def _aftersales_create_pickings(self):
        """Give each case a transfer of its own, all created together.

        Odoo would look for an open transfer of the same order, one move after the other, and
        could mix a replacement with copies that are still to be delivered.
        """
        groups = self.grouped(
            lambda move: (move.aftersales_effect_id.ticket_id, move._key_assign_picking())
        )
        pickings = self.env["stock.picking"].create(
            [moves._get_new_picking_values() for moves in groups.values()]
        )
        for picking, moves in zip(pickings, groups.values(), strict=True):
            moves.picking_id = picking

    # ------------------------------------------------------------------
    # Value of what comes back
    # ------------------------------------------------------------------

    def _get_value_from_returns(self, quantity, at_date=None):
        """Value a drop-shipped copy at what it was bought for: it never left our stock."""
        if self._aftersales_brings_volume():
            description = self.env._("A volume of a set that came back: no gain")
            return {"value": 0.0, "quantity": quantity, "description": description}
        origin = self.origin_returned_move_id
        if self.aftersales_effect_id and origin.is_dropship:
            bought = origin._get_value_data(at_date=at_date)
            return {
                "value": bought["value"] * quantity / bought["quantity"],
                "quantity": quantity,
                "description": bought["description"],
            }
        return super()._get_value_from_returns(quantity, at_date=at_date)

    def _should_create_account_move(self):
        """A volume that comes back has no value, so there is nothing to book."""
        return super()._should_create_account_move() and not self._aftersales_brings_volume()

    def _aftersales_brings_volume(self):
        """Tell whether the move takes back a single volume of a set (R6.3)."""
        self.ensure_one()
        effect = self.sudo().aftersales_effect_id
        return effect.kind == "return" and bool(effect.line_id.volume_id)

    # ------------------------------------------------------------------
    # Receipts: the printer of a print run
    # ------------------------------------------------------------------

    def _action_done(self, cancel_backorder=False):
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        moves._aftersales_fill_printers()
        returned = moves.sudo().filtered(
            lambda move: move.state == "done" and move.aftersales_effect_id.kind == "return"
        )
        if returned:
            returned._aftersales_value_lots()
            returned.aftersales_effect_id._on_received(returned)
        return moves

    def _aftersales_value_lots(self):
        """Value each print run that came back at what it cost when it was delivered.

        Where runs are valued one by one, Odoo gives the return of one run of a mixed delivery the
        average of that delivery.
        """
        for move in self.filtered("product_id.lot_valuated"):
            origin = move.origin_returned_move_id
            if len(origin.move_line_ids.lot_id) < 2 or move.product_id.cost_method == "standard":
                continue
            product = move.product_id.with_company(move.company_id)
            move.value_manual = sum(
                line.quantity_product_uom
                * product._run_avco(at_date=origin.date, lot=line.lot_id)[0]
                for line in move.move_line_ids
            )

    def _get_lines_to_reader(self):
        """Return the lines by which returned copies go back to the reader, sent or announced."""
        return self.filtered(
            lambda move: (
                move.state != "cancel"
                and not move.aftersales_effect_id
                and move.location_dest_id.usage == "customer"
            )
        ).move_line_ids

    def _get_copies_that_stay(self, lot):
        """Return how many copies of a returned run lie in quarantine and do not go to the reader.

        What is announced to the reader without naming its run counts for every run.
        """
        self.ensure_one()
        inspections = self.env["aftersales.inspection"].search(
            [("move_line_id", "in", self.move_line_ids.ids), ("lot_id", "=", lot.id)]
        )
        lines = self.returned_move_ids._get_lines_to_reader()
        own = lines.filtered(lambda line: line.lot_id == lot)
        unnamed = self.returned_move_ids.filtered(
            lambda move: (
                move.state not in ("done", "cancel")
                and not move.aftersales_effect_id
                and move.location_dest_id.usage == "customer"
            )
        )
        unnamed_copies = sum(unnamed.mapped("product_qty")) - sum(
            unnamed.move_line_ids.mapped("quantity_product_uom")
        )
        return (
            sum(inspections.mapped("quantity_in_quarantine"))
            - sum(own.mapped("quantity_product_uom"))
            - max(0.0, unnamed_copies)
        )

    def _get_done_copies(self):
        """Return the copies that the done moves brought, in the product's unit, not rounded."""
        return sum(
            move.product_uom._compute_quantity(move.quantity, move.product_id.uom_id, round=False)
            for move in self
            if move.state == "done"
        )

    def _aftersales_fill_printers(self):
        """Note who printed a run when it is received on a purchase order and not known yet."""
        moves_sudo = self.sudo().filtered(
            lambda move: move.purchase_line_id and move.location_id.usage == "supplier"
        )
        lots_by_printer = defaultdict(self.env["stock.lot"].sudo().browse)
        for move in moves_sudo:
            lots = move.move_line_ids.lot_id.filtered(lambda lot: not lot.printer_id)
            lots_by_printer[move.purchase_line_id.order_id.partner_id] |= lots
        for printer, lots in lots_by_printer.items():
            lots.filtered(lambda lot: not lot.printer_id).printer_id = printer
