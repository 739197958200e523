from odoo import api, fields, models

from .aftersales_repair import OPEN_STATES

REPAIR_STEPS = ("repair", "send_binder", "await_binder", "repair_overdue")
AFTER_REPAIR = ("repair_failed", "give_back")


class HelpdeskTicket(models.Model):
    """Copies of the case that are repaired: their list, their day, the agent's decision."""

    _inherit = "helpdesk.ticket"

    repair_ids = fields.One2many("aftersales.repair", "ticket_id", "Repairs")

    repair_place = fields.Char(
        compute="_compute_repair_place",
        compute_sudo=True,
        help="Who has the copies, and until when they are to be repaired.",
    )
    repair_note = fields.Char(
        compute="_compute_repair_note",
        compute_sudo=True,
        help="What could not be repaired and waits for the agent's decision, and why.",
    )

    @api.depends("repair_ids.state", "repair_ids.outcome")
    def _compute_repair_note(self):
        for ticket in self:
            failed = ticket.resolution_ids._get_failed_repairs()
            ticket.repair_note = "; ".join(
                f"{repair.quantity:g} × {repair.product_id.display_name}: {repair.result_note}"
                for repair in failed
            )

    @api.depends("repair_ids.state", "repair_ids.due", "repair_ids.binder_id")
    def _compute_repair_place(self):
        for ticket in self:
            repairs = ticket.repair_ids.filtered(lambda r: r.state in OPEN_STATES)
            places = [repair._describe_place() for repair in repairs]
            ticket.repair_place = "; ".join(dict.fromkeys(places))

    # ------------------------------------------------------------------
    # The day of the repair is the day of the case
    # ------------------------------------------------------------------
    def _write_phase(self, phase, step):
        result = super()._write_phase(phase, step)
        if step in REPAIR_STEPS:
            self._follow_repair_term()
        elif step in AFTER_REPAIR:
            self._start_stage_term()
        return result

    def _start_stage_term(self):
        """Let the term of the stage run once more: the day of the repair is no longer that of the case."""
        for stage, tickets in self.sudo().grouped("stage_id").items():
            tickets._write_unguarded({"next_deadline": self._get_deadline(stage)})

    def _follow_repair_term(self):
        """Let the case be due when the first of its copies is to be repaired.

        Not while something else is the next step: that keeps its own day.
        """
        for ticket in self.sudo().filtered(lambda t: t.next_step in REPAIR_STEPS):
            waiting = ticket.repair_ids.filtered(lambda r: r.state in OPEN_STATES and r.due)
            due = min(waiting.mapped("due"), default=False)
            if due and ticket.next_deadline != due:
                ticket._write_unguarded({"next_deadline": due})
                self.env["aftersales.next.step"]._hand_on(ticket)

    # ------------------------------------------------------------------
    # Buttons of the step
    # ------------------------------------------------------------------
    def _get_failed_resolutions(self):
        return self.resolution_ids.filtered(lambda r: r.progress == "repair_failed")

    def action_exchange_instead(self):
        """Exchange what cannot be repaired."""
        return self._get_failed_resolutions().action_exchange_instead()

    def action_refund_instead(self):
        """Refund what cannot be repaired."""
        return self._get_failed_resolutions().action_refund_instead()

    def action_return_unrepaired(self):
        """Send what cannot be repaired home as it is."""
        return self._get_failed_resolutions().action_return_unrepaired()

    def action_view_repairs(self):
        """Open the copies of the case that are to be repaired."""
        return {
            **self.env["ir.actions.actions"]._for_xml_id(
                "aftersales_publishing.aftersales_repair_action"
            ),
            "domain": [("ticket_id", "in", self.ids)],
        }

    def action_open_binder_way(self):
        """Open the transfers to and from the binder that are not done yet."""
        moves = self.effect_ids.filtered(lambda e: e.kind == "repair").move_ids
        pickings = moves.filtered(lambda m: m.state not in ("done", "cancel")).picking_id
        return self._open_records(self.env._("Binder"), pickings or self.picking_ids)

    def action_open_give_back(self):
        """Open the transfer that brings the reader's copies home."""
        gives = self.effect_ids.filtered(lambda e: e.kind == "giveback")
        moves = gives.move_ids | gives._get_moves_home()
        pickings = moves.filtered(lambda m: m.state not in ("done", "cancel")).picking_id
        return self._open_records(self.env._("Repaired Copies"), pickings or self.picking_ids)

    def action_open_repair_term(self):
        """Agree on a new day for the repairs that are not finished."""
        waiting = self.repair_ids.filtered(lambda r: r.state in OPEN_STATES)
        return waiting.action_open_plan()
