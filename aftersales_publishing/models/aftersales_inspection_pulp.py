from odoo import api, fields, models
from odoo.exceptions import UserError

from ..locking import lock_and_touch


class AftersalesInspection(models.Model):
    """Copies that wait to be pulped: they are in quarantine until the list is approved (R6.6)."""

    _inherit = "aftersales.inspection"

    pulp_list_id = fields.Many2one(
        "aftersales.pulp.list",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
        copy=False,
    )
    pulp_by_id = fields.Many2one("res.users", "Put on the List By", readonly=True, copy=False)
    pulp_state = fields.Selection(related="pulp_list_id.state", string="Pulp List Is")
    can_pulp = fields.Boolean(compute="_compute_can_pulp")

    @api.depends("state", "disposition", "contradiction", "quantity_in_quarantine")
    def _compute_can_pulp(self):
        for inspection in self:
            inspection.can_pulp = (
                inspection.state == "done"
                and inspection.disposition == "quarantine"
                and inspection.contradiction != "open"
            )

    def _awaits_pulping(self):
        return self.disposition == "pulp" and self.state == "done" and not self.scrap_id

    def _check_undisputed(self):
        """Keep copies at hand that the agent has to decide about: they may go back."""
        for inspection in self.filtered(lambda i: i.contradiction == "open"):
            raise UserError(
                self.env._(
                    "Case %(case)s: %(title)s on list %(list)s is in dispute. Have the agent decide "
                    "about it first, or take it off the list.",
                    case=inspection.ticket_id.number,
                    title=inspection.product_id.display_name,
                    list=inspection.pulp_list_id.name,
                )
            )

    def action_pulp(self):
        """Put copies that were kept in quarantine on the pulp list.

        :raises UserError: naming what is in dispute, elsewhere, or was sent back to the reader
        """
        self._check_role("warehouse", "manager")
        inspections = self.sudo()
        lock_and_touch(inspections)
        for inspection in inspections:
            if not inspection.can_pulp:
                raise UserError(
                    self.env._(
                        "Case %(case)s: %(title)s is not kept in quarantine, is in dispute or goes "
                        "back to the reader, so it cannot be pulped.",
                        case=inspection.ticket_id.number,
                        title=inspection.product_id.display_name,
                    )
                )
        inspections._check_not_going_back()
        inspections.disposition = "pulp"
        inspections._check_at_hand()
        self.env["aftersales.pulp.list"].sudo()._gather(inspections)
        return True

    def action_take_off_pulp(self):
        """Take copies off a list that is not approved yet: they stay in quarantine.

        :raises UserError: when the list is approved or pulped already
        """
        self._check_role("warehouse", "manager")
        inspections = self.sudo()
        lock_and_touch(inspections.pulp_list_id)
        for inspection in inspections.filtered(lambda i: i.pulp_state in ("approved", "done")):
            raise UserError(
                self.env._(
                    "%(title)s is on list %(list)s, which is approved. Take the approval back first; "
                    "what is pulped cannot be taken off.",
                    title=inspection.product_id.display_name,
                    list=inspection.pulp_list_id.name,
                )
            )
        inspections._leave_pulp_list()
        return True

    def _leave_pulp_list(self):
        """Keep in quarantine what waits to be pulped; also what goes back to the reader."""
        leaving = self.filtered(lambda i: i._awaits_pulping())
        pulp_lists = leaving.pulp_list_id
        lock_and_touch(pulp_lists)
        leaving.write({"pulp_list_id": False, "pulp_by_id": False, "disposition": "quarantine"})
        pulp_lists._sync_task()
