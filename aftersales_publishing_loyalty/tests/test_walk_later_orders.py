from odoo.tests import tagged

from odoo.addons.aftersales_publishing.tests.walk import wander

from .walk_later_orders import LoyaltyWalkHouse, WalkLaterOrders

SEEDS = range(61000, 61004)
STEPS = 35


@tagged("-standard", "-at_install", "post_install", "optional_modules")
class TestWalkLaterOrders(LoyaltyWalkHouse):
    """All desks do what they like, and readers order with gift cards and coupons (I5, I6)."""

    def test_random_walks(self):
        given = 0
        for seed in SEEDS:
            with self.subTest(seed=seed):
                given += wander(self, seed, STEPS, WalkLaterOrders).counts["give_for_later", "done"]
        self.assertTrue(given, "the walks gave something")
