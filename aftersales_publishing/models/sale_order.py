from contextlib import contextmanager

from markupsafe import Markup

from odoo import api, fields, models

NOTES = "aftersales_order_notes"


class SaleOrder(models.Model):
    _inherit = "sale.order"

    aftersales_ticket_count = fields.Integer(compute="_compute_aftersales_ticket_count")
    aftersales_reads_only = fields.Boolean(
        compute="_compute_aftersales_reads_only",
        help="The user sees orders as an after-sales desk only and may not change them.",
    )

    @api.depends_context("uid")
    def _compute_aftersales_reads_only(self):
        desk = self._has_aftersales_role() and not self.browse().has_access("write")
        self.aftersales_reads_only = desk

    @api.model
    def _has_aftersales_role(self):
        return any(
            self.env.user.has_group(f"aftersales_publishing.group_{role}")
            for role in ("agent", "finance", "auditor")
        )

    def _compute_aftersales_ticket_count(self):
        tickets = self._get_aftersales_tickets()
        for order in self:
            order.aftersales_ticket_count = len(tickets[order])

    def _get_aftersales_tickets(self):
        """Return ``{order: cases}`` with a line of the order."""
        lines = (
            self.env["aftersales.case.line"]
            .sudo()
            .search_fetch(
                [("sale_line_id.order_id", "in", self.ids)], ["ticket_id", "sale_line_id"]
            )
        )
        return {
            order: lines.filtered(lambda line, order=order: line.order_id == order).ticket_id
            for order in self
        }

    @contextmanager
    def _unlocked(self):
        """Let the quantities of locked orders be changed; they are locked again afterwards."""
        locked = self.filtered("locked")
        locked.action_unlock()
        yield
        locked.action_lock()

    # ------------------------------------------------------------------
    # Notes
    # ------------------------------------------------------------------
    @contextmanager
    def _noting_in_batch(self):
        """Give the orders a context in which notes on them are logged together at the end.

        Lowering and crediting an order, Odoo posts an internal note on it each time.
        """
        notes = {}
        yield {NOTES: notes}
        orders = self.browse(notes)
        if orders:
            orders._message_log_batch(
                {order_id: Markup("").join(bodies) for order_id, bodies in notes.items()}
            )

    def message_post(self, *, body="", **options):
        notes = self.env.context.get(NOTES)
        if notes is None or options:
            return super().message_post(body=body, **options)
        notes.setdefault(self.id, []).append(body)
        return self.env["mail.message"]

    def action_view_aftersales_tickets(self):
        self.ensure_one()
        tickets = self._get_aftersales_tickets()[self]
        action = self.env["helpdesk.ticket"]._get_cases_action(tickets)
        action["context"] = {
            **action["context"],
            "default_partner_id": self.partner_id.id,
            "default_sale_order_id": self.id,
        }
        return action

    def action_open_aftersales_case(self):
        """Open a new case about this order."""
        self.ensure_one()
        action = self.env["helpdesk.ticket"]._get_cases_action(self.env["helpdesk.ticket"])
        view = self.env.ref("aftersales_publishing.helpdesk_ticket_view_form_case")
        return {
            **action,
            "name": self.env._("New Case"),
            "views": [(view.id, "form")],
            "context": {
                "default_is_aftersales": True,
                "default_partner_id": self.partner_id.id,
                "default_sale_order_id": self.id,
                "default_company_id": self.company_id.id,
            },
        }
