from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_amount

SENIOR = "aftersales_publishing.group_finance_senior"


class AftersalesRefund(models.Model):
    """Who may approve a refund, and what makes an approval void (R6.8)."""

    _inherit = "aftersales.refund"

    approval_hint = fields.Char(
        compute="_compute_approval_hint",
        compute_sudo=True,
        help="Why the user who looks at the refund cannot approve it.",
    )

    @api.depends("decision", "amount", "requested_by_id")
    @api.depends_context("uid")
    def _compute_approval_hint(self):
        for refund in self:
            undecided = refund.decision in ("draft", "to_approve")
            refund.approval_hint = undecided and refund._get_approval_problem()

    # ------------------------------------------------------------------
    # Approver
    # ------------------------------------------------------------------
    def _check_may_approve(self):
        """Refuse what the user asked for, and what is above an approver's limit."""
        problems = [refund._get_approval_problem() for refund in self]
        if any(problems):
            raise AccessError("\n".join(filter(None, problems)))

    def _get_approval_problem(self):
        """Say why the user cannot approve the refund, or nothing."""
        self.ensure_one()
        if self.requested_by_id == self.env.user:
            return self.env._(
                "Refund %(refund)s was requested by yourself. Another finance "
                "approver has to decide on it.",
                refund=self.number,
            )
        if self.env.user in self._get_deciders():
            return self.env._(
                "Refund %(refund)s of case %(case)s rests on your own decision: you proposed it, "
                "let the copy through or accepted the claim against the inspection. Another "
                "finance approver has to decide on it.",
                refund=self.number,
                case=self.ticket_id.number,
            )
        if self._needs_senior(self.env.user) and not self.env.user.has_group(SENIOR):
            currency = self.company_id.currency_id
            return self.env._(
                "Refund %(refund)s: refunds of case %(case)s come to %(total)s, refund approvers "
                "decide up to %(limit)s. A senior refund approver has to decide on it.",
                refund=self.number,
                case=self.ticket_id.number,
                total=format_amount(self.env, self._get_unseen_total(), currency),
                limit=format_amount(self.env, self._get_approval_limit(self.env.user), currency),
            )
        return False

    def _get_deciders(self):
        """Return who decided that there is something to refund, beside who asked for it (R6.8)."""
        resolutions = self.line_ids.effect_id.resolution_id
        return (
            resolutions.create_uid
            | resolutions.line_id.exception_by_id
            | resolutions.inspection_ids.overruled_by_id
        )

    def _get_approval_limit(self, approver):
        """Return up to which amount the approver decides; zero: any.

        A limit that the approver raised himself is not his own yet (ADR 38).
        """
        company = self.company_id
        is_own, before = self.env["aftersales.limit.change"]._get_before(
            approver, "approval", company
        )
        limits = [company.aftersales_approval_limit, before if is_own else 0.0]
        return min(filter(None, limits), default=0.0)

    def _needs_senior(self, approver):
        """Whether it takes a senior approver; the limit holds for the sum of a case."""
        self.ensure_one()
        limit = self._get_approval_limit(approver)
        compare = self.company_id.currency_id.compare_amounts
        return bool(limit) and compare(self._get_unseen_total(), limit) > 0

    def _get_unseen_total(self):
        """Return the sum of the case's refunds that no senior approver has approved."""
        live = self.ticket_id.refund_ids.filtered(lambda r: r.state not in ("refused", "cancelled"))
        seniors = live.approved_by_id.filtered(lambda user: user.has_group(SENIOR))
        seen = live.filtered(lambda r: r.approved_by_id and r.approved_by_id in seniors)
        return (live - seen | self)._get_total()

    def _get_barred_approvers(self, user_ids):
        """Return the ids among ``user_ids`` of those who cannot approve all of these refunds."""
        undecided = self.filtered(lambda r: r.decision in ("draft", "to_approve"))
        barred = set((undecided.requested_by_id | undecided._get_deciders()).ids)
        for user in self.env["res.users"].browse(user_ids):
            if user.has_group(SENIOR):
                continue
            if any(refund._needs_senior(user) for refund in undecided):
                barred.add(user.id)
        return barred

    # ------------------------------------------------------------------
    # Void approvals
    # ------------------------------------------------------------------
    def _void_approvals(self, reason):
        """Let finance decide again on refunds that are approved and not posted.

        :param reason: for the log of the case
        """
        voided = self.filtered(lambda r: r.state == "approved")
        voided.write({"decision": "to_approve", "approved_by_id": False, "approved_at": False})
        self.env["aftersales.event"]._log("approval_voided", voided, reason)
        return voided

    def _check_not_contradicted(self):
        """Refuse money for copies that the inspection contradicts, until the agent has decided.

        :raises UserError: naming the refund and the case
        """
        for refund in self.filtered(lambda r: r._covers_contradicted()):
            raise UserError(
                self.env._(
                    "Refund %(refund)s of case %(case)s: the inspection contradicts the claim. "
                    "The agent decides on the copies first: accept the claim all the same, or "
                    "finish without them.",
                    refund=refund.number,
                    case=refund.ticket_id.number,
                )
            )

    def _covers_contradicted(self):
        """Whether the refund takes copies of which the agent has still to decide (R6.6)."""
        self.ensure_one()
        for effect in self.line_ids.effect_id:
            inspections = effect.resolution_id.inspection_ids
            disputed = inspections.filtered(lambda i: i.contradiction == "open")
            undisputed = effect.resolution_id.quantity - sum(disputed.mapped("quantity"))
            if disputed and effect._compare(effect.quantity_planned, undisputed) > 0:
                return True
        return False
