from odoo import api, fields, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    aftersales_ticket_ids = fields.Many2many(
        "helpdesk.ticket",
        compute="_compute_aftersales_ticket_ids",
        search="_search_aftersales_ticket_ids",
        compute_sudo=True,
        string="After-sales Cases",
    )
    aftersales_ticket_count = fields.Integer(
        compute="_compute_aftersales_ticket_ids", compute_sudo=True
    )

    @api.depends("move_ids.aftersales_effect_id")
    def _compute_aftersales_ticket_ids(self):
        for picking in self:
            tickets = picking.move_ids.aftersales_effect_id.ticket_id
            picking.aftersales_ticket_ids = tickets
            picking.aftersales_ticket_count = len(tickets)

    def _search_aftersales_ticket_ids(self, operator, value):
        if operator == "!=" and value is False or operator == "not in" and set(value) == {False}:
            return [("move_ids.aftersales_effect_id", "!=", False)]
        if operator == "in" and set(value) == {False}:
            return [("move_ids.aftersales_effect_id", "=", False)]
        return [("move_ids.aftersales_effect_id.ticket_id", operator, value)]

    def action_view_aftersales_tickets(self):
        self.ensure_one()
        return self.env["helpdesk.ticket"]._get_cases_action(self.aftersales_ticket_ids)
