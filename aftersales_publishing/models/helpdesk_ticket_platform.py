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

    can_note_platform = fields.Boolean(compute="_compute_can_note_platform")
    has_platforms = fields.Boolean(compute="_compute_has_platforms", help="The house sells there.")

    @api.depends("company_id")
    def _compute_has_platforms(self):
        companies = self.env["aftersales.refund"]._get_companies_on_platforms()
        for ticket in self:
            ticket.has_platforms = ticket.company_id in companies

    @api.depends(
        "company_id",
        "phase",
        "line_ids.quantity",
        "resolution_ids.state",
        "resolution_ids.progress",
    )
    def _compute_can_note_platform(self):
        """Also on a finished case, for copies that were refused or have no remedy."""
        for ticket in self:
            ticket.can_note_platform = (
                ticket.has_platforms
                and ticket.phase not in (False, "intake", "cancelled")
                and bool(ticket._get_lines_for_platform())
            )

    def _get_lines_for_platform(self):
        """Return the books that a platform's refund may be about."""
        self.ensure_one()
        if self.phase == "done":
            return self.line_ids._get_open_for_platform()
        return self.line_ids

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
            line_ids=self._get_lines_for_platform().ids,
        )

    def action_view_platform_refunds(self):
        return self._open_records(self.env._("Platform Refunds"), self.platform_refund_ids)
