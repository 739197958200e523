from odoo import fields, models


class StockPicking(models.Model):
    """Transfers of readers' own copies, as the warehouse sees them."""

    _inherit = "stock.picking"

    aftersales_kind = fields.Selection(
        selection_add=[("repair", "Binder"), ("giveback", "Reader's Copy")]
    )
