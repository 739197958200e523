from odoo import api, fields, models
from odoo.tools import format_date

from .aftersales_case_phase import CLOSED_PHASES
from .aftersales_enquiry import ASKERS


class HelpdeskTicket(models.Model):
    """Who holds the case while a question about it is open (R3.4)."""

    _inherit = "helpdesk.ticket"

    enquiry_ids = fields.One2many("aftersales.enquiry", "ticket_id", "Enquiries")
    enquiry_note = fields.Char(
        compute="_compute_enquiry_note", help="Whose answer the case waits for, and until when."
    )

    next_holder = fields.Char(
        "Who Has It",
        compute="_compute_next_holder",
        help="The desk that acts next; while an answer is awaited, whoever was asked.",
    )

    @api.depends("enquiry_ids.state", "enquiry_ids.due", "enquiry_ids.holder")
    @api.depends_context("lang")
    def _compute_enquiry_note(self):
        for ticket in self:
            waiting = ticket._get_open_enquiries()
            ticket.enquiry_note = ", ".join(
                self.env._(
                    "%(holder)s (by %(day)s)", holder=e.holder, day=format_date(self.env, e.due)
                )
                for e in waiting
            )

    @api.depends("next_step", "enquiry_ids.state", "enquiry_ids.holder")
    @api.depends_context("lang")
    def _compute_next_holder(self):
        roles = dict(self._fields["next_role"]._description_selection(self.env))
        for ticket in self:
            holders = []
            if ticket.next_step == "await_answer":
                holders = ticket._get_open_enquiries().mapped("holder")
            ticket.next_holder = ", ".join(dict.fromkeys(holders)) or roles.get(ticket.next_role)

    def _get_open_enquiries(self):
        return self.enquiry_ids.filtered(lambda enquiry: enquiry.state == "open")

    def action_open_enquiry(self):
        """Ask a colleague or a partner."""
        self.ensure_one()
        self._check_role(*ASKERS)
        action = self._open_dialog(
            "aftersales.enquiry",
            self.env._("Ask Somebody"),
            ticket_id=self.id,
            line_id=self.line_ids.id if len(self.line_ids) == 1 else False,
        )
        view = self.env.ref("aftersales_publishing.aftersales_enquiry_view_form_new")
        action["views"] = [(view.id, "form")]
        return action

    def action_open_answer(self):
        """Note the answer that is due first."""
        return self._get_open_enquiries()[:1].action_open_answer()

    def _write_phase(self, phase, step):
        """A case that ends takes its open questions along: nobody answers for nothing."""
        result = super()._write_phase(phase, step)
        waiting = phase in CLOSED_PHASES and self.sudo()._get_open_enquiries()
        if waiting:
            waiting._end("withdrawn", "enquiry_withdrawn", self.env._("The case was closed."))
        return result
