from odoo import api, fields, models


class AftersalesRefund(models.Model):
    """Return postage that no invoice charged: the house's own expense (R6.5).

    It is credited to the reader by a credit note of its own, which takes nothing back of the
    invoice: no tax, no cent of the copy's price, no red invoice. The invoice of the copy only says
    who is paid, in which currency.
    """

    _inherit = "aftersales.refund"

    is_expense = fields.Boolean(
        "Postage at Our Expense",
        help="Return postage that the invoice did not charge. The credit note stands by itself.",
    )

    paid_for = fields.Char(
        compute="_compute_paid_for", help="Why the reader gets an amount, or its receipt."
    )

    @api.depends("line_ids.effect_id.resolution_id.credit_reason")
    def _compute_paid_for(self):
        for refund in self:
            resolutions = refund.sudo().line_ids.effect_id.resolution_id
            refund.paid_for = "; ".join(filter(None, resolutions.mapped("credit_reason")))

    def _prepare_credit_note_vals(self):
        vals = super()._prepare_credit_note_vals()
        if self.is_expense:
            vals["reversed_entry_id"] = False
            vals.pop("invoice_currency_rate", None)  # nothing to set off: today's rate
        return vals
