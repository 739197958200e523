from odoo import api, fields, models


class AftersalesPlatformStatementLine(models.Model):
    """One refund on a platform's statement, and ours with the same number (R6.9)."""

    _name = "aftersales.platform.statement.line"
    _inherit = ["aftersales.decision"]
    _description = "Refund on a Platform's Statement"
    _order = "date desc, id desc"
    _rec_name = "number"

    statement_id = fields.Many2one(
        "aftersales.platform.statement", required=True, index=True, ondelete="cascade"
    )
    platform_id = fields.Many2one("aftersales.platform", required=True, ondelete="restrict")
    company_id = fields.Many2one(related="statement_id.company_id", store=True, precompute=True)
    currency_id = fields.Many2one(related="platform_id.currency_id")
    number = fields.Char("Refund Number", required=True)
    date = fields.Date(required=True)
    amount = fields.Monetary(required=True, help="Positive where money went to the reader.")
    occurrence = fields.Integer(
        default=1, required=True, help="Which of several equal rows of a file it is."
    )
    platform_refund_id = fields.Many2one(
        "aftersales.platform.refund", "Ours", index="btree_not_null", ondelete="set null"
    )
    ticket_id = fields.Many2one(related="platform_refund_id.ticket_id", string="Case")
    shop_share = fields.Monetary(related="platform_refund_id.shop_share", string="Our Share")
    state = fields.Selection(
        [("unknown", "Unknown"), ("differs", "Differs"), ("matched", "Matched")],
        compute="_compute_state",
        store=True,
        index=True,
        help="Unknown: nobody recorded this refund.",
    )

    _row_once = models.UniqueIndex(
        "(platform_id, number, date, amount, occurrence)",
        "A row of this file was imported by somebody else just now. Import the file again: only "
        "what is new is taken.",
    )

    @api.depends("platform_refund_id.matching")
    def _compute_state(self):
        for line in self:
            ours = line.platform_refund_id
            line.state = ("differs", "matched")[ours.matching == "matched"] if ours else "unknown"

    def action_view_ours(self):
        """Open the refund that was recorded with this number."""
        return self.env["helpdesk.ticket"]._open_records(
            self.env._("Platform Refund"), self.platform_refund_id
        )
