from odoo.tests import TransactionCase, tagged

from .upgrade import migrate_before


@tagged("post_install", "-at_install")
class TestUpgradeCodes(TransactionCase):
    """A house had a remedy of its own with a code that an upgrade brings (R6.1)."""

    def _migrate(self):
        with self.assertLogs("odoo.addons.aftersales_publishing.hooks", "WARNING"):
            migrate_before(self.env, "aftersales_publishing", "19.0.1.3.0")

    def setUp(self):
        super().setUp()
        self.own = self.env.ref("aftersales_publishing.aftersales_remedy_repair")
        self.data = self.env["ir.model.data"].search(
            [("model", "=", "aftersales.remedy"), ("res_id", "=", self.own.id)]
        )

    def test_own_remedy_gives_way(self):
        """It keeps everything but its code, archived or not, and the shipped one is loaded."""
        self.data.unlink()
        self.own.active = False
        other = self.own.copy({"code": "repair_own"})
        self._migrate()
        self.assertEqual((self.own.code, other.code), ("repair_own_own", "repair_own"))
        self.assertTrue(self.own.copy({"code": "repair"}), "the code is free")

    def test_the_shipped_one_stays(self):
        with self.assertNoLogs("odoo.addons.aftersales_publishing.hooks", "WARNING"):
            migrate_before(self.env, "aftersales_publishing", "19.0.1.3.0")
        self.assertEqual(self.own.code, "repair")

    def test_a_remedy_of_one_company_stays(self):
        own = self.own.copy({"code": "repair", "company_id": self.env.company.id})
        self.data.unlink()
        self._migrate()
        self.assertEqual((self.own.code, own.code), ("repair_own", "repair"))

    def test_a_case_type_of_the_house(self):
        """The next version brings the case type “Piracy”; a house may have had one (R3.2)."""
        own = self.env.ref("aftersales_publishing.aftersales_case_type_piracy")
        self.env["ir.model.data"].search(
            [("model", "=", own._name), ("res_id", "=", own.id)]
        ).unlink()
        with self.assertLogs("odoo.addons.aftersales_publishing.hooks", "WARNING"):
            migrate_before(self.env, "aftersales_publishing", "19.0.1.4.0")
        self.assertEqual(own.code, "piracy_own")
