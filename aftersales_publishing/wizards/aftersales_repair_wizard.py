from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError


class AftersalesRepairWizard(models.TransientModel):
    """Plan repairs: who mends the copies, and until when (R6.1)."""

    _name = "aftersales.repair.wizard"
    _description = "Plan the Repair"

    repair_ids = fields.Many2many("aftersales.repair", string="Copies", required=True)
    may_send = fields.Boolean(compute="_compute_may_send")
    to_binder = fields.Boolean(
        "Send Them to a Binder", help="A transfer to the binder is announced; the way back too."
    )
    binder_id = fields.Many2one(
        "res.partner", compute="_compute_binder_id", store=True, readonly=False
    )
    due = fields.Date(
        "Ready By",
        compute="_compute_due",
        store=True,
        readonly=False,
        help="Readers are told the day where it is later than what they know.",
    )

    @api.depends("repair_ids")
    def _compute_may_send(self):
        for wizard in self:
            wizard.may_send = all(wizard.repair_ids.mapped("can_send")) and bool(
                wizard.repair_ids._has_role("warehouse", "manager")
            )

    @api.depends("repair_ids")
    def _compute_binder_id(self):
        """Propose who bound the print run, where it is one."""
        for wizard in self:
            binders = wizard.repair_ids.lot_id.binder_id
            wizard.binder_id = binders if len(binders) == 1 else False

    @api.depends("repair_ids", "to_binder")
    def _compute_due(self):
        for wizard in self:
            if wizard.to_binder:
                company = wizard.repair_ids.company_id[:1] or wizard.env.company
                today = company._get_aftersales_today()
                wizard.due = today + timedelta(days=company.sudo().aftersales_binder_days)
            else:
                wizard.due = max(wizard.repair_ids.filtered("due").mapped("due"), default=False)

    def action_save(self):
        """Announce the way to the binder, or agree on the day."""
        self.ensure_one()
        if not self.to_binder:
            result = self.repair_ids.action_set_due(self.due)
        elif self.binder_id:
            result = self.repair_ids.action_send_to_binder(self.binder_id, self.due)
        else:
            raise UserError(self.env._("Choose the binder who repairs the copies."))
        close = {"type": "ir.actions.act_window_close"}
        if not isinstance(result, dict):
            return close
        result["params"]["next"] = close  # a notification alone leaves the dialog open
        return result
