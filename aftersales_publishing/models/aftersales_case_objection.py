from odoo import fields, models
from odoo.exceptions import UserError

REFUSED = ("refused", "copies_refused")


class AftersalesCaseObjection(models.AbstractModel):
    """A refused reader objected: another person than who refused decides (R9.3).

    Mixed into ``helpdesk.ticket``.
    """

    _name = "aftersales.case.objection"
    _description = "Objection to a Refusal"

    is_objected = fields.Boolean("Reader Objected", copy=False, readonly=True)

    def action_object(self, reason):
        """Note the objection of a refused reader; another person decides (R9.3)."""
        self._check_role("agent", "manager")
        self._check_reason(reason)
        refused = self.filtered(lambda t: t.phase == "refused" or t._has_refusals())
        self.env["aftersales.event"]._log("objected", refused, reason)
        refused.sudo().with_context(mail_auto_subscribe_no_notify=True).user_id = False
        refused.sudo()._write_unguarded({"is_objected": True})
        refused._reopen()
        return True

    def _has_refusals(self):
        """Whether copies of the case are refused, beside others that are settled."""
        self.ensure_one()
        live = self.resolution_ids.filtered(lambda r: r.state == "agreed")
        return any(resolution._is_refusal() for resolution in live)

    def _get_refusers(self):
        """Return ``{case: users}`` who refused what the reader objected to afterwards."""
        objected = self.filtered("is_objected")
        if not objected:
            return {}
        events = (
            self.env["aftersales.event"]
            .sudo()
            .search(
                [("ticket_id", "in", objected.ids), ("code", "in", (*REFUSED, "objected"))],
                order="id desc",
            )
        )
        return {ticket: self._get_objected_to(events, ticket) for ticket in objected}

    def _get_objected_to(self, events, ticket):
        """Return who refused before the last objection; a refusal since is another decision.

        :param events: refusals and objections, the last one first
        """
        own = events.filtered(lambda event: event.ticket_id == ticket)
        codes = own.mapped("code")
        return own[codes.index("objected") :].filtered(lambda e: e.code in REFUSED).user_id

    def _check_may_decide(self, user=None):
        """Check that the user may work on the cases: nobody judges an objection to themselves.

        :param user: who is to work on them; whoever asks if left out
        :raises UserError: naming each case that the user refused and the reader objected to
        """
        user = user or self.env.user
        barred = [
            self.env._(
                "Case %(case)s: %(user)s refused it and the reader objected, so another person "
                "decides. Leave it to a colleague, or assign it to one.",
                case=ticket.number,
                user=user.name,
            )
            for ticket, refusers in self._get_refusers().items()
            if user in refusers
        ]
        if barred:
            raise UserError("\n".join(barred))
