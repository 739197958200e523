from odoo import api, fields, models


class StockPicking(models.Model):
    """Transfers of readers' own copies, as the warehouse sees them."""

    _inherit = "stock.picking"

    aftersales_kind = fields.Selection(
        selection_add=[("repair", "Binder"), ("giveback", "Reader's Copy")]
    )

    @api.model
    def _describe_aftersales_move(self, move):
        """Tell the reader's own copy from a replacement in one list."""
        text = super()._describe_aftersales_move(move)
        return self.env._("%s (the reader's own)", text) if move._goes_home() else text
