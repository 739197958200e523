from odoo import Command
from odoo.tests import tagged

from odoo.addons.aftersales_publishing.tests.common import AftersalesCommon


@tagged("-standard", "-at_install", "post_install", "optional_modules")
class TestOrderForm(AftersalesCommon):
    """Who works on a case opens its order, whatever cards were sold or used with it."""

    def test_every_desk_opens_the_order(self):
        """Gift cards and their codes are the business of sales; the order is that of the case."""
        order = self._sell({self.run_1: 1})
        Program = self.env["loyalty.program"]
        program = Program.browse(Program.create_from_template("loyalty")["res_id"])
        card = self.env["loyalty.card"].create({"program_id": program.id, "order_id": order.id})
        order.coupon_point_ids = [Command.create({"coupon_id": card.id, "points": 3})]
        self.env["loyalty.history"].create(
            {
                "card_id": card.id,
                "order_id": order.id,
                "order_model": order._name,
                "description": "Points",
                "issued": 3,
            }
        )
        asked = {"gift_card_count": {}, "loyalty_data": {}, "reward_amount": {}}
        for user in (self.agent, self.finance, self.auditor):
            self.env.invalidate_all()
            [values] = order.with_user(user).web_read(asked)
            self.assertEqual((values["gift_card_count"], values["loyalty_data"]), (0, False))
        self.env.invalidate_all()
        [values] = order.web_read(asked)
        self.assertTrue(values["loyalty_data"], "sales sees its points")
