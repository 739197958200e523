from odoo import models


class HelpdeskTicketTeam(models.Model):
    _inherit = "helpdesk.ticket.team"

    def _get_applicable_stages(self):
        """A team with stages that stand for phases uses these alone.

        Otherwise a new case would start in a stage without a phase, and the board of
        the team would show the general stages beside its own.
        """
        stages = super()._get_applicable_stages()
        own = stages.filtered(lambda stage: stage.phase and self in stage.team_ids)
        return own or stages

    def write(self, vals):
        if "company_id" in vals:  # decides which stages apply
            self.env["helpdesk.ticket.stage"]._forget_phases()
        return super().write(vals)
