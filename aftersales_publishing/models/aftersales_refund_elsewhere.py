from odoo import Command, fields, models


class AftersalesRefund(models.Model):
    """Money for copies bought elsewhere: a credit note of its own, for no invoice (R1.2)."""

    _inherit = "aftersales.refund"

    def _prepare_credit_note_vals(self):
        if self.invoice_id:
            return super()._prepare_credit_note_vals()
        today = fields.Date.context_today(self)
        vals = {
            "move_type": "out_refund",
            "company_id": self.company_id.id,
            "partner_id": self.payee_id.id,
            "currency_id": self.currency_id.id,
            "fiscal_position_id": False,
            "invoice_payment_term_id": False,
            "invoice_date": today,
            "invoice_date_due": today,
            "invoice_origin": self.ticket_id.number,
            "ref": f"{self.ticket_id.number} / {self.number}",
            "invoice_line_ids": [
                Command.create(line._prepare_credit_line_vals()) for line in self.line_ids
            ],
        }
        if journal := self.company_id.aftersales_refund_journal_id:
            vals["journal_id"] = journal.id
        return vals
