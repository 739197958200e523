from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import request

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
