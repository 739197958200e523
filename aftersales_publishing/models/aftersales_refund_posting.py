from odoo import Command, fields, models
from odoo.exceptions import UserError

from .aftersales_refund import VALID_PAYMENT_STATES
from .aftersales_tracking import QUIET


class AftersalesRefund(models.Model):
    """The native documents of a refund: credit note and payment (postings)."""

    _inherit = "aftersales.refund"

    # ------------------------------------------------------------------
    # Credit note
    # ------------------------------------------------------------------
    def _do_post(self):
        self._check_postable()
        self._cancel_draft_notes()
        # what was kept on account was the credit of an earlier note
        self.filtered("on_account").write({"on_account": False, "on_account_note": False})
        self.filtered(lambda r: not r.order_lowered)._change_orders(-1)
        notes = (
            self.env["account.move"]
            .with_context(**QUIET)
            .create([refund._prepare_credit_note_vals() for refund in self])
        )
        for refund, note in zip(self, notes, strict=True):
            refund._make_exact(note)
            refund.credit_note_id = note
        self._post_credit_notes()
        self._set_off_earlier_payments()
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
            batch.credit_note_id.with_context(aftersales_keep_rank=True).action_post()
            rest -= batch

    def _check_not_posted(self):
        for refund in self:
            if refund.credit_note_id and refund.credit_note_id._is_standing_credit():
                raise UserError(
                    self.env._(
                        "Refund %(refund)s: credit note %(note)s is posted. Reset it "
                        "in accounting first.",
                        refund=refund.number,
                        note=refund.credit_note_id.name,
                    )
                )

    def _check_postable(self):
        self._check_not_contradicted()
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
                if line.invoice_line_id:  # not filtered: that would read each refund's by itself
                    refund._check_creditable(line, invoiced[line.invoice_line_id])

    def _check_creditable(self, line, balance):
        """Count the line on its balance, or say that it was credited meanwhile."""
        if self.is_expense:
            return  # takes nothing of what the invoice charged
        invoice_line, share = line.invoice_line_id, line._get_share()
        creditable = balance.get_creditable_quantity(share.volume)
        too_many = invoice_line.product_uom_id.compare(share.quantity, creditable) > 0
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
                    title=line.effect_id.line_id._get_title(),
                )
            )
        self._count(balance, share)

    def _cancel_draft_notes(self):
        """Cancel credit notes that accounting reset: nobody may post them a second time."""
        self.credit_note_id.filtered(lambda note: note.state == "draft").button_cancel()

    def _withdraw(self):
        """Take back what an earlier posting left: draft credit notes, lowered orders."""
        self._cancel_draft_notes()
        self.filtered("order_lowered")._change_orders(1)

    def _change_orders(self, sign):
        """Lower (-1) the ordered quantity by what came back and is credited, or undo it (1).

        In the same transaction as the credit note, after the return: then the order
        is neither re-billed nor re-delivered under both invoice policies.
        """
        lowered = {}
        for line in self.line_ids.filtered(lambda line: line._gives_goods_back()):
            sale_line = line.effect_id.line_id.sale_line_id
            lowered[sale_line] = lowered.get(sale_line, 0.0) - sign * line.quantity
        lines = self.env["sale.order.line"].union(*lowered)
        orders = lines.order_id
        with orders._unlocked(), lines._keeping_price(), orders._noting_in_batch() as context:
            # never ask the warehouse for another delivery: copies that came back and
            # are not credited yet would look like ordered and undelivered
            lines = lines.with_context(skip_procurement=True, **context)
            quantities = lines._get_lowered_quantities(lowered)
            for quantity, group in lines.grouped(quantities.get).items():
                group.product_uom_qty = quantity
        self.order_lowered = sign < 0

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
            if not credit_line.quantity:
                raise UserError(
                    self.env._(
                        "Refund %(refund)s: a copy of “%(title)s” is too small a part of the unit "
                        "of invoice %(invoice)s (%(unit)s) to be credited. Credit it in accounting.",
                        refund=self.number,
                        title=line.product_id.display_name,
                        invoice=self.invoice_id.name,
                        unit=credit_line.product_uom_id.name,
                    )
                )
            if currency.compare_amounts(credit_line.price_subtotal, line.amount_untaxed):
                price = line._get_exact_price(credit_line.quantity)
                credit_line.write({"price_unit": price, "discount": 0.0})
        self._make_total(note, self.amount)
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

    @staticmethod
    def _make_total(document, total):
        """Let the largest tax of a draft take the cents by which its total differs."""
        currency = document.currency_id
        difference = currency.round(total - document.amount_total)
        tax_lines = document.line_ids.filtered(lambda line: line.display_type == "tax")
        if currency.is_zero(difference) or not tax_lines:
            return
        tax_line = tax_lines.sorted(lambda line: -abs(line.amount_currency))[0]
        amount = tax_line.amount_currency + document.direction_sign * difference
        document.write({"line_ids": [Command.update(tax_line.id, {"amount_currency": amount})]})

    # ------------------------------------------------------------------
    # Payment
    # ------------------------------------------------------------------
    def _check_to_pay(self):
        for refund in self:
            if refund.state != "posted":
                raise UserError(
                    self.env._(
                        "Refund %(refund)s has no open credit note to pay. Post it first.",
                        refund=refund.number,
                    )
                )

    def _do_pay(self):
        self._check_to_pay()
        self._check_not_contradicted()
        self._release_void_payments()
        payments = self._create_payments()
        payments.action_post()
        plan = [
            refund._get_open_receivables(payment)
            for refund, payment in zip(self, payments, strict=True)
        ]
        with self.env["sale.order"]._noting_in_batch() as context:
            plan = [lines.with_context(**context) for lines in plan if len(lines) > 1]
            self.env["account.move.line"].with_context(**context)._reconcile_plan(plan)
        self.env["aftersales.event"]._log(
            "paid", self, {r: r.payment_ids[-1:].display_name for r in self}
        )

    def _create_payments(self):
        """Draft a payment for each refund, in their order."""
        return (
            self.env["account.payment"]
            .with_context(**QUIET)
            .create([refund._prepare_payment_vals() for refund in self])
        )

    def _get_open_receivables(self, payments):
        """Return what is open on the credit note and on these payments of it."""
        self.ensure_one()
        return (self.credit_note_id.line_ids + payments.move_id.line_ids).filtered(
            lambda line: line.account_id.account_type == "asset_receivable" and not line.reconciled
        )

    def _set_off_earlier_payments(self):
        """Let a payment that outlived its credit note pay the new one: nobody pays twice (I2)."""
        plan = []
        for refund in self:
            earlier = refund.payment_ids.filtered(lambda p: p.state in VALID_PAYMENT_STATES)
            if not earlier:
                continue
            earlier.invoice_ids = [Command.link(refund.credit_note_id.id)]
            lines = refund._get_open_receivables(earlier)
            if len(lines) > 1:
                plan.append(lines)
        self.env["account.move.line"]._reconcile_plan(plan)

    def _release_void_payments(self):
        """Free the credit notes of drafted and rejected payments, which leave them “paid”; a
        drafted one is cancelled: nobody may confirm it beside the new one."""
        self._get_void_payments().move_id.line_ids.remove_move_reconcile()
        payments = self.payment_ids | self.credit_note_id.matched_payment_ids
        payments.filtered(lambda payment: payment.state == "draft").action_cancel()

    def _prepare_payment_vals(self):
        self.ensure_one()
        note, payee = self.credit_note_id, self.payee_id
        journal = self.company_id._get_aftersales_setting("aftersales_payout_journal_id")
        return {
            "payment_type": "outbound",
            "partner_type": "customer",
            "partner_id": note.commercial_partner_id.id,
            "partner_bank_id": self._get_payee_bank().id,
            "journal_id": journal.id,
            "company_id": self.company_id.id,
            "currency_id": note.currency_id.id,
            "amount": note.amount_residual,
            "date": fields.Date.context_today(self),
            "memo": f"{note.name} · {self.ticket_id.number} · {payee.name}",
            "aftersales_refund_ids": [Command.link(self.id)],
            "invoice_ids": [Command.set(note.ids)],
        }
