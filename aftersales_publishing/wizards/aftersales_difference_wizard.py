from odoo import api, fields, models
from odoo.exceptions import UserError


class AftersalesDifferenceWizard(models.TransientModel):
    """Note which difference for a new edition the reader paid, how much and where (R6.1)."""

    _name = "aftersales.difference.wizard"
    _description = "The Difference Was Paid"

    resolution_ids = fields.Many2many("aftersales.resolution", required=True)
    company_id = fields.Many2one("res.company", compute="_compute_choice", compute_sudo=True)
    waiting_ids = fields.Many2many("sale.order", compute="_compute_choice", compute_sudo=True)
    order_id = fields.Many2one(
        "sale.order",
        compute="_compute_order_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', waiting_ids)]",
    )
    currency_id = fields.Many2one(related="order_id.currency_id")
    due = fields.Monetary("To Pay", related="order_id.aftersales_due")
    amount = fields.Monetary(
        "Received", compute="_compute_amount", store=True, readonly=False, help="In this payment."
    )
    is_booked = fields.Boolean(
        "Booked Already", help="Accounting has the money on the customer's account already."
    )
    journal_id = fields.Many2one(
        "account.journal",
        "Received In",
        domain="[('type', 'in', ('bank', 'cash')), ('company_id', '=', company_id)]",
    )

    @api.depends("resolution_ids")
    def _compute_choice(self):
        for wizard in self:
            wizard.company_id = wizard.resolution_ids.company_id[:1]
            wizard.waiting_ids = wizard.resolution_ids._get_edition_quotations()

    @api.depends("waiting_ids")
    def _compute_order_id(self):
        """Propose the order where only one waits."""
        for wizard in self:
            only = wizard.waiting_ids if len(wizard.waiting_ids) == 1 else wizard.order_id
            wizard.order_id = only

    @api.depends("order_id")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = wizard.due

    def action_save(self):
        """Book the payment, unless it is booked, and confirm the order once all is paid.

        :raises UserError: when it is not said which order was paid, or where the money was received
        """
        self.ensure_one()
        if not self.order_id:
            raise UserError(self.env._("Say which order of a new edition the reader paid."))
        journal = self.env["account.journal"] if self.is_booked else self.journal_id
        if not journal and not self.is_booked and self.due:
            raise UserError(
                self.env._(
                    "Say in which journal the difference of order %s was received, or that it is "
                    "booked already.",
                    self.order_id.name,
                )
            )
        amount = self.amount if journal and self.due else None
        self.resolution_ids.action_receive_difference(journal, self.order_id, amount)
        return {"type": "ir.actions.act_window_close"}
