from unittest.mock import patch

from lxml import etree

from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError
from odoo.tests import TransactionCase, new_test_user, tagged

from ..hooks import uninstall_hook

LOCATIONS = (
    "aftersales_quarantine_location_id",
    "aftersales_hurt_location_id",
    "aftersales_pulp_location_id",
    "aftersales_customer_location_id",
)


@tagged("post_install", "-at_install")
class TestSettings(TransactionCase):
    """A publisher opens a second imprint, with its own company, warehouse and, later, accounts.

    After-sales service must be ready there without anybody setting it up, must not disturb what
    exists, and must say what is missing where something is.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.imprint = cls.env["res.company"].create({"name": "Harbour Imprint"})
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.imprint.id)])

    def _without_settings(self):
        self.imprint.write(
            dict.fromkeys([*LOCATIONS, "aftersales_return_type_id", "aftersales_team_id"], False)
        )

    def test_company_is_ready(self):
        """Every location is the company's own; nothing is sold from quarantine or hurt books."""
        usages = {name: self.imprint[name].usage for name in LOCATIONS}
        self.assertEqual(
            usages,
            dict(zip(LOCATIONS, ("internal", "internal", "inventory", "customer"), strict=True)),
        )
        for name in LOCATIONS:
            self.assertEqual(self.imprint[name].company_id, self.imprint)
            self.assertFalse(self.imprint[name].warehouse_id)
        return_type = self.imprint.aftersales_return_type_id
        self.assertEqual(return_type.code, "incoming")
        self.assertEqual(return_type.warehouse_id, self.warehouse)
        self.assertEqual(
            return_type.default_location_dest_id, self.imprint.aftersales_quarantine_location_id
        )
        product = self.imprint.aftersales_allowance_product_id
        self.assertEqual(product, self.env.company.aftersales_allowance_product_id)
        self.assertEqual((product.type, product.sale_ok, product.company_id.id), ("service", 0, 0))
        self.assertEqual(self.imprint.aftersales_refund_limit, 100)

    def test_a_duplicate_has_a_name_and_a_code_of_its_own(self):
        """A manager starts a new entry of each catalogue from one that is there (R2.1, R6.1)."""
        for model in ("case.type", "defect", "proof", "remedy"):
            entry = self.env[f"aftersales.{model}"].search([], limit=1)
            duplicate, named = entry.copy(), entry.copy({"name": "Mould", "code": "mould"})
            self.assertEqual(duplicate.code, f"{entry.code}_copy")
            self.assertEqual(duplicate.name, f"{entry.name} (copy)")
            self.assertEqual((named.name, named.code), ("Mould", "mould"))

    def test_each_warehouse_has_its_quarantine(self):
        """A second house gets its own corner of the quarantine, valued but not sellable."""
        second = self.env["stock.warehouse"].create(
            {"name": "Second house", "code": "2ND", "company_id": self.imprint.id}
        )
        corner = second.aftersales_quarantine_location_id
        self.assertEqual(corner.name, "2ND")
        self.assertEqual(corner.location_id, self.imprint.aftersales_quarantine_location_id)
        self.assertTrue(corner.is_valued_internal)
        self.assertFalse(corner.warehouse_id)

    def test_again_changes_nothing(self):
        """Calling twice creates nothing; what was cleared is found again, not created twice."""
        before = {name: self.imprint[name] for name in LOCATIONS}
        count = self.env["stock.location"].search_count([])
        self.imprint._create_aftersales_settings()
        self._without_settings()
        self.imprint._create_aftersales_settings()
        self.assertEqual({name: self.imprint[name] for name in LOCATIONS}, before)
        self.assertEqual(self.env["stock.location"].search_count([]), count)

    def test_own_choice_is_kept(self):
        """A location the publisher chose is not replaced."""
        own = self.env["stock.location"].create(
            {"name": "Cage", "usage": "internal", "company_id": self.imprint.id}
        )
        own.location_id = False
        self.imprint.aftersales_quarantine_location_id = own
        self.imprint._create_aftersales_settings()
        self.assertEqual(self.imprint.aftersales_quarantine_location_id, own)

    def test_warehouse_comes_later(self):
        """Without a warehouse there is no return operation; the first warehouse brings it."""
        with patch("odoo.modules.module.current_test", False):
            company = self.env["res.company"].create({"name": "No House Yet"})
        self.assertTrue(company.aftersales_quarantine_location_id)
        self.assertFalse(company.aftersales_return_type_id)
        warehouse = self.env["stock.warehouse"].create(
            {"name": "First house", "code": "1ST", "company_id": company.id}
        )
        self.assertEqual(company.aftersales_return_type_id.warehouse_id, warehouse)
        self.assertTrue(warehouse.aftersales_quarantine_location_id)

    def test_accounts_come_later(self):
        """Loading a chart of accounts gives pulp and free copies an account, and a payout journal."""
        self.assertFalse(self.imprint.aftersales_pulp_location_id.valuation_account_id)
        self.env["account.chart.template"].try_loading(
            "generic_coa", company=self.imprint, install_demo=False
        )
        for name in ("aftersales_pulp_location_id", "aftersales_customer_location_id"):
            self.assertEqual(
                self.imprint[name].valuation_account_id, self.imprint.expense_account_id
            )
        self.assertEqual(self.imprint.aftersales_payout_journal_id.type, "bank")

    def test_missing_setting_shows_the_way(self):
        """A missing setting names company and setting and leads to the settings page."""
        self.assertEqual(
            self.imprint._get_aftersales_setting("hurt_location_id"),
            self.imprint.aftersales_hurt_location_id,
        )
        self._without_settings()
        with self.assertRaisesRegex(RedirectWarning, "Harbour Imprint.*Quarantine"):
            self.imprint._get_aftersales_setting("aftersales_quarantine_location_id")

    def test_every_number_says_what_it_is(self):
        """Text that stands bare in a setting is dropped by Odoo: “3 days before, 1 after” says “3 1”."""
        view = self.env.ref("base.res_config_settings_view_form")
        arch = self.env["res.config.settings"].get_view(view.id, "form")["arch"]
        settings = etree.fromstring(arch).xpath("//app[@name='aftersales_publishing']//setting")
        bare = [
            text.strip()
            for setting in settings
            for text in (setting.text, *(child.tail for child in setting))
            if text and text.strip()
        ]
        self.assertTrue(settings)
        self.assertEqual(bare, [])

    def test_quarantine_in_a_warehouse_is_refused(self):
        """Below a warehouse the copies would be promised to readers; without company, not valued."""
        with self.assertRaisesRegex(ValidationError, "outside every"):
            self.imprint.aftersales_quarantine_location_id = self.warehouse.lot_stock_id
        shared = self.env["stock.location"].create(
            {"name": "Shared", "usage": "internal", "company_id": False, "location_id": False}
        )
        with self.assertRaisesRegex(ValidationError, "does not belong to"):
            self.imprint.aftersales_hurt_location_id = shared

    def test_scrap_default_stays(self):
        """Odoo scraps to the oldest loss location: ours must not become the default."""
        product = self.env["product.product"].create({"name": "Book", "is_storable": True})
        scrap = self.env["stock.scrap"].create(
            {"product_id": product.id, "company_id": self.imprint.id}
        )
        self.assertNotEqual(scrap.scrap_location_id, self.imprint.aftersales_pulp_location_id)

    def test_settings_page_saves(self):
        """Limit and cost account are set on the settings page of the company at hand."""
        settings = self.env["res.config.settings"].with_company(self.imprint).create({})
        settings.aftersales_refund_limit = 250
        settings.execute()
        self.assertEqual(self.imprint.aftersales_refund_limit, 250)
        self._without_settings()
        settings.action_create_aftersales_settings()
        self.assertTrue(self.imprint.aftersales_pulp_location_id)

    def test_uninstall_is_refused_while_copies_wait(self):
        """Copies in quarantine would be lost from sight."""
        book = self.env["product.product"].create({"name": "Book", "is_storable": True})
        location = self.warehouse.aftersales_quarantine_location_id
        self.env["stock.quant"]._update_available_quantity(book, location, 1)
        with self.assertRaisesRegex(UserError, "cannot be uninstalled"):
            uninstall_hook(self.env)

    def test_uninstall_keeps_what_was_used(self):
        """What documents refer to is archived, the rest deleted."""
        self.env["stock.quant"].search(
            [("location_id.usage", "=", "internal"), ("location_id.warehouse_id", "=", False)]
        ).unlink()
        quarantine, hurt = self.imprint.mapped(LOCATIONS[0]), self.imprint.mapped(LOCATIONS[1])
        return_type = self.imprint.aftersales_return_type_id
        self.env["stock.picking"].create({"picking_type_id": return_type.id})
        uninstall_hook(self.env)
        self.assertFalse(return_type.active)
        self.assertFalse(quarantine.active)
        self.assertFalse(hurt.exists())
        self.assertFalse(
            self.env["ir.model.data"].search(
                [("module", "=", "aftersales_publishing"), ("model", "=", "stock.location")]
            )
        )


@tagged("post_install", "-at_install")
class TestRefundLimit(TransactionCase):
    """An agent posts small refunds alone; how small is the company's rule, or his own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.company.aftersales_refund_limit = 80
        cls.agent = new_test_user(cls.env, "as_limit_agent", groups="base.group_user")

    def test_company_limit(self):
        self.assertEqual(self.agent._get_aftersales_refund_limit(self.company), 80)

    def test_own_limit(self):
        """Ticked and zero means: every refund of this agent needs approval."""
        self.agent.aftersales_own_refund_limit = True
        self.assertEqual(self.agent._get_aftersales_refund_limit(self.company), 0)
        self.agent.aftersales_refund_limit = 300
        self.assertEqual(self.agent._get_aftersales_refund_limit(self.company), 300)

    def test_own_limit_in_another_currency(self):
        """The limit is converted where the agent works for an imprint abroad."""
        currency = self.env["res.currency"].create(
            {"name": "XBK", "symbol": "b", "rate_ids": [(0, 0, {"name": "2000-01-01", "rate": 2})]}
        )
        abroad = self.env["res.company"].create({"name": "Abroad", "currency_id": currency.id})
        currency.rate_ids.copy({"company_id": abroad.id, "rate": 1})
        self.env["res.currency.rate"].create(
            {
                "currency_id": self.company.currency_id.id,
                "company_id": abroad.id,
                "name": "2000-01-01",
                "rate": 0.5,
            }
        )
        self.agent.write({"aftersales_own_refund_limit": True, "aftersales_refund_limit": 10})
        self.assertEqual(self.agent._get_aftersales_refund_limit(abroad), 20)

    def test_only_a_manager_sets_limits(self):
        """Whoever administers users may not raise a limit without being after-sales manager."""
        admin = new_test_user(self.env, "as_limit_admin", groups="base.group_erp_manager")
        with self.assertRaises(AccessError):
            self.agent.with_user(admin).aftersales_own_refund_limit = True
        admin.group_ids |= self.env.ref("aftersales_publishing.group_manager")
        self.agent.with_user(admin).aftersales_own_refund_limit = True
