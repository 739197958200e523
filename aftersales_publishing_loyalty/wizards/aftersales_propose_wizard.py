from odoo import fields, models


class AftersalesProposeWizard(models.TransientModel):
    """Name the amount of store credit with the remedy."""

    _inherit = "aftersales.propose.wizard"

    gives_store_credit = fields.Boolean(related="remedy_id.gives_store_credit")
    store_credit_currency_id = fields.Many2one(
        "res.currency", compute="_compute_store_credit_currency_id", compute_sudo=True
    )
    store_credit = fields.Monetary(currency_field="store_credit_currency_id")
    store_credit_reason = fields.Char(
        "Reason on the Card", help="Stands on the gift card, with the case."
    )

    def _compute_store_credit_currency_id(self):
        for wizard in self:
            company = wizard.ticket_id.company_id
            program = company.aftersales_credit_program_id
            wizard.store_credit_currency_id = program.currency_id or company.currency_id

    def _prepare_options(self):
        return {
            **super()._prepare_options(),
            "store_credit": self.store_credit,
            "store_credit_reason": self.store_credit_reason,
        }
