from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, ValidationError

# Records made by this add-on carry an external id of their own, so that they are found again when
# a setting was cleared, and told from the user's own records on uninstall.
MODULE = "aftersales_publishing"
LIMITS = {"company": "aftersales_refund_limit", "approval": "aftersales_approval_limit"}


class ResCompany(models.Model):
    """Where after-sales service books: locations, operation type, product, journals, limits.

    A valuation account is a plain field of a location, not one per company: every company
    therefore has locations of its own.
    """

    _inherit = "res.company"

    # Locations and operations
    aftersales_quarantine_location_id = fields.Many2one(
        "stock.location",
        string="Quarantine",
        domain="[('usage', '=', 'internal')]",
        check_company=True,
        copy=False,
        ondelete="restrict",
        help="Where returned copies wait for inspection. Lies outside every warehouse, so that "
        "nothing is sold from it; the copies still count in the stock valuation.",
    )
    aftersales_hurt_location_id = fields.Many2one(
        "stock.location",
        string="Hurt books",
        domain="[('usage', '=', 'internal')]",
        check_company=True,
        copy=False,
        ondelete="restrict",
        help="Slightly damaged copies that may be sold at a discount. Lies outside every "
        "warehouse: ordinary orders are not delivered from it.",
    )
    aftersales_pulp_location_id = fields.Many2one(
        "stock.location",
        string="Pulp",
        domain="[('usage', '=', 'inventory')]",
        check_company=True,
        copy=False,
        ondelete="restrict",
        help="Copies destroyed after inspection go here; their value becomes a loss on the "
        "account of this location.",
    )
    aftersales_customer_location_id = fields.Many2one(
        "stock.location",
        string="Given to readers",
        domain="[('usage', '=', 'customer')]",
        check_company=True,
        copy=False,
        ondelete="restrict",
        help="Missing parts and free copies go here; their value becomes an after-sales cost on "
        "the account of this location. Returns without an order come from here.",
    )
    aftersales_return_type_id = fields.Many2one(
        "stock.picking.type",
        string="Return operation",
        domain="[('code', '=', 'incoming')]",
        check_company=True,
        copy=False,
        ondelete="restrict",
        help="Operation type with which the warehouse receives what readers send back.",
    )
    # Money
    aftersales_allowance_product_id = fields.Many2one(
        "product.product",
        string="Allowance product",
        domain="[('type', '=', 'service')]",
        check_company=True,
        copy=False,
        ondelete="restrict",
        help="Service used on credit notes that give money back without a book coming back.",
    )
    aftersales_freight_product_id = fields.Many2one(
        "product.product",
        string="Return postage product",
        domain="[('type', '=', 'service')]",
        check_company=True,
        copy=False,
        ondelete="restrict",
        help="Service with which readers are reimbursed the postage of a return. What an order "
        "charged with it counts as its postage; beyond that, its expense account bears it.",
    )
    aftersales_freight_limit = fields.Monetary(
        string="Return postage up to",
        currency_field="currency_id",
        help="What is reimbursed for one parcel at most; a manager may go beyond. Zero: any amount "
        "that is proven.",
    )
    aftersales_refund_journal_id = fields.Many2one(
        "account.journal",
        string="Credit note journal",
        domain="[('type', '=', 'sale')]",
        check_company=True,
        copy=False,
        ondelete="set null",  # a chart of accounts that is reloaded replaces its journals
        help="Journal of the credit notes. Empty: the journal of the invoice credited.",
    )
    aftersales_payout_journal_id = fields.Many2one(
        "account.journal",
        string="Payout journal",
        domain="[('type', 'in', ('bank', 'cash'))]",
        check_company=True,
        copy=False,
        ondelete="set null",  # a chart of accounts that is reloaded replaces its journals
        help="Bank or cash journal from which readers are paid back.",
    )
    aftersales_refund_limit = fields.Monetary(
        string="Refunds without finance up to",
        currency_field="currency_id",
        default=100.0,
        help="An agent may post a refund up to this amount alone; a larger one waits for the "
        "approval of finance. A user may have a limit of his own.",
    )
    aftersales_approval_limit = fields.Monetary(
        string="Refund approvers decide up to",
        currency_field="currency_id",
        help="What the refunds of a case are above this takes a senior refund approver. Zero: "
        "every refund approver decides on any amount.",
    )
    aftersales_payout_needs_bank = fields.Boolean(
        string="Pay only to checked bank accounts",
        help="A refund paid from a bank journal waits until the payee has a bank account that is "
        "marked as trusted.",
    )
    # Team
    aftersales_team_id = fields.Many2one(
        "helpdesk.ticket.team",
        string="After-sales team",
        check_company=True,
        copy=False,
        ondelete="restrict",
        help="Team of new after-sales cases.",
    )

    # ------------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------------

    @api.constrains("aftersales_quarantine_location_id", "aftersales_hurt_location_id")
    def _check_aftersales_locations_outside(self):
        for company in self.sudo():
            for location in (
                company.aftersales_quarantine_location_id | company.aftersales_hurt_location_id
            ):
                if location.warehouse_id:
                    raise ValidationError(
                        self.env._(
                            "%(location)s belongs to warehouse %(warehouse)s: ordinary orders "
                            "would be delivered from it. Choose a location outside every "
                            "warehouse.",
                            location=location.display_name,
                            warehouse=location.warehouse_id.display_name,
                        )
                    )

    @api.constrains(
        "aftersales_quarantine_location_id",
        "aftersales_hurt_location_id",
        "aftersales_pulp_location_id",
        "aftersales_customer_location_id",
    )
    def _check_aftersales_locations_company(self):
        for company in self.sudo():
            for location in (
                company.aftersales_quarantine_location_id
                | company.aftersales_hurt_location_id
                | company.aftersales_pulp_location_id
                | company.aftersales_customer_location_id
            ):
                if location.company_id != company:
                    raise ValidationError(
                        self.env._(
                            "%(location)s does not belong to %(company)s: its stock would not be "
                            "valued, or its cost booked for another company. Choose a location "
                            "of this company.",
                            location=location.display_name,
                            company=company.display_name,
                        )
                    )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies.sudo()._create_aftersales_settings()
        return companies

    def write(self, vals):
        limits = {kind: name for kind, name in LIMITS.items() if name in vals}
        before = {(kind, c): c[name] for kind, name in limits.items() for c in self}
        result = super().write(vals)
        for kind, name in limits.items():
            self.env["aftersales.limit.change"]._log(
                kind, [(c, False, None, before[kind, c], c[name]) for c in self]
            )
        if vals.get("expense_account_id"):  # a chart of accounts arrives: accounts, journals
            self.sudo()._create_aftersales_settings()
        return result

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _get_aftersales_setting(self, name):
        """Return a setting of the company, or show where to set it.

        :param name: field name, with or without the prefix ``aftersales_``
        :raise RedirectWarning: with a button to the after-sales settings, when it is empty
        """
        self.ensure_one()
        field_name = name if name.startswith("aftersales_") else f"aftersales_{name}"
        setting = self[field_name]
        if setting:
            return setting
        raise RedirectWarning(
            self.env._(
                "%(company)s has no “%(setting)s” for after-sales service. Choose one in the "
                "after-sales settings, or let an administrator do so.",
                company=self.display_name,
                setting=self._fields[field_name]._description_string(self.env),
            ),
            self.env.ref(f"{MODULE}.aftersales_config_settings_action").id,
            self.env._("Open the after-sales settings"),
        )

    def _create_aftersales_settings(self):
        """Create what is missing, and nothing else: safe to call at any time, for any company.

        Accounts and the payout journal need a chart of accounts, the return operation needs a
        warehouse; they follow when those exist.
        """
        product = self._get_or_create_allowance_product()
        freight = self._get_or_create_freight_product()
        no_company = self.browse()
        team = self.env.ref(f"{MODULE}.helpdesk_team_aftersales", raise_if_not_found=False)
        for company in self:
            company = company.with_company(company)
            vals = company._prepare_aftersales_locations()
            if not company.aftersales_allowance_product_id:
                vals["aftersales_allowance_product_id"] = product.id
            if not company.aftersales_freight_product_id:
                vals["aftersales_freight_product_id"] = freight.id
            if not company.aftersales_team_id and team and team.company_id in (no_company, company):
                vals["aftersales_team_id"] = team.id
            if not company.aftersales_payout_journal_id:
                vals["aftersales_payout_journal_id"] = company._find_payout_journal().id
            company.write({name: value for name, value in vals.items() if value})
            company._set_aftersales_accounts()
            warehouses = self.env["stock.warehouse"].search([("company_id", "=", company.id)])
            warehouses._create_aftersales_quarantine()
            if warehouses and not company.aftersales_return_type_id:
                company.aftersales_return_type_id = company._create_return_type(warehouses[0])
        # the routes read here, under sudo, name warehouses that the user may not read
        self.env.invalidate_all()

    def _prepare_aftersales_locations(self):
        """Return {field: id} of the locations that are not set, created where they never were."""
        self.ensure_one()
        customers = self.env.ref("stock.stock_location_customers", raise_if_not_found=False)
        wanted = {
            "aftersales_quarantine_location_id": {
                "name": self.env._("After-sales quarantine"),
                "usage": "internal",
                "location_id": False,
            },
            "aftersales_hurt_location_id": {
                "name": self.env._("Hurt books"),
                "usage": "internal",
                "location_id": False,
            },
            "aftersales_pulp_location_id": {
                "name": self.env._("Pulp"),
                "usage": "inventory",
                "location_id": False,
            },
            # Below the customers, so that the delivery routes of every warehouse lead here too.
            "aftersales_customer_location_id": {
                "name": self.env._("Given to readers"),
                "usage": "customer",
                "location_id": customers.id if customers else False,
            },
        }
        return {
            name: self._get_or_create_aftersales_record(name, "stock.location", vals).id
            for name, vals in wanted.items()
            if not self[name]
        }

    def _create_return_type(self, warehouse):
        self.ensure_one()
        return_type = self._get_or_create_aftersales_record(
            "aftersales_return_type_id",
            "stock.picking.type",
            {
                "name": "After-sales returns",
                "code": "incoming",
                "sequence_code": "ASR",
                "warehouse_id": warehouse.id,
                "default_location_src_id": self.env.ref("stock.stock_location_customers").id,
                "default_location_dest_id": self.aftersales_quarantine_location_id.id,
                "use_create_lots": False,
                "use_existing_lots": True,
            },
        )
        for code, _name in self.env["res.lang"].get_installed():
            translated = return_type.with_context(lang=code)
            translated.name = translated.env._("After-sales returns")
        return return_type

    def _get_or_create_aftersales_record(self, field_name, model, vals):
        """Return the company's own record for a setting, found by its external id if it exists."""
        self.ensure_one()
        return self._get_or_create_with_xmlid(
            f"{MODULE}.company_{self.id}_{field_name.removeprefix('aftersales_')}",
            model,
            {**vals, "company_id": self.id},
        )

    @api.model
    def _get_or_create_with_xmlid(self, xmlid, model, vals):
        record = self.env.ref(xmlid, raise_if_not_found=False)
        if record and ("active" not in record or record.active):
            return record
        record = self.env[model].create(vals)
        self.env["ir.model.data"]._update_xmlids(
            [{"xml_id": xmlid, "record": record, "noupdate": True}]
        )
        return record

    @api.model
    def _get_or_create_allowance_product(self):
        # the taxes of the credited line are used
        return self._get_or_create_service("product_allowance", self.env._("After-sales allowance"))

    @api.model
    def _get_or_create_freight_product(self):
        return self._get_or_create_service("product_freight", self.env._("Return postage"))

    @api.model
    def _get_or_create_service(self, code, name):
        return self._get_or_create_with_xmlid(
            f"{MODULE}.{code}",
            "product.product",
            {
                "name": name,
                "type": "service",
                "sale_ok": False,
                "purchase_ok": False,
                "invoice_policy": "order",
                "list_price": 0.0,
                "taxes_id": False,
                "supplier_taxes_id": False,
                "company_id": False,
            },
        )

    def _find_payout_journal(self):
        self.ensure_one()
        return self.env["account.journal"].search(
            [*self.env["account.journal"]._check_company_domain(self), ("type", "=", "bank")],
            limit=1,
        )

    def _set_aftersales_accounts(self):
        """Give the locations of pulp and free copies an account, so that their cost is booked."""
        self.ensure_one()
        account = self.expense_account_id
        if not account:
            return
        for location in self.aftersales_pulp_location_id | self.aftersales_customer_location_id:
            if not location.valuation_account_id:
                location.valuation_account_id = account
