from odoo import fields, models

from ..models.aftersales_inspection import DISPOSITIONS


class AftersalesCorrectWizard(models.TransientModel):
    """Put inspected copies somewhere else: where, and why."""

    _name = "aftersales.correct.wizard"
    _description = "Put Somewhere Else"

    inspection_id = fields.Many2one(
        "aftersales.inspection", "Copies", required=True, readonly=True, ondelete="cascade"
    )
    was = fields.Selection(related="inspection_id.disposition", string="Now")
    disposition = fields.Selection(DISPOSITIONS, "Put In", required=True)
    reason = fields.Char("Why", required=True)

    def action_confirm(self):
        """Put them there; the verb checks who may."""
        self.ensure_one()
        self.inspection_id.action_correct(self.disposition, self.reason)
        return {"type": "ir.actions.act_window_close"}
