from odoo import models


class AftersalesResolution(models.Model):
    """What the rows of remedies on a case open: each button ends in a verb."""

    _inherit = "aftersales.resolution"

    def action_open_agree(self):
        """Note the reader's answer to this proposal alone."""
        return self.ticket_id._open_dialog(
            "aftersales.agree.wizard",
            self.env._("The Reader's Answer"),
            resolution_ids=self.ids,
        )

    def action_open_cancel(self):
        """Ask why the remedy is cancelled."""
        return self.ticket_id._open_reason(
            self.env._("Cancel the Remedy"),
            self,
            "action_cancel",
            self.env._("Why is the remedy cancelled?"),
        )

    def action_open_give_up(self):
        """Ask why the reader gets nothing for the copies that are missing."""
        return self.ticket_id._open_reason(
            self.env._("Finish with What Was Confirmed"),
            self,
            "action_give_up_rest",
            self.env._("Why does the reader get nothing for the other copies?"),
        )

    def action_open_form(self):
        """Open the remedy in a dialog."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
