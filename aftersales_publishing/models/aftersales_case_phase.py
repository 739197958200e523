from collections import defaultdict

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
        stages = self.env["helpdesk.ticket.stage"]._get_phases()
        targets = defaultdict(list)
        for ticket in self.sudo().filtered("is_aftersales"):
            phase = Step._get_phase(ticket)
            step = Step._get_step(ticket, phase)
            stage_phase, _term = stages.get(ticket.stage_id.id, (False, 0))
            stage_fits = stage_phase in (phase, False)
            if (phase, step) != (ticket.phase, ticket.next_step) or not stage_fits:
                targets[phase, step].append(ticket.id)
        for (phase, step), ticket_ids in targets.items():
            tickets = self.sudo().browse(ticket_ids)
            tickets._write_phase(phase, step)
            Step._hand_on(tickets)

    def _mark_registered(self):
        """Leave *intake*: from now on the phase follows from the facts."""
        self._write_unguarded(
            {"registered_at": fields.Datetime.now(), "phase": "triage", "next_step": False}
        )
        self._sync_phase()

    def _set_phase(self, phase):
        cases = self.sudo()
        cases._write_phase(phase, self.env["aftersales.next.step"]._get_step(cases[:1], phase))
        self.env["aftersales.next.step"]._hand_on(cases)

    def _write_phase(self, phase, step):
        for team, tickets in self.grouped("team_id").items():
            stage = self._get_phase_stage(team, phase)
            vals = {"phase": phase, "next_step": step}
            moved = tickets.filtered(
                lambda t, stage=stage: t.phase != phase or t.stage_id != (stage or t.stage_id)
            )
            (tickets - moved)._write_unguarded({"next_step": step})
            if stage:
                vals["stage_id"] = stage.id
            vals["next_deadline"] = self._get_deadline(stage)
            if phase not in CLOSED_PHASES:
                vals["closed_date"] = False
            if moved:
                (moved.stage_id | stage).mapped("closed")  # read both at once
                moved._write_unguarded(vals)

    @api.model
    def _get_phase_stage(self, team, phase):
        """Return the stage that stands for the phase on the team's board, if any."""
        Stage = self.env["helpdesk.ticket.stage"]
        return Stage.browse(Stage._get_phase_stage_ids(team.id, self.env.company.id).get(phase))

    @api.model
    def _get_deadline(self, stage):
        _phase, days = stage._get_phases().get(stage.id, (False, 0))
        return fields.Date.add(fields.Date.context_today(self), days=days) if days else False

    def _close(self, phase, code, reason, resolution_state="cancelled"):
        cases = self.sudo().filtered(lambda t: t.phase not in (phase,))
        live = cases.resolution_ids.filtered(lambda r: r.state in ("proposed", "agreed"))
        if resolution_state == "refused":
            live = live.filtered(lambda r: not r._is_refusal())  # refused already
        live.action_cancel(reason)
        if resolution_state == "refused":
            live.filtered(lambda r: not r.effect_ids).state = "refused"
        cases._write_unguarded({"closing_reason": reason})
        cases._set_phase(phase)
        self.env["aftersales.event"]._log(code, cases, reason)

    def _is_part_settled(self):
        """Whether copies of the case got what cannot be taken back."""
        done = self.sudo().resolution_ids.filtered(
            lambda r: r.line_id and r.state == "agreed" and r.progress == "done"
        )
        return any(effect._has_posted_document() for effect in done.effect_ids)

    def _refuse_rest(self, reason):
        """Refuse the copies that are not settled; open proposals end."""
        unfinished = self.sudo().resolution_ids.filtered(
            lambda r: r.state in ("proposed", "agreed") and r.progress != "done"
        )
        unfinished.action_cancel(reason)
        unfinished.filtered(lambda r: not r.effect_ids).state = "refused"
        rest = self.line_ids.filtered(lambda line: line._get_unresolved_quantity())
        (rest or self.line_ids).action_refuse(reason)

    def _reopen(self):
        self.sudo().resolution_ids._withdraw_refusals()
        self._resume()

    def _resume(self):
        """Let the phase of closed cases follow from the facts again."""
        self.sudo()._write_unguarded(
            {"phase": "triage", "next_step": False, "closed_date": False, "closing_reason": False}
        )
        self.sudo()._sync_phase()
