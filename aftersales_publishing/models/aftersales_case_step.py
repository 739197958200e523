from odoo import api, fields, models
from odoo.fields import Domain

from .aftersales_case_phase import CLOSED_PHASES
from .aftersales_next_step import STEP_ROLE, TROUBLED_STEPS
from .aftersales_resolution import LIVE_STATES


class AftersalesCaseStep(models.AbstractModel):
    """What views ask of the next step of a case: whose it is, and what may be done meanwhile.

    Mixed into ``helpdesk.ticket``. A new step says so in one place, not in each view.
    """

    _name = "aftersales.case.step"
    _description = "Next Step on the Screen"

    next_role = fields.Selection(
        [("agent", "Agent"), ("warehouse", "Warehouse"), ("finance", "Finance")],
        "Who Acts",
        compute="_compute_next_role",
        search="_search_next_role",
    )
    is_troubled = fields.Boolean(
        compute="_compute_next_role", help="Something went wrong or is late: the agent decides."
    )
    can_cancel = fields.Boolean(
        compute="_compute_can_cancel", help="Nothing came back, left or was credited yet."
    )

    @api.depends("next_step")
    def _compute_next_role(self):
        for ticket in self:
            ticket.next_role = STEP_ROLE.get(ticket.next_step)
            ticket.is_troubled = ticket.next_step in TROUBLED_STEPS

    def _search_next_role(self, operator, value):
        if operator != "in":
            return NotImplemented
        steps = [step for step, role in STEP_ROLE.items() if role in value]
        found = Domain("next_step", "in", steps)
        return found | Domain("next_step", "=", False) if False in value else found

    @api.depends("phase", "resolution_ids.can_cancel")
    def _compute_can_cancel(self):
        for ticket in self.sudo():
            live = ticket.resolution_ids.filtered(lambda r: r.state in LIVE_STATES)
            ticket.can_cancel = (
                ticket.phase not in (False, *CLOSED_PHASES)
                and all(live.mapped("can_cancel"))
                and not any(effect._has_posted_document() for effect in live.effect_ids)
            )
