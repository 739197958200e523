from odoo import api, fields, models


class AftersalesProposeWizard(models.TransientModel):
    """Name the amount of store credit, or the coupon, with the remedy."""

    _inherit = "aftersales.propose.wizard"

    gives_store_credit = fields.Boolean(related="remedy_id.gives_store_credit")
    store_credit_currency_id = fields.Many2one(
        "res.currency", compute="_compute_store_credit_currency_id", compute_sudo=True
    )
    store_credit = fields.Monetary(currency_field="store_credit_currency_id")
    store_credit_reason = fields.Char(
        "Reason on the Card", help="Stands on the gift card, with the case."
    )

    gives_coupon = fields.Boolean(related="remedy_id.gives_coupon")
    offered_coupon_ids = fields.Many2many(
        "loyalty.program", compute="_compute_offered_coupon_ids", compute_sudo=True
    )
    coupon_program_id = fields.Many2one(
        "loyalty.program",
        "Coupon",
        compute="_compute_coupon_program_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', offered_coupon_ids)]",
    )
    coupon_note = fields.Char("What It Gives", compute="_compute_coupon_note", compute_sudo=True)

    @api.depends("ticket_id")
    def _compute_offered_coupon_ids(self):
        for wizard in self:
            company = wizard.ticket_id.company_id or wizard.env.company
            wizard.offered_coupon_ids = company._get_aftersales_coupons()

    @api.depends("gives_coupon", "offered_coupon_ids")
    def _compute_coupon_program_id(self):
        for wizard in self:
            wizard.coupon_program_id = wizard.gives_coupon and wizard.offered_coupon_ids[:1]

    @api.depends("coupon_program_id")
    def _compute_coupon_note(self):
        for wizard in self:
            company = wizard.ticket_id.company_id or wizard.env.company
            wizard.coupon_note = wizard.coupon_program_id._get_aftersales_note(company)

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
            "coupon_program": self.coupon_program_id,
        }
