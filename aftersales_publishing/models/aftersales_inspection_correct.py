from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..locking import lock_and_touch
from .aftersales_inspection import DISPOSITIONS
from .aftersales_tracking import QUIET


class AftersalesInspection(models.Model):
    """Copies that were put in the wrong place: brought back natively, then put where they belong."""

    _inherit = "aftersales.inspection"

    can_correct = fields.Boolean(compute="_compute_can_correct")

    @api.depends("state", "scrap_id", "pulp_state")
    def _compute_can_correct(self):
        for inspection in self:
            inspection.can_correct = (
                inspection.state == "done"
                and not inspection.scrap_id
                and inspection.pulp_state != "approved"
            )

    # ------------------------------------------------------------------
    # Verb
    # ------------------------------------------------------------------
    def action_correct(self, disposition, reason):
        """Put inspected copies somewhere else than was noted by mistake (R6.6).

        The put-away is reversed where the copies still lie there; stock and its value follow. What
        the reader gets does not change: it rests on the grade. Copies that are there already are
        left alone.

        :param disposition: one of the keys of ``DISPOSITIONS``
        :raises UserError: without a reason, and naming what was pulped, sold, moved, or goes back
            to the reader
        """
        self._check_role("warehouse", "manager")
        if disposition not in dict(DISPOSITIONS) or not (reason or "").strip():
            raise UserError(self.env._("Choose where the copies go, and say why."))
        inspections = self.sudo()
        lock_and_touch(inspections)
        lock_and_touch(inspections.resolution_id)
        todo = inspections.filtered(lambda i: i.disposition != disposition)
        for inspection in todo:
            inspection._check_correctable()
        todo._check_not_going_back()
        labels = dict(self._fields["disposition"]._description_selection(self.env))
        notes = {i: f"{labels[i.disposition]} → {labels[disposition]}: {reason}" for i in todo}
        todo._leave_pulp_list()
        todo.filtered("move_id")._bring_back()
        todo.write({"disposition": disposition, "move_id": False})
        todo._check_at_hand()
        todo._put_away()
        self.env["aftersales.event"]._log("put_elsewhere", todo, notes)
        return True

    def action_open_correct(self):
        """Ask where the copies go, and why."""
        self.ensure_one()
        return self.env["helpdesk.ticket"]._open_dialog(
            "aftersales.correct.wizard",
            self.env._("Put Somewhere Else"),
            inspection_id=self.id,
        )

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    def _check_correctable(self):
        self.ensure_one()
        names = {"case": self.ticket_id.number, "title": self.product_id.display_name}
        problem = False
        if self.state != "done":
            problem = self.env._(
                "Case %(case)s: %(title)s is not inspected yet. Change it on the inspection.",
                **names,
            )
        elif self.scrap_id:
            problem = self.env._(
                "Case %(case)s: %(title)s was pulped (%(scrap)s), its value is a loss. If it is "
                "there all the same, count it in by an inventory adjustment and tell finance.",
                scrap=self.scrap_id.name,
                **names,
            )
        elif self.pulp_state == "approved":
            problem = self.env._(
                "Case %(case)s: %(title)s is on list %(list)s, which is approved. Let a manager "
                "take the approval back first.",
                list=self.pulp_list_id.name,
                **names,
            )
        if problem:
            raise UserError(problem)

    def _check_not_going_back(self):
        """Refuse copies in quarantine of which the reader gets so many that too few stay.

        :raises UserError: naming the case and the title
        """
        here = self.filtered(lambda i: not i.move_id)
        groups = here.grouped(lambda i: (i.move_line_id.move_id, i.lot_id))
        for (return_move, lot), inspections in groups.items():
            stay = return_move._get_copies_that_stay(lot)
            first = inspections[0]
            wanted = sum(inspections.mapped("quantity"))
            if first.product_id.uom_id.compare(wanted, stay) > 0:
                raise UserError(
                    self.env._(
                        "Case %(case)s: %(title)s goes back to the reader, so it is put nowhere.",
                        case=first.ticket_id.number,
                        title=first.product_id.display_name,
                    )
                )

    def _bring_back(self):
        """Reverse what put the copies away, as far as the warehouse has not done so by hand.

        :raises UserError: naming those that are not there any more, or promised to somebody
        """
        wanted = {}
        for inspection in self:
            rest = inspection.quantity - inspection._get_put_away_undone()
            if inspection.product_id.uom_id.compare(rest, 0.0) > 0:
                wanted[inspection] = rest
        self._check_still_there(wanted)
        if not wanted:
            return
        todo = self.browse().concat(*wanted)
        for picking, group in todo.grouped(lambda i: i.move_id.picking_id).items():
            back = (
                self.env["stock.picking"]
                .with_context(**QUIET)
                .create(
                    {
                        "picking_type_id": picking.picking_type_id.id,
                        "company_id": picking.company_id.id,
                        "origin": picking.origin,
                        "return_id": picking.id,
                        "location_id": picking.location_dest_id.id,
                        "location_dest_id": picking.location_id.id,
                        "move_ids": [
                            Command.create(inspection._prepare_back_vals(wanted[inspection]))
                            for inspection in group
                        ],
                    }
                )
            )
            for line in back.move_ids.move_line_ids:
                line.picking_id = back
            back.action_confirm()
            back.move_ids.picked = True
            back.move_ids._action_done()

    def _prepare_back_vals(self, quantity):
        put_away = self.move_id
        common = {
            "company_id": self.company_id.id,
            "product_id": self.product_id.id,
            "location_id": put_away.location_dest_id.id,
            "location_dest_id": put_away.location_id.id,
        }
        unit = self.product_id.uom_id.id
        return {
            **common,
            "product_uom": unit,
            "product_uom_qty": quantity,
            "origin": self.ticket_id.number,
            "origin_returned_move_id": put_away.id,
            "procure_method": "make_to_stock",
            "move_line_ids": [
                Command.create(
                    {
                        **common,
                        "product_uom_id": unit,
                        "lot_id": self.lot_id.id,
                        "quantity": quantity,
                        "picked": True,
                    }
                )
            ],
        }

    def _check_still_there(self, wanted):
        """Refuse copies of which too few lie free where they were put.

        :param wanted: ``{inspection: copies to bring back}``
        """
        groups = (
            self.browse()
            .concat(*wanted)
            .grouped(lambda i: (i.product_id, i.move_id.location_dest_id, i.lot_id))
        )
        for (title, place, lot), inspections in groups.items():
            if not title.is_storable:
                continue
            # what lies on a shelf below is not here: the reversal takes it from this very place
            free = self.env["stock.quant"]._get_available_quantity(
                title, place, lot_id=lot, strict=True
            )
            needed = sum(wanted[inspection] for inspection in inspections)
            if title.uom_id.compare(needed, free) > 0:
                raise UserError(
                    self.env._(
                        "Case %(case)s: %(needed)g copies of %(title)s (print run %(lot)s) were put "
                        "in %(place)s, %(free)g are free there: the others were sold, reserved or "
                        "moved. Free them or bring them back there, then try again.",
                        case=", ".join(inspections.ticket_id.mapped("number")),
                        needed=needed,
                        title=title.display_name,
                        lot=lot.name or "—",
                        place=place.display_name,
                        free=max(0.0, free),
                    )
                )
