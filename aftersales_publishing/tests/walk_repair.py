from .walk_step import step


class WalkRepair:
    """The steps of a walk in the workshop, at the binder and on the way home (R6.1)."""

    def _find_repairs(self):
        return self._search("aftersales.repair")

    def _find_binder_transfers(self):
        repairs = self._find_repairs()
        moves = repairs.out_move_id | repairs.back_move_id
        return moves.filtered(lambda m: m.state not in ("done", "cancel")).picking_id.sorted("id")

    def _find_give_backs(self):
        return self._find_pickings(("move_ids.aftersales_effect_id.kind", "=", "giveback"))

    def _find_failed_repairs(self):
        return self._find_agreed().filtered(lambda r: r.progress == "repair_failed")

    @step("_find_unresolved_lines", weight=3)
    def agree_on_repair(self, lines):
        """Agree that the reader's own copies are mended; perhaps they are here at once."""
        line = self.choose("line", lines).with_user(self.house.agent)
        line.action_settle("repair", self.choose("quantity", (1, None)))
        if self.choose("here", (True, False)):
            resolution = line.resolution_ids.filtered("remedy_id.repairs").sorted("id")[-1]
            self._take_in(resolution, "repair")

    @step("_find_repairs", weight=8)
    def work_on_repair(self, repairs):
        """Mend copies or give up, split them, have the binder do it, take a result back."""
        repair = self.choose("repair", repairs).with_user(self.house.warehouse)
        how = self.choose("how", ("repaired", "repaired", "fail", "reopen", "split", "binder"))
        if how == "fail":
            repair.action_not_repairable("torn")
        elif how == "binder":
            repair.action_send_to_binder(self.house.other_printer)
        else:
            getattr(repair, f"action_{how}")()

    @step("_find_binder_transfers", weight=4)
    def move_to_binder(self, pickings):
        """Send copies to the binder or get them back, all or one of them."""
        picking = self.choose("picking", pickings)
        if self.choose("part", (False, False, True)):
            picking.move_line_ids.quantity = 1
        self._validate(picking.with_user(self.house.warehouse))

    @step("_find_repairs")
    def await_from_binder(self, repairs):
        self._act("action_await_back", repairs, self.house.warehouse)

    @step("_find_failed_repairs", weight=4)
    def decide_failed_repair(self, resolutions):
        """What cannot be mended is exchanged or refunded, or goes home as it is."""
        verb = self.choose("verb", ("exchange_instead", "refund_instead", "return_unrepaired"))
        resolution = self.choose("failed", resolutions).with_user(self.house.agent)
        getattr(resolution, f"action_{verb}")()
        return self._get_orders(resolution)

    @step("_find_give_backs", weight=6)
    def give_back(self, pickings):
        """Send the reader's copies home, all or one of them."""
        picking = self.choose("picking", pickings)
        if self.choose("part", (False, False, True)):
            picking.move_line_ids.quantity = 1
        self._validate(picking.with_user(self.house.warehouse))
        return self._get_others_orders(picking)
