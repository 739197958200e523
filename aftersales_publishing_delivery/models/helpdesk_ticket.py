from odoo import api, fields, models


class HelpdeskTicket(models.Model):
    """The labels and the freight of a case (R6.5)."""

    _inherit = "helpdesk.ticket"

    freight_ids = fields.One2many(
        "aftersales.freight",
        "ticket_id",
        groups="aftersales_publishing.group_agent,"
        "aftersales_publishing.group_finance,aftersales_publishing.group_auditor",
    )
    can_get_label = fields.Boolean(compute="_compute_can_get_label", compute_sudo=True)
    label_note = fields.Char(
        compute="_compute_can_get_label",
        compute_sudo=True,
        help="Why the return slip goes without a label.",
    )

    @api.depends("resolution_ids.can_get_label", "effect_ids.state")
    def _compute_can_get_label(self):
        without = self.resolution_ids._get_return_pickings()._get_without_label()
        for ticket in self:
            awaited = ticket.resolution_ids.filtered(
                lambda r, without=without: r._get_return_pickings() & without
            )
            ticket.can_get_label = any(awaited.mapped("can_get_label"))
            lacking = awaited.filtered(lambda r: not r.can_get_label)[:1]
            ticket.label_note = bool(lacking) and lacking._get_label_problem()

    def action_get_return_label(self):
        """Have the carrier make the return labels of the case."""
        return self.resolution_ids.filtered("can_get_label").action_get_return_label()
