from odoo import Command

from odoo.addons.aftersales_publishing.tests.later_orders import create_ten_off, offer_gift_cards
from odoo.addons.aftersales_publishing.tests.walk import COUNTED, Walk
from odoo.addons.aftersales_publishing.tests.walk_house import WalkHouse
from odoo.addons.aftersales_publishing.tests.walk_step import step


class LoyaltyWalkHouse(WalkHouse):
    """The house of the walks, with a program of gift cards and coupons that agents may give."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cards = offer_gift_cards(cls.company)
        cls.coupon = create_ten_off(cls.env)
        cls.coupon.with_user(cls.manager).action_offer_in_aftersales()
        cls.company.aftersales_refund_limit = 100.0


class WalkLaterOrders(Walk):
    """A walk in which readers get store credit and coupons too, and use them (R6.1)."""

    counted = (*COUNTED, "loyalty_card", "loyalty_history")

    # ------------------------------------------------------------------
    # What there is
    # ------------------------------------------------------------------
    def _find_giving(self):
        return self._find_agreed().filtered(lambda r: r._gives_credit())

    def _find_cards(self):
        return self._find_effects().loyalty_card_ids.sorted("id")

    def _find_orders_of_use(self):
        lines = self._search("sale.order.line", ("coupon_id", "in", self._find_cards().ids))
        return lines.order_id.sorted("id")

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------
    @step("_find_unresolved_lines", weight=4)
    def give_for_later(self, lines):
        """Give store credit or a coupon, perhaps beyond what an agent may."""
        user = getattr(self.house, self.choose("by", ("agent", "agent", "manager")))
        remedy = self.choose("remedy", ("store_credit", "store_credit", "coupon"))
        options = {}
        if remedy == "store_credit":
            amount = self.choose("amount", (20.0, 5.0, 60.0, 0.0))
            options = {"store_credit": amount, "store_credit_reason": "a crease"}
        line = self.choose("line", lines).with_user(user)
        line.action_settle(remedy, self.choose("quantity", (1, None)), **options)

    @step("_find_giving", weight=2)
    def take_for_later_back(self, resolutions):
        """Withdraw what is left of a store credit, or void a coupon."""
        verb = self.choose("verb", ("action_withdraw_credit", "action_void_coupon"))
        self._act(verb, resolutions, self.house.agent, "wrong case")

    @step("_find_cards", weight=3, by_hand=True)
    def use_card(self, cards):
        """Let the reader order with a card, small orders and large ones."""
        card = self.choose("card", cards)
        order = self.env["sale.order"].create(
            {
                "partner_id": self.house.reader.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.house.poems.id,
                            "product_uom_qty": self.choose("copies", (1, 4)),
                        }
                    )
                ],
            }
        )
        status = order._try_apply_code(card.code)
        if "error" in status:
            order.unlink()
            return
        [[coupon, reward]] = status.items()
        order._apply_program_reward(reward, coupon)
        if self.choose("confirm", (True, True, False)):
            order.action_confirm()

    @step("_find_orders_of_use", weight=3, by_hand=True)
    def cancel_order_of_use(self, orders):
        """Cancel an order that a card paid: its worth is back on the card."""
        order = self.choose("order", orders).with_context(disable_cancel_warning=True)
        order.action_cancel()

    # ------------------------------------------------------------------
    # What must hold
    # ------------------------------------------------------------------
    def _check_rules(self, may_exceed):
        result = super()._check_rules(may_exceed)
        for effect in self._find_effects():
            self._check_effect(effect)
        return result

    def _check_effect(self, effect):
        """One valid card for each remedy, and never worth more than was given (I5)."""
        cards, resolution = effect.loyalty_card_ids, effect.resolution_id
        valid = cards.filtered("active")
        given = resolution.store_credit if effect.kind == "store_credit" else 1.0
        if len(valid) > 1:
            self._fail(f"I5: {resolution.display_name} has {len(valid)} valid cards")
        for card in cards:
            if not 0 <= card.points <= given:
                self._fail(f"I5: a card of {resolution.display_name} has {card.points} of {given}")
            if not card.active and card.points:
                self._fail(f"I6: a card of {resolution.display_name} is void and has {card.points}")
        used = sum(cards.filtered(lambda c: not c.active).mapped("aftersales_used"))
        if effect.kind == "store_credit" and used + sum(valid.mapped("points")) > given + 0.005:
            self._fail(f"I5: {resolution.display_name} gave more than {given}")
