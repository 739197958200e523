from odoo import api, fields, models
from odoo.tools import format_amount


class AftersalesRefund(models.Model):
    """What finance sees beside the refund: proof, inspection, verdict, limit, age.

    Nothing here decides anything; every button ends in a verb.
    """

    _inherit = "aftersales.refund"
    _mail_post_access = "read"  # finance and agents talk here, nobody has write rights

    case_number = fields.Char(related="ticket_id.number", string="Case Number")
    hours_open = fields.Integer(
        compute="_compute_hours_open",
        help="Hours since the request; 48 is the promise to the reader.",
    )
    reader_name = fields.Char("Name of the Reader", related="ticket_id.reader_name")
    limit_reason = fields.Char(
        "Approval", compute="_compute_limit_reason", help="Why finance has to decide, or not."
    )
    invoice_payment_state = fields.Selection(
        lambda self: (
            self.env["account.move"]._fields["payment_state"]._description_selection(self.env)
        ),
        "Payment of the Invoice",
        compute="_compute_invoice_payment_state",
        compute_sudo=True,
    )
    proof_ids = fields.One2many(related="ticket_id.proof_ids")
    proof_attachment_ids = fields.Many2many(
        "ir.attachment", compute="_compute_evidence", string="Files"
    )
    proof_count = fields.Integer("Proof Seen", compute="_compute_evidence")
    inspection_ids = fields.Many2many(
        "aftersales.inspection", compute="_compute_evidence", string="Inspections"
    )
    came_back = fields.Char(
        compute="_compute_evidence", help="Copies that were inspected, and their grade."
    )
    has_contradiction = fields.Boolean(compute="_compute_evidence")
    verdict_summary = fields.Char("Responsible", compute="_compute_evidence")
    payment_count = fields.Integer(compute="_compute_payment_count")

    @api.depends("invoice_id")
    def _compute_invoice_payment_state(self):
        """Not a related field: Odoo would look for refunds at every change of any invoice."""
        for refund in self:
            refund.invoice_payment_state = refund.invoice_id.payment_state

    @api.depends("requested_at", "state")
    def _compute_hours_open(self):
        now = fields.Datetime.now()
        for refund in self:
            waits = refund.state in ("draft", "to_approve", "approved", "posted")
            age = now - refund.requested_at if waits and refund.requested_at else None
            refund.hours_open = age.total_seconds() // 3600 if age else 0

    @api.depends("amount", "decision", "approved_by_id", "requested_by_id")
    def _compute_limit_reason(self):
        for refund in self:
            user = refund.requested_by_id
            limit = refund._get_request_limit()
            values = {
                "user": user.name,
                "limit": format_amount(self.env, limit, refund.company_id.currency_id),
            }
            if refund._is_within_limit():
                refund.limit_reason = self.env._(
                    "Within the limit of %(user)s: %(limit)s", **values
                )
            else:
                refund.limit_reason = self.env._("Above the limit of %(user)s: %(limit)s", **values)

    @api.depends("line_ids.effect_id", "ticket_id.proof_ids.attachment_ids")
    def _compute_evidence(self):
        for refund in self:
            refund_sudo = refund.sudo()
            proofs = refund_sudo.ticket_id.proof_ids
            effects = refund_sudo.line_ids.effect_id
            refund.proof_attachment_ids = proofs.attachment_ids
            refund.proof_count = len(proofs.filtered("received"))
            refund.inspection_ids = effects.resolution_id.inspection_ids
            refund.came_back = refund.inspection_ids._get_grades()
            refund.has_contradiction = "open" in effects.resolution_id.inspection_ids.mapped(
                "contradiction"
            )
            verdicts = effects.line_id.mapped("verdict_summary")
            refund.verdict_summary = ", ".join(dict.fromkeys(filter(None, verdicts)))

    @api.depends("payment_ids", "credit_note_id.matched_payment_ids")
    def _compute_payment_count(self):
        for refund in self:
            refund.payment_count = len(refund._get_payments())

    def _get_payments(self):
        refund_sudo = self.sudo()
        return refund_sudo.payment_ids | refund_sudo.credit_note_id.matched_payment_ids

    # ------------------------------------------------------------------
    # Dialog
    # ------------------------------------------------------------------
    def action_open_refuse(self):
        """Ask why the refunds are refused."""
        return self.env["helpdesk.ticket"]._open_reason(
            self.env._("Refuse the Refund"),
            self,
            "action_refuse",
            self.env._("Why is the refund refused? The agent tells the reader."),
        )

    def action_open_reverse(self):
        """Ask why the refunds are undone."""
        return self.env["helpdesk.ticket"]._open_reason(
            self.env._("Undo the Refund"),
            self,
            "action_reverse",
            self.env._("Why is the refund undone? Its payment is cancelled, its note reversed."),
        )

    def action_print_approval(self):
        """Print the approval sheet (退款审批单), one page for each refund."""
        return self.env.ref("aftersales_publishing.aftersales_refund_report").report_action(self)

    # ------------------------------------------------------------------
    # Smart buttons
    # ------------------------------------------------------------------
    def action_view_case(self):
        """Open the case."""
        return self.env["helpdesk.ticket"]._get_cases_action(self.ticket_id)

    def action_view_invoice(self):
        """Open the invoice that is refunded."""
        return self.env["helpdesk.ticket"]._open_records(self.env._("Invoice"), self.invoice_id)

    def action_view_credit_note(self):
        """Open the credit note."""
        return self.env["helpdesk.ticket"]._open_records(
            self.env._("Credit Note"), self.credit_note_id
        )

    def action_view_payments(self):
        """Open what was paid out."""
        return self.env["helpdesk.ticket"]._open_records(
            self.env._("Payments"), self._get_payments().with_env(self.env)
        )
