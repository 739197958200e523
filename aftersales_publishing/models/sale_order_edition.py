from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_amount

from ..background import apart
from ..locking import lock_and_touch, touch
from .aftersales_decision import without_defaults
from .aftersales_refund import VALID_PAYMENT_STATES

VERBS_ALONE = {
    "aftersales_refund_id",
    "aftersales_credit",
    "aftersales_overdue",
    "aftersales_ended",
}
FROM_THE_COMPANY = ("require_payment", "prepayment_percent", "require_signature")


class SaleOrder(models.Model):
    """The order of a new edition: the credit for the old copy, the difference to pay (ADR 33)."""

    _inherit = "sale.order"

    aftersales_refund_id = fields.Many2one(
        "aftersales.refund",
        "Set Off Against",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
        help="The refund of the old edition, which is not paid out but set off.",
    )
    aftersales_credit = fields.Monetary(
        "Credit for the Old Edition",
        copy=False,
        readonly=True,
        help="What the credit note of the old edition pays of this order.",
    )
    aftersales_due = fields.Monetary(
        "Difference",
        compute="_compute_aftersales_due",
        compute_sudo=True,
        help="What the reader has to pay before the new edition is sent.",
    )
    aftersales_overdue = fields.Boolean("Difference Overdue", copy=False)
    aftersales_ended = fields.Boolean(
        "Sale of the New Edition Ended",
        copy=False,
        readonly=True,
        help="The agent had the credit refunded instead: nothing more is sold by this order.",
    )
    aftersales_payment_ids = fields.One2many(
        "account.payment", "aftersales_order_id", "Payments of the Difference"
    )

    # ------------------------------------------------------------------
    # Start
    # ------------------------------------------------------------------
    def _start_edition(self):
        """Note the credit, then wait for the difference, or confirm where nothing is awaited."""
        lock_and_touch(self.aftersales_refund_id)
        self.aftersales_refund_id._check_not_at_provider()
        for order in self:
            refund = order.aftersales_refund_id
            order._check_edition_currency()
            order.aftersales_credit = min(order.amount_total, refund._get_free_credit(order))
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

    def _get_stranded_invoices(self):
        """Return invoices of the order that stand though it was cancelled.

        Odoo may have made one of the down payment by itself.
        """
        self.ensure_one()
        return self.invoice_ids.filtered(
            lambda move: (
                move.state == "posted"
                and move.move_type == "out_invoice"
                and move.payment_state != "reversed"
            )
        )

    def _buys_on_account(self):
        """Whether the customer pays later by the terms of the order: then nothing is awaited."""
        return any(line.nb_days > 0 for line in self.payment_term_id.line_ids)

    def _take_over_payments(self, cancelled):
        """Let a difference that was paid for an order that was cancelled pay this one."""
        self.ensure_one()
        payments = cancelled.filtered(lambda o: o.state == "cancel")._get_open_differences()
        payments.aftersales_order_id = self

    def _get_open_differences(self):
        """Return the payments of the difference, made here or online, that pay nothing yet."""
        return self.aftersales_payment_ids.filtered(
            lambda p: (
                p.state in VALID_PAYMENT_STATES
                and p.payment_type == "inbound"
                and not p.is_reconciled
                and p.currency_id.compare_amounts(p._get_kept_amount(), 0.0) > 0
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
    def _receive_difference(self, journal, amount=None):
        """Book what the reader paid, where it is not booked yet; confirm what is paid. Under the
        lock.

        :param amount: what was received for a single order, where it is not the difference
        """
        todo = self.filtered("aftersales_due")
        if journal and todo:
            payments = self.env["account.payment"].create(
                [order._prepare_difference_vals(journal, amount) for order in todo]
            )
            payments.action_post()
        notes = [
            f"{order.name}: {format_amount(self.env, amount, order.currency_id)}"
            if amount
            else order.name
            for order in self
        ]
        self.env["aftersales.event"]._log(
            "difference_paid", self.order_line.aftersales_edition_effect_id, ", ".join(notes)
        )
        # booked in part: the rest is awaited
        paid = self.filtered(lambda order: not journal or not order.aftersales_due)
        paid.action_confirm()

    def _prepare_difference_vals(self, journal, amount=None):
        self.ensure_one()
        return {
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": self.partner_invoice_id.commercial_partner_id.id,
            "journal_id": journal.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "amount": amount or self.aftersales_due,
            "date": fields.Date.context_today(self),
            "memo": f"{self.name} · {self.aftersales_refund_id.ticket_id.number}",
            "aftersales_order_id": self.id,
        }

    def _tell_not_confirmed(self, problem):
        """Tell the case that a difference was paid online and why its order waits (R6.4)."""
        for order in self.sudo():
            ticket = order.aftersales_refund_id.ticket_id
            text = self.env._(
                "The reader paid the difference of order %(order)s online, which is booked; the "
                "order could not be confirmed: %(problem)s Once it is mended, finance presses “The "
                "Difference Was Paid”; or press “Refund Instead”.",
                order=order.name,
                problem=problem,
            )
            self.env["aftersales.event"]._log(
                "difference_stuck", order.order_line.aftersales_edition_effect_id, text
            )
            ticket.message_post(body=text, partner_ids=ticket.user_id.partner_id.ids)

    def action_confirm(self):
        """Send the new edition only while its credit was not paid out (R6.4)."""
        self._check_edition_credit()
        return super().action_confirm()

    def action_draft(self):
        """Offer a cancelled order again only while its credit was not paid out (R6.4)."""
        self._check_edition_credit()
        self._check_edition_not_ended()
        return super().action_draft()

    def _check_edition_not_ended(self):
        for order in self.sudo().filtered("aftersales_ended"):
            raise UserError(
                self.env._(
                    "The agent ended the sale of order %(order)s: case %(case)s pays the credit "
                    "out. Duplicate the order to sell the new edition at its full price.",
                    order=order.name,
                    case=order.aftersales_refund_id.ticket_id.number,
                )
            )

    def _check_edition_credit(self):
        """Refuse an order whose credit went to the reader: never both.

        The refund is touched: who pays it out at the same time fails, or is seen.

        :raises UserError: naming refund and case
        """
        orders = self.sudo().filtered(lambda o: o.aftersales_refund_id and o.aftersales_credit)
        touch(orders.aftersales_refund_id)
        for order in orders:
            refund = order.aftersales_refund_id
            free = refund._get_free_credit(order)
            if order.currency_id.compare_amounts(free, order._get_credit_to_set_off()) < 0:
                raise UserError(
                    self.env._(
                        "Order %(order)s was to be set off against refund %(refund)s of case "
                        "%(case)s, of which only %(free)s is open: the rest was paid out, is "
                        "being paid out, was used otherwise or taken back. Duplicate the order to "
                        "sell the new edition at its full price, or have finance mend the refund.",
                        order=order.name,
                        refund=refund.number,
                        case=refund.ticket_id.number,
                        free=format_amount(self.env, free, order.currency_id),
                    )
                )

    # ------------------------------------------------------------------
    # End
    # ------------------------------------------------------------------
    def _check_edition_not_shipped(self):
        """Refuse to free the credit for copies that are with the reader: never both (R6.4).

        :raises UserError: naming order and case
        """
        for order in self:
            if any(line._get_edition_out() > 0 for line in order.order_line):
                raise UserError(
                    self.env._(
                        "Copies of order %(order)s of the new edition (case %(case)s) have left, so "
                        "its credit is not paid out. If they come back, open a new case on that "
                        "order; what was not sent yet is ended there with “Refund Instead”.",
                        order=order.name,
                        case=order.aftersales_refund_id.ticket_id.number,
                    )
                )

    def _action_cancel(self):
        """Cancel a new edition only while no copy of it is with the reader, whoever does it.

        Of a credit that was to stay on account in part, what the order took is to be paid now.
        """
        editions = self.sudo().filtered("aftersales_refund_id")
        editions._check_edition_not_shipped()
        held = {order: order._get_credit_to_set_off() for order in editions}
        result = super()._action_cancel()
        freed = editions.filtered(lambda o: o.currency_id.compare_amounts(held[o], 0.0) > 0)
        freed.aftersales_refund_id._take_freed_off_account()
        return result

    def _get_edition_rest(self):
        """Return the orders of which copies are still to be sent."""
        return self.filtered(
            lambda order: any(
                line.product_uom_qty > line._get_edition_sent()
                for line in order.order_line.filtered("aftersales_edition_effect_id")
            )
        )

    def _get_edition_copies_to_come(self):
        """Return ``{(effect, refund): copies}`` that are ordered and not sent."""
        copies = {}
        for line in self.order_line.filtered("aftersales_edition_effect_id"):
            key = line.aftersales_edition_effect_id, line.order_id.aftersales_refund_id
            left = line.product_uom_qty - line._get_edition_sent()
            copies[key] = copies.get(key, 0.0) + max(0.0, left)
        return copies

    def _end_edition_sale(self):
        """Cancel the orders natively, or lower to what was sent those of which copies left.

        A difference that was paid stays on the customer's account.
        """
        partly = self.filtered(lambda o: any(ln._get_edition_sent() for ln in o.order_line))
        lines = partly.order_line.filtered("aftersales_edition_effect_id")
        moves = partly.picking_ids.move_ids.filtered(
            lambda m: m.sale_line_id in lines and m.state not in ("done", "cancel")
        )
        moves._action_cancel()
        with partly._unlocked(), lines._keeping_price():
            for line in lines:
                line.product_uom_qty = line._get_edition_sent()
        unsent = self - partly
        unsent.filtered("locked").action_unlock()
        unsent._action_cancel()

    # ------------------------------------------------------------------
    # Tell the reader
    # ------------------------------------------------------------------
    def _mail_difference(self):
        """Write to readers with an address what to pay, until when and where (R9.1)."""
        for order in self.filtered("aftersales_due"):
            order.aftersales_refund_id.ticket_id._mail_about(
                order,
                "mail_template_difference",
                self.env._(
                    "No mail address is known, so the reader was not told to pay %(due)s for "
                    "order %(order)s. Call the reader.",
                    due=format_amount(self.env, order.aftersales_due, order.currency_id),
                    order=order.name,
                ),
            )

    # ------------------------------------------------------------------
    # Invoice
    # ------------------------------------------------------------------
    def _create_invoices(self, grouped=False, final=False, date=None):
        """Invoice orders of one refund apart: what each of them took of the credit is a fact."""
        editions = self.filtered("aftersales_refund_id").grouped("aftersales_refund_id")
        later = self.browse().union(*(orders[1:] for orders in editions.values()))
        if not later:
            return super()._create_invoices(grouped=grouped, final=final, date=date)
        options = {"grouped": grouped, "final": final, "date": date}
        quiet = self.with_context(raise_if_nothing_to_invoice=False)
        invoices = super(SaleOrder, quiet - later)._create_invoices(**options)
        invoices |= (quiet & later)._create_invoices(**options)
        if not invoices and self.env.context.get("raise_if_nothing_to_invoice", True):
            raise UserError(self._nothing_to_invoice_error_message())
        return invoices.with_env(self.env)

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
                # in the east of Greenwich the day began earlier
                ("validity_date", "<=", fields.Date.today()),
            ]
        )
        for company, orders in candidates.grouped("company_id").items():
            today = company._get_aftersales_today()
            late = orders.filtered(lambda o, today=today: o.validity_date < today)
            late.with_company(company)._mark_difference_overdue()

    def _mark_difference_overdue(self):
        """Mark what is late case by case; one broken case must not hold up the others."""
        free = self.try_lock_for_update(allow_referencing=True)
        for ticket, late in free.grouped(lambda o: o.aftersales_refund_id.ticket_id).items():
            with apart(self.env, late, "not marked as overdue"):
                late.aftersales_overdue = True
                effects = late.order_line.aftersales_edition_effect_id
                self.env["aftersales.event"]._log("difference_overdue", effects)
                ticket._sync_phase()

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        orders = without_defaults(self, VERBS_ALONE)
        for vals in vals_list:
            self._check_edition_vals(vals)
        return super(SaleOrder, orders).create(vals_list)

    def copy_data(self, default=None):
        """A copy has no credit: it is confirmed and paid as the company's other orders are."""
        vals_list = super().copy_data(default=default)
        for order, vals in zip(self, vals_list, strict=True):
            if order.sudo().aftersales_refund_id:
                for name in FROM_THE_COMPANY:
                    if name not in (default or {}):
                        vals.pop(name, None)
        return vals_list

    @api.model
    def _check_edition_vals(self, vals):
        if VERBS_ALONE & vals.keys() and not self.env.su:
            raise AccessError(
                self.env._(
                    "What is credited on the order of a new edition follows from its case: order it "
                    "again there, or have finance mend the refund."
                )
            )

    def write(self, vals):
        """Bring the case up to date: it waits for a quotation, ships a sale, asks about neither."""
        self._check_edition_vals(vals)
        result = super().write(vals)
        if vals.get("validity_date"):
            late = self.sudo().filtered("aftersales_overdue")
            late.filtered(
                lambda o: o.validity_date >= o.company_id._get_aftersales_today()
            ).aftersales_overdue = False
        if {"state", "validity_date"} & vals.keys():
            tickets = self.sudo().aftersales_refund_id.ticket_id
            if tickets:
                self.env(su=True)["aftersales.change.hook"]._follow_tickets(tickets)
        return result
