from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ..locking import touch


class AccountMove(models.Model):
    _inherit = "account.move"

    aftersales_refund_ids = fields.One2many(
        "aftersales.refund", "credit_note_id", "After-sales Refunds"
    )
    aftersales_ticket_count = fields.Integer(compute="_compute_aftersales_ticket_count")

    def _compute_aftersales_ticket_count(self):
        tickets = self._get_aftersales_tickets()
        for move in self:
            move.aftersales_ticket_count = len(tickets[move])

    def _get_aftersales_tickets(self):
        """Return ``{move: cases}`` that refund the invoice or made the credit note."""
        refunds = (
            self.env["aftersales.refund"]
            .sudo()
            .search(["|", ("credit_note_id", "in", self.ids), ("invoice_id", "in", self.ids)])
        )
        return {
            move: refunds.filtered(
                lambda r, move=move: move in (r.credit_note_id, r.invoice_id)
            ).ticket_id
            for move in self
        }

    def action_view_aftersales_tickets(self):
        self.ensure_one()
        tickets = self._get_aftersales_tickets()[self]
        return self.env["helpdesk.ticket"]._get_cases_action(tickets)

    def _is_standing_credit(self):
        """Tell whether the credit note is posted and was not reversed in full.

        Odoo reverses a credit note by an invoice and calls it paid then, not reversed. That
        invoice rounds the taxes anew: it may differ by a cent a line.
        """
        self.ensure_one()
        if self.state != "posted" or self.payment_state == "reversed":
            return False
        reversals = self._get_posted_reversals()
        left = self.amount_total - sum(reversals.mapped("amount_total"))
        rounding = self.currency_id.rounding * len(self.invoice_line_ids)
        return not reversals or self.currency_id.compare_amounts(left, rounding) > 0

    def _get_posted_reversals(self):
        """Return the documents by which accounting took these back, wholly or in part."""
        return self.reversal_move_ids.filtered(lambda move: move.state == "posted")

    def _post(self, soft=True):
        """Serialize credit notes of the same invoice, also those made by hand."""
        credits = self.filtered(lambda m: m.move_type == "out_refund")
        unlinked = credits.sudo().filtered(lambda m: not m.reversed_entry_id)
        invoices = unlinked.invoice_line_ids.sale_line_ids.invoice_lines.move_id.filtered(
            lambda m: m.move_type == "out_invoice"
        )
        touch(credits.reversed_entry_id | invoices.sudo(False))
        credits._check_aftersales_approved()
        return super()._post(soft=soft)

    def _check_aftersales_approved(self):
        """Refuse credit notes of ours above what was approved, whoever posts them (R6.8).

        :raises UserError: naming the refund and what can be done
        """
        for note in self.sudo():
            refunds = note.aftersales_refund_ids
            if not refunds and note.invoice_line_ids.aftersales_effect_id:
                raise UserError(
                    self.env._(
                        "Credit note %(note)s of an after-sales refund was cancelled, and another "
                        "one may have replaced it. Leave it cancelled; duplicate it to credit "
                        "something else.",
                        note=note.display_name,
                    )
                )
            for refund in refunds:
                note._check_aftersales_refund(refund)

    def _check_aftersales_refund(self, refund):
        self.ensure_one()
        names = {
            "note": self.display_name,
            "refund": refund.number,
            "case": refund.ticket_id.number,
        }
        if refund.decision != "approved":
            raise UserError(
                self.env._(
                    "Credit note %(note)s: refund %(refund)s of case %(case)s is not approved. "
                    "Approve and post the refund in After-sales instead.",
                    **names,
                )
            )
        same_currency = self.currency_id == refund.currency_id
        if (
            not same_currency
            or self.currency_id.compare_amounts(self.amount_total, refund.amount) > 0
        ):
            raise UserError(
                self.env._(
                    "Credit note %(note)s is over %(total)s, refund %(refund)s of case %(case)s was "
                    "approved over %(amount)s. Correct the credit note, or post the refund in "
                    "After-sales again, which makes a new one; what is due beyond it is a new "
                    "refund of the case.",
                    **names,
                    total=format_amount(self.env, self.amount_total, self.currency_id),
                    amount=format_amount(self.env, refund.amount, refund.currency_id),
                )
            )

    def _stock_account_prepare_realtime_out_lines_vals(self):
        credits = self.filtered(lambda move: move.move_type == "out_refund").invoice_line_ids
        costs = credits._get_reversed_costs()
        if not costs:
            return super()._stock_account_prepare_realtime_out_lines_vals()
        return super(
            AccountMove, self.with_context(aftersales_reversed_costs=costs)
        )._stock_account_prepare_realtime_out_lines_vals()
