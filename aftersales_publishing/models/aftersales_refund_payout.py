from odoo import api, fields, models


class AftersalesRefund(models.Model):
    """To which bank account a refund is paid, and whether it is trusted (R6.8)."""

    _inherit = "aftersales.refund"

    payee_bank_id = fields.Many2one(
        "res.partner.bank",
        "Bank Account",
        compute="_compute_payee_bank",
        compute_sudo=True,
        help="The first bank account of the payee that this company may use.",
    )
    payee_bank_trust = fields.Selection(
        [("trusted", "Trusted"), ("untrusted", "Not checked yet"), ("missing", "No bank account")],
        "Account Checked",
        compute="_compute_payee_bank",
        compute_sudo=True,
    )

    @api.depends("payee_id.bank_ids.allow_out_payment")
    def _compute_payee_bank(self):
        for refund in self:
            bank = refund._get_payee_bank()
            refund.payee_bank_id = bank
            trusted = "trusted" if bank.allow_out_payment else "untrusted"
            refund.payee_bank_trust = trusted if bank else "missing"

    def _get_payee_bank(self):
        """Return the account that is paid to: a trusted one first."""
        self.ensure_one()
        banks = self.payee_id.bank_ids.filtered(
            lambda bank: bank.company_id in (bank.company_id.browse(), self.company_id)
        )
        return (banks.filtered("allow_out_payment") or banks)[:1]
