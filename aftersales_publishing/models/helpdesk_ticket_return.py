from odoo import api, fields, models


class HelpdeskTicket(models.Model):
    """How and until when the copies of a case come back (R6.5)."""

    _inherit = "helpdesk.ticket"

    return_due = fields.Date("Due Back", compute="_compute_return_due", compute_sudo=True)

    has_return_slip = fields.Boolean(compute="_compute_return_due", compute_sudo=True)

    @api.depends("resolution_ids.return_due", "effect_ids.state")
    def _compute_return_due(self):
        for ticket in self:
            awaited = ticket.resolution_ids.filtered(lambda r: r._get_open_returns())
            dated = awaited.filtered("return_due")
            ticket.return_due = min(dated.mapped("return_due"), default=False)
            ticket.has_return_slip = bool(awaited)

    def action_open_return_way(self):
        """Agree how and until when the copies come back: those that the next step is about."""
        self.ensure_one()
        steps = self.env["aftersales.next.step"]
        settable = self.resolution_ids.filtered("can_set_return")
        urgent = settable.filtered(lambda r: steps._get_return_step(r) == self.next_step)
        return (urgent or settable).action_open_return_way()

    def action_open_end_return(self):
        """End the overdue return: cancel a remedy of which nothing happened, else give up the rest."""
        overdue = self.resolution_ids.filtered(
            lambda r: r.is_return_overdue and r.state == "agreed" and r.progress != "done"
        )
        untouched = overdue.filtered(lambda r: not any(r.effect_ids.mapped("quantity_done")))
        return untouched.action_open_cancel() if untouched else self.action_open_give_up()

    def action_print_return_slip(self):
        """Print the return slips of the case."""
        return self.resolution_ids.filtered("can_print_slip").action_print_return_slip()

    def _get_return_slips(self):
        """Return the parcels that the reader is still to send: those have a slip."""
        return self.sudo().resolution_ids._get_return_pickings()
