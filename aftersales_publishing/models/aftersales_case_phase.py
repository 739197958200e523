from odoo import api, fields, models

CLOSED_PHASES = ("done", "refused", "cancelled")


class AftersalesCasePhase(models.AbstractModel):
    """The way of a case through the house: phase, stage, next step and deadline.

    Mixed into ``helpdesk.ticket``. The phase follows from the facts
    (``aftersales.next.step``); it is stored so that queues are one indexed search.
    """

    _name = "aftersales.case.phase"
    _description = "Phase of a Case"

    def _sync_phase(self):
        """Write phase, stage, next step and deadline where they changed; never mails."""
        Step = self.env["aftersales.next.step"]
        changed = self.browse()
        cases = self.sudo().filtered("is_aftersales")
        targets = {}
        for ticket in cases:
            phase = Step._get_phase(ticket)
            step = Step._get_step(ticket, phase)
            stage_fits = ticket.stage_id.phase in (phase, False)
            if (phase, step) != (ticket.phase, ticket.next_step) or not stage_fits:
                targets.setdefault((phase, step), self.browse().sudo())
                targets[phase, step] |= ticket
                changed |= ticket
        for (phase, step), tickets in targets.items():
            tickets._write_phase(phase, step)
        if changed:
            Step._sync_activities(changed.sudo())

    def _mark_registered(self):
        """Leave *intake*: from now on the phase follows from the facts."""
        self._write_unguarded(
            {"registered_at": fields.Datetime.now(), "phase": "triage", "next_step": False}
        )
        self._sync_phase()

    def _set_phase(self, phase):
        cases = self.sudo()
        cases._write_phase(phase, self.env["aftersales.next.step"]._get_step(cases[:1], phase))
        self.env["aftersales.next.step"]._sync_activities(cases)

    def _write_phase(self, phase, step):
        for team, tickets in self.grouped("team_id").items():
            stage = self._get_phase_stages(team).get(phase)
            vals = {"phase": phase, "next_step": step}
            moved = tickets.filtered(
                lambda t, stage=stage: t.phase != phase or t.stage_id != (stage or t.stage_id)
            )
            (tickets - moved)._write_unguarded({"next_step": step})
            if stage:
                vals["stage_id"] = stage.id
            vals["next_deadline"] = stage and self._get_deadline(stage)
            if phase not in CLOSED_PHASES:
                vals["closed_date"] = False
            if moved:
                moved._write_unguarded(vals)

    @api.model
    def _get_phase_stages(self, team):
        stages = team._get_applicable_stages().filtered("phase").sorted("sequence", reverse=True)
        return {stage.phase: stage for stage in stages}

    @api.model
    def _get_deadline(self, stage):
        if not stage.term_days:
            return False
        return fields.Date.add(fields.Date.context_today(self), days=stage.term_days)

    def _close(self, phase, code, reason, resolution_state="cancelled"):
        cases = self.sudo().filtered(lambda t: t.phase not in (phase,))
        live = cases.resolution_ids.filtered(lambda r: r.state in ("proposed", "agreed"))
        live.action_cancel(reason)
        if resolution_state == "refused":
            live.filtered(lambda r: not r.effect_ids).state = "refused"
        cases._write_unguarded({"closing_reason": reason})
        cases._set_phase(phase)
        self.env["aftersales.event"]._log(code, cases, reason)

    def _reopen(self):
        self.sudo()._write_unguarded(
            {"phase": "triage", "next_step": False, "closed_date": False, "closing_reason": False}
        )
        self.sudo()._sync_phase()
