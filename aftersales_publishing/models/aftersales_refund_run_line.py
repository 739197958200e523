from odoo import fields, models


class AftersalesRefundRunLine(models.Model):
    """One refund of a run, and why it failed."""

    _name = "aftersales.refund.run.line"
    _inherit = ["aftersales.decision"]
    _description = "Refund of a Run"
    _order = "state desc, id"
    _rec_name = "refund_id"

    run_id = fields.Many2one("aftersales.refund.run", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="run_id.company_id", store=True, precompute=True)
    refund_id = fields.Many2one("aftersales.refund", required=True, index=True, ondelete="cascade")
    ticket_id = fields.Many2one(related="refund_id.ticket_id")
    amount = fields.Monetary(related="refund_id.amount")
    currency_id = fields.Many2one(related="refund_id.currency_id")
    refund_state = fields.Selection(related="refund_id.state", string="Refund Status")
    state = fields.Selection(
        [("todo", "To do"), ("done", "Done"), ("failed", "Failed")], default="todo", required=True
    )
    reason = fields.Char("Why It Failed")

    _once = models.UniqueIndex("(run_id, refund_id)", "A refund is in a run once.")
