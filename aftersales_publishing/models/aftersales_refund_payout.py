from odoo import api, fields, models
from odoo.exceptions import UserError

from ..locking import lock_and_touch
from .aftersales_refund import VALID_PAYMENT_STATES


class AftersalesRefund(models.Model):
    """How a refund reaches the reader: bank account, or kept on the customer's account (R6.8)."""

    _inherit = "aftersales.refund"

    payee_bank_id = fields.Many2one(
        "res.partner.bank",
        "Bank Account",
        compute="_compute_payee_bank",
        compute_sudo=True,
        help="Of the payee; a trusted one goes before the others.",
    )
    payee_bank_trust = fields.Selection(
        [("trusted", "Trusted"), ("untrusted", "Not checked yet"), ("missing", "No bank account")],
        "Account Checked",
        compute="_compute_payee_bank",
        compute_sudo=True,
    )
    paid_with = fields.Char(
        "The Customer Paid With",
        compute="_compute_paid_with",
        compute_sudo=True,
        help="Payments of the invoice: journal, method and, where it was paid online, provider.",
    )
    on_account = fields.Boolean(
        "Kept on Account",
        copy=False,
        help="The credit note stays open on the customer's account on purpose.",
    )
    on_account_note = fields.Char("Why on Account", copy=False)

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
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

    @api.depends("invoice_id")
    def _compute_paid_with(self):
        for refund in self:
            ways = [refund._describe_way(p) for p in refund.invoice_id.matched_payment_ids]
            refund.paid_with = ", ".join(dict.fromkeys(ways))

    def _describe_way(self, payment):
        """Name the way a payment was made, with the provider where it was made online."""
        way = f"{payment.journal_id.name} ({payment.payment_method_line_id.name})"
        # online payments need the optional module account_payment
        transaction = "payment_transaction_id" in payment and payment.payment_transaction_id
        if not transaction:
            return way
        provider = transaction.provider_id
        if provider.support_refund == "none":
            return self.env._("%(provider)s, online", provider=provider.name)
        return self.env._(
            "%(provider)s, online (%(reference)s): can be refunded by the provider",
            provider=provider.name,
            reference=transaction.reference,
        )

    @api.depends("on_account")
    def _compute_state(self):
        return super()._compute_state()

    def _get_state(self):
        state = super()._get_state()
        return "settled" if state == "posted" and self.on_account else state

    # ------------------------------------------------------------------
    # Bank account
    # ------------------------------------------------------------------
    def _check_bank_accounts(self):
        """Refuse to pay by bank where the payee has no account that may be paid to.

        :raises UserError: naming the payee and where the account is entered
        """
        for refund in self:
            journal = refund.company_id._get_aftersales_setting("aftersales_payout_journal_id")
            bank = refund._get_payee_bank()
            if bank.allow_out_payment or not refund._needs_bank_account(journal):
                continue
            names = {"refund": refund.number, "payee": refund.payee_id.display_name}
            if not bank:
                raise UserError(
                    self.env._(
                        "Refund %(refund)s: %(payee)s has no bank account. Enter it on the contact, "
                        "tab “Accounting”, and mark it as trusted; or pay in another way in "
                        "accounting, or keep the credit on account.",
                        **names,
                    )
                )
            raise UserError(
                self.env._(
                    "Refund %(refund)s: bank account %(bank)s of %(payee)s is not checked yet. "
                    "Compare it with what the reader sent, then mark it as trusted on the contact, "
                    "tab “Accounting”.",
                    bank=bank.acc_number,
                    **names,
                )
            )

    def _needs_bank_account(self, journal):
        if journal.type != "bank":
            return False
        method = journal.outbound_payment_method_line_ids[:1]
        needing = self.env["account.payment"]._get_method_codes_needing_bank_account()
        return self.company_id.aftersales_payout_needs_bank or method.code in needing

    def _do_pay(self):
        self._check_bank_accounts()
        return super()._do_pay()

    # ------------------------------------------------------------------
    # What has left already
    # ------------------------------------------------------------------
    def _check_to_pay(self):
        result = super()._check_to_pay()
        self._check_not_unmatched()
        return result

    def _check_not_unmatched(self):
        """Refuse to pay again what was paid and taken off the credit note in accounting (I2).

        The match is gone, the payment stands: only its own state says whether the money has left.
        """
        for refund in self:
            if loose := refund._get_unmatched_payments():
                raise UserError(
                    self.env._(
                        "Refund %(refund)s was paid by %(payment)s, which accounting has taken off "
                        "credit note %(note)s: the money may have left. Match it again with the "
                        "credit note in accounting, or cancel the payment if no money has left; "
                        "nothing is paid twice.",
                        refund=refund.number,
                        payment=", ".join(loose.mapped("display_name")),
                        note=refund.credit_note_id.name,
                    )
                )

    def _get_unmatched_payments(self):
        """Return payments of the refund that stand and pay nothing in the books.

        Those by a provider have a way back of their own (``_match_provider_payments``).
        """
        self.ensure_one()
        payments = self.payment_ids | self.credit_note_id.matched_payment_ids
        return payments.filtered(
            lambda p: (
                p.state in VALID_PAYMENT_STATES
                and p.move_id
                and not p.is_reconciled
                and p.payment_transaction_id not in self.provider_transaction_ids
            )
        )

    # ------------------------------------------------------------------
    # On account
    # ------------------------------------------------------------------
    def action_keep_on_account(self, note):
        """Leave the credit note open on the customer's account on purpose; nothing is paid out.

        :param note: why, and who agreed to it
        :raises UserError: without a note, or when the credit note is not posted and open
        """
        self._check_role("finance")
        if not (note or "").strip():
            raise UserError(self.env._("Say why the money stays on the customer's account."))
        refunds = self.sudo()
        lock_and_touch(refunds)
        lock_and_touch(refunds.credit_note_id)
        todo = refunds.filtered(lambda r: not r.on_account)
        todo._check_to_pay()
        todo.write({"on_account": True, "on_account_note": note})
        self.env["aftersales.event"]._log("kept_on_account", todo, note)
        todo.ticket_id._sync_phase()
        return True

    def action_take_off_account(self):
        """Pay it out after all: the refund is to be paid again."""
        self._check_role("finance")
        refunds = self.sudo()
        lock_and_touch(refunds)
        todo = refunds.filtered("on_account")
        todo.write({"on_account": False, "on_account_note": False})
        self.env["aftersales.event"]._log("taken_off_account", todo)
        todo.ticket_id._sync_phase()
        return True

    def action_open_keep_on_account(self):
        """Ask why the money stays on the customer's account."""
        return self.env["helpdesk.ticket"]._open_reason(
            self.env._("Keep on Account"),
            self,
            "action_keep_on_account",
            self.env._("Why does the money stay on the customer's account, and who agreed?"),
        )
