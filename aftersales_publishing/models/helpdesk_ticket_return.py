from odoo import api, fields, models


class HelpdeskTicket(models.Model):
    """How and until when the copies of a case come back (R6.5)."""

    _inherit = "helpdesk.ticket"

    return_due = fields.Date("Due Back", compute="_compute_return_due", compute_sudo=True)

    @api.depends("resolution_ids.return_due", "effect_ids.state")
    def _compute_return_due(self):
        for ticket in self:
            awaited = ticket.resolution_ids.filtered(
                lambda r: r.return_due and r.state == "agreed" and r._get_open_returns()
            )
            ticket.return_due = min(awaited.mapped("return_due"), default=False)

    def action_open_return_way(self):
        """Agree how and until when the copies come back."""
        return self.resolution_ids.filtered("can_set_return").action_open_return_way()

    def action_print_return_slip(self):
        """Print the return slips of the case."""
        return self.resolution_ids.filtered("can_print_slip").action_print_return_slip()

    def _get_return_slips(self):
        """Return the parcels that the reader is still to send: those have a slip."""
        return self.sudo().resolution_ids._get_return_pickings()
