from odoo import api, fields, models


class StockPicking(models.Model):
    """Deliveries of new editions, among the replacements that the warehouse ships (R6.1)."""

    _inherit = "stock.picking"

    aftersales_kind = fields.Selection(selection_add=[("edition", "New Edition")])

    @api.depends("move_ids.sale_line_id.aftersales_edition_effect_id")
    def _compute_aftersales_screen(self):
        result = super()._compute_aftersales_screen()
        for picking in self.filtered(lambda p: not p.aftersales_kind):
            moves = picking.move_ids.filtered(
                lambda m: m.sale_line_id.aftersales_edition_effect_id and m.state != "cancel"
            )
            effects = moves.sale_line_id.aftersales_edition_effect_id
            if effects:
                picking.aftersales_kind = "edition"
                picking.aftersales_case_numbers = ", ".join(effects.ticket_id.mapped("number"))
                picking.aftersales_books = ", ".join(map(self._describe_aftersales_move, moves))
        return result
