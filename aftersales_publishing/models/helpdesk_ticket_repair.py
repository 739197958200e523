from odoo import fields, models

from .aftersales_repair import OPEN_STATES

REPAIR_STEPS = ("repair", "send_binder", "await_binder", "repair_overdue")


class HelpdeskTicket(models.Model):
    """Copies of the case that are repaired: their list, their day, the agent's decision."""

    _inherit = "helpdesk.ticket"

    repair_ids = fields.One2many("aftersales.repair", "ticket_id", "Repairs")

    # ------------------------------------------------------------------
    # The day of the repair is the day of the case
    # ------------------------------------------------------------------
    def _write_phase(self, phase, step):
        result = super()._write_phase(phase, step)
        if step in REPAIR_STEPS:
            self._follow_repair_term()
        return result

    def _follow_repair_term(self):
        """Let the case be due when the first of its copies is to be repaired."""
        for ticket in self.sudo():
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
        moves = self.effect_ids.filtered(lambda e: e.kind == "giveback").move_ids
        pickings = moves.filtered(lambda m: m.state not in ("done", "cancel")).picking_id
        return self._open_records(self.env._("Repaired Copies"), pickings or self.picking_ids)

    def action_open_repair_term(self):
        """Agree on a new day for the repairs that are not finished."""
        waiting = self.repair_ids.filtered(lambda r: r.state in OPEN_STATES)
        return waiting.action_open_plan()
