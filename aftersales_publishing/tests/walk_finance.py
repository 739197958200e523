from .walk_step import step


class WalkFinance:
    """The steps of a walk that finance takes."""

    @step("_find_refunds_to_approve", weight=6)
    def approve(self, refunds):
        self._act("action_approve", refunds, self.house.finance)

    @step("_find_refunds")
    def refuse(self, refunds):
        """Refuse a refund; an order that a reset credit note had lowered rises again."""
        return self._get_refund_orders(
            self._act("action_refuse", refunds, self.house.finance, "no proof")
        )

    @step("_find_refunds_approved", weight=6)
    def post(self, refunds):
        return self._get_refund_orders(self._act("action_post", refunds, self.house.finance))

    @step("_find_refunds")
    def post_any(self, refunds):
        """Post refunds in any state, as the agent."""
        return self._get_refund_orders(self._act("action_post", refunds, self.house.agent))

    @step("_find_refunds_posted", weight=5)
    def pay(self, refunds):
        self._act("action_pay", refunds, self.house.finance)

    @step("_find_refunds")
    def pay_any(self, refunds):
        """Pay refunds in any state."""
        self._act("action_pay", refunds, self.house.finance)

    @step("_find_refunds", weight=2)
    def finish_list(self, refunds):
        """Take all refunds there are, in any state, through the steps of a list's button."""
        action = self.choose("action", ("approve_post", "approve_post_pay", "post", "pay"))
        getattr(refunds.with_user(self.house.finance), f"action_bulk_{action}")()
        return self._get_refund_orders(refunds)

    @step("_find_refunds")
    def reverse(self, refunds):
        """Undo refunds: payments cancelled, credit notes reversed, orders raised again."""
        return self._get_refund_orders(
            self._act("action_reverse", refunds, self.house.finance, "wrong account")
        )

    def _get_refund_orders(self, refunds):
        return self._get_orders(refunds.line_ids.effect_id)
