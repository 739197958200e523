import logging
import time

import requests

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ..background import RETRIED
from ..locking import lock_and_touch, touch
from .aftersales_refund import VALID_PAYMENT_STATES

_logger = logging.getLogger(__name__)

UNDER_WAY = ("draft", "pending", "authorized")
FAILED = ("cancel", "error")
TRIES = 3
LATER = "aftersales_answer_later"
BY_HAND = "aftersales_refund_by_hand"


def is_no_answer(error):
    """Whether the provider may have done what it was asked for, though asking raised ``error``.

    Odoo tells a time-out, a broken connection and an error inside the provider as a refusal.
    """
    while error:
        if isinstance(error, requests.exceptions.RequestException):
            return error.response is None or error.response.status_code >= 500
        error = error.__cause__ or error.__context__
    return False


class PaymentTransaction(models.Model):
    """What goes back to readers through the provider by which they paid (R6.8, ADR 28).

    A child transaction is committed before the provider is asked, and that it is being asked
    before that happens: whatever is killed, it is asked once.
    """

    _inherit = "payment.transaction"

    aftersales_refund_id = fields.Many2one(
        "aftersales.refund",
        "After-sales Refund",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    aftersales_asked_at = fields.Datetime(
        "Provider Asked At",
        readonly=True,
        copy=False,
        help="When the provider was asked for the after-sales refund; it is asked once.",
    )

    aftersales_silence_told_at = fields.Datetime(
        "Silence Told At",
        readonly=True,
        copy=False,
        help="When finance was given the task to look at the provider, as no answer came.",
    )

    _aftersales_to_ask = models.Index(
        "(id) WHERE aftersales_refund_id IS NOT NULL AND state = 'draft'"
        " AND aftersales_asked_at IS NULL"
    )

    # ------------------------------------------------------------------
    # What can be refunded
    # ------------------------------------------------------------------
    def _get_refund_support(self):
        """Return what provider and payment method can refund: ``none``, ``full_only``, ``partial``."""
        self.ensure_one()
        method = self.payment_method_id.primary_payment_method_id or self.payment_method_id
        kinds = {self.provider_id.support_refund or "none", method.support_refund or "none"}
        return next(kind for kind in ("none", "full_only", "partial") if kind in kinds)

    def _get_left_to_refund(self):
        """Return ``{transaction: amount}`` that was not refunded yet, nor is being refunded.

        Refunds that somebody started in Odoo by hand count too.
        """
        groups = self.env["payment.transaction"]._read_group(
            [
                ("source_transaction_id", "in", self.ids),
                ("operation", "=", "refund"),
                ("state", "not in", FAILED),
            ],
            ["source_transaction_id"],
            ["amount:sum"],
        )
        refunded = {transaction.id: -amount for transaction, amount in groups}
        return {tx: tx.amount - refunded.get(tx.id, 0.0) for tx in self}

    def _get_refundable(self, wanted, left):
        """Return how much of ``wanted`` the provider can refund of what is ``left``."""
        self.ensure_one()
        compare = self.currency_id.compare_amounts
        support = self._get_refund_support()
        if support == "none" or self.provider_id.state == "disabled":
            return 0.0
        if support == "full_only":
            whole = not compare(left, self.amount) and compare(self.amount, wanted) <= 0
            return self.amount if whole else 0.0
        return max(0.0, self.currency_id.round(min(wanted, left)))

    def _explain_not_refundable(self, wanted, left):
        """Say why the provider cannot refund (all of) it."""
        self.ensure_one()
        names = {
            "provider": self.provider_id.name,
            "reference": self.reference,
            "amount": format_amount(self.env, self.amount, self.currency_id),
            "left": format_amount(self.env, left, self.currency_id),
        }
        if self.provider_id.state == "disabled":
            return self.env._("%(provider)s is switched off", **names)
        if self._get_refund_support() == "none":
            return self.env._("%(provider)s makes no refunds from here", **names)
        if self.currency_id.compare_amounts(left, 0.0) <= 0:
            return self.env._("%(reference)s was refunded already", **names)
        if self._get_refund_support() == "full_only":
            return self.env._(
                "%(provider)s refunds only the whole payment %(reference)s of %(amount)s", **names
            )
        return self.env._("%(left)s of %(reference)s can be refunded", **names)

    # ------------------------------------------------------------------
    # Start
    # ------------------------------------------------------------------
    def _create_child_transaction(self, amount, is_refund=False, **custom_create_values):
        """Serialize refunds of the same payment, also those started by hand.

        Some providers record a refund that they tell us about and that they do not know here:
        where it is the one whose answer was lost, the message is that answer.
        """
        if is_refund:
            touch(self)
            if self.env.context.get(BY_HAND):
                self._check_left_by_hand(amount)
            told = not custom_create_values and not self.env.context.get(BY_HAND)
            if told and (lost := self._get_lost_refund(amount)):
                return lost
        return super()._create_child_transaction(
            amount, is_refund=is_refund, **custom_create_values
        )

    def _refund(self, amount_to_refund=None):
        """What somebody refunds in Odoo is another refund, whatever answer is missing."""
        by_hand = self.with_context(**{BY_HAND: True})
        return super(PaymentTransaction, by_hand)._refund(amount_to_refund).with_env(self.env)

    def _check_left_by_hand(self, amount):
        """Refuse to refund by hand what a case is refunding: Odoo counts only what is booked (I2).

        :raises UserError: naming the refund of the case
        """
        self.ensure_one()
        left, currency = self._get_left_to_refund()[self], self.currency_id
        ours = self.child_transaction_ids.filtered(
            lambda tx: tx.aftersales_refund_id and tx.state in UNDER_WAY
        )
        if ours and currency.compare_amounts(amount, left) > 0:
            raise UserError(
                self.env._(
                    "%(amount)s of payment %(payment)s goes back to the reader for refund "
                    "%(refunds)s already, %(left)s is left. Refund no more than that, or have the "
                    "refund undone first.",
                    amount=format_amount(self.env, -sum(ours.mapped("amount")), currency),
                    payment=self.reference,
                    refunds=", ".join(ours.aftersales_refund_id.sudo().mapped("number")),
                    left=format_amount(self.env, max(0.0, left), currency),
                )
            )

    def _get_strangers_under_way(self):
        """Return refunds of these transactions that are not ours and not booked yet."""
        return self.child_transaction_ids.filtered(
            lambda tx: (
                tx.operation == "refund"
                and not tx.aftersales_refund_id
                and (tx.state in UNDER_WAY or tx._is_unbooked())
            )
        )

    def _get_lost_refund(self, amount):
        """Return the only refund of this amount of which no answer arrived, if there is one."""
        lost = self.child_transaction_ids.filtered(
            lambda tx: (
                tx.aftersales_refund_id
                and tx.aftersales_asked_at
                and tx.state == "draft"
                and not tx.provider_reference
                and not tx.currency_id.compare_amounts(-tx.amount, amount)
            )
        )
        return lost if len(lost) == 1 else lost.browse()

    def _get_unmatched_strangers(self):
        """Return refunds of these transactions that are not ours and pay nothing in the books."""
        return self.child_transaction_ids.filtered(
            lambda tx: (
                tx.operation == "refund"
                and tx.state == "done"
                and not tx.aftersales_refund_id
                and (
                    not tx.payment_id
                    or (
                        tx.payment_id.state in VALID_PAYMENT_STATES
                        and tx.payment_id.move_id
                        and not tx.payment_id.is_reconciled
                    )
                )
            )
        )

    @api.model
    def _cron_ask_providers(self):
        """Ask the providers for the refunds that finance released; committed one by one."""
        Cron = self.env["ir.cron"]
        waiting = self.search(
            [
                ("aftersales_refund_id", "!=", False),
                ("state", "=", "draft"),
                ("aftersales_asked_at", "=", False),
            ],
            order="id",
        )
        time_left = Cron._commit_progress(remaining=len(waiting))
        for transaction in waiting:
            if not time_left:
                return
            transaction._ask_provider()
            time_left = Cron._commit_progress(1)
        self._follow_lost_answers()
        self.env["aftersales.refund"]._remind_of_silence()
        Cron._commit_progress()

    @api.model
    def _follow_lost_answers(self):
        """Bring cases up to date that still wait though the provider refused: the job was killed
        between its answer and the case."""
        refused = self.env["aftersales.refund"].search(
            [
                ("state", "=", "posted"),
                ("provider_state", "=", "failed"),
                ("ticket_id.next_step", "=", "await_provider"),
            ]
        )
        refused.ticket_id._sync_phase()

    def _ask_provider(self):
        """Ask the provider, unless somebody did or the refund was withdrawn."""
        self.ensure_one()
        if not self._mark_as_asked():
            return
        try:
            self._hold()
        except RETRIED as error:  # nobody was asked: the next job does
            self._give_up()
            self.aftersales_asked_at = False
            self._keep()
            _logger.info("%s is asked for later: %s", self, error)
            return
        try:
            self._request_refund()
            self._keep()
        except Exception:  # it stays asked and without an answer: finance looks
            self._give_up()
            _logger.exception("The answer of the provider to %s is not known", self)
            return
        self._follow_answer()

    def _mark_as_asked(self):
        """Note that the provider is being asked, for good; return whether it may be."""
        try:
            lock_and_touch(self)
            self.env.invalidate_all()  # what was read before the last commit
            if self.state != "draft" or self.aftersales_asked_at:
                return False
            lock_and_touch(self.aftersales_refund_id.credit_note_id)
            is_due = self.aftersales_refund_id._is_due_at_providers()
            if is_due:
                self.aftersales_asked_at = fields.Datetime.now()
            else:
                self._set_canceled(
                    state_message=self.env._("Not asked: it was paid or undone meanwhile.")
                )
            self._keep()
        except RETRIED as error:
            self._give_up()
            _logger.info("%s is asked for later: %s", self, error)
            return False
        return is_due

    def _hold(self):
        """Lock what the answer changes, so that it is not lost to somebody else's work."""
        for number in range(TRIES):
            try:
                lock_and_touch(self)
                lock_and_touch(self.aftersales_refund_id)
                return
            except RETRIED:
                if number == TRIES - 1:
                    raise
                self._give_up()
                time.sleep(0.1 * 2**number)

    def _request_refund(self):
        """Send the request as Odoo's own refund does (``_refund``), on the child that is there.

        Only an answer is a refusal; what else goes wrong is raised.
        """
        transaction = self.with_company(self.company_id).with_context(
            **{"payment_backend_action": True, LATER: True}
        )
        try:
            transaction._ensure_provider_is_not_disabled()
            transaction._log_sent_message()
            transaction._send_refund_request()
        except UserError as error:
            if is_no_answer(error):
                raise
            transaction._set_error(str(error))

    def _follow_answer(self):
        """Book what the provider answered and tell the case; Odoo's job books it if this fails."""
        for _try in range(TRIES):
            try:
                self._note_answers()
                if self.state == "done":
                    self._post_process()
                self._keep()
                return
            except RETRIED as error:
                self._give_up()
                _logger.info("The answer to %s is booked again: %s", self, error)
            except Exception:
                self._give_up()
                _logger.exception("The answer to %s could not be booked", self)
                return

    def _keep(self):
        self.env["ir.cron"]._commit_progress()

    def _give_up(self):
        self.env.cr.rollback()
        self.env.transaction.clear()

    # ------------------------------------------------------------------
    # Answer
    # ------------------------------------------------------------------
    def _update_state(self, allowed_states, target_state, state_message):
        """Tell the case what the provider answered, by whichever way the answer came."""
        changed = super()._update_state(allowed_states, target_state, state_message)
        if not self.env.context.get(LATER):
            changed.filtered("aftersales_refund_id")._note_answers()
        return changed

    def _set_done(self, *, state_message=None, extra_allowed_states=()):
        """Believe a provider that pays after all what finance took for not paid."""
        if any(tx.aftersales_refund_id and tx.aftersales_asked_at for tx in self):
            extra_allowed_states = (*extra_allowed_states, "cancel")
        return super()._set_done(
            state_message=state_message, extra_allowed_states=extra_allowed_states
        )

    def _note_answers(self):
        """Log refusals, tell who started the refund, and bring the cases up to date."""
        refunds = self.aftersales_refund_id.sudo()
        for transaction in self.filtered(lambda tx: tx.state in FAILED and tx.aftersales_asked_at):
            transaction._tell(
                "provider_failed",
                self.env._(
                    "%(provider)s did not refund %(amount)s (%(reference)s): %(reason)s. Try it "
                    "again, or pay another way; if the reason is a broken connection, look at "
                    "%(provider)s first whether it was paid.",
                    provider=transaction.provider_id.name,
                    amount=transaction._format_refund(),
                    reference=transaction.reference,
                    reason=transaction.state_message or self.env._("no reason given"),
                ),
            )
        refunds._end_silence_tasks()
        self.env["aftersales.change.hook"].sudo()._follow_tickets(refunds.ticket_id)

    def _tell(self, code, text):
        """Log it on the case, and write it on the refund to who started it."""
        refund = self.aftersales_refund_id.sudo()
        self.env["aftersales.event"]._log(code, refund, text)
        refund.message_post(body=text, partner_ids=self.sudo().create_uid.partner_id.ids)

    def _is_unbooked(self):
        return self.state == "done" and not self.payment_id

    def _format_refund(self):
        return format_amount(self.env, -self.amount, self.currency_id)

    # ------------------------------------------------------------------
    # Payment
    # ------------------------------------------------------------------
    def _post_process(self):
        """Let Odoo's payment pay the credit note that the refund has now, if it is open."""
        for transaction in self.filtered(
            lambda tx: tx.aftersales_refund_id and tx.state == "done" and not tx.payment_id
        ):
            note = transaction.aftersales_refund_id._get_open_credit_note()
            transaction.invoice_ids = [Command.set(note.ids)]
        return super()._post_process()

    def _create_payment(self, **extra_create_values):
        """Link the payment to the refund; say so where the refund was paid already."""
        refund = self.aftersales_refund_id.sudo()
        if not refund:
            return super()._create_payment(**extra_create_values)
        touch(refund.credit_note_id)
        payment = super()._create_payment(
            aftersales_refund_ids=[Command.link(refund.id)], **extra_create_values
        )
        if self.invoice_ids:
            self.env["aftersales.event"]._log("paid", refund, payment.display_name)
        else:
            self._tell(
                "provider_surplus",
                self.env._(
                    "%(provider)s paid %(amount)s (%(reference)s) though refund %(refund)s had "
                    "nothing open any more. Match payment %(payment)s in accounting, or have the "
                    "reader pay it back.",
                    provider=self.provider_id.name,
                    amount=self._format_refund(),
                    reference=self.reference,
                    refund=refund.number,
                    payment=payment.display_name,
                ),
            )
        self.env["aftersales.change.hook"].sudo()._follow_tickets(refund.ticket_id)
        return payment
