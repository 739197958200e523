from odoo import fields, models

# The way of a case through the house; the ticket's ``phase`` has the same values
PHASES = [
    ("intake", "Intake"),
    ("waiting_proof", "Waiting for proof"),
    ("triage", "Triage"),
    ("proposal", "Proposal"),
    ("waiting_reader", "Waiting for the reader"),
    ("execution", "Execution"),
    ("approval", "Approval"),
    ("done", "Done"),
    ("refused", "Refused"),
    ("cancelled", "Cancelled"),
]


class HelpdeskTicketStage(models.Model):
    """Let a stage stand for a phase of the case.

    A case whose phase changes moves to the stage of that phase; where none
    matches, it stays where it is. Stages without a phase are as before.
    """

    _inherit = "helpdesk.ticket.stage"

    phase = fields.Selection(
        selection=PHASES,
        help="The phase of an after-sales case this stage stands for. "
        "Leave empty for stages that are not used by cases.",
    )
    term_days = fields.Integer(
        string="Term (days)",
        help="Days allowed in this phase; 0 = no deadline.",
    )

    _term_days_positive = models.Constraint(
        "CHECK(term_days >= 0)",
        "The term of a stage cannot be negative: enter 0 for no deadline.",
    )
