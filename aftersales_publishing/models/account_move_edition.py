from odoo import models

from .account_move_line_edition import LIMITS


class AccountMove(models.Model):
    """The invoice of a new edition takes the credit for the old one, natively (ADR 33)."""

    _inherit = "account.move"

    def _post(self, soft=True):
        posted = super()._post(soft=soft)
        posted.filtered(lambda move: move.move_type == "out_invoice")._set_off_edition()
        return posted

    def _set_off_edition(self):
        """Reconcile with what the reader paid of the difference, then with the credit note.

        A down payment is not: it is what the reader paid online, its payment belongs to it.
        """
        orders_by_invoice = {}
        for invoice in self.sudo():
            orders = invoice._get_edition_orders()
            if orders and not invoice._is_downpayment():
                orders_by_invoice[invoice] = orders
        if not orders_by_invoice:
            return
        paid = [
            (invoice, orders._get_open_differences().move_id)
            for invoice, orders in orders_by_invoice.items()
        ]
        self._reconcile_edition(paid)
        limits, credited = {}, []
        for invoice, orders in orders_by_invoice.items():
            for refund, own in orders.grouped("aftersales_refund_id").items():
                note = refund.credit_note_id
                limits[invoice.id, note.id] = sum(o._get_credit_not_taken() for o in own)
                credited.append((invoice, note))
        self.with_context(**{LIMITS: limits})._reconcile_edition(credited)

    def _get_edition_orders(self):
        """Return the orders of new editions that these invoice."""
        orders = self.invoice_line_ids.sale_line_ids.order_id
        return orders.filtered("aftersales_refund_id")

    def _reconcile_edition(self, pairs):
        """Reconcile each invoice with what is open on the documents beside it.

        :param pairs: ``[(invoice, documents), …]``
        """
        plan = []
        for invoice, documents in pairs:
            open_lines = invoice._get_open_receivable_lines()
            others = documents.filtered(lambda m: m.state == "posted")._get_open_receivable_lines()
            others = others.filtered(lambda line, own=open_lines: line.account_id in own.account_id)
            if open_lines and others:
                plan.append(open_lines | others)
        if plan:
            self.env["account.move.line"].sudo()._reconcile_plan(plan)

    def _get_open_receivable_lines(self):
        return self.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable" and not line.reconciled
        )
