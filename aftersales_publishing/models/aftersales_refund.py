from odoo import api, fields, models
from odoo.exceptions import UserError

from ..locking import lock_and_touch
from .aftersales_tracking import QUIET

PENDING_STATES = ("draft", "to_approve", "approved")
VALID_PAYMENT_STATES = ("in_process", "paid")


class AftersalesRefund(models.Model):
    """Money for one case and one invoice: approval, credit note, payment (R6.8).

    The decision is typed by the verbs; posted, settled and paid are facts, computed
    from the credit note and its payments, whoever made or undid them.
    """

    _name = "aftersales.refund"
    _inherit = [
        "aftersales.tracking",
        "mail.activity.mixin",
        "aftersales.verb.mixin",
        "aftersales.decision",
        "aftersales.change.hook",
    ]
    _description = "Refund"
    _order = "requested_at, id"
    _rec_name = "number"
    _followed_field = "state"

    number = fields.Char(required=True, default="/", copy=False)
    ticket_id = fields.Many2one(
        "helpdesk.ticket", "Case", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="ticket_id.company_id", store=True)
    partner_id = fields.Many2one(related="ticket_id.partner_id", store=True, string="Reader")
    payee_id = fields.Many2one("res.partner", required=True, ondelete="restrict")
    invoice_id = fields.Many2one(
        "account.move",
        index=True,
        ondelete="restrict",
        help="Empty for copies that were bought elsewhere: they are paid back at list price.",
    )
    currency_id = fields.Many2one("res.currency", required=True, help="Of the invoice.")
    line_ids = fields.One2many("aftersales.refund.line", "refund_id", "Lines")
    amount = fields.Monetary(compute="_compute_amount", store=True, help="With tax.")
    summary = fields.Char(compute="_compute_summary")
    reason = fields.Char(help="Why finance refused or undid it.")
    # Decision
    decision = fields.Selection(
        [
            ("draft", "Draft"),
            ("to_approve", "To approve"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
    )
    requested_by_id = fields.Many2one("res.users", required=True)
    requested_at = fields.Datetime(required=True, default=fields.Datetime.now)
    approved_by_id = fields.Many2one(
        "res.users", help="Empty when the amount was within the requester's own limit."
    )
    approved_at = fields.Datetime()
    due_at = fields.Datetime(
        compute="_compute_due_at", store=True, help="48 hours after the request."
    )
    # Facts
    credit_note_id = fields.Many2one(
        "account.move", copy=False, index="btree_not_null", ondelete="set null"
    )
    order_lowered = fields.Boolean(copy=False, help="The order was lowered by what came back.")
    payment_ids = fields.Many2many("account.payment", string="Payments", copy=False)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("to_approve", "To approve"),
            ("approved", "Approved"),
            ("posted", "To pay"),
            ("settled", "Settled"),
            ("paid", "Paid"),
            ("refused", "Refused"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
        tracking=True,
        help="Settled: the credit note was set off against the open invoice, or stays open on the "
        "customer's account on purpose.",
    )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends("line_ids.amount")
    def _compute_amount(self):
        for refund in self:
            refund.amount = sum(refund.line_ids.mapped("amount"))

    @api.depends("line_ids.quantity")
    def _compute_summary(self):
        for refund in self:
            refund.summary = ", ".join(refund.line_ids.mapped("display_name"))

    @api.depends("requested_at")
    def _compute_due_at(self):
        for refund in self:
            refund.due_at = fields.Datetime.add(refund.requested_at, hours=48)

    @api.depends(
        "decision",
        "credit_note_id.state",
        "credit_note_id.payment_state",
        "credit_note_id.reversal_move_ids.state",
        "credit_note_id.reversal_move_ids.amount_total",
        "credit_note_id.matched_payment_ids.state",
        "payment_ids.state",
    )
    def _compute_state(self):
        for refund in self:
            refund.state = refund._get_state()

    def _get_state(self):
        self.ensure_one()
        note = self.credit_note_id
        if not note or not note._is_standing_credit():
            return self.decision
        if note.payment_state not in ("paid", "in_payment") or self._get_void_payments():
            return "posted"
        payments = self.payment_ids | note.matched_payment_ids
        valid = payments.filtered(lambda p: p.state in VALID_PAYMENT_STATES)
        return "paid" if valid else "settled"

    def _get_void_payments(self):
        """Payments that were drafted or rejected, which leaves the credit note “paid” in Odoo."""
        notes = self.credit_note_id
        set_off = notes.line_ids.matched_debit_ids.debit_move_id.move_id
        return (self.payment_ids | notes.matched_payment_ids).filtered(
            lambda p: p.state not in VALID_PAYMENT_STATES and p.move_id & set_off
        )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        tickets = self.env["helpdesk.ticket"].browse(vals["ticket_id"] for vals in vals_list)
        company_ids = tickets.mapped(lambda ticket: ticket.company_id.id)
        self.env["ir.sequence"]._number("aftersales.refund", "number", vals_list, company_ids)
        return super(AftersalesRefund, self.with_context(**QUIET)).create(vals_list)

    # ------------------------------------------------------------------
    # Request
    # ------------------------------------------------------------------
    @api.model
    def _request(self, shares_by_effect):
        """Create refunds, or add to those not yet decided; one per case and invoice, and one
        more where return postage is our expense.

        Below the requester's limit the refund is approved at once, above it goes to
        finance (R6.8). The limit holds for the sum of a case.

        :param shares_by_effect: ``{effect: [CreditShare, …]}``
        """
        tickets = self.env["helpdesk.ticket"].union(*(e.ticket_id for e in shares_by_effect))
        undecided = self.search(
            [("ticket_id", "in", tickets.ids), ("state", "in", ("draft", "to_approve"))]
        )
        refunds = {refund._get_request_key(): refund for refund in undecided}
        wanted = {}
        for effect, shares in shares_by_effect.items():
            for share in shares:
                key = self._prepare_request_key(effect, share)
                wanted.setdefault(key, []).append((effect, share))
        new = [key for key in wanted if key not in refunds]
        created = self.create([self._prepare_vals(*key) for key in new])
        refunds.update(zip(new, created, strict=True))
        self.env["aftersales.refund.line"].create(
            [
                {
                    "refund_id": refunds[key].id,
                    "effect_id": effect.id,
                    "invoice_line_id": share.invoice_line.id,
                    "quantity": share.stock_quantity,
                    "invoice_quantity": share.quantity,
                    "amount_untaxed": share.net,
                    "amount": share.gross,
                }
                for key, items in wanted.items()
                for effect, share in items
            ]
        )
        requested = self.union(*(refunds[key] for key in wanted))
        self.env["aftersales.event"]._log("refund_requested", requested)
        requested._decide_by_limit()

    def _get_request_key(self):
        """Return what has to be the same for lines to be in one refund.

        Never lines of one requester in the refund of another: who approves must not be either.
        """
        self.ensure_one()
        return self.ticket_id, self.invoice_id, self.requested_by_id, self.is_expense

    @api.model
    def _prepare_request_key(self, effect, share):
        """Return the :meth:`_get_request_key` of the refund that a share belongs in."""
        requester = effect.resolution_id.executed_by_id or self.env.user
        return effect.ticket_id, share.invoice_line.move_id, requester, share.is_expense

    @api.model
    def _prepare_vals(self, ticket, invoice, requester, is_expense):
        return {
            "ticket_id": ticket.id,
            "invoice_id": invoice.id,
            "currency_id": (invoice or ticket.company_id).currency_id.id,
            "payee_id": ticket._get_payee(invoice).id,
            "requested_by_id": requester.id,
            "is_expense": is_expense,
        }

    def _decide_by_limit(self):
        for refund in self:
            within = refund._is_within_limit()
            refund.decision = "approved" if within else "to_approve"
            refund.approved_at = fields.Datetime.now() if within else False

    def _is_within_limit(self):
        """Whether the requester's refunds of this case stay within the own limit."""
        self.ensure_one()
        refused = self.ticket_id.refund_ids.filtered(lambda r: r.state == "refused")
        if refused.line_ids._get_origins() & self.line_ids._get_origins():
            return False  # finance said no once: finance decides again, also on another remedy
        return (
            self.company_id.currency_id.compare_amounts(
                self._get_granted_total(), self._get_request_limit()
            )
            <= 0
        )

    def _get_granted_total(self):
        """Return what the reader of the case gets without finance, in the company's currency."""
        self.ensure_one()
        return (self.ticket_id.refund_ids._get_not_approved() | self)._get_total()

    def _get_not_approved(self):
        """Those that nobody but the requester has decided yet."""
        return self.filtered(
            lambda r: not r.approved_by_id and r.state not in ("refused", "cancelled")
        )

    def _get_request_limit(self):
        """Return the requester's limit on this complaint, in the company's currency."""
        self.ensure_one()
        return self.requested_by_id._get_aftersales_refund_limit(
            self.company_id, self.ticket_id.complaint_level
        )

    def _get_total(self):
        """Return the sum of the refunds, each in its company's currency."""
        return sum(
            refund.currency_id._convert(
                refund.amount, refund.company_id.currency_id, refund.company_id
            )
            for refund in self
        )

    # ------------------------------------------------------------------
    # Verbs
    # ------------------------------------------------------------------
    def action_approve(self):
        """Approve refunds; requester and approver differ (R6.8).

        :raises AccessError: when the user asked for the refund, or it is above his limit
        """
        self._check_role("finance")
        refunds = self.sudo()
        lock_and_touch(refunds)
        refunds._do_approve().ticket_id._sync_phase()
        return True

    def _do_approve(self):
        """Approve; return those that were approved now. Runs on ``sudo()``, under the lock."""
        # within the limit when it was requested, and no longer: it needs an approver now
        self.filtered(
            lambda r: r.state == "approved" and not r.approved_by_id and not r._is_within_limit()
        ).decision = "to_approve"
        self.filtered(lambda r: r.decision in ("draft", "to_approve"))._check_may_approve()
        approved = self._transition(("draft", "to_approve"), "approved", "decision")
        approved.write({"approved_by_id": self.env.uid, "approved_at": fields.Datetime.now()})
        self.env["aftersales.event"]._log("refund_approved", approved)
        return approved

    def action_refuse(self, reason):
        """Refuse refunds with a reason that the agent can tell the reader.

        :raises UserError: without a reason, or when the credit note is posted
        """
        self._check_role("finance")
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the refund is refused."))
        refunds = self.sudo()
        lock_and_touch(refunds)
        refunds._check_not_posted()
        refused = refunds._transition(PENDING_STATES, "refused", "decision")
        refused._withdraw()
        refused.reason = reason
        self.env["aftersales.event"]._log("refund_refused", refused, reason)
        refused.ticket_id._sync_phase()
        return True

    def action_approve_and_post(self):
        """Approve and post in one click."""
        self._check_role("finance")
        refunds = self.sudo()
        lock_and_touch(refunds)
        with self.env["aftersales.event"]._together():
            refunds._do_approve()
            return refunds._post()

    def action_post(self):
        """Post the credit notes of approved refunds; safe to call twice.

        Invoices are locked and touched first; creditable quantity and amount are
        checked again, so nothing is credited twice (R6.4).

        :return: ``True``, or a notification naming those that could not be posted
        """
        self._check_role("agent", "finance")
        refunds = self.sudo()
        lock_and_touch(refunds)
        return refunds._post()

    def _post(self):
        """See :meth:`action_post`; runs on ``sudo()``, under the lock of the refunds."""
        lock_and_touch(self.invoice_id)
        todo = self.filtered(lambda r: r.state not in ("posted", "settled", "paid"))
        result = todo._post_and_report(lambda records: records._do_post())
        self.ticket_id._sync_phase()
        return result

    def action_pay(self):
        """Pay out the residual of the posted credit notes (I2); safe to call twice.

        :return: ``True``, or a notification naming those that could not be paid
        """
        self._check_role("finance")
        refunds = self.sudo()
        lock_and_touch(refunds)
        lock_and_touch(refunds.credit_note_id)
        todo = refunds.filtered(lambda r: r.state not in ("paid", "settled"))
        result = todo._post_and_report(lambda records: records._do_pay())
        refunds.ticket_id._sync_phase()
        return result

    # ------------------------------------------------------------------
    # Others
    # ------------------------------------------------------------------
    def _do_cancel(self):
        """Cancel refunds that are not posted; the others stay what they are."""
        self._check_not_posted()
        self._withdraw()
        self.filtered(lambda r: r.decision != "refused").decision = "cancelled"

    def _on_changed(self, before):
        """Log what accounting did to our documents."""
        posted = ("posted", "settled", "paid")
        Event = self.env["aftersales.event"]
        Event._log("settled", self.filtered(lambda r: r.state == "settled" and not r.on_account))
        undone = self.filtered(lambda r: before[r.id] in posted and r.state not in posted)
        Event._log("credit_undone", undone)
        unpaid = self.filtered(lambda r: before[r.id] == "paid" and r.state == "posted")
        Event._log("payment_undone", unpaid)
