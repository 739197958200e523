from .walk_step import step


class WalkDigital:
    """The steps of a walk that give e-books and codes (R6.1)."""

    def _find_given(self):
        return self._find_agreed().filtered(
            lambda r: r.effect_ids.digital_code_ids.filtered(lambda c: c.state == "given")
        )

    def _find_lines_with_ebook(self):
        titles = self.house.digitals.product_tmpl_id
        return self._find_unresolved_lines().filtered(
            lambda line: line.product_id.product_tmpl_id in titles
        )

    @step("_find_lines_with_ebook", weight=2)
    def give_code(self, lines):
        """Give the e-book, or a code for a dead one, perhaps twice for the same copies."""
        line = self.choose("line", lines).with_user(self.house.agent)
        remedy = self.choose("remedy", ("ebook", "ebook", "new_code"))
        if remedy == "new_code" and not line.dead_codes:
            line.dead_codes = self.choose("code", ("DEAD-1", "DEAD-2"))
        line.action_settle(remedy, self.choose("quantity", (1, 1, None)))

    @step("_find_given")
    def void_code(self, resolutions):
        """Void what a reader has, as the agent or the manager; it can be given once more."""
        by = self.choose("by", ("agent", "manager"))
        user = getattr(self.house, by)
        self._act("action_void_digital", resolutions, user, "sent to a friend")
