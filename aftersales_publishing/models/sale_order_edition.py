from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ..locking import touch
from .aftersales_refund import VALID_PAYMENT_STATES


class SaleOrder(models.Model):
    """The order of a new edition: the credit for the old copy, the difference to pay (ADR 33)."""

    _inherit = "sale.order"

    aftersales_refund_id = fields.Many2one(
        "aftersales.refund",
        "Set Off Against",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The refund of the old edition, which is not paid out but set off.",
    )
    aftersales_credit = fields.Monetary(
        "Credit for the Old Edition",
        copy=False,
        help="What the credit note of the old edition pays of this order.",
    )
    aftersales_due = fields.Monetary(
        "Difference",
        compute="_compute_aftersales_due",
        compute_sudo=True,
        help="What the reader has to pay before the new edition is sent.",
    )
    aftersales_overdue = fields.Boolean("Difference Overdue", copy=False)
    aftersales_payment_ids = fields.One2many(
        "account.payment", "aftersales_order_id", "Payments of the Difference"
    )

    # not on the payments: Odoo would look for orders at every change of any payment
    @api.depends("amount_total", "aftersales_credit")
    def _compute_aftersales_due(self):
        for order in self:
            paid = sum(order._get_difference_payments().mapped("amount"))
            due = order.amount_total - order.aftersales_credit - paid
            order.aftersales_due = max(0.0, order.currency_id.round(due))

    def _get_difference_payments(self):
        return self.aftersales_payment_ids.filtered(lambda p: p.state in VALID_PAYMENT_STATES)

    def _get_credit_to_set_off(self):
        """Return what of the credit the order still takes: nothing more once it is invoiced."""
        self.ensure_one()
        note = self.aftersales_refund_id.credit_note_id
        partials = note.line_ids.matched_debit_ids.filtered(
            lambda partial: self in partial.debit_move_id.move_id.line_ids.sale_line_ids.order_id
        )
        taken = sum(partials.mapped("credit_amount_currency"))
        return max(0.0, min(self.aftersales_credit, self.amount_total) - taken)

    # ------------------------------------------------------------------
    # Start
    # ------------------------------------------------------------------
    def _start_edition(self):
        """Note the credit, then wait for the difference, or confirm where nothing is awaited."""
        for order in self:
            refund = order.aftersales_refund_id
            order._check_edition_currency()
            free = refund.credit_note_id.amount_residual - refund._get_held_amount()
            order.aftersales_credit = max(0.0, min(order.amount_total, free))
            order._take_over_payments(refund.edition_order_ids - order)
        awaited = self.filtered(lambda o: o.aftersales_due and not o._buys_on_account())
        for order in awaited:
            order.write(
                {
                    "require_payment": True,
                    "prepayment_percent": order.aftersales_due / order.amount_total,
                }
            )
        awaited._start_difference_term()
        awaited.action_quotation_sent()
        rest = self - awaited
        rest.require_payment = False
        rest.with_context(aftersales_confirms=True).action_confirm()
        Event = self.env["aftersales.event"]
        Event._log(
            "edition_ordered",
            self.order_line.aftersales_edition_effect_id,
            {
                effect: ", ".join((effect.edition_line_ids.order_id & self).mapped("name"))
                for effect in self.order_line.aftersales_edition_effect_id
            },
        )
        awaited._mail_difference()

    def _check_edition_currency(self):
        self.ensure_one()
        refund = self.aftersales_refund_id
        if self.currency_id != refund.currency_id:
            raise UserError(
                self.env._(
                    "Refund %(refund)s of case %(case)s is in %(currency)s, the new edition would be "
                    "sold in %(other)s. Correct the pricelist of order %(order)s, or propose "
                    "“Return and refund”.",
                    refund=refund.number,
                    case=refund.ticket_id.number,
                    currency=refund.currency_id.name,
                    other=self.currency_id.name,
                    order=refund.line_ids.effect_id.line_id.sale_line_id.order_id[:1].name,
                )
            )

    def _is_in_vain(self):
        """Whether the reader paid the difference of an order that was cancelled."""
        self.ensure_one()
        return self.state == "cancel" and bool(self._get_open_differences())

    def _buys_on_account(self):
        """Whether the customer pays later by the terms of the order: then nothing is awaited."""
        return any(line.nb_days > 0 for line in self.payment_term_id.line_ids)

    def _take_over_payments(self, cancelled):
        """Let a difference that was paid for an order that was cancelled pay this one."""
        self.ensure_one()
        payments = cancelled.filtered(lambda o: o.state == "cancel")._get_open_differences()
        payments.aftersales_order_id = self
        self.invalidate_recordset(["aftersales_due"])

    def _get_open_differences(self):
        """Return the payments of the difference, made here or online, that pay nothing yet."""
        payments = self.aftersales_payment_ids | self.transaction_ids.payment_id
        return payments.filtered(
            lambda p: (
                p.state in VALID_PAYMENT_STATES
                and p.payment_type == "inbound"
                and not p.is_reconciled
            )
        )

    def _start_difference_term(self):
        """Let the difference be due the company's days from today."""
        for order in self:
            company = order.company_id
            order.validity_date = company._get_aftersales_today() + timedelta(
                days=company.aftersales_difference_days
            )
        self.aftersales_overdue = False

    # ------------------------------------------------------------------
    # The difference is paid
    # ------------------------------------------------------------------
    def _receive_difference(self, journal):
        """Book what the reader paid, where it is not booked yet, and confirm. Under the lock."""
        todo = self.filtered("aftersales_due")
        if journal and todo:
            payments = self.env["account.payment"].create(
                [order._prepare_difference_vals(journal) for order in todo]
            )
            payments.action_post()
            todo.invalidate_recordset(["aftersales_due"])
        self.env["aftersales.event"]._log(
            "difference_paid",
            self.order_line.aftersales_edition_effect_id,
            ", ".join(self.mapped("name")),
        )
        self.action_confirm()

    def _prepare_difference_vals(self, journal):
        self.ensure_one()
        return {
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": self.partner_invoice_id.commercial_partner_id.id,
            "journal_id": journal.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "amount": self.aftersales_due,
            "date": fields.Date.context_today(self),
            "memo": f"{self.name} · {self.aftersales_refund_id.ticket_id.number}",
            "aftersales_order_id": self.id,
        }

    def action_confirm(self):
        """Send the new edition only while its credit was not paid out (R6.4)."""
        self._check_edition_credit()
        return super().action_confirm()

    def action_draft(self):
        """Offer a cancelled order again only while its credit was not paid out (R6.4)."""
        self._check_edition_credit()
        return super().action_draft()

    def _check_edition_credit(self):
        """Refuse an order whose credit went to the reader: never both.

        The refund is touched: who pays it out at the same time fails, or is seen.

        :raises UserError: naming refund and case
        """
        orders = self.sudo().filtered(lambda o: o.aftersales_refund_id and o.aftersales_credit)
        touch(orders.aftersales_refund_id)
        for order in orders:
            refund = order.aftersales_refund_id
            others = refund.edition_order_ids - order
            held = sum(
                other._get_credit_to_set_off() for other in others if other.state != "cancel"
            )
            free = refund.credit_note_id.amount_residual - held
            if order.currency_id.compare_amounts(free, order._get_credit_to_set_off()) < 0:
                raise UserError(
                    self.env._(
                        "Order %(order)s was to be set off against refund %(refund)s of case "
                        "%(case)s, of which only %(free)s is open: the rest was paid out, used "
                        "otherwise or taken back. Duplicate the order to sell the new edition at "
                        "its full price, or have finance mend the refund.",
                        order=order.name,
                        refund=refund.number,
                        case=refund.ticket_id.number,
                        free=format_amount(self.env, max(0.0, free), order.currency_id),
                    )
                )

    # ------------------------------------------------------------------
    # End
    # ------------------------------------------------------------------
    def _check_edition_not_shipped(self):
        for order in self:
            if any(line._get_edition_sent() for line in order.order_line):
                raise UserError(
                    self.env._(
                        "Copies of order %(order)s of the new edition have left, so its credit is "
                        "not paid out. If they come back, open a new case on that order.",
                        order=order.name,
                    )
                )

    def _cancel_edition(self):
        """Cancel the orders natively; a difference that was paid stays on the customer's account."""
        self.filtered("locked").action_unlock()
        self._action_cancel()

    # ------------------------------------------------------------------
    # Tell the reader
    # ------------------------------------------------------------------
    def _mail_difference(self):
        """Write to readers with an address what to pay, until when and where (R9.1)."""
        template = self.env.ref(
            "aftersales_publishing.mail_template_difference", raise_if_not_found=False
        )
        for order in self:
            ticket = order.aftersales_refund_id.ticket_id
            if not template or not ticket.case_type_id.sends_mail:
                continue
            if not (ticket.partner_id.email or ticket.partner_email):
                ticket._message_log(
                    body=self.env._(
                        "No mail address is known, so the reader was not told to pay %(due)s for "
                        "order %(order)s. Call the reader.",
                        due=format_amount(self.env, order.aftersales_due, order.currency_id),
                        order=order.name,
                    )
                )
                continue
            order._portal_ensure_token()
            template.sudo().send_mail(
                order.id, email_values={"model": ticket._name, "res_id": ticket.id}
            )

    # ------------------------------------------------------------------
    # In the background
    # ------------------------------------------------------------------
    @api.model
    def _cron_difference_overdue(self):
        """Give differences whose day has passed to the agents, once."""
        candidates = self.search(
            [
                ("aftersales_refund_id", "!=", False),
                ("state", "in", ("draft", "sent")),
                ("aftersales_overdue", "=", False),
                ("validity_date", "<", fields.Date.today()),
            ]
        )
        for company, orders in candidates.grouped("company_id").items():
            today = company._get_aftersales_today()
            late = orders.filtered(lambda o, today=today: o.validity_date < today)
            late = late.try_lock_for_update(allow_referencing=True)
            late.aftersales_overdue = True
            effects = late.order_line.aftersales_edition_effect_id
            self.env["aftersales.event"]._log("difference_overdue", effects)
            effects.ticket_id._sync_phase()

    def write(self, vals):
        """Bring the case up to date: it waits for a quotation, ships a sale, asks about neither."""
        result = super().write(vals)
        if {"state", "validity_date"} & vals.keys():
            tickets = self.sudo().aftersales_refund_id.ticket_id
            if tickets:
                self.env(su=True)["aftersales.change.hook"]._follow_tickets(tickets)
        return result
