from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..background import apart
from ..locking import lock_and_touch

BATCH = 20
SOONEST_REMINDER = 60  # days before the term ends; longer ones wait until then


class AftersalesResolution(models.Model):
    """Returns that readers forget: told, reminded once per step, then expired (R6.5).

    A job works in batches and commits after each; what is done and the mail that says so are in one
    transaction, so nothing is written twice, whatever is killed.
    """

    _inherit = "aftersales.resolution"

    # ------------------------------------------------------------------
    # In the background
    # ------------------------------------------------------------------
    @api.model
    def _cron_returns(self):
        """Mail slips, remind readers, end what is long overdue."""
        slips, terms = self._get_slip_domain(), self._get_term_domain()
        due = self.search(terms, order="ticket_id, id").filtered(lambda r: r._has_come_due())
        todo = (
            (slips, "_send_return_slips", self.search(slips, order="ticket_id, id")),
            (terms, "_follow_return_term", due),
        )
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=sum(len(found) for _domain, _verb, found in todo))
        for domain, verb, found in todo:
            for batch in found._by_case(BATCH):
                batch._do_in_background(domain, verb)
                if not Cron._commit_progress(len(batch)):
                    return

    def _by_case(self, size):
        """Cut into batches, never through a case: its mails are written together."""
        batch = self.browse()
        for resolutions in self.grouped("ticket_id").values():
            batch |= resolutions
            if len(batch) >= size:
                yield batch
                batch = self.browse()
        if batch:
            yield batch

    def _do_in_background(self, domain, verb):
        """Do a batch case by case; one broken case must not hold up the others."""
        free = self.try_lock_for_update(allow_referencing=True).filtered_domain(domain)
        for ticket, resolutions in free.grouped("ticket_id").items():
            resolutions = resolutions.with_company(ticket.company_id)
            note = partial(resolutions._note_background_problem, verb)
            with apart(self.env, resolutions, f"{verb} failed", note):
                lock_and_touch(resolutions)
                getattr(resolutions, verb)()

    def _note_background_problem(self, verb, error):
        """Leave it to the agent, once: what failed is not tried again every ten minutes."""
        if verb == "_send_return_slips":
            self.slip_due = False
        else:
            self._mark_overdue()
        self.ticket_id._note_problems({resolution: str(error) for resolution in self})

    # ------------------------------------------------------------------
    # Tell the reader how the copies come back
    # ------------------------------------------------------------------
    @api.model
    def _get_slip_domain(self):
        """Announced; of a pick-up, the reader is told once the carrier is booked."""
        known = Domain("return_way", "!=", "pick_up") | Domain("pickup_booked", "=", True)
        return Domain("slip_due", "=", True) & Domain("state", "=", "agreed") & known

    def _send_return_slips(self):
        """Mail the slips of the returns that are still awaited."""
        pickings = self._get_return_pickings()
        sent = pickings._mail_aftersales_return("mail_template_return_slip")
        self.slip_due = False
        told = self._get_those_in(sent)
        told.slip_sent_at = fields.Datetime.now()
        self.env["aftersales.event"]._log("slip_sent", told)

    def _get_those_in(self, pickings):
        return self.filtered(lambda r: r._get_return_pickings() & pickings)

    # ------------------------------------------------------------------
    # Remind, then expire
    # ------------------------------------------------------------------
    @api.model
    def _get_term_domain(self):
        """Copies are awaited and the day of the first reminder may have come."""
        horizon = fields.Date.today() + timedelta(days=SOONEST_REMINDER)
        return Domain(
            [
                ("state", "=", "agreed"),
                ("return_due", "<=", horizon),
                ("is_return_overdue", "=", False),
                ("effect_ids", "any", [("kind", "=", "return"), ("state", "=", "open")]),
            ]
        )

    def _has_come_due(self):
        """Whether there is something to do: nothing else is locked every ten minutes."""
        self.ensure_one()
        return self._get_reminder() > self.return_reminded or self._is_term_over()

    def _follow_return_term(self):
        """Remind of what is due; end, or give to the agent, what is over."""
        over = self.filtered(lambda r: r._is_term_over())
        expiring = over.filtered(lambda r: r._may_expire())
        (over - expiring)._mark_overdue()
        expiring._do_expire()
        (self - over)._remind()

    def _is_term_over(self):
        self.ensure_one()
        company = self.company_id
        days = (company._get_aftersales_today() - self.return_due).days
        if days <= 0:
            return False
        patience = company.aftersales_expire_after if self._is_left_to_reader() else 0
        return days > (patience or company.aftersales_remind_after)

    def _is_left_to_reader(self):
        """Whether the reader alone keeps us waiting: no carrier of ours, no parcel under way.

        Postage that the reader proved to have paid shows as well as a waybill that it is.
        """
        return (
            self.return_way != "pick_up"
            and not self.ticket_id.waybill_ids._get_under_way()
            and not self._get_parcel_postage()
        )

    def _may_expire(self):
        """Whether nothing came back, left, was credited or waits for finance."""
        self.ensure_one()
        effects = self.effect_ids.filtered(lambda e: not e.is_cancelled)
        refunds = effects.refund_line_ids.refund_id
        return (
            bool(self.company_id.aftersales_expire_after)
            and self._is_left_to_reader()
            and not self.inspection_ids
            and not any(move.state == "done" for move in effects.move_ids)
            and not any(effect._has_posted_document() for effect in effects)
            and all(refund.state in ("refused", "cancelled") for refund in refunds)
        )

    def _mark_overdue(self):
        """Let the agent decide: more time, or finish without the copies."""
        todo = self.filtered(lambda r: not r.is_return_overdue and r.return_due)
        todo.is_return_overdue = True
        self.env["aftersales.event"]._log(
            "return_overdue", todo, {r: fields.Date.to_string(r.return_due) for r in todo}
        )
        todo.ticket_id._sync_phase()

    def _do_expire(self):
        """End remedies of which nothing came back; the copies can be claimed again."""
        if not self:
            return
        pickings = self._get_return_pickings()
        lock_and_touch(self.line_id.delivery_move_id)
        self.effect_ids._do_cancel()
        expired = self._transition(("agreed",), "expired")
        expired.write({"slip_due": False, "advance": False})
        for resolution in expired:
            resolution.closing_reason = self.env._(
                "No copy came back by %s", fields.Date.to_string(resolution.return_due)
            )
        self.env["aftersales.event"]._log(
            "expired", expired, {r: r.closing_reason for r in expired}
        )
        expired.ticket_id._sync_phase()
        pickings._mail_aftersales_return("mail_template_return_expired")

    def _remind(self):
        due = {resolution: resolution._get_reminder() for resolution in self}
        todo = self.filtered(lambda r: due[r] > r.return_reminded)
        asked = todo.filtered(lambda r: r._is_left_to_reader())
        sent = asked._get_return_pickings()._mail_aftersales_return("mail_template_return_reminder")
        for resolution in todo:
            resolution.return_reminded = due[resolution]
        self.env["aftersales.event"]._log("reminded", asked._get_those_in(sent))

    def _get_reminder(self):
        """Return the number of the reminder whose day has come last, zero for none."""
        self.ensure_one()
        company, due = self.company_id, self.return_due
        today = company._get_aftersales_today()
        before, after = company.aftersales_remind_before, company.aftersales_remind_after
        if after and today >= due + timedelta(days=after):
            return 2
        return 1 if before and today >= due - timedelta(days=before) else 0

    # ------------------------------------------------------------------
    # After all
    # ------------------------------------------------------------------
    def action_revive(self, reason=None):
        """Carry expired remedies out after all: the return is announced again, with a new term.

        :raises UserError: naming what was claimed or proposed otherwise meanwhile
        """
        self._check_role("agent", "manager")
        resolutions = self.sudo()
        resolutions.ticket_id._check_may_decide()
        lock_and_touch(resolutions)
        expired = resolutions._reopen_expired(reason)
        if problems := [problem for r in expired for problem in r._get_line_problems()]:
            raise UserError("\n".join(problems))
        return expired._execute()

    def _reopen_expired(self, reason, late=False):
        """Set expired remedies to agreed.

        :param late: the parcel is here
        """
        expired = self._transition(("expired",), "agreed")
        expired.write({"closing_reason": False, "returned_late": late})
        self.env["aftersales.event"]._log("revived", expired, reason)
        return expired

    def _take_in_late(self):
        """Let the warehouse receive a parcel of expired remedies; the agent decides about it.

        The copies are inspected as a contradiction: no replacement leaves and no money moves
        before the agent accepts them, or sends them back. What else speaks against the remedy
        is therefore not asked: the parcel is here.

        :return: the native returns to receive
        :raises UserError: when the case was closed, or the copies were claimed otherwise meanwhile
        """
        lock_and_touch(self)
        lock_and_touch(self.line_id.delivery_move_id)
        expired = self._reopen_expired(self.env._("The parcel came after the term"), late=True)
        problems = [problem for r in expired for problem in r._get_open_problems()]
        if problems := problems + expired._get_delivered_problems():
            raise UserError("\n".join(problems))
        expired._start_effects()  # the clerk does not decide: who executed it stays
        expired.slip_due = False  # it is here already
        expired.ticket_id._sync_phase()
        return expired._get_return_pickings()
