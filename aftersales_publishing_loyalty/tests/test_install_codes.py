from odoo.tests import TransactionCase, tagged

from odoo.addons.aftersales_publishing_loyalty import pre_init_hook


@tagged("-standard", "-at_install", "post_install", "optional_modules")
class TestInstallCodes(TransactionCase):
    """A house gave coupons before this add-on did: it can be installed all the same (R6.1)."""

    def _forget(self, code):
        """Let a shipped remedy be one of the house's own."""
        remedy = self.env.ref(f"aftersales_publishing_loyalty.aftersales_remedy_{code}")
        self.env["ir.model.data"].search(
            [("model", "=", "aftersales.remedy"), ("res_id", "=", remedy.id)]
        ).unlink()
        self.env.flush_all()
        return remedy

    def test_own_remedies_give_way(self):
        """They keep everything but their code, and the codes are free for the shipped ones."""
        own = self._forget("coupon") | self._forget("store_credit")
        with self.assertLogs("odoo.addons.aftersales_publishing.hooks", "WARNING"):
            pre_init_hook(self.env)
        own.invalidate_recordset()
        self.assertEqual(own.mapped("code"), ["coupon_own", "store_credit_own"])
        for code in ("coupon", "store_credit"):
            self.assertTrue(own[0].copy({"code": code}))

    def test_nothing_is_in_the_way(self):
        with self.assertNoLogs("odoo.addons.aftersales_publishing.hooks", "WARNING"):
            pre_init_hook(self.env)
