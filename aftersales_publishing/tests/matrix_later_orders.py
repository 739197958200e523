"""What the desks prepare for the matrix where the reader gets something for the next order (R6.1)."""

from odoo import Command

from .matrix_books import money
from .matrix_shapes import LATER_ORDERS


class MatrixLaterOrders:
    """Mixed into the matrix: store credit and coupons, where loyalty is installed."""

    def _prepare_later_orders(self):
        """A program of gift cards, and a coupon that agents may give."""
        sales = self._get_sales(*self.origins, remedy=LATER_ORDERS)
        if not sales:
            return
        for sale in sales:
            sale.reader.email = "reader@matrix.example"
        Program = self.env["loyalty.program"]
        cards = Program.browse(Program.create_from_template("gift_card")["res_id"])
        self.company.aftersales_credit_program_id = cards
        coupon = Program.create(
            {
                "name": "Ten off",
                "program_type": "coupons",
                "applies_on": "current",
                "trigger": "with_code",
                "reward_ids": [
                    Command.create(
                        {"reward_type": "discount", "discount_mode": "per_order", "discount": 10.0}
                    )
                ],
                "communication_plan_ids": [
                    Command.create(
                        {
                            "trigger": "create",
                            "mail_template_id": self.env.ref(
                                "loyalty.mail_template_loyalty_card"
                            ).id,
                        }
                    )
                ],
            }
        )
        coupon.with_user(self.manager).action_offer_in_aftersales()

    def _compare_later_orders(self, sale, books):
        """The reader has one card, worth what was agreed."""
        if sale.combination.remedy not in LATER_ORDERS:
            return
        cards = sale.ticket.sudo().effect_ids.loyalty_card_ids
        self._differ(sale, "cards", (len(cards), cards.partner_id), (1, sale.reader))
        if sale.combination.remedy == "store_credit":
            worth = money(sum(cards.mapped("points")))
            self._differ(sale, "store credit", worth, books.get_store_credit())
