from .walk_step import step


class WalkDecisions:
    """The steps of a walk about refusals, exceptions, and money that stays on account."""

    @step("_find_unresolved_lines", weight=2)
    def refuse_copies(self, lines):
        """Refuse copies of a book; ``cancel`` may undo it (R6.1)."""
        line = self.choose("line", lines).with_user(self.house.agent)
        line.action_refuse("The reader spilled tea.", self.choose("copies", (1, None)))

    @step("_find_lines")
    def let_through(self, lines):
        """Make an exception, as the manager may, the agent may not (R1.6)."""
        user = getattr(self.house, self.choose("by", ("manager", "agent")))
        self._act("action_let_through", lines, user, "a school")

    @step("_find_refunds")
    def keep_on_account(self, refunds):
        """Leave the money on the customer's account, or pay it out after all (R6.8)."""
        if self.choose("kept", (True, False)):
            self._act("action_keep_on_account", refunds, self.house.finance, "the next order")
        else:
            self._act("action_take_off_account", refunds, self.house.finance)
