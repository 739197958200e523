from odoo import fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    aftersales_ticket_count = fields.Integer(compute="_compute_aftersales_ticket_count")

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
