from datetime import timedelta

from odoo import fields

from .walk_step import step


class WalkReturns:
    """The steps of a walk about terms of returns, late parcels and pulp lists (R6.5, R6.6)."""

    def _find_awaited(self):
        return self._find_agreed().filtered(lambda r: r._get_open_returns())

    def _find_expired(self):
        return self._search("aftersales.resolution", ("state", "=", "expired"))

    def _find_pulp_lists(self):
        return self._search("aftersales.pulp.list", ("state", "!=", "done"))

    @step("_find_awaited", weight=2)
    def let_the_term_pass(self, resolutions):
        """Let the job find returns overdue for weeks."""
        chosen = self.choose_some("overdue", resolutions).sudo()
        chosen.return_due = fields.Date.today() - timedelta(days=60)
        chosen._follow_return_term()

    @step("_find_expired", weight=2)
    def after_all(self, resolutions):
        """The parcel comes too late, or the agent gives the reader more time."""
        resolution = self.choose("expired", resolutions)
        if self.choose("how", ("late", "revive")) == "revive":
            resolution.with_user(self.house.agent).action_revive("was in hospital")
            return
        table = self.env["aftersales.returns.table"].with_user(self.house.warehouse)
        cancelled = resolution.effect_ids.move_ids.picking_id
        table.take_late(self.choose("parcel", cancelled).id)

    @step("_find_pulp_lists")
    def pulp(self, lists):
        """Approve a pulp list, take that back, or have its copies destroyed."""
        pulp_list = self.choose("list", lists)
        if pulp_list.state == "draft":
            pulp_list.with_user(self.house.manager).action_approve()
        elif self.choose("pulped", (True, False)):
            pulp_list.with_user(self.house.warehouse).action_done()
        else:
            pulp_list.with_user(self.house.manager).action_back_to_draft()
