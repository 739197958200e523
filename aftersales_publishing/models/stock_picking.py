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

    # What the warehouse sees of the case: no amounts
    aftersales_kind = fields.Selection(
        [("return", "Return"), ("shipment", "Replacement"), ("part", "Part")],
        compute="_compute_aftersales_screen",
        compute_sudo=True,
    )
    aftersales_case_numbers = fields.Char(
        "Case", compute="_compute_aftersales_screen", compute_sudo=True
    )
    aftersales_books = fields.Char("Books", compute="_compute_aftersales_screen", compute_sudo=True)
    aftersales_claim = fields.Char(
        "Claim",
        compute="_compute_aftersales_screen",
        compute_sudo=True,
        help="What the reader complains of.",
    )
    aftersales_avoid = fields.Char(
        "Not From", compute="_compute_aftersales_screen", compute_sudo=True
    )
    aftersales_inspect_count = fields.Integer(
        compute="_compute_aftersales_inspect_count", compute_sudo=True
    )

    @api.model
    def get_empty_list_help(self, help_message):
        """Keep the help of our own actions: inventory shows its own for every action."""
        if self.env.context.get("aftersales"):
            return help_message
        return super().get_empty_list_help(help_message)

    @api.depends("move_ids.aftersales_effect_id")
    def _compute_aftersales_ticket_ids(self):
        for picking in self:
            tickets = picking.move_ids.aftersales_effect_id.ticket_id
            picking.aftersales_ticket_ids = tickets
            picking.aftersales_ticket_count = len(tickets)

    @api.depends(
        "move_ids.aftersales_effect_id",
        "move_ids.product_uom_qty",
        "move_ids.state",
        "move_ids.move_line_ids.lot_id",
    )
    def _compute_aftersales_screen(self):
        # read for all together: what is filtered below would be read transfer by transfer
        self.move_ids.move_line_ids.lot_id.mapped("name")
        self.move_ids.aftersales_effect_id.line_id.defect_ids.mapped("name")
        for picking in self:
            moves = picking.move_ids.filtered(
                lambda m: m.aftersales_effect_id and m.state != "cancel"
            )
            effects = moves.aftersales_effect_id
            lines = effects.line_id
            claims = [
                ", ".join(line.defect_ids.mapped("name"))
                or line.note
                or line.ticket_id.case_type_id.name
                for line in lines
            ]
            picking.aftersales_kind = effects[:1].kind
            picking.aftersales_case_numbers = ", ".join(effects.ticket_id.mapped("number"))
            picking.aftersales_books = ", ".join(map(self._describe_aftersales_move, moves))
            picking.aftersales_claim = "; ".join(dict.fromkeys(filter(None, claims)))
            picking.aftersales_avoid = ", ".join(moves.aftersales_excluded_lot_id.mapped("name"))

    @api.model
    def _describe_aftersales_move(self, move):
        text = f"{move.product_uom_qty:g} × {move.product_id.display_name}"
        lots = ", ".join(move.move_line_ids.lot_id.mapped("name"))
        return f"{text} · {lots}" if lots else text

    def _compute_aftersales_inspect_count(self):
        counts = self.env["aftersales.inspection"]._read_group(
            [("move_line_id.picking_id", "in", self.ids), ("state", "=", "draft")],
            ["move_line_id"],
            ["__count"],
        )
        for picking in self:
            picking.aftersales_inspect_count = sum(
                count for line, count in counts if line.picking_id == picking
            )

    def _search_aftersales_ticket_ids(self, operator, value):
        if operator == "!=" and value is False or operator == "not in" and set(value) == {False}:
            return [("move_ids.aftersales_effect_id", "!=", False)]
        if operator == "in" and set(value) == {False}:
            return [("move_ids.aftersales_effect_id", "=", False)]
        return [("move_ids.aftersales_effect_id.ticket_id", operator, value)]

    def action_view_aftersales_inspections(self):
        """Open the copies of the return, to be inspected."""
        return {
            **self.env["ir.actions.actions"]._for_xml_id(
                "aftersales_publishing.aftersales_inspection_action"
            ),
            "domain": [("move_line_id.picking_id", "in", self.ids)],
            "context": {},
        }

    def action_view_aftersales_tickets(self):
        self.ensure_one()
        return self.env["helpdesk.ticket"]._get_cases_action(self.aftersales_ticket_ids)
