from odoo import fields, models
from odoo.exceptions import UserError

from ..locking import lock_and_touch


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
        posted._cancel_payments()
        for refund in posted:
            refund._reverse_credit_note(reason)
        posted.filtered("order_lowered")._change_orders(1)
        posted.decision = "cancelled"
        posted.reason = reason
        self.env["aftersales.event"]._log("refund_undone", posted, reason)
        posted.ticket_id._sync_phase()
        return True

    def _cancel_payments(self):
        payments = self.payment_ids.filtered(lambda p: p.state in ("in_process", "paid"))
        for payment in payments:
            if payment.is_matched and payment.move_id:
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
