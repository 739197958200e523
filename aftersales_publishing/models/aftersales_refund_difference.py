from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_amount

from ..locking import lock_and_touch
from .aftersales_tracking import QUIET


class AftersalesRefund(models.Model):
    """A difference that was paid for a sale that ended goes back to who paid it (R6.1, ADR 33)."""

    _inherit = "aftersales.refund"

    difference_note = fields.Char(
        compute="_compute_difference_note",
        compute_sudo=True,
        help="Which differences were paid for orders of the new edition that are no more.",
    )
    has_difference = fields.Boolean(
        "Difference to Pay Back",
        compute="_compute_difference_note",
        search="_search_has_difference",
        compute_sudo=True,
    )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends("for_edition", "edition_order_ids.state")
    def _compute_difference_note(self):
        for refund in self:
            lost = refund._get_lost_differences()
            refund.has_difference = bool(lost)
            refund.difference_note = "; ".join(
                self.env._(
                    "%(amount)s (%(payment)s) for order %(order)s",
                    amount=format_amount(
                        self.env, payment._get_loose_amount(), payment.currency_id
                    ),
                    payment=payment.display_name,
                    order=order.name,
                )
                for order, payments in lost.items()
                for payment in payments
            )

    @api.model
    def _search_has_difference(self, operator, value):
        if operator != "in":
            return NotImplemented
        cancelled = (
            self.env["sale.order"]
            .sudo()
            .search([("aftersales_refund_id", "!=", False), ("state", "=", "cancel")])
        )
        found = cancelled.aftersales_refund_id.filtered("has_difference")
        domain = Domain("id", "in", found.ids)
        return domain if True in value else ~domain

    def _get_lost_differences(self):
        """Return ``{cancelled order: payments}`` that pay nothing, where no order is to follow."""
        self.ensure_one()
        if not self.for_edition:
            return {}
        effects = self.line_ids.effect_id.resolution_id._get_edition_effects()
        if any(effect._get_open_quantity() for effect in effects):
            return {}  # ordered again, the new order takes it
        lost = {order: order._get_open_differences() for order in self.edition_order_ids}
        return {o: payments for o, payments in lost.items() if o.state == "cancel" and payments}

    # ------------------------------------------------------------------
    # Verb
    # ------------------------------------------------------------------
    def action_pay_back_difference(self):
        """Pay back differences of sales that ended for good; safe to call twice.

        From the payout journal, to the trusted account of who paid, and matched with what was paid.

        :return: ``True``, or a notification naming those that could not be paid back
        :raises UserError: naming what was paid online: Odoo refunds that on the payment
        """
        self._check_role("finance")
        refunds = self.sudo()
        lock_and_touch(refunds)
        lock_and_touch(refunds.edition_order_ids)
        todo = refunds.filtered(lambda refund: refund._get_lost_differences())
        for refund in todo:
            for payments in refund._get_lost_differences().values():
                lock_and_touch(payments)
        result = todo._post_and_report(lambda records: records._do_pay_back_difference())
        todo.ticket_id._sync_phase()
        return result

    def _do_pay_back_difference(self):
        Payment = self.env["account.payment"].with_context(**QUIET)
        paid_in = [
            (refund, order, payment)
            for refund in self
            for order, payments in refund._get_lost_differences().items()
            for payment in payments
        ]
        for refund, _order, payment in paid_in:
            refund._check_can_pay_back(payment)
        paid_out = Payment.create(
            [refund._prepare_pay_back_vals(order, payment) for refund, order, payment in paid_in]
        )
        paid_out.action_post()
        plan = []
        for (_refund, _order, payment), back in zip(paid_in, paid_out, strict=True):
            plan.append(payment._get_loose_lines() | back._get_loose_lines())
        self.env["account.move.line"]._reconcile_plan(plan)
        names = {refund: [] for refund in self}
        for (refund, order, _payment), back in zip(paid_in, paid_out, strict=True):
            names[refund].append(f"{order.name}: {back.display_name}")
        self.env["aftersales.event"]._log(
            "difference_paid_back", self, {r: ", ".join(told) for r, told in names.items()}
        )
        # what no stored field tells is read again
        self.edition_order_ids.invalidate_recordset(["aftersales_due"])
        self.invalidate_recordset(["has_difference", "difference_note"])
        self.ticket_id.invalidate_recordset(["edition_note"])

    def _check_can_pay_back(self, payment):
        names = {"refund": self.number, "payment": payment.display_name}
        if payment.payment_transaction_id:
            raise UserError(
                self.env._(
                    "Refund %(refund)s: %(payment)s was paid online. Open it in accounting and press "
                    "“Refund”, so that it goes back the same way; then match the two.",
                    **names,
                )
            )
        if not payment._get_loose_lines():
            raise UserError(
                self.env._(
                    "Refund %(refund)s: %(payment)s has no journal entry that could be matched. Pay "
                    "it back in accounting.",
                    **names,
                )
            )
        journal = self.company_id._get_aftersales_setting("aftersales_payout_journal_id")
        bank = payment._get_payer_bank()
        if self._needs_bank_account(journal) and not bank.allow_out_payment:
            raise UserError(
                self.env._(
                    "Refund %(refund)s: %(payer)s, who paid %(payment)s, has no bank account that is "
                    "trusted. Enter and check it on the contact, tab “Accounting”.",
                    payer=payment.partner_id.display_name,
                    **names,
                )
            )

    def _prepare_pay_back_vals(self, order, payment):
        journal = self.company_id._get_aftersales_setting("aftersales_payout_journal_id")
        return {
            "payment_type": "outbound",
            "partner_type": "customer",
            "partner_id": payment.partner_id.id,
            "partner_bank_id": payment._get_payer_bank().id,
            "journal_id": journal.id,
            "company_id": self.company_id.id,
            "currency_id": payment.currency_id.id,
            "amount": payment._get_loose_amount(),
            "date": fields.Date.context_today(self),
            "memo": f"{order.name} · {self.ticket_id.number}",
        }
