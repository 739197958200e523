from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ..locking import lock_and_touch
from .aftersales_refund import VALID_PAYMENT_STATES
from .payment_transaction import FAILED, UNDER_WAY

UNPAID = ("draft", "to_approve", "approved", "posted")


class AftersalesRefund(models.Model):
    """Money goes back through the provider by which the customer paid online (R6.8, ADR 28).

    Odoo's child transactions and the payments it makes of them are the facts. Pay writes the
    children; a job asks the providers. Until they answer, nothing else pays the refund.
    """

    _inherit = "aftersales.refund"

    provider_transaction_ids = fields.One2many(
        "payment.transaction", "aftersales_refund_id", groups="base.group_system"
    )
    provider_state = fields.Selection(
        [
            ("waiting", "Waits for the provider"),
            ("unclear", "No answer yet"),
            ("failed", "Not refunded"),
            ("done", "Refunded"),
        ],
        "Payment Provider",
        compute="_compute_provider_state",
        store=True,
        index="btree_not_null",
        help="What the provider by which the customer paid has answered.",
    )
    provider_note = fields.Char(
        compute="_compute_provider_note",
        compute_sudo=True,
        help="Which transactions, how much, and what the provider said.",
    )
    by_provider = fields.Boolean(compute="_compute_payout_way", compute_sudo=True)
    payout_way = fields.Char(
        "Way of the Money",
        compute="_compute_payout_way",
        compute_sudo=True,
        help="How “Pay” pays it: the way the customer paid, where that can be.",
    )
    payout_reason = fields.Char(
        "Why Not by the Provider",
        compute="_compute_payout_way",
        compute_sudo=True,
        help="Why (a part of) it does not go back by the provider through which it was paid.",
    )
    otherwise_reason = fields.Char(
        "Why Another Way",
        readonly=True,
        copy=False,
        help="Why finance did not pay it back through the provider.",
    )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends(
        "provider_transaction_ids.state",
        "provider_transaction_ids.aftersales_asked_at",
        "provider_transaction_ids.payment_id",
    )
    def _compute_provider_state(self):
        for refund in self:
            refund.provider_state = refund._get_provider_state()

    def _get_provider_state(self):
        transactions = self.provider_transaction_ids
        if any(tx.state == "draft" and tx.aftersales_asked_at for tx in transactions):
            return "unclear"
        if any(tx._is_unbooked() for tx in transactions):
            return "waiting"
        newest = {tx.source_transaction_id: tx for tx in transactions.sorted("id")}
        states = {tx.state for tx in newest.values()}
        if states & set(UNDER_WAY):
            return "waiting"
        if states & set(FAILED):
            return "failed"
        return "done" if states else False

    def _is_at_provider(self):
        return self.provider_state in ("waiting", "unclear")

    @api.depends(
        "provider_transaction_ids.state",
        "provider_transaction_ids.state_message",
        "provider_transaction_ids.aftersales_asked_at",
        "provider_transaction_ids.payment_id",
    )
    def _compute_provider_note(self):
        for refund in self:
            refund.provider_note = refund._get_provider_note()

    def _get_provider_note(self):
        transactions = self.provider_transaction_ids.sorted("id")
        if self._is_at_provider():
            transactions = transactions.filtered(lambda tx: tx.state not in FAILED)
        return "; ".join(self._describe_transaction(tx) for tx in transactions)

    def _describe_transaction(self, transaction):
        states = dict(transaction._fields["state"]._description_selection(self.env))
        states["draft"] = (
            self.env._("asked, no answer")
            if transaction.aftersales_asked_at
            else self.env._("about to be asked")
        )
        if transaction._is_unbooked():
            states["done"] = self.env._(
                "paid there, not booked here yet; if that stays so, press “The Provider Has Paid”"
            )
        text = self.env._(
            "%(provider)s, %(amount)s, %(reference)s: %(state)s",
            provider=transaction.provider_id.name,
            amount=transaction._format_refund(),
            reference=transaction.reference,
            state=states[transaction.state],
        )
        message = transaction.state_message if transaction.state in FAILED else False
        return f"{text} ({message})" if message else text

    @api.depends("state", "amount", "payee_id", "invoice_id", "provider_state", "otherwise_reason")
    def _compute_payout_way(self):
        waiting = self.filtered(lambda refund: refund.state in UNPAID)
        for refund in self - waiting:
            refund.by_provider, refund.payout_way, refund.payout_reason = False, "", ""
        asked = waiting.filtered(lambda refund: refund._may_use_provider())
        sources = asked._get_sources()
        left = self.env["payment.transaction"].union(*sources.values())._get_left_to_refund()
        for refund in waiting:
            # each by itself: the list does not say which is paid first
            own, before = sources.get(refund, []), dict(left)
            wanted = refund._get_amount_to_pay()
            shares = refund._share_out(own, dict(left), wanted)
            refund.by_provider = bool(shares)
            refund.payout_way = refund._describe_payout(shares, wanted)
            refund.payout_reason = refund._explain_payout(own, shares, before, wanted)

    def _describe_payout(self, shares, wanted):
        """Say which ways the money goes."""
        if platform := self.platform_refund_id.platform_id:
            return self.env._("set off against what %s owes us", platform.display_name)
        ways = [
            self.env._(
                "%(amount)s back through %(provider)s (%(reference)s)",
                amount=format_amount(self.env, amount, self.currency_id),
                provider=transaction.provider_id.name,
                reference=transaction.reference,
            )
            for transaction, amount in shares
        ]
        rest = wanted - sum(amount for _transaction, amount in shares)
        if self.currency_id.compare_amounts(rest, 0.0) > 0:
            ways.append(
                self.env._(
                    "%(amount)s from %(journal)s",
                    amount=format_amount(self.env, rest, self.currency_id),
                    journal=self.company_id.aftersales_payout_journal_id.display_name
                    or self.env._("the payout journal (settings)"),
                )
            )
        return self.env._(", then ").join(ways)

    def _explain_payout(self, sources, shares, left, wanted):
        """Say why not all of it goes back through a provider, where the customer paid by one."""
        if self.otherwise_reason:
            return self.otherwise_reason
        paid = sum(amount for _transaction, amount in shares)
        if self.currency_id.compare_amounts(paid, wanted) >= 0:
            return ""
        if not sources:
            return self._explain_no_source()
        return ", ".join(tx._explain_not_refundable(wanted, left[tx]) for tx in sources)

    def _explain_no_source(self):
        """Say why a payment made online is no source of this refund."""
        online = self._get_online_transactions()
        if not online or self.platform_refund_id:
            return ""
        if self.is_expense:
            return self.env._("Return postage at our expense was not part of the payment")
        payers = online.partner_id.commercial_partner_id
        if self.payee_id.commercial_partner_id not in payers:
            return self.env._(
                "%(payer)s paid online, %(payee)s is to get the money",
                payer=", ".join(payers.mapped("display_name")),
                payee=self.payee_id.display_name,
            )
        return ""

    # ------------------------------------------------------------------
    # Where the money came from
    # ------------------------------------------------------------------
    def _may_use_provider(self):
        self.ensure_one()
        return bool(self.invoice_id) and not (
            self.is_expense or self.platform_refund_id or self.otherwise_reason
        )

    def _get_sources(self):
        """Return ``{refund: transactions}`` of the same customer and currency, in the order in
        which they are used: whole payments first, then the oldest."""
        self._read_online_transactions()

        def rank(transaction):
            whole = transaction._get_refund_support() == "full_only"
            return (0, -transaction.amount) if whole else (1, transaction.id)

        return {
            refund: refund._get_online_transactions()
            .filtered(
                lambda tx, refund=refund: (
                    tx.currency_id == refund.currency_id
                    and tx.partner_id.commercial_partner_id == refund.payee_id.commercial_partner_id
                )
            )
            .sorted(rank)
            for refund in self
        }

    def _read_online_transactions(self):
        """Fetch in one go what :meth:`_get_online_transactions` then asks of one after the other."""
        orders = self.invoice_id.invoice_line_ids.sale_line_ids.order_id
        moves = self.invoice_id | orders.invoice_ids
        payments = moves.matched_payment_ids | orders.transaction_ids.payment_id
        transactions = payments.payment_transaction_id | moves.transaction_ids
        transactions.mapped("partner_id.commercial_partner_id")

    def _get_online_transactions(self):
        """Return the confirmed online payments of the invoice, and prepayments of its order.

        What was paid on the order counts unless it paid another invoice that is no down payment.
        """
        self.ensure_one()
        invoice = self.invoice_id
        orders = invoice.invoice_line_ids.sale_line_ids.order_id
        own = invoice | orders.invoice_ids.filtered(
            lambda move: move.state == "posted" and move._is_downpayment()
        )
        transactions = own.matched_payment_ids.payment_transaction_id | own.transaction_ids
        prepaid = orders.transaction_ids.filtered(
            lambda tx: not (tx.payment_id.reconciled_invoice_ids - own)
        )
        return (transactions | prepaid).filtered(
            lambda tx: (
                tx.state == "done"
                and tx.operation not in ("refund", "validation")
                and tx.company_id == self.company_id
                and tx.payment_id.state in VALID_PAYMENT_STATES
            )
        )

    def _get_amount_to_pay(self):
        note = self._get_open_credit_note()
        return note.amount_residual if note else self.amount

    def _get_open_credit_note(self):
        """Return the credit note while it stands and something of it is open."""
        note = self.credit_note_id
        is_open = note and note._is_standing_credit() and note.amount_residual > 0
        return note if is_open else note.browse()

    def _share_out(self, sources, left, wanted):
        """Spread ``wanted`` over transactions, never above what each has left.

        :param left: ``{transaction: amount}``, lowered in place
        :return: ``[(transaction, amount), …]``
        """
        shares = []
        for transaction in sources:
            amount = transaction._get_refundable(wanted, left[transaction])
            if self.currency_id.compare_amounts(amount, 0.0) > 0:
                shares.append((transaction, amount))
                left[transaction] -= amount
                wanted = self.currency_id.round(wanted - amount)
        return shares

    # ------------------------------------------------------------------
    # Pay
    # ------------------------------------------------------------------
    def _check_to_pay(self):
        result = super()._check_to_pay()
        self._check_not_at_provider()
        self._check_booked_payments()
        return result

    def _check_booked_payments(self):
        """Refuse to pay again what left through a provider and pays nothing in the books (I2).

        A payment that accounting cancels or rejects says that the money did not leave, or is back.
        """
        for refund in self:
            open_ones = refund._get_unmatched_at_provider(("draft", *VALID_PAYMENT_STATES))
            if open_ones:
                raise UserError(
                    self.env._(
                        "Payment %(payment)s of refund %(refund)s went through %(provider)s: the "
                        "money has left. Confirm it again in accounting if it is a draft, and match "
                        "it with %(note)s; cancel it only if the provider did not pay.",
                        payment=", ".join(open_ones.mapped("display_name")),
                        refund=refund.number,
                        provider=", ".join(
                            open_ones.payment_transaction_id.provider_id.mapped("name")
                        ),
                        note=refund.credit_note_id.name,
                    )
                )

    def _get_unmatched_at_provider(self, states):
        """Return what providers paid of it and what pays nothing in the books."""
        return self.payment_ids.filtered(
            lambda p: (
                p.state in states
                and p.payment_transaction_id.state == "done"
                and (p.state == "draft" or (p.move_id and not p.is_reconciled))
            )
        )

    def _match_provider_payments(self):
        """Let providers' payments that accounting un-matched pay their credit notes again."""
        loose = self.filtered(
            lambda refund: (
                refund.state == "posted" and refund._get_unmatched_at_provider(VALID_PAYMENT_STATES)
            )
        )
        loose._set_off_earlier_payments()
        return loose.filtered(lambda refund: refund.state != "posted")

    def _check_not_at_provider(self):
        for refund in self.filtered(lambda r: r._is_at_provider()):
            raise UserError(
                self.env._(
                    "Refund %(refund)s waits for the payment provider: %(note)s. Wait for the "
                    "answer; if there is none, look at the provider and say on the refund whether "
                    "it was paid.",
                    refund=refund.number,
                    note=refund.provider_note,
                )
            )

    def _do_pay(self):
        """Start what can go back through providers; pay the others as the house does."""
        at_provider = self.filtered(lambda refund: refund._is_at_provider())
        at_provider.filtered("platform_refund_id")._check_not_at_provider()
        todo = self - at_provider
        todo -= todo._match_provider_payments()
        todo._check_booked_payments()
        todo._check_not_unmatched()
        asked = todo.filtered(
            lambda refund: refund.state == "posted" and refund._may_use_provider()
        )
        sources = asked._get_sources()
        transactions = self.env["payment.transaction"].union(*sources.values())
        if transactions:
            lock_and_touch(transactions)
            asked._check_matched_by_hand(sources)
            todo -= asked._start_at_providers(sources, transactions._get_left_to_refund())
        return super(AftersalesRefund, todo)._do_pay() if todo else None

    def _check_matched_by_hand(self, sources):
        """Refuse to pay beside a refund that somebody started in Odoo and matched with nothing."""
        payments = self.env["payment.transaction"].union(*sources.values()).payment_id
        loose = self.env["account.payment"].search(
            [
                ("source_payment_id", "in", payments.ids),
                ("aftersales_refund_ids", "=", False),
                ("move_id", "!=", False),
                ("is_reconciled", "=", False),
                ("state", "in", VALID_PAYMENT_STATES),
            ]
        )
        for refund in self:
            if strangers := sources[refund]._get_strangers_under_way():
                raise UserError(
                    self.env._(
                        "Refund %(refund)s: %(strangers)s was started beside it, of the same "
                        "payment, and is not booked yet. Wait until it is, then match it with "
                        "%(note)s in accounting if it was for this case.",
                        refund=refund.number,
                        strangers=", ".join(strangers.mapped("reference")),
                        note=refund.credit_note_id.name,
                    )
                )
            own = loose.filtered(
                lambda p, own=sources[refund]: p.source_payment_id in own.payment_id
            )
            if own:
                raise UserError(
                    self.env._(
                        "Refund %(refund)s: %(payments)s went back through the provider by hand and "
                        "pays no credit note yet. Match it with %(note)s in accounting if it was "
                        "for this case, else with what it was for; or pay another way.",
                        refund=refund.number,
                        payments=", ".join(own.mapped("display_name")),
                        note=refund.credit_note_id.name,
                    )
                )

    def _start_at_providers(self, sources, left):
        """Record what the providers are to refund; a job asks them once this is committed.

        :return: the refunds of which a provider takes something
        """
        self._check_not_contradicted()
        self._release_void_payments()
        notes = {}
        for refund in self:
            shares = refund._share_out(sources[refund], left, refund._get_amount_to_pay())
            children = [
                transaction.with_company(transaction.company_id)._create_child_transaction(
                    amount,
                    is_refund=True,
                    aftersales_refund_id=refund.id,
                    invoice_ids=[Command.set(refund.credit_note_id.ids)],
                )
                for transaction, amount in shares
            ]
            if children:
                notes[refund] = "; ".join(refund._describe_transaction(tx) for tx in children)
        started = self.browse().concat(*notes)
        if started:
            self.env["aftersales.event"]._log("provider_asked", started, notes)
            self.env.ref("aftersales_publishing.ir_cron_ask_providers").sudo()._trigger()
        return started

    def _is_due_at_providers(self):
        """Whether as much is still open as providers are to refund: accounting may have paid it.

        Not while a payment that accounting un-matched stands: its money may have left (ADR 51).
        """
        self.ensure_one()
        if self._get_unmatched_payments():
            return False
        payable = self._get_amount_to_pay() if self._get_open_credit_note() else 0.0
        return self.currency_id.compare_amounts(self._get_amount_at_providers(), payable) <= 0

    def _get_amount_at_providers(self):
        """Return what providers are to refund, or have refunded, and no payment books yet."""
        self.ensure_one()
        unpaid = self.provider_transaction_ids.filtered(
            lambda tx: tx.state not in FAILED and not tx.payment_id
        )
        return -sum(unpaid.mapped("amount"))

    def action_pay_otherwise(self, reason):
        """Pay from the payout journal what could go back through the provider.

        :raises UserError: without a reason, or while the provider has not answered
        """
        self._check_role("finance")
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the money does not go back through the provider."))
        refunds = self.sudo()
        lock_and_touch(refunds)
        lock_and_touch(refunds.credit_note_id)
        refunds._check_to_pay()
        refunds.otherwise_reason = reason
        result = refunds._post_and_report(lambda records: records._do_pay())
        refunds.ticket_id._sync_phase()
        return result

    def _do_post(self):
        # why the last credit note was paid another way says nothing about the next one
        self.filtered("otherwise_reason").otherwise_reason = False
        return super()._do_post()

    # ------------------------------------------------------------------
    # Answers that never came
    # ------------------------------------------------------------------
    def action_provider_paid(self):
        """Note that the provider has paid, as it says itself; Odoo books the payment.

        Also what it has paid and what could not be booked: the reason is raised.

        :raises UserError: when no provider was asked, or all answers are booked
        """
        transactions = self._get_unanswered(or_unbooked=True)
        unanswered = transactions.filtered(lambda tx: tx.state in UNDER_WAY)
        self._check_not_booked_otherwise(unanswered)
        unanswered._set_done(state_message=self.env._("Confirmed by %s", self.env.user.name))
        transactions._post_process()
        self.env["aftersales.event"]._log("provider_confirmed", transactions.aftersales_refund_id)
        transactions.aftersales_refund_id.ticket_id._sync_phase()
        return True

    def _check_not_booked_otherwise(self, transactions):
        """Refuse to book what may be in the books already, of a message of the provider (I2)."""
        for transaction in transactions:
            if strangers := transaction.source_transaction_id._get_unmatched_strangers():
                raise UserError(
                    self.env._(
                        "Refund %(refund)s: %(provider)s told of refund %(payments)s of the same "
                        "payment, which pays no credit note yet. If it is this one, press “The "
                        "Provider Did Not Pay” and match it with %(note)s in accounting; else match "
                        "it with what it was for.",
                        refund=transaction.aftersales_refund_id.number,
                        provider=transaction.provider_id.name,
                        payments=", ".join(
                            tx.payment_id.display_name or tx.reference for tx in strangers
                        ),
                        note=transaction.aftersales_refund_id.credit_note_id.name,
                    )
                )

    def action_provider_unpaid(self, reason):
        """Note that the provider has not paid: the refund is to be paid again.

        :param reason: what the provider says
        :raises UserError: without a reason, or when no answer is missing
        """
        if not (reason or "").strip():
            raise UserError(self.env._("Say what the provider tells about the refund."))
        transactions = self._get_unanswered()
        transactions._set_canceled(
            state_message=self.env._("%(user)s: %(reason)s", user=self.env.user.name, reason=reason)
        )
        transactions.aftersales_refund_id.ticket_id._sync_phase()
        return True

    def _get_unanswered(self, or_unbooked=False):
        """Check the role and return, locked, what was asked for and not answered for good.

        :param or_unbooked: also what was paid and has no payment in the books
        """
        self._check_role("finance")
        refunds = self.sudo()
        lock_and_touch(refunds)
        lock_and_touch(refunds.provider_transaction_ids)
        open_ones = refunds.provider_transaction_ids.filtered(
            lambda tx: (
                tx.aftersales_asked_at
                and (tx.state in UNDER_WAY or (or_unbooked and tx._is_unbooked()))
            )
        )
        if missing := refunds - open_ones.aftersales_refund_id:
            raise UserError(
                self.env._(
                    "Refund %s: no provider was asked, or it has answered. Reload the page.",
                    ", ".join(missing.mapped("number")),
                )
            )
        return open_ones

    # ------------------------------------------------------------------
    # Facts and undo
    # ------------------------------------------------------------------
    def _get_state(self):
        """What somebody refunded by hand through the provider and matched is paid, not set off."""
        state = super()._get_state()
        if state == "settled" and not self.on_account:
            matched = self.credit_note_id.line_ids.matched_debit_ids.debit_move_id.move_id
            by_hand = matched.origin_payment_id.filtered(
                lambda p: p.payment_transaction_id and p.state in VALID_PAYMENT_STATES
            )
            return "paid" if by_hand else state
        return state

    def _cancel_payments(self):
        """Withdraw what no provider was asked for yet; what one has paid has left."""
        transactions = self.provider_transaction_ids
        lock_and_touch(transactions)
        transactions.filtered(
            lambda tx: tx.state == "draft" and not tx.aftersales_asked_at
        )._set_canceled(state_message=self.env._("Withdrawn: the refund was undone."))
        self._check_not_at_provider()
        for refund in self:
            if paid := refund.payment_ids.filtered(
                lambda p: p.payment_transaction_id.state == "done" and p.state != "canceled"
            ):
                raise UserError(
                    self.env._(
                        "Payment %(payment)s of refund %(refund)s went through %(provider)s: the "
                        "money has left. Let the reader pay it back instead.",
                        payment=", ".join(paid.mapped("display_name")),
                        refund=refund.number,
                        provider=", ".join(paid.payment_transaction_id.provider_id.mapped("name")),
                    )
                )
        return super()._cancel_payments()

    # ------------------------------------------------------------------
    # Screen
    # ------------------------------------------------------------------
    def action_open_pay_otherwise(self):
        """Ask why it is not paid back through the provider."""
        return self.env["helpdesk.ticket"]._open_reason(
            self.env._("Pay Another Way"),
            self,
            "action_pay_otherwise",
            self.env._("Why does the money not go back through the provider?"),
        )

    def action_open_provider_unpaid(self):
        """Ask what the provider tells."""
        return self.env["helpdesk.ticket"]._open_reason(
            self.env._("The Provider Did Not Pay"),
            self,
            "action_provider_unpaid",
            self.env._(
                "What does the provider tell about the refund? After this it can be paid again, so "
                "be sure that no money has left."
            ),
        )

    def action_view_provider_transactions(self):
        """Open what the provider was asked for."""
        return self.env["helpdesk.ticket"]._open_records(
            self.env._("Provider Refunds"),
            self.sudo().provider_transaction_ids.with_env(self.env),
        )
