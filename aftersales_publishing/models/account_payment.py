from odoo import fields, models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    aftersales_refund_ids = fields.Many2many("aftersales.refund", string="After-sales Refunds")

    aftersales_order_id = fields.Many2one(
        "sale.order",
        "Difference of the Order",
        copy=False,
        index="btree_not_null",
        help="The order of a new edition of which this pays the price difference.",
    )

    def _get_loose_lines(self):
        """Return the lines of the customer's account that are matched with nothing."""
        return self.move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable" and not line.reconciled
        )

    def _get_loose_amount(self):
        """Return what of the payment is matched with nothing, in its currency."""
        return abs(sum(self._get_loose_lines().mapped("amount_residual_currency")))

    def _get_kept_amount(self):
        """Return the amount less what its provider refunded, or was asked to."""
        self.ensure_one()
        paid_online = self.payment_transaction_id
        if not paid_online:
            return self.amount
        return self.amount - paid_online.amount + paid_online._get_kept_amount()

    def _get_payer_bank(self):
        """Return the account of who paid: a trusted one first."""
        self.ensure_one()
        banks = self.partner_id.bank_ids.filtered(
            lambda bank: bank.company_id in (bank.company_id.browse(), self.company_id)
        )
        return (banks.filtered("allow_out_payment") or banks)[:1]

    def _is_booked_by_bank(self):
        """Whether the bank statement confirms that the money has left.

        What a sales platform paid is booked on its account straight away, which Odoo calls matched.
        """
        self.ensure_one()
        straight = self.outstanding_account_id == self.journal_id.default_account_id
        by_platform = self.aftersales_refund_ids.platform_refund_id
        return self.is_matched and self.move_id and not (by_platform and straight)
