from odoo import api, fields, models

from .aftersales_case_screen import MONEY_ROLES


class HelpdeskTicket(models.Model):
    """What a sales platform paid back on a case (R6.9)."""

    _inherit = "helpdesk.ticket"

    platform_refund_ids = fields.One2many(
        "aftersales.platform.refund", "ticket_id", "Platform Refunds", groups=MONEY_ROLES
    )
    platform_refund_count = fields.Integer(
        compute="_compute_platform_refund_count", groups=MONEY_ROLES
    )

    has_platforms = fields.Boolean(compute="_compute_has_platforms", help="The house sells there.")

    @api.depends("company_id")
    def _compute_has_platforms(self):
        companies = self.env["aftersales.refund"]._get_companies_on_platforms()
        for ticket in self:
            ticket.has_platforms = ticket.company_id in companies

    @api.depends("platform_refund_ids.is_cancelled")
    def _compute_platform_refund_count(self):
        for ticket in self:
            ticket.platform_refund_count = len(
                ticket.platform_refund_ids.filtered(lambda record: not record.is_cancelled)
            )

    def action_open_platform_refund(self):
        """Ask for the number and the shares of what a platform paid."""
        self.ensure_one()
        return self._open_dialog(
            "aftersales.platform.refund.wizard",
            self.env._("Paid by a Platform"),
            ticket_id=self.id,
            line_ids=self.line_ids.ids,
        )

    def action_view_platform_refunds(self):
        return self._open_records(self.env._("Platform Refunds"), self.platform_refund_ids)
