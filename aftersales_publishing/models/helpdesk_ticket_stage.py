from odoo import api, fields, models
from odoo.tools import frozendict, ormcache

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

    @api.model_create_multi
    def create(self, vals_list):
        self._forget_phases()
        return super().create(vals_list)

    def write(self, vals):
        self._forget_phases()
        return super().write(vals)

    def unlink(self):
        self._forget_phases()
        return super().unlink()

    @api.model
    def _forget_phases(self):
        self.env.registry.clear_cache()

    @api.model
    @ormcache("team_id", "company_id")
    def _get_phase_stage_ids(self, team_id, company_id):
        """Return ``{phase: stage id}`` for the cases of a team, or of a company without one."""
        team = self.env["helpdesk.ticket.team"].sudo().browse(team_id)
        stages = team.with_company(company_id)._get_applicable_stages().filtered("phase")
        return frozendict({s.phase: s.id for s in stages.sorted("sequence", reverse=True)})

    @api.model
    @ormcache()
    def _get_phases(self):
        """Return ``{stage id: (phase, term in days)}`` of stages with a phase, archived or not."""
        stages = self.sudo().with_context(active_test=False).search([("phase", "!=", False)])
        return frozendict({stage.id: (stage.phase, stage.term_days) for stage in stages})
