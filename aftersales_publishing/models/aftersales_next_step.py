from odoo import api, fields, models

# What has to happen next on a case, in the order of a case, and who does it.
NEXT_STEPS = [
    ("register", "Complete the case and register it", "agent"),
    ("await_proof", "Wait for the reader's proof", "agent"),
    ("judge", "Judge who is responsible", "agent"),
    ("propose", "Propose a remedy", "agent"),
    ("await_reader", "Note the reader's answer", "agent"),
    ("execute", "Execute the remedy", "agent"),
    ("decide", "Decide on the contradicted copies", "agent"),
    ("retry", "Mend what failed and try again", "agent"),
    ("receive", "Receive the return", "warehouse"),
    ("inspect", "Inspect the copies", "warehouse"),
    ("approve", "Approve the refund", "finance"),
    ("ship", "Ship the replacement", "warehouse"),
    ("post_refund", "Post the refund", "agent"),
    ("pay", "Pay the refund", "finance"),
]
STEP_SELECTION = [(code, label) for code, label, _role in NEXT_STEPS]
STEP_ROLE = {code: role for code, _label, role in NEXT_STEPS}
STEP_ORDER = {code: order for order, (code, _label, _role) in enumerate(NEXT_STEPS)}
PHASE_STEP = {
    "intake": "register",
    "waiting_proof": "await_proof",
    "triage": "judge",
    "proposal": "propose",
    "waiting_reader": "await_reader",
}


class AftersalesNextStep(models.AbstractModel):
    """Where a case stands, what comes next and who has to do it.

    Derived from the case's lines and resolutions; ``helpdesk.ticket._sync_phase``
    stores the answer, so that every role finds its work with one indexed search.
    """

    _name = "aftersales.next.step"
    _description = "Next Step of a Case"

    # ------------------------------------------------------------------
    # Phase
    # ------------------------------------------------------------------
    @api.model
    def _get_phase(self, ticket):
        """Return the phase: that of the least advanced live resolution.

        A line without a remedy, beside lines that have one, counts as *proposal*.
        """
        if ticket.phase in ("refused", "cancelled", "intake"):
            return ticket.phase
        live = ticket.resolution_ids.filtered(lambda r: r.state in ("proposed", "agreed"))
        if not live:
            return self._get_phase_before_proposal(ticket)
        phases = {self._get_resolution_phase(resolution) for resolution in live}
        if any(not line._get_live_resolutions() for line in ticket.line_ids):
            phases.add("proposal")
        order = ("proposal", "waiting_reader", "execution", "approval", "done")
        return next(phase for phase in order if phase in phases)

    def _get_phase_before_proposal(self, ticket):
        if any(not proof.received for proof in ticket.proof_ids):
            return "waiting_proof"
        if ticket.phase == "done":
            return "done"
        if ticket.resolution_ids or (
            ticket.line_ids and all(line.verdict_id for line in ticket.line_ids)
        ):
            return "proposal"
        needs_verdict = ticket.case_type_id.is_complaint and ticket.line_ids
        return "triage" if needs_verdict else "proposal"

    def _get_resolution_phase(self, resolution):
        if resolution.state == "proposed":
            return "waiting_reader"
        return {"done": "done", "to_approve": "approval"}.get(resolution.progress, "execution")

    # ------------------------------------------------------------------
    # Step
    # ------------------------------------------------------------------
    @api.model
    def _get_step(self, ticket, phase):
        """Return the code of the next step, ``False`` when nothing is left to do."""
        if phase in PHASE_STEP:
            return PHASE_STEP[phase]
        if phase == "approval":
            return "approve"
        if phase != "execution":
            return False
        live = ticket.resolution_ids.filtered(lambda r: r.state == "agreed")
        steps = [self._get_resolution_step(r) for r in live if r.progress != "done"]
        return min(filter(None, steps), key=STEP_ORDER.get, default="execute")

    def _get_resolution_step(self, resolution):
        direct = {
            "to_execute": "execute",
            "contradicted": "decide",
            "to_inspect": "inspect",
            "to_approve": "approve",
        }
        if resolution.progress in direct:
            return direct[resolution.progress]
        effects = resolution.effect_ids.filtered(lambda e: not e.is_cancelled)
        shipments = effects.filtered(lambda e: e.kind == "shipment" and e.state == "open")
        if any(e.state == "ready" for e in effects):
            return "retry"
        if shipments:
            return "ship"
        states = set(effects.refund_line_ids.refund_id.mapped("state"))
        if "approved" in states:
            return "post_refund"
        if "posted" in states:
            return "pay"
        return "receive"

    # ------------------------------------------------------------------
    # Activities: a task for whoever must act, closed when done
    # ------------------------------------------------------------------
    @api.model
    def _sync_activities(self, tickets):
        """Close the open after-sales activities of the cases and open the next ones."""
        activity_type = self.env.ref("aftersales_publishing.mail_activity_next_step")
        tickets.activity_ids.filtered(
            lambda a: a.activity_type_id == activity_type
        ).action_feedback()
        labels = dict(tickets._fields["next_step"]._description_selection(self.env))
        actors = self._get_actors(tickets, activity_type)
        model_id = self.env["ir.model"]._get_id("helpdesk.ticket")
        today = fields.Date.context_today(self)
        self.env["mail.activity"].sudo().with_context(mail_activity_quick_update=True).create(
            [
                {
                    "activity_type_id": activity_type.id,
                    "res_model_id": model_id,
                    "res_id": ticket.id,
                    "user_id": actors[ticket].id,
                    "summary": labels[ticket.next_step],
                    "date_deadline": ticket.next_deadline or today,
                    "automated": True,
                }
                for ticket in tickets
                if ticket.next_step and actors[ticket]
            ]
        )

    def _get_actors(self, tickets, activity_type):
        """Return ``{case: user}``: the case's agent, else the least busy of the role."""
        actors = {}
        for (role, company), group in tickets.grouped(
            lambda t: (STEP_ROLE.get(t.next_step), t.company_id)
        ).items():
            if not role:
                continue
            users, load = self._get_users(role, company, activity_type)
            for ticket in group:
                if role == "agent" and ticket.user_id:
                    actors[ticket] = ticket.user_id
                    continue
                candidates = users
                if ticket.next_step == "approve":
                    candidates = users - ticket.refund_ids.requested_by_id
                user = min(candidates, key=lambda u: (load.get(u.id, 0), u.id), default=None)
                actors[ticket] = user or ticket.user_id or ticket.team_id.user_id
                if user:
                    load[user.id] = load.get(user.id, 0) + 1
        return {ticket: actors.get(ticket, self.env["res.users"]) for ticket in tickets}

    def _get_users(self, role, company, activity_type):
        group = self.env.ref(f"aftersales_publishing.group_{role}").sudo()
        users = group.all_user_ids.filtered(
            lambda u: company in u.company_ids and not u.share and u.active
        )
        load = (
            self.env["mail.activity"]
            .sudo()
            ._read_group(
                [("user_id", "in", users.ids), ("activity_type_id", "=", activity_type.id)],
                ["user_id"],
                ["__count"],
            )
        )
        return users, {user.id: count for user, count in load}
