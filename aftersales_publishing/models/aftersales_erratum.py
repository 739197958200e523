from odoo import fields, models


class AftersalesErratum(models.Model):
    """One editorial error as the trade writes it: page, line, wrong, right (R2.5)."""

    _name = "aftersales.erratum"
    _description = "Erratum"
    _order = "page, line, id"
    _rec_name = "wrong"

    line_id = fields.Many2one(
        "aftersales.case.line", "Case Line", required=True, index=True, ondelete="cascade"
    )
    ticket_id = fields.Many2one(related="line_id.ticket_id")
    company_id = fields.Many2one(related="line_id.company_id", store=True)
    product_id = fields.Many2one(related="line_id.product_id", store=True, index=True)
    lot_id = fields.Many2one(related="line_id.lot_id", store=True)
    page = fields.Integer(required=True)
    line = fields.Integer(help="Line on the page, counted from the top.")
    wrong = fields.Char(required=True, help="The text as it is printed.")
    right = fields.Char(required=True, help="The text as it should read.")

    _page_positive = models.Constraint(
        "CHECK(page > 0 AND (line IS NULL OR line >= 0))",
        "Pages are counted from 1 and lines from 1 (0 = unknown).",
    )
