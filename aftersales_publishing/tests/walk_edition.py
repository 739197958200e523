from .walk_step import step


class WalkEdition:
    """The steps of a walk that sell the new edition against the old one (R6.1)."""

    def _find_lines_with_edition(self):
        return self._find_unresolved_lines().filtered(
            lambda line: line.product_id == self.house.poems
        )

    def _find_edition_sales(self):
        return self._find_agreed().filtered("remedy_id.sells_edition")

    def _find_edition_orders(self):
        return self._find_refunds().edition_order_ids.sorted("id")

    def _find_edition_shipments(self):
        return self._find_edition_orders().picking_ids.filtered(
            lambda picking: picking.state not in ("done", "cancel")
        )

    @step("_find_lines_with_edition", weight=8)
    def agree_on_edition(self, lines):
        """Agree that the reader gives the old edition back and pays the difference.

        Perhaps it is here at once, and finance has credited it.
        """
        line = self.choose("line", lines).with_user(self.house.agent)
        line.action_settle("new_edition", self.choose("quantity", (1, None)))
        if not self.choose("here", (True, False)):
            return None
        resolution = line.resolution_ids.filtered("remedy_id.sells_edition").sorted("id")[-1]
        self._take_in(resolution, "quarantine")
        refunds = resolution.sudo().effect_ids.refund_line_ids.refund_id
        refunds.with_user(self.house.finance).action_approve_and_post()
        return self._get_orders(resolution)

    @step("_find_edition_sales", weight=4)
    def receive_difference(self, resolutions):
        """Book the difference as paid, once or again."""
        self._act("action_receive_difference", resolutions, self.house.finance, self.house.bank)

    @step("_find_edition_sales")
    def sell_edition_otherwise(self, resolutions):
        """Order a cancelled new edition again, or end its sale: the reader gets the money."""
        if self.choose("again", (True, False)):
            self._act("action_retry", resolutions, self.house.agent)
        else:
            self._act("action_refund_edition", resolutions, self.house.agent, "wants the money")

    @step("_find_edition_orders", weight=4)
    def change_edition_order(self, orders):
        """A salesman cancels the order, offers it again, confirms it on trust, or invoices it."""
        order = self.choose("order", orders)
        how = self.choose("how", ("cancel", "draft", "confirm", "invoice"))
        if how == "invoice":
            self.house._invoice(order, pay=False)
        else:
            getattr(order, f"action_{how}")()

    @step("_find_edition_shipments", weight=4)
    def ship_edition(self, pickings):
        """Ship the new edition, all or one copy of it."""
        picking = self.choose("picking", pickings)
        if self.choose("part", (False, False, True)):
            picking.move_line_ids.quantity = 1
        self._validate(picking.with_user(self.house.warehouse))
