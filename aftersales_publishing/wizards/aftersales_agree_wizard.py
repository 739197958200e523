from odoo import fields, models


class AftersalesAgreeWizard(models.TransientModel):
    """Note what the reader answered to the proposal (R6.2)."""

    _name = "aftersales.agree.wizard"
    _description = "The Reader's Answer"

    resolution_ids = fields.Many2many("aftersales.resolution", string="Proposals", required=True)
    agreed_by = fields.Selection(
        [("phone", "On the phone"), ("mail", "By mail"), ("agent", "Otherwise, noted by me")],
        "Answered",
        default="phone",
        required=True,
    )
    note = fields.Char(help="What the reader said, in a few words.")
    execute = fields.Boolean(
        "Execute at Once",
        default=True,
        help="Announce the return to the warehouse, prepare the refund, and so on.",
    )

    def action_agree(self):
        """The reader agrees; execute at once where ticked."""
        self.ensure_one()
        self.resolution_ids.action_agree(self.agreed_by, self.note)
        if self.execute:
            result = self.resolution_ids.action_execute()
            if isinstance(result, dict):
                return result
        return {"type": "ir.actions.act_window_close"}

    def action_decline(self):
        """The reader declines; propose something else then."""
        self.ensure_one()
        self.resolution_ids.action_decline(self.note)
        return {"type": "ir.actions.act_window_close"}
