from odoo import fields, models


class AftersalesHoldWizard(models.TransientModel):
    """Ask why print runs are put on hold."""

    _name = "aftersales.hold.wizard"
    _description = "Put print runs on hold"

    lot_ids = fields.Many2many("stock.lot", string="Print runs", required=True)
    reason = fields.Char(
        required=True, help="Shown to everybody whom the hold stops, for example a picker."
    )

    def action_hold(self):
        """Hold the chosen print runs."""
        self.ensure_one()
        self.lot_ids.action_hold(self.reason)
        return {"type": "ir.actions.act_window_close"}
