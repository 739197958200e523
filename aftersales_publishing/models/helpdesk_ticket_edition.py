from odoo import api, fields, models
from odoo.tools import format_amount, format_date

from .aftersales_resolution_edition import MONEY_ROLES

DIFFERENCE_STEPS = ("await_difference", "difference_overdue")


class HelpdeskTicket(models.Model):
    """The new edition on the case: what is still to pay, until when, and the agent's decision."""

    _inherit = "helpdesk.ticket"

    edition_note = fields.Char(
        compute="_compute_edition_note",
        compute_sudo=True,
        groups=MONEY_ROLES,
        help="Which order of the new edition waits for the reader, or what became of it.",
    )

    @api.depends("next_step", "next_deadline")
    def _compute_edition_note(self):
        for ticket in self:
            orders = ticket._get_edition_orders()
            notes = [ticket._describe_difference(o) for o in orders if o.state in ("draft", "sent")]
            for order in orders:
                notes += ticket._describe_paid_in_vain(order)
            ticket.edition_note = " ".join(notes)

    def _describe_difference(self, order):
        if not order.aftersales_due:
            return self.env._(
                "Nothing is left to pay for order %(order)s: “The Difference Was Paid” confirms it, "
                "or says why it cannot be.",
                order=order.name,
            )
        return self.env._(
            "%(due)s for order %(order)s, until %(day)s. It is shipped once that is paid.",
            due=format_amount(self.env, order.aftersales_due, order.currency_id),
            order=order.name,
            day=format_date(self.env, order.validity_date) or "—",
        )

    def _describe_paid_in_vain(self, order):
        """Return what is left of an order that was cancelled after it was paid, or invoiced."""
        if order.state != "cancel":
            return []
        notes = []
        if payments := order._get_open_differences():
            notes.append(
                self.env._(
                    "Order %(order)s was cancelled after the difference was paid (%(payments)s). If "
                    "none follows, finance pays it back: on the refund, “Pay the Difference Back”.",
                    order=order.name,
                    payments=", ".join(payments.mapped("display_name")),
                )
            )
        if invoices := order._get_stranded_invoices():
            notes.append(
                self.env._(
                    "Order %(order)s was cancelled though invoice %(invoices)s stands: accounting "
                    "credits it and pays back what was paid of it.",
                    order=order.name,
                    invoices=", ".join(invoices.mapped("name")),
                )
            )
        return notes

    def _get_edition_orders(self):
        return self.sudo().refund_ids.filtered("for_edition").edition_order_ids

    def _compute_documents(self):
        """Show the order of the new edition and its transfers among those of the case."""
        result = super()._compute_documents()
        for ticket in self:
            orders = ticket._get_edition_orders()
            if orders:
                ticket.aftersales_order_ids |= orders
                ticket.picking_ids |= orders.picking_ids
                ticket.order_count = len(ticket.aftersales_order_ids)
                ticket.picking_count = len(ticket.picking_ids)
        return result

    # ------------------------------------------------------------------
    # The day of the difference is the day of the case
    # ------------------------------------------------------------------
    def _write_phase(self, phase, step):
        result = super()._write_phase(phase, step)
        if step in DIFFERENCE_STEPS:
            self._follow_difference_term()
        elif step in ("ship_edition", "edition_cancelled"):
            self._start_stage_term()
        return result

    def _follow_difference_term(self):
        """Let the case be due when the first difference is."""
        for ticket in self.sudo():
            quotations = ticket.resolution_ids._get_edition_quotations()
            days = quotations.filtered("validity_date").mapped("validity_date")
            due = min(days, default=False)
            if due and ticket.next_deadline != due:
                ticket._write_unguarded({"next_deadline": due})
                self.env["aftersales.next.step"]._hand_on(ticket)

    # ------------------------------------------------------------------
    # Buttons of the step
    # ------------------------------------------------------------------
    def _get_edition_resolutions(self):
        return self.resolution_ids.filtered(lambda r: r.sudo()._get_edition_effects())

    def action_remind_difference(self):
        """Write to the reader once more, with more time to pay."""
        return self._get_edition_resolutions().action_remind_difference()

    def action_open_refund_edition(self):
        """Ask why the reader gets the money instead."""
        return self._get_edition_resolutions().action_open_refund_edition()

    def action_order_edition_again(self):
        """Order the new edition once more, at the price that was agreed."""
        return self._get_edition_resolutions().action_retry()

    def action_open_difference(self):
        """Ask where the difference was paid."""
        return self._open_dialog(
            "aftersales.difference.wizard",
            self.env._("The Difference Was Paid"),
            resolution_ids=self._get_edition_resolutions().ids,
        )

    def action_open_edition(self):
        """Open the transfer that brings the new edition to the reader."""
        pickings = self._get_edition_orders().picking_ids
        waiting = pickings.filtered(lambda p: p.state not in ("done", "cancel"))
        return self._open_records(self.env._("New Edition"), waiting or pickings)
