from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import content_disposition, request

from odoo.addons.helpdesk_mgmt.controllers.main import HelpdeskTicketController
from odoo.addons.portal.controllers.portal import CustomerPortal


class AftersalesTicketController(HelpdeskTicketController, CustomerPortal):
    """Close the holes of the helpdesk's portal (R13.1)."""

    @http.route()
    def support_ticket_close(self, **kw):
        """Let readers close their own helpdesk tickets, and nobody else's.

        The helpdesk closes any ticket whose number is named. Here the ticket must be
        one that the user may read, the stage one of those offered to its team; an
        after-sales case is never closed this way, it may be half-posted.
        """
        try:
            ticket_id, stage_id = int(kw["ticket_id"]), int(kw["stage_id"])
            ticket_sudo = self._document_check_access("helpdesk.ticket", ticket_id)
        except (KeyError, ValueError, AccessError, MissingError):
            return request.redirect("/my")
        stages = ticket_sudo.team_id._get_applicable_stages().filtered("close_from_portal")
        if stage_id in stages.ids and not ticket_sudo.is_aftersales:
            ticket_sudo.stage_id = stage_id
        # the code that the helpdesk answers with
        return request.redirect(f"/my/ticket/{ticket_sudo.id}", code=302)

    @http.route(
        "/my/ticket/<int:ticket_id>/return-slip/<int:picking_id>",
        type="http",
        auth="public",
        website=True,
    )
    def aftersales_return_slip(self, ticket_id, picking_id, access_token=None, **kw):
        """Give readers the slip of a parcel that they are to send: their own, or by token."""
        try:
            ticket_sudo = self._document_check_access(
                "helpdesk.ticket", ticket_id, access_token=access_token
            )
        except (AccessError, MissingError):
            return request.redirect("/my")
        parcel_sudo = ticket_sudo._get_return_slips().filtered(lambda p: p.id == picking_id)
        if not parcel_sudo:
            return request.redirect(ticket_sudo.access_url)
        report = "aftersales_publishing.aftersales_return_slip_report"
        pdf, _type = (
            request.env["ir.actions.report"].sudo()._render_qweb_pdf(report, parcel_sudo.ids)
        )
        name = f"{parcel_sudo.name.replace('/', '_')}.pdf"
        return request.make_response(
            pdf,
            [
                ("Content-Type", "application/pdf"),
                ("Content-Length", len(pdf)),
                ("Content-Disposition", content_disposition(name)),
            ],
        )
