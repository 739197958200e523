from odoo import api, fields, models

JUDGING_PHASES = ("triage", "proposal")


class HelpdeskTicket(models.Model):
    """The verdicts that the rules propose for the books of a case, and one click to accept (R3.2)."""

    _inherit = "helpdesk.ticket"

    unjudged_line_ids = fields.Many2many(
        "aftersales.case.line",
        compute="_compute_unjudged_line_ids",
        help="Books without a verdict, while the case is about it.",
    )
    unjudged_count = fields.Integer(compute="_compute_unjudged_line_ids")
    has_proposal = fields.Boolean(
        compute="_compute_has_proposal", help="A rule proposes a verdict on a book."
    )
    skipped_rules = fields.Char(
        compute="_compute_has_proposal", help="Rules that could not be evaluated."
    )

    @api.depends("phase", "line_ids.verdict_id")
    def _compute_unjudged_line_ids(self):
        for ticket in self:
            judging = ticket.phase in JUDGING_PHASES and ticket.case_type_id.is_complaint
            lines = ticket.line_ids if judging else ticket.line_ids.browse()
            ticket.unjudged_line_ids = lines.filtered(lambda line: not line.verdict_id)
            ticket.unjudged_count = len(ticket.unjudged_line_ids)

    @api.depends("phase", "line_ids.proposal_rule_id", "line_ids.skipped_rules")
    def _compute_has_proposal(self):
        for ticket in self:
            lines = ticket.unjudged_line_ids
            skipped = filter(None, lines.mapped("skipped_rules"))
            ticket.has_proposal = bool(lines.proposal_rule_id)
            ticket.skipped_rules = ", ".join(dict.fromkeys(skipped))

    def action_accept_verdicts(self):
        """Accept what the rules propose for the books that have no verdict (R3.2)."""
        return self.line_ids.action_accept_verdict()
