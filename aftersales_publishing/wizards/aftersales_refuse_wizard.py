from odoo import fields, models


class AftersalesRefuseWizard(models.TransientModel):
    """Refuse some copies of a book, with the reason that the reader is told."""

    _name = "aftersales.refuse.wizard"
    _description = "Refuse Copies"

    line_id = fields.Many2one("aftersales.case.line", "Book", required=True, readonly=True)
    quantity = fields.Float("Copies", required=True, digits="Product Unit")
    reason = fields.Text(required=True)

    def action_confirm(self):
        """Refuse; the verb checks who may."""
        self.ensure_one()
        self.line_id.action_refuse(self.reason, self.quantity)
        return {"type": "ir.actions.act_window_close"}
