from odoo import fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    aftersales_effect_id = fields.Many2one(
        "aftersales.effect",
        "After-sales Effect",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    aftersales_origin_line_id = fields.Many2one(
        "account.move.line",
        "Credited Invoice Line",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The invoice line that this credit line is for.",
    )
    aftersales_amount_only = fields.Boolean(
        copy=False,
        help="A part of the price was credited: the copy can still be returned.",
    )
