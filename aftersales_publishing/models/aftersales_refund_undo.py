from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ..locking import lock_and_touch
from .aftersales_refund import VALID_PAYMENT_STATES


class AftersalesRefund(models.Model):
    """Undo a refund: its payment cancelled, its credit note reversed, as accounting does it."""

    _inherit = "aftersales.refund"

    def action_reverse(self, reason):
        """Undo posted refunds natively; the remedy can then be retried or cancelled.

        :raises UserError: without a reason, or when the bank has booked the payment
        """
        self._check_role("finance")
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the refund is undone."))
        refunds = self.sudo()
        lock_and_touch(refunds)
        lock_and_touch(refunds.invoice_id)
        lock_and_touch(refunds.credit_note_id)
        posted = refunds.filtered(
            lambda r: r.credit_note_id and r.credit_note_id._is_standing_credit()
        )
        for refund in posted:
            refund._check_not_taken_back()
        posted._cancel_payments()
        for refund in posted:
            refund._reverse_credit_note(reason)
        posted.filtered("order_lowered")._change_orders(1)
        posted.decision = "cancelled"
        posted.reason = reason
        self.env["aftersales.event"]._log("refund_undone", posted, reason)
        posted.ticket_id._sync_phase()
        return True

    def _check_not_taken_back(self):
        """Refuse to reverse the whole of what accounting reversed in part."""
        if note := self._get_taken_back_note():
            raise UserError(
                self.env._(
                    "%s To undo the refund, have accounting cancel that document first, or "
                    "reverse the rest of the credit note.",
                    note,
                )
            )

    def _get_taken_back_note(self):
        """Say what of the credit note accounting took back while the rest stands, if anything."""
        self.ensure_one()
        note = self.credit_note_id
        reversals = note._get_posted_reversals()
        if not reversals or not note._is_standing_credit():
            return False
        taken = sum(reversals.mapped("amount_total"))
        return self.env._(
            "Refund %(refund)s: of credit note %(note)s over %(total)s, %(taken)s was taken back "
            "by %(reversals)s and can be credited again.",
            refund=self.number,
            note=note.name,
            total=format_amount(self.env, note.amount_total, note.currency_id),
            taken=format_amount(self.env, taken, note.currency_id),
            reversals=", ".join(reversals.mapped("name")),
        )

    def _check_paid_here(self):
        """Refuse to undo what accounting paid by itself: that money would be paid twice (I2)."""
        for refund in self:
            note = refund.credit_note_id
            set_off = note.line_ids.matched_debit_ids.debit_move_id.move_id
            foreign = (note.matched_payment_ids - refund.payment_ids).filtered(
                lambda p: p.state in VALID_PAYMENT_STATES
            )
            booked = set_off.filtered("statement_line_id")
            if foreign or booked:
                raise UserError(
                    self.env._(
                        "Refund %(refund)s: %(documents)s paid credit note %(note)s, outside of the "
                        "case. If the money has not left, have accounting undo that first; else let "
                        "the reader pay it back instead.",
                        refund=refund.number,
                        documents=", ".join(
                            [*foreign.mapped("display_name"), *booked.mapped("display_name")]
                        ),
                        note=note.name,
                    )
                )

    def _cancel_payments(self):
        self._check_paid_here()
        payments = self.payment_ids.filtered(lambda p: p.state in VALID_PAYMENT_STATES)
        for payment in payments:
            if payment._is_booked_by_bank():
                raise UserError(
                    self.env._(
                        "Payment %(payment)s of refund %(refund)s is matched with the bank "
                        "statement: the money has left. Let the reader pay it back instead.",
                        payment=payment.display_name,
                        refund=", ".join(self.mapped("number")),
                    )
                )
        payments.action_draft()
        payments.action_cancel()

    def _reverse_credit_note(self, reason):
        self.ensure_one()
        note = self.credit_note_id
        note.line_ids.remove_move_reconcile()
        today = fields.Date.context_today(self)
        reversal = note.with_context(move_reverse_cancel=True)._reverse_moves(
            [{"date": today, "invoice_date": today, "ref": f"{self.number}: {reason}"}]
        )
        self._make_total(reversal, note.amount_total)
        reversal._post(soft=False)
