from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    # Locations and operations
    aftersales_quarantine_location_id = fields.Many2one(
        related="company_id.aftersales_quarantine_location_id",
        readonly=False,
        domain="[('usage', '=', 'internal'), ('company_id', '=', company_id),"
        " ('warehouse_id', '=', False)]",
    )
    aftersales_hurt_location_id = fields.Many2one(
        related="company_id.aftersales_hurt_location_id",
        readonly=False,
        domain="[('usage', '=', 'internal'), ('company_id', '=', company_id),"
        " ('warehouse_id', '=', False)]",
    )
    aftersales_pulp_location_id = fields.Many2one(
        related="company_id.aftersales_pulp_location_id",
        readonly=False,
        domain="[('usage', '=', 'inventory'), ('company_id', '=', company_id)]",
    )
    aftersales_pulp_account_id = fields.Many2one(
        related="company_id.aftersales_pulp_location_id.valuation_account_id",
        string="Loss account",
        readonly=False,
        domain="[('company_ids', 'parent_of', company_id)]",
    )
    aftersales_customer_location_id = fields.Many2one(
        related="company_id.aftersales_customer_location_id",
        readonly=False,
        domain="[('usage', '=', 'customer'), ('company_id', '=', company_id)]",
    )
    aftersales_cost_account_id = fields.Many2one(
        related="company_id.aftersales_customer_location_id.valuation_account_id",
        string="Cost account",
        readonly=False,
        domain="[('company_ids', 'parent_of', company_id)]",
    )
    aftersales_return_type_id = fields.Many2one(
        related="company_id.aftersales_return_type_id",
        readonly=False,
        domain="[('code', '=', 'incoming'), ('company_id', '=', company_id)]",
    )
    # Money
    aftersales_refund_limit = fields.Monetary(
        related="company_id.aftersales_refund_limit",
        readonly=False,
        currency_field="company_currency_id",
    )
    aftersales_approval_limit = fields.Monetary(
        related="company_id.aftersales_approval_limit",
        readonly=False,
        currency_field="company_currency_id",
    )
    aftersales_allowance_product_id = fields.Many2one(
        related="company_id.aftersales_allowance_product_id",
        readonly=False,
        domain="[('type', '=', 'service'), ('company_id', 'in', (company_id, False))]",
    )
    aftersales_freight_product_id = fields.Many2one(
        related="company_id.aftersales_freight_product_id",
        readonly=False,
        domain="[('type', '=', 'service'), ('company_id', 'in', (company_id, False))]",
    )
    aftersales_freight_limit = fields.Monetary(
        related="company_id.aftersales_freight_limit",
        readonly=False,
        currency_field="company_currency_id",
    )
    aftersales_refund_journal_id = fields.Many2one(
        related="company_id.aftersales_refund_journal_id",
        readonly=False,
        domain="[('type', '=', 'sale'), ('company_id', 'parent_of', company_id)]",
    )
    aftersales_payout_journal_id = fields.Many2one(
        related="company_id.aftersales_payout_journal_id",
        readonly=False,
        domain="[('type', 'in', ('bank', 'cash')), ('company_id', 'parent_of', company_id)]",
    )
    aftersales_payout_needs_bank = fields.Boolean(
        related="company_id.aftersales_payout_needs_bank", readonly=False
    )
    # Team
    aftersales_team_id = fields.Many2one(
        related="company_id.aftersales_team_id",
        readonly=False,
        domain="[('company_id', 'in', (company_id, False))]",
    )

    def action_create_aftersales_settings(self):
        """Create the locations, operation and product that are missing, and show them."""
        self.ensure_one()
        self.company_id.sudo()._create_aftersales_settings()
        return {"type": "ir.actions.client", "tag": "reload"}
