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

    def _is_booked_by_bank(self):
        """Whether the bank statement confirms that the money has left.

        What a sales platform paid is booked on its account straight away, which Odoo calls matched.
        """
        self.ensure_one()
        straight = self.outstanding_account_id == self.journal_id.default_account_id
        by_platform = self.aftersales_refund_ids.platform_refund_id
        return self.is_matched and self.move_id and not (by_platform and straight)
