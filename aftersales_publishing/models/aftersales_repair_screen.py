from odoo import models
from odoo.tools import format_date


class AftersalesRepair(models.Model):
    """What the rows of repairs open: each button ends in a verb."""

    _inherit = "aftersales.repair"

    def _compute_display_name(self):
        for repair in self:
            repair.display_name = (
                f"{repair.case_number}: {repair.quantity:g} × {repair.product_id.display_name}"
            )

    def _describe_place(self):
        """Tell who has the copies, and until when, for whoever answers the reader (R8.6)."""
        self.ensure_one()
        values = {
            "binder": self.binder_id.display_name,
            "day": format_date(self.env, self.due) or "—",
        }
        if self.state == "sending":
            return self.env._("to go to %(binder)s, back by %(day)s", **values)
        if self.state == "away":
            return self.env._("at %(binder)s, back by %(day)s", **values)
        return self.env._("in our house, ready by %(day)s", **values)

    def action_open_not_repairable(self):
        """Ask why the copies cannot be repaired."""
        return self.env["helpdesk.ticket"]._open_reason(
            self.env._("Not Repairable"),
            self,
            "action_not_repairable",
            self.env._("Why can the copies not be repaired?"),
        )

    def action_open_plan(self):
        """Ask who repairs the copies, and until when."""
        return self.env["helpdesk.ticket"]._open_dialog(
            "aftersales.repair.wizard", self.env._("Plan the Repair"), repair_ids=self.ids
        )

    def action_open_binder(self):
        """Ask which binder repairs the copies, and until when."""
        return self.env["helpdesk.ticket"]._open_dialog(
            "aftersales.repair.wizard",
            self.env._("Send to a Binder"),
            repair_ids=self.ids,
            to_binder=True,
        )

    def action_view_way(self):
        """Open the transfer on which the copies wait: to the binder, or back."""
        repairs = self.sudo()
        moves = repairs.out_move_id | repairs.back_move_id
        waiting = moves.filtered(lambda m: m.state not in ("done", "cancel"))
        pickings = (waiting or moves).picking_id.sudo(False)
        return self.env["helpdesk.ticket"]._open_records(self.env._("Binder"), pickings)

    def action_view_case(self):
        """Open the case."""
        return self.env["helpdesk.ticket"]._get_cases_action(self.ticket_id)
