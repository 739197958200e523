from odoo import api, fields, models
from odoo.exceptions import MissingError
from odoo.tools import SQL

# What has to happen next on a case, in the order of a case, and who does it.
NEXT_STEPS = [
    ("register", "Complete the case and register it", "agent"),
    ("await_proof", "Wait for the reader's proof", "agent"),
    ("await_answer", "Wait for the answer that was asked for", "agent"),
    ("judge", "Judge who is responsible", "agent"),
    ("propose", "Propose a remedy", "agent"),
    ("await_reader", "Note the reader's answer", "agent"),
    ("execute", "Execute the remedy", "agent"),
    ("decide", "Decide on the contradicted copies", "agent"),
    ("refused", "Finance refused: ask again or finish without a refund", "agent"),
    ("announce", "The return was cancelled: announce it again or finish", "agent"),
    ("overdue", "The return is overdue: give more time or finish", "agent"),
    ("repair_failed", "Not repairable: exchange, refund or send it back", "agent"),
    ("repair_overdue", "The repair is overdue: agree on a new day", "agent"),
    ("resend", "What was sent did not arrive: send it again or cancel", "agent"),
    ("edition_cancelled", "The new edition's order was cancelled: order or refund", "agent"),
    ("difference_overdue", "The difference is overdue: remind or refund", "agent"),
    ("retry", "Mend what failed and try again", "agent"),
    ("book_pickup", "Book the carrier's pick-up", "agent"),
    ("receive", "Receive the return", "warehouse"),
    ("inspect", "Inspect the copies", "warehouse"),
    ("repair", "Repair the copies", "warehouse"),
    ("send_binder", "Hand the copies to the binder", "warehouse"),
    ("await_binder", "Take the copies in from the binder", "warehouse"),
    ("give_back", "Send the repaired copies home", "warehouse"),
    ("approve", "Approve the refund", "finance"),
    ("ship", "Ship the replacement", "warehouse"),
    ("ship_edition", "Ship the new edition", "warehouse"),
    ("ship_part", "Ship the part or the gift", "warehouse"),
    ("post_refund", "Post the refund", "agent"),
    ("await_difference", "Await the price difference", "agent"),
    ("pay", "Pay the refund", "finance"),
    ("await_provider", "Wait for the payment provider", "finance"),
]
STEP_SELECTION = [(code, label) for code, label, _role in NEXT_STEPS]
STEP_ROLE = {code: role for code, _label, role in NEXT_STEPS}
STEP_ORDER = {code: order for order, (code, _label, _role) in enumerate(NEXT_STEPS)}
# Something went wrong or is late: lists show these steps in red.
TROUBLED_STEPS = (
    "decide",
    "refused",
    "announce",
    "overdue",
    "repair_failed",
    "repair_overdue",
    "resend",
    "edition_cancelled",
    "difference_overdue",
    "retry",
)
KEY = "aftersales.next.step"  # cases handed on in the transaction
# No mail, and whoever has the task for an hour does not follow the case for good
HAND_ON = {"mail_activity_quick_update": True, "aftersales_not_following": True}
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

        Copies without a remedy, beside copies that have one, count as *proposal*.
        """
        if ticket.phase in ("refused", "cancelled", "intake"):
            return ticket.phase
        live = ticket.resolution_ids.filtered(lambda r: r.state in ("proposed", "agreed"))
        if not live:
            return self._get_phase_before_proposal(ticket)
        phases = {self._get_resolution_phase(resolution) for resolution in live}
        if any(line._get_unresolved_beside(live) for line in ticket.line_ids):
            phases.add("proposal")
        elif phases == {"done"} and all(resolution._is_refusal() for resolution in live):
            return "refused"
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
        if phase in ("triage", "proposal") and ticket._get_open_enquiries():
            return "await_answer"
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
        if ready := effects.filtered(lambda e: e.state == "ready"):
            return self._get_ready_step(ready)
        if shipments:
            return "ship"
        if any(e.kind == "part" and e.state == "open" for e in effects):
            return "ship_part"
        refunds = effects.refund_line_ids.refund_id
        if "approved" in refunds.mapped("state"):
            return "post_refund"
        if posted := refunds.filtered(lambda r: r.state == "posted"):
            waits = all(refund._is_at_provider() for refund in posted)
            return "await_provider" if waits else "pay"
        return self._get_return_step(resolution)

    def _get_return_step(self, resolution):
        if resolution._get_open_returns():
            if resolution.is_return_overdue:
                return "overdue"
            if resolution.return_way == "pick_up" and not resolution.pickup_booked:
                return "book_pickup"
        return "receive"

    def _get_ready_step(self, effects):
        """Tell why effects that could be posted are not: somebody said no, or it failed."""
        if any(e.kind == "return" and e.move_ids for e in effects):
            return "announce"
        if any(e._was_sent_in_vain() for e in effects):
            return "resend"
        refunds = effects.refund_line_ids.refund_id
        return "refused" if any(r.state == "refused" for r in refunds) else "retry"

    # ------------------------------------------------------------------
    # Activity: the task of whoever must act, handed on from desk to desk
    # ------------------------------------------------------------------
    @api.model
    def _hand_on(self, tickets):
        """Give the cases' task to whoever acts next, at the end of the transaction.

        One request may take a case through several steps: only where it ends up counts.
        """
        precommit = self.env.cr.precommit
        if KEY not in precommit.data:
            precommit.data[KEY] = set()
            precommit.add(self._sync_activities)
        precommit.data[KEY].update(tickets.ids)

    @api.model
    def _sync_activities(self):
        """Bring the activities of the cases handed on up to date: one each, or none."""
        ticket_ids = self.env.cr.precommit.data.pop(KEY, ())
        tickets = self.env["helpdesk.ticket"].sudo().browse(sorted(ticket_ids))
        tickets = self.env["aftersales.change.hook"]._get_standing(tickets)
        Activity = self.env["mail.activity"].sudo().with_context(**HAND_ON)
        type_id = self._get_id("mail_activity_next_step")
        open_activities = Activity.search_fetch(
            [
                ("res_model", "=", tickets._name),
                ("res_id", "in", tickets.ids),
                ("activity_type_id", "=", type_id),
            ],
            ["active", "res_id", "res_model", "user_id", "summary", "date_deadline"],
        )
        activities = {activity.res_id: activity for activity in open_activities}
        try:
            wanted = self._prepare_activities(tickets, type_id)
        except MissingError:  # a savepoint that was rolled back took its new cases along
            wanted = self._prepare_activities(tickets.exists(), type_id)
        kept = Activity.concat(*(activities[i] for i in wanted if i in activities))
        (open_activities - kept).unlink()
        self._change_activities(
            {activities[i]: vals for i, vals in wanted.items() if i in activities}
        )
        model_id = self.env["ir.model"]._get_id(tickets._name)
        new = {"activity_type_id": type_id, "res_model_id": model_id, "automated": True}
        if missing := wanted.keys() - activities.keys():
            Activity.create([{**new, "res_id": i, **wanted[i]} for i in sorted(missing)])

    @api.model
    def _prepare_activities(self, tickets, type_id):
        """Return ``{case id: values}`` of the cases that somebody has to act on.

        The task is in that colleague's language: jobs have none, and desks may differ.
        """
        actors = self._get_actors(tickets.filtered("next_step"), type_id)
        users = self.env["res.users"].sudo().browse({user.id for user in actors.values()})
        langs = {user.id: user.lang for user in users}
        labels = {lang: self._get_step_labels(tickets, lang) for lang in set(langs.values())}
        today = fields.Date.context_today(self)
        return {
            ticket.id: {
                "user_id": user.id,
                "summary": labels[langs[user.id]][ticket.next_step],
                "date_deadline": ticket.next_deadline or today,
            }
            for ticket, user in actors.items()
        }

    @api.model
    def _get_step_labels(self, tickets, lang):
        env = self.with_context(lang=lang).env
        return dict(tickets._fields["next_step"]._description_selection(env))

    @api.model
    def _change_activities(self, changes):
        """Write ``{activity: values}``, those with the same values together."""
        groups = {}
        for activity, vals in changes.items():
            groups.setdefault(tuple(vals.items()), activity.browse())
            groups[tuple(vals.items())] |= activity
        for vals, activities in groups.items():
            activities.write(dict(vals))

    def _get_actors(self, tickets, type_id):
        """Return ``{case: user}``: the case's agent, else the least busy of the role.

        A case for which there is nobody is left out.
        """
        actors = {}
        for (role, company), group in tickets.grouped(
            lambda t: (STEP_ROLE[t.next_step], t.company_id)
        ).items():
            own = group.filtered("user_id") if role == "agent" else group.browse()
            actors.update({ticket: ticket.user_id for ticket in own})
            actors.update(self._spread(group - own, role, company, type_id))
        return {ticket: user for ticket, user in actors.items() if user}

    def _spread(self, tickets, role, company, type_id):
        """Spread cases over the users of a role, the least busy first."""
        if not tickets:
            return {}
        load = self._get_load(role, company, type_id)
        refusers = tickets._get_refusers() if role == "agent" else {}
        actors = {}
        for ticket in tickets:
            barred = set(refusers[ticket].ids) if ticket in refusers else set()
            if ticket.next_step == "approve":
                barred = ticket.refund_ids._get_barred_approvers(load)
            user_id = min(load.keys() - barred, key=lambda u: (load[u], u), default=None)
            if user_id:
                load[user_id] += 1
            actors[ticket] = (
                self.env["res.users"].browse(user_id) or ticket.user_id or ticket.team_id.user_id
            )
        return actors

    def _get_load(self, role, company, type_id):
        """Return ``{user id: open tasks}`` of the users of a role in a company, in one query."""
        users = (
            self.env["res.users"]
            .sudo()
            ._search(
                [
                    ("all_group_ids", "in", self._get_id(f"group_{role}")),
                    ("company_ids", "in", company.id),
                    ("share", "=", False),
                ]
            )
        )
        self.env["mail.activity"].flush_model(["active", "activity_type_id", "user_id"])
        tasks = SQL(
            """(SELECT count(*) FROM mail_activity
                 WHERE user_id = %s AND activity_type_id = %s AND active)""",
            SQL.identifier(users.table, "id"),
            type_id,
        )
        rows = self.env.execute_query(users.select(SQL.identifier(users.table, "id"), tasks))
        return dict(rows)

    @api.model
    def _get_id(self, name):
        """Return the id of a record of the add-on, from the cache of external ids."""
        return self.env["ir.model.data"]._xmlid_to_res_id(f"aftersales_publishing.{name}", True)
