from odoo import api, fields, models

from .aftersales_resolution import LIVE_STATES


class AftersalesResolution(models.Model):
    """What the rows of remedies on a case open: each button ends in a verb."""

    _inherit = "aftersales.resolution"

    can_send_back = fields.Boolean(compute="_compute_can_send_back")
    can_cancel = fields.Boolean(compute="_compute_can_cancel")
    is_refusal = fields.Boolean(compute="_compute_is_refusal")
    shown_effect_ids = fields.Many2many(
        "aftersales.effect",
        compute="_compute_shown_effect_ids",
        help="Without what was cancelled, for instance before a remedy was carried out after all.",
    )

    @api.depends("remedy_id")
    def _compute_is_refusal(self):
        """Copies that are refused: nobody agreed to that."""
        for resolution in self:
            resolution.is_refusal = resolution.sudo()._is_refusal()

    @api.depends("effect_ids.is_cancelled")
    def _compute_shown_effect_ids(self):
        for resolution in self:
            resolution.shown_effect_ids = resolution.effect_ids.filtered(
                lambda effect: not effect.is_cancelled
            )

    @api.depends("inspection_ids.state", "inspection_ids.disposition", "inspection_ids.confirmed")
    def _compute_can_send_back(self):
        """Inspected copies in quarantine for which nothing was given."""
        for resolution in self.sudo():
            inspections = resolution.inspection_ids
            resolution.can_send_back = all(i.state == "done" for i in inspections) and any(
                (i.disposition == "quarantine" or i._awaits_pulping())
                and not resolution._is_given_for(i)
                for i in inspections
            )

    @api.depends("state", "progress", "freight_payer", "remedy_id")
    def _compute_can_cancel(self):
        """Nothing came back or was given; postage that the house paid and refusals always go."""
        for resolution in self:
            resolution.can_cancel = resolution.state in LIVE_STATES and (
                resolution.progress not in ("to_inspect", "contradicted", "partly_done", "done")
                or resolution.freight_payer not in (False, "reader")
                or resolution.sudo()._is_refusal()
            )

    def action_open_send_back(self):
        """Ask why the copies go back to the reader."""
        return self.ticket_id._open_reason(
            self.env._("Send the Copies Back"),
            self,
            "action_send_back",
            self.env._("Why do the copies go back to the reader?"),
        )

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

    def action_open_return_way(self):
        """Agree how and until when the copies come back, and book the carrier."""
        return self.ticket_id[:1]._open_dialog(
            "aftersales.return.wizard",
            self.env._("How the Copies Come Back"),
            resolution_ids=self.ids,
        )

    def action_open_revive(self):
        """Ask why an expired remedy is carried out after all."""
        return self.ticket_id._open_reason(
            self.env._("Carry It Out After All"),
            self,
            "action_revive",
            self.env._("Why does the reader get more time?"),
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
