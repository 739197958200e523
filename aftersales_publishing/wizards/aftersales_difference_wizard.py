from odoo import api, fields, models
from odoo.tools import format_amount


class AftersalesDifferenceWizard(models.TransientModel):
    """Note that the reader paid the difference for a new edition, and where (R6.1)."""

    _name = "aftersales.difference.wizard"
    _description = "The Difference Was Paid"

    resolution_ids = fields.Many2many("aftersales.resolution", required=True)
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    due_note = fields.Char("To Pay", compute="_compute_due_note", compute_sudo=True)
    is_booked = fields.Boolean(
        "Booked Already", help="Accounting has the money on the customer's account already."
    )
    journal_id = fields.Many2one(
        "account.journal",
        "Received In",
        domain="[('type', 'in', ('bank', 'cash')), ('company_id', '=', company_id)]",
    )

    @api.depends("resolution_ids")
    def _compute_due_note(self):
        for wizard in self:
            quotations = wizard.resolution_ids._get_edition_quotations()
            wizard.due_note = ", ".join(
                f"{format_amount(self.env, order.aftersales_due, order.currency_id)} ({order.name})"
                for order in quotations
            )

    @api.depends("resolution_ids")
    def _compute_company_id(self):
        for wizard in self:
            wizard.company_id = wizard.resolution_ids.company_id[:1]

    def action_save(self):
        """Book the payment, unless it is booked, and confirm the order."""
        self.ensure_one()
        journal = self.env["account.journal"] if self.is_booked else self.journal_id
        self.resolution_ids.action_receive_difference(journal)
        return {"type": "ir.actions.act_window_close"}
