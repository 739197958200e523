from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from .aftersales_tracking import QUIET


class AftersalesRepair(models.Model):
    """The way to the binder and back: native transfers of the reader's own copies (R6.1)."""

    _inherit = "aftersales.repair"

    can_send = fields.Boolean(compute="_compute_can_send")
    can_await = fields.Boolean(compute="_compute_can_send")

    @api.depends("state", "out_move_id", "back_move_id", "move_ids.state")
    def _compute_can_send(self):
        for repair in self:
            repair.can_send = repair.state in ("todo", "back")
            repair.can_await = repair.state == "away" and repair.sudo().back_move_id.state in (
                False,
                "cancel",
            )

    # ------------------------------------------------------------------
    # Verbs
    # ------------------------------------------------------------------
    def action_send_to_binder(self, binder, due=None):
        """Announce the way to a binder, one transfer for all copies of a house.

        The way back is announced when they have left. What is back already may go once more.
        Of many, those that are not at hand are told and left out.

        :param binder: ``res.partner``
        :param due: until when the copies are to be back; the company's days if left out
        :return: ``True``, or a notification for the web client
        :raises UserError: where it is a single one
        """
        self._check_role("warehouse", "manager")
        repairs = self.sudo()._lock()
        problems = repairs._get_send_problems()
        todo = repairs - repairs.browse().concat(*problems)
        binder = binder.sudo()
        todo.write({"binder_id": binder.id, "out_move_id": False, "back_move_id": False})
        by_place = todo.grouped(lambda r: r.return_move_id.location_dest_id)
        for place, group in by_place.items():
            group._announce_way_out(place, binder)
        for company, group in todo.grouped("company_id").items():
            today = company._get_aftersales_today()
            group._set_due(due or today + timedelta(days=company.aftersales_binder_days))
        todo.ticket_id._sync_phase()
        return repairs._report_problems(problems)

    def _get_send_problems(self):
        """Return ``{repair: message}`` of those whose copies cannot leave for a binder."""
        over = {
            repair: self.env._(
                "%s: the copies are not at hand, or their repair is over.", repair._get_label()
            )
            for repair in self
            if not repair.can_send
        }
        return {**over, **(self - self.browse().concat(*over))._get_stock_problems()}

    def action_await_back(self):
        """Announce the way back once more, after the transfer was cancelled.

        :raises UserError: naming what is not at a binder, or is announced
        """
        self._check_role("warehouse", "manager")
        repairs = self.sudo()._lock()
        for repair in repairs.filtered(lambda r: not r.can_await):
            raise UserError(
                self.env._(
                    "%s: it is not at a binder, or its way back is announced already.",
                    repair._get_label(),
                )
            )
        for _move, group in repairs.grouped(lambda r: r.out_move_id.picking_id).items():
            group._announce_way_back()
        return True

    # ------------------------------------------------------------------
    # Transfers
    # ------------------------------------------------------------------
    def _announce_way_out(self, place, binder):
        house = self[:1].resolution_id._get_warehouse()
        picking = self._create_binder_picking(
            house.out_type_id, place, binder.property_stock_supplier, binder
        )
        moves = self._create_binder_moves(picking)
        for repair, move in zip(self, moves, strict=True):
            repair.out_move_id = move

    def _announce_way_back(self):
        """Await from the binder what left in one transfer."""
        out = self.out_move_id
        house = self[:1].resolution_id._get_warehouse()
        picking = self._create_binder_picking(
            house.in_type_id, out.location_dest_id, out.location_id, self.binder_id[:1]
        )
        picking.scheduled_date = max(
            self.filtered("due").mapped("due"), default=fields.Date.today()
        )
        moves = self._create_binder_moves(picking)
        for repair, move in zip(self, moves, strict=True):
            move.origin_returned_move_id = repair.out_move_id
            repair.back_move_id = move

    @api.model
    def _create_binder_picking(self, picking_type, place, target, binder):
        return (
            self.env["stock.picking"]
            .with_context(**QUIET)
            .create(
                {
                    "picking_type_id": picking_type.id,
                    "partner_id": binder.id,
                    "origin": self.env._(
                        "%s (repair)", ", ".join(sorted(set(self.ticket_id.mapped("number"))))
                    ),
                    "company_id": picking_type.company_id.id,
                    "location_id": place.id,
                    "location_dest_id": target.id,
                }
            )
        )

    def _create_binder_moves(self, picking):
        """Announce the copies on a transfer, a move for each repair, in their order."""
        moves = self.env["stock.move"].create(
            [repair._prepare_binder_move_vals(picking) for repair in self]
        )
        picking.action_confirm()
        moves._action_assign()
        return moves

    def _prepare_binder_move_vals(self, picking):
        # whoever sent the copy: the reader of the case may have been corrected since
        owner = self.return_move_id.restrict_partner_id or self.effect_id._get_copy_owner()
        locations = {
            "location_id": picking.location_id.id,
            "location_dest_id": picking.location_dest_id.id,
        }
        product = {"product_id": self.product_id.id, "company_id": picking.company_id.id}
        unit = self.product_id.uom_id
        return {
            **locations,
            **product,
            "picking_id": picking.id,
            "picking_type_id": picking.picking_type_id.id,
            "product_uom": unit.id,
            "product_uom_qty": self.quantity,
            "procure_method": "make_to_stock",
            "restrict_partner_id": owner.id,
            "aftersales_effect_id": self.effect_id.id,
            "aftersales_repair_id": self.id,
            "move_line_ids": [
                Command.create(
                    {
                        **locations,
                        **product,
                        "picking_id": picking.id,
                        "product_uom_id": unit.id,
                        "lot_id": self.lot_id.id,
                        "owner_id": owner.id,
                        "quantity": self.quantity,
                    }
                )
            ],
        }

    # ------------------------------------------------------------------
    # What the transfers brought
    # ------------------------------------------------------------------
    def _follow_binder_moves(self, moves):
        """Split repairs of which only some copies moved; await back what left.

        :param moves: done moves of these repairs, to or from a binder
        """
        left = self.browse()
        for move in moves:
            repair = move.aftersales_repair_id
            if move not in (repair.out_move_id, repair.back_move_id):
                continue
            repair._split_by(move)
            if move == repair.out_move_id:
                left |= repair
        for group in left.grouped(lambda r: r.out_move_id.picking_id).values():
            group._announce_way_back()

    def _split_by(self, move):
        """Keep what a transfer moved; the rest becomes a repair of its own, with its backorder."""
        self.ensure_one()
        unit = self.product_id.uom_id
        moved = move.product_uom._compute_quantity(move.quantity, unit)
        if unit.compare(moved, self.quantity) > 0:
            raise UserError(
                self.env._(
                    "%(transfer)s: %(repair)s goes to the binder or comes back, %(moved)g are "
                    "counted. Correct the quantity of the transfer.",
                    transfer=move.picking_id.name,
                    repair=self._get_label(),
                    moved=moved,
                )
            )
        if unit.compare(moved, self.quantity) == 0:
            return
        waiting = self.env["stock.move"].search(
            [("aftersales_repair_id", "=", self.id), ("state", "not in", ("done", "cancel"))]
        )
        way = "out_move_id" if move == self.out_move_id else "back_move_id"
        rest = self._split(self.quantity - moved)
        rest[way] = waiting[:1]
        waiting.aftersales_repair_id = rest
        # from a vendor Odoo reserves nothing: of the rest it forgets which run it is
        waiting.move_line_ids.filtered(lambda line: not line.lot_id).lot_id = self.lot_id

    def _adopt_way_back(self, move):
        """Count a return of the way out that was made by hand in Odoo as the way back."""
        self.ensure_one()
        announced = self.back_move_id.filtered(lambda m: m.state not in ("done", "cancel"))
        self.back_move_id = move
        announced._action_cancel()
        self._split_by(move)
