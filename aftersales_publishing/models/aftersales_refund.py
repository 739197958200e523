from dataclasses import dataclass

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..locking import lock_and_touch

PENDING_STATES = ("draft", "to_approve", "approved")


@dataclass
class CreditShare:
    """The part of a refund that falls on one invoice line."""

    invoice_line: object
    stock_quantity: float  # copies, in the product's unit
    quantity: float  # in the unit of the invoice line
    net: float  # in the currency of the invoice
    gross: float


class AftersalesRefund(models.Model):
    """Money for one case and one invoice: approval, credit note, payment (R6.8).

    The decision is typed by the verbs; posted, settled and paid are facts, computed
    from the credit note and its payments, whoever made or undid them.
    """

    _name = "aftersales.refund"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "aftersales.verb.mixin",
        "aftersales.change.hook",
    ]
    _description = "Refund"
    _order = "requested_at, id"
    _rec_name = "number"
    _followed_field = "state"

    number = fields.Char(required=True, default="/", copy=False)
    ticket_id = fields.Many2one(
        "helpdesk.ticket", "Case", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="ticket_id.company_id", store=True)
    partner_id = fields.Many2one(related="ticket_id.partner_id", store=True, string="Reader")
    payee_id = fields.Many2one("res.partner", required=True, ondelete="restrict")
    invoice_id = fields.Many2one("account.move", required=True, index=True, ondelete="restrict")
    currency_id = fields.Many2one(related="invoice_id.currency_id", store=True)
    line_ids = fields.One2many("aftersales.refund.line", "refund_id", "Lines")
    amount = fields.Monetary(compute="_compute_amount", store=True, help="With tax.")
    summary = fields.Char(compute="_compute_summary")
    reason = fields.Char(help="Why finance refused it.")
    # Decision
    decision = fields.Selection(
        [
            ("draft", "Draft"),
            ("to_approve", "To approve"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
    )
    requested_by_id = fields.Many2one("res.users", required=True)
    requested_at = fields.Datetime(required=True, default=fields.Datetime.now)
    approved_by_id = fields.Many2one(
        "res.users", help="Empty when the amount was within the requester's own limit."
    )
    approved_at = fields.Datetime()
    due_at = fields.Datetime(
        compute="_compute_due_at", store=True, help="48 hours after the request."
    )
    # Facts
    credit_note_id = fields.Many2one(
        "account.move", copy=False, index="btree_not_null", ondelete="set null"
    )
    payment_ids = fields.Many2many("account.payment", string="Payments", copy=False)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("to_approve", "To approve"),
            ("approved", "Approved"),
            ("posted", "To pay"),
            ("settled", "Settled"),
            ("paid", "Paid"),
            ("refused", "Refused"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
        tracking=True,
        help="Settled: the credit note was set off against the open invoice.",
    )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends("line_ids.amount")
    def _compute_amount(self):
        for refund in self:
            refund.amount = sum(refund.line_ids.mapped("amount"))

    @api.depends("line_ids.quantity")
    def _compute_summary(self):
        for refund in self:
            refund.summary = ", ".join(refund.line_ids.mapped("display_name"))

    @api.depends("requested_at")
    def _compute_due_at(self):
        for refund in self:
            refund.due_at = fields.Datetime.add(refund.requested_at, hours=48)

    @api.depends(
        "decision",
        "credit_note_id.state",
        "credit_note_id.payment_state",
        "credit_note_id.matched_payment_ids.state",
        "payment_ids.state",
    )
    def _compute_state(self):
        for refund in self:
            refund.state = refund._get_state()

    def _get_state(self):
        self.ensure_one()
        note = self.credit_note_id
        if note.state != "posted" or note.payment_state == "reversed":
            return self.decision
        if note.payment_state not in ("paid", "in_payment"):
            return "posted"
        payments = self.payment_ids | note.matched_payment_ids
        if not payments:
            return "settled"
        # a drafted or rejected payment leaves the credit note "paid": not for us
        valid = payments.filtered(lambda p: p.state in ("in_process", "paid"))
        return "paid" if valid else "posted"

    # ------------------------------------------------------------------
    # How much of which invoice line
    # ------------------------------------------------------------------
    @api.model
    def _allocate(self, requests):
        """Find the invoice lines that credits fall on, to the cent (I1).

        With ``L`` units left on a line of ``n`` after the credit, the line must be
        worth ``round(original × L / n)``; the credit is what is above that. So the
        credits of single copies add up to exactly what was paid.

        :param requests: list of ``(sale line, copies in the product's unit, percent)``;
            they compete for the same invoice lines in the given order
        :return: for each request ``(list of CreditShare, copies without an invoice)``
        """
        sale_lines = self.env["sale.order.line"].union(*(r[0] for r in requests)).sudo()
        invoice_lines = sale_lines.invoice_lines.filtered(
            lambda line: (
                line.parent_state == "posted"
                and line.move_id.move_type == "out_invoice"
                and line.quantity > 0
            )
        ).sorted("id")
        invoiced = self.env["aftersales.balance"]._get_invoiced(invoice_lines)
        self._count_pending(invoice_lines, invoiced)
        return [
            self._allocate_one(sale_line.sudo(), quantity, percent, invoiced)
            for sale_line, quantity, percent in requests
        ]

    @api.model
    def _count_pending(self, invoice_lines, invoiced):
        """Refunds that are requested but not posted count as credited."""
        pending = (
            self.env["aftersales.refund.line"]
            .sudo()
            .search(
                [
                    ("invoice_line_id", "in", invoice_lines.ids),
                    ("refund_id.state", "in", PENDING_STATES),
                ]
            )
        )
        for line in pending:
            self._count(
                invoiced[line.invoice_line_id],
                CreditShare(
                    line.invoice_line_id,
                    line.quantity,
                    line.invoice_quantity if line._counts_quantity() else 0.0,
                    line.amount_untaxed,
                    line.amount,
                ),
            )

    @staticmethod
    def _count(invoiced, share):
        invoiced.credited_quantity += share.quantity
        invoiced.credited_net += share.net
        invoiced.credited_gross += share.gross

    @api.model
    def _allocate_one(self, sale_line, quantity, percent, invoiced):
        shares, missing = [], quantity
        if not sale_line:
            return shares, missing
        stock_uom = sale_line.product_id.uom_id
        for line in sale_line.invoice_lines.sorted("id"):
            if line not in invoiced or stock_uom.compare(missing, 0.0) <= 0:
                continue
            balance = invoiced[line]
            available = line.product_uom_id._compute_quantity(
                balance.creditable_quantity, stock_uom, round=False
            )
            taken = min(missing, available)
            if stock_uom.compare(taken, 0.0) <= 0:
                continue
            share = self._price_share(line, taken, percent, balance)
            self._count(balance, share)
            shares.append(share)
            missing -= taken
        return shares, missing if stock_uom.compare(missing, 0.0) > 0 else 0.0

    @api.model
    def _price_share(self, line, stock_quantity, percent, balance):
        quantity = line.product_id.uom_id._compute_quantity(
            stock_quantity, line.product_uom_id, round=False
        )
        left = balance.creditable_quantity - quantity
        if line.product_uom_id.is_zero(left):
            left = 0.0
        currency = line.currency_id

        def to_credit(original, credited):
            target = currency.round(original * left / balance.quantity)
            full = currency.round(original - credited - target)
            return max(0.0, currency.round(full * percent / 100.0))

        return CreditShare(
            line,
            stock_quantity,
            quantity,
            to_credit(balance.net, balance.credited_net),
            to_credit(balance.gross, balance.credited_gross),
        )

    # ------------------------------------------------------------------
    # Request
    # ------------------------------------------------------------------
    @api.model
    def _request(self, shares_by_effect):
        """Create refunds, or add to those not yet decided; one per case and invoice.

        Below the requester's limit the refund is approved at once, above it goes to
        finance (R6.8). The limit holds for the sum of a case.

        :param shares_by_effect: ``{effect: [CreditShare, …]}``
        """
        tickets = self.env["helpdesk.ticket"].union(*(e.ticket_id for e in shares_by_effect))
        undecided = self.search(
            [("ticket_id", "in", tickets.ids), ("state", "in", ("draft", "to_approve"))]
        )
        refunds = {(r.ticket_id, r.invoice_id): r for r in undecided}
        wanted = {}
        for effect, shares in shares_by_effect.items():
            for share in shares:
                key = effect.ticket_id, share.invoice_line.move_id
                wanted.setdefault(key, []).append((effect, share))
        new = [key for key in wanted if key not in refunds]
        created = self.create([self._prepare_vals(*key, wanted[key][0][0]) for key in new])
        refunds.update(zip(new, created, strict=True))
        self.env["aftersales.refund.line"].create(
            [
                {
                    "refund_id": refunds[key].id,
                    "effect_id": effect.id,
                    "invoice_line_id": share.invoice_line.id,
                    "quantity": share.stock_quantity,
                    "invoice_quantity": share.quantity,
                    "amount_untaxed": share.net,
                    "amount": share.gross,
                }
                for key, items in wanted.items()
                for effect, share in items
            ]
        )
        requested = self.union(*(refunds[key] for key in wanted))
        self.env["aftersales.event"]._log("refund_requested", requested)
        requested._decide_by_limit()

    @api.model
    def _prepare_vals(self, ticket, invoice, effect):
        sequence = self.env["ir.sequence"].with_company(ticket.company_id)
        return {
            "number": sequence.next_by_code("aftersales.refund"),
            "ticket_id": ticket.id,
            "invoice_id": invoice.id,
            "payee_id": ticket._get_payee(invoice).id,
            "requested_by_id": (effect.resolution_id.executed_by_id or self.env.user).id,
        }

    def _decide_by_limit(self):
        for refund in self:
            within = refund._is_within_limit()
            refund.decision = "approved" if within else "to_approve"
            refund.approved_at = fields.Datetime.now() if within else False

    def _is_within_limit(self):
        """Whether the requester's refunds of this case stay within the own limit."""
        self.ensure_one()
        refunds = self.ticket_id.refund_ids.filtered(
            lambda r: not r.approved_by_id and r.state not in ("refused", "cancelled")
        )
        total = sum(
            refund.currency_id._convert(
                refund.amount, refund.company_id.currency_id, refund.company_id
            )
            for refund in refunds | self
        )
        limit = self.requested_by_id._get_aftersales_refund_limit(self.company_id)
        return self.company_id.currency_id.compare_amounts(total, limit) <= 0

    # ------------------------------------------------------------------
    # Verbs
    # ------------------------------------------------------------------
    def action_approve(self):
        """Approve refunds; requester and approver differ (R6.8).

        :raises AccessError: when the user asked for the refund
        """
        self._check_role("finance")
        refunds = self.sudo()
        lock_and_touch(refunds)
        for refund in refunds.filtered(lambda r: r.decision in ("draft", "to_approve")):
            if refund.requested_by_id == self.env.user:
                raise AccessError(
                    self.env._(
                        "Refund %(refund)s was requested by yourself. Another finance "
                        "approver has to decide on it.",
                        refund=refund.number,
                    )
                )
        approved = refunds._transition(("draft", "to_approve"), "approved", "decision")
        approved.write({"approved_by_id": self.env.uid, "approved_at": fields.Datetime.now()})
        self.env["aftersales.event"]._log("refund_approved", approved)
        approved.ticket_id._sync_phase()
        return True

    def action_refuse(self, reason):
        """Refuse refunds with a reason that the agent can tell the reader.

        :raises UserError: without a reason, or when the credit note is posted
        """
        self._check_role("finance")
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the refund is refused."))
        refunds = self.sudo()
        lock_and_touch(refunds)
        refunds._check_not_posted()
        refused = refunds._transition(PENDING_STATES, "refused", "decision")
        refused.reason = reason
        self.env["aftersales.event"]._log("refund_refused", refused, reason)
        refused.ticket_id._sync_phase()
        return True

    def action_approve_and_post(self):
        """Approve and post in one click."""
        self.action_approve()
        return self.action_post()

    def action_post(self):
        """Post the credit notes of approved refunds; safe to call twice.

        Invoices are locked and touched first; creditable quantity and amount are
        checked again, so nothing is credited twice (R6.4).

        :return: ``True``, or a notification naming those that could not be posted
        """
        self._check_role("agent", "finance")
        refunds = self.sudo()
        lock_and_touch(refunds)
        lock_and_touch(refunds.invoice_id)
        todo = refunds.filtered(lambda r: r.state not in ("posted", "settled", "paid"))
        problems = todo._post_in_batches(lambda records: records._do_post())
        refunds.ticket_id._sync_phase()
        return self._report_problems(problems)

    def action_pay(self):
        """Pay out the residual of the posted credit notes (I2); safe to call twice.

        :return: ``True``, or a notification naming those that could not be paid
        """
        self._check_role("finance")
        refunds = self.sudo()
        lock_and_touch(refunds)
        lock_and_touch(refunds.credit_note_id)
        todo = refunds.filtered(lambda r: r.state not in ("paid", "settled"))
        problems = todo._post_in_batches(lambda records: records._do_pay())
        refunds.ticket_id._sync_phase()
        return self._report_problems(problems)

    # ------------------------------------------------------------------
    # Credit note
    # ------------------------------------------------------------------
    def _do_post(self):
        self._check_postable()
        self._lower_orders()
        notes = self.env["account.move"].create(
            [refund._prepare_credit_note_vals() for refund in self]
        )
        for refund, note in zip(self, notes, strict=True):
            refund._make_exact(note)
            refund.credit_note_id = note
        self._post_credit_notes()
        self.env["aftersales.event"]._log(
            "credited", self, {refund: refund.credit_note_id.name for refund in self}
        )

    def _post_credit_notes(self):
        """Post in rounds of one credit note per invoice.

        Odoo pairs the reversed invoices with the reversing entries by position
        (``account.move._post``): two credit notes of one invoice in one call would
        shift the pairs and reconcile other customers' invoices.
        """
        rest = self
        while rest:
            firsts = (group[0] for group in rest.grouped("invoice_id").values())
            batch = self.browse().union(*firsts)
            batch.credit_note_id.action_post()
            rest -= batch

    def _check_not_posted(self):
        for refund in self:
            if refund.credit_note_id.state == "posted":
                raise UserError(
                    self.env._(
                        "Refund %(refund)s: credit note %(note)s is posted. Reset it "
                        "in accounting first.",
                        refund=refund.number,
                        note=refund.credit_note_id.name,
                    )
                )

    def _check_postable(self):
        invoiced = self.env["aftersales.balance"]._get_invoiced(self.line_ids.invoice_line_id)
        for refund in self:
            if refund.decision != "approved":
                raise UserError(
                    self.env._(
                        "Refund %(refund)s of case %(case)s is not approved yet. A finance "
                        "approver has to approve it before it can be posted.",
                        refund=refund.number,
                        case=refund.ticket_id.number,
                    )
                )
            if not refund.approved_by_id and not refund._is_within_limit():
                raise UserError(
                    self.env._(
                        "Refund %(refund)s is above the limit of %(user)s. A finance "
                        "approver has to approve it.",
                        refund=refund.number,
                        user=refund.requested_by_id.name,
                    )
                )
            for line in refund.line_ids:
                refund._check_creditable(line, invoiced[line.invoice_line_id])

    def _check_creditable(self, line, balance):
        """Count the line on its balance, or say that it was credited meanwhile."""
        invoice_line = line.invoice_line_id
        quantity = line.invoice_quantity if line._counts_quantity() else 0.0
        too_many = invoice_line.product_uom_id.compare(quantity, balance.creditable_quantity) > 0
        too_much = self.currency_id.compare_amounts(line.amount, balance.creditable_gross) > 0
        if invoice_line.parent_state != "posted" or too_many or too_much:
            raise UserError(
                self.env._(
                    "Refund %(refund)s of case %(case)s: invoice %(invoice)s was credited "
                    "or changed meanwhile, “%(title)s” cannot be credited as approved. "
                    "Refuse this refund and look at the credit notes of the invoice.",
                    refund=self.number,
                    case=self.ticket_id.number,
                    invoice=self.invoice_id.name,
                    title=line.product_id.display_name,
                )
            )
        self._count(
            balance,
            CreditShare(invoice_line, 0.0, quantity, line.amount_untaxed, line.amount),
        )

    def _lower_orders(self):
        """Lower the ordered quantity by what came back and is credited.

        In the same transaction as the credit note, after the return: then the order
        is neither re-billed nor re-delivered under both invoice policies.
        """
        lowered = {}
        for line in self.line_ids.filtered(lambda line: line._gives_goods_back()):
            sale_line = line.effect_id.line_id.sale_line_id
            quantity = line.product_id.uom_id._compute_quantity(
                line.quantity, sale_line.product_uom_id, round=False
            )
            lowered[sale_line] = lowered.get(sale_line, 0.0) + quantity
        orders = self.env["sale.order"].union(*(line.order_id for line in lowered))
        locked = orders.filtered("locked")
        locked.action_unlock()
        for sale_line, quantity in lowered.items():
            # never ask the warehouse for another delivery: copies that came back and
            # are not credited yet would look like ordered and undelivered
            sale_line.with_context(skip_procurement=True).product_uom_qty -= quantity
        locked.action_lock()

    def _prepare_credit_note_vals(self):
        self.ensure_one()
        invoice = self.invoice_id
        journal = self.company_id.aftersales_refund_journal_id or invoice.journal_id
        today = fields.Date.context_today(self)
        vals = {
            "move_type": "out_refund",
            "company_id": invoice.company_id.id,
            "reversed_entry_id": invoice.id,
            "partner_id": invoice.partner_id.id,
            "partner_shipping_id": invoice.partner_shipping_id.id,
            "journal_id": journal.id,
            "currency_id": invoice.currency_id.id,
            "fiscal_position_id": invoice.fiscal_position_id.id,
            "invoice_user_id": invoice.invoice_user_id.id,
            "invoice_payment_term_id": False,
            "invoice_date": today,
            "invoice_date_due": today,
            "invoice_origin": invoice.invoice_origin,
            "ref": f"{self.ticket_id.number} / {self.number}",
            "invoice_line_ids": [
                Command.create(line._prepare_credit_line_vals()) for line in self.line_ids
            ],
        }
        if invoice.payment_state not in ("paid", "in_payment", "reversed"):
            # set off against the open invoice: at its rate, without exchange entry
            vals["invoice_currency_rate"] = invoice.invoice_currency_rate
        return vals

    def _make_exact(self, note):
        """Make the drafted credit note worth exactly the approved amounts."""
        self.ensure_one()
        currency = self.currency_id
        for line, credit_line in zip(self.line_ids, note.invoice_line_ids, strict=True):
            if currency.compare_amounts(credit_line.price_subtotal, line.amount_untaxed):
                credit_line.write({"price_unit": line._get_exact_price(), "discount": 0.0})
        difference = currency.round(self.amount - note.amount_total)
        tax_lines = note.line_ids.filtered(lambda line: line.display_type == "tax")
        if not currency.is_zero(difference) and tax_lines:
            tax_line = tax_lines.sorted(lambda line: -abs(line.amount_currency))[0]
            note.write(
                {
                    "line_ids": [
                        Command.update(
                            tax_line.id,
                            {"amount_currency": tax_line.amount_currency + difference},
                        )
                    ]
                }
            )
        if currency.compare_amounts(note.amount_total, self.amount):
            raise UserError(
                self.env._(
                    "Refund %(refund)s: the credit note would be %(total)s instead of the "
                    "approved %(amount)s. Credit invoice %(invoice)s in accounting.",
                    refund=self.number,
                    total=currency.format(note.amount_total),
                    amount=currency.format(self.amount),
                    invoice=self.invoice_id.name,
                )
            )

    # ------------------------------------------------------------------
    # Payment
    # ------------------------------------------------------------------
    def _do_pay(self):
        for refund in self:
            if refund.state != "posted":
                raise UserError(
                    self.env._(
                        "Refund %(refund)s has no open credit note to pay. Post it first.",
                        refund=refund.number,
                    )
                )
        payments = self.env["account.payment"].create(
            [refund._prepare_payment_vals() for refund in self]
        )
        payments.action_post()
        plan = []
        for refund, payment in zip(self, payments, strict=True):
            note = refund.credit_note_id
            refund.payment_ids |= payment
            note.matched_payment_ids |= payment
            lines = (note.line_ids + payment.move_id.line_ids).filtered(
                lambda line: (
                    line.account_id.account_type == "asset_receivable" and not line.reconciled
                )
            )
            plan.append(lines)
        self.env["account.move.line"]._reconcile_plan([p for p in plan if len(p) > 1])
        self.env["aftersales.event"]._log(
            "paid", self, {r: r.payment_ids[-1:].display_name for r in self}
        )

    def _prepare_payment_vals(self):
        self.ensure_one()
        note, payee = self.credit_note_id, self.payee_id
        journal = self.company_id._get_aftersales_setting("aftersales_payout_journal_id")
        return {
            "payment_type": "outbound",
            "partner_type": "customer",
            "partner_id": note.commercial_partner_id.id,
            "partner_bank_id": payee.bank_ids[:1].id,
            "journal_id": journal.id,
            "company_id": self.company_id.id,
            "currency_id": note.currency_id.id,
            "amount": note.amount_residual,
            "date": fields.Date.context_today(self),
            "memo": f"{note.name} · {self.ticket_id.number} · {payee.name}",
            "invoice_ids": [Command.set(note.ids)],
        }

    # ------------------------------------------------------------------
    # Others
    # ------------------------------------------------------------------
    def _do_cancel(self):
        """Cancel refunds that are not posted; the others stay what they are."""
        self._check_not_posted()
        self.filtered(lambda r: r.decision != "refused").decision = "cancelled"

    def _on_changed(self, before):
        """Log what accounting did to our documents."""
        posted = ("posted", "settled", "paid")
        Event = self.env["aftersales.event"]
        Event._log("settled", self.filtered(lambda r: r.state == "settled"))
        undone = self.filtered(lambda r: before[r.id] in posted and r.state not in posted)
        Event._log("credit_undone", undone)
        unpaid = self.filtered(lambda r: before[r.id] == "paid" and r.state == "posted")
        Event._log("payment_undone", unpaid)
