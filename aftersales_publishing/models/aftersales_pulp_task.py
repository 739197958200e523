from odoo import api, fields, models

from .aftersales_tracking import QUIET

TASK = "aftersales_publishing.mail_activity_pulp_list"
DAYS = 7  # copies gather meanwhile


class AftersalesPulpList(models.Model):
    """A list that waits is the task of one who may approve it, and of nobody who made it (R6.6)."""

    _name = "aftersales.pulp.list"
    _inherit = ["aftersales.pulp.list", "mail.thread", "mail.activity.mixin"]
    _mail_post_access = "read"  # nobody has write rights

    state = fields.Selection(tracking=True)

    # ------------------------------------------------------------------
    # Verbs
    # ------------------------------------------------------------------
    def action_approve(self):
        """Approve, which does the task."""
        result = super().action_approve()
        self.sudo().activity_feedback([TASK])
        return result

    def action_back_to_draft(self):
        """Take the approval back: the list waits again."""
        result = super().action_back_to_draft()
        self.sudo()._sync_task()
        return result

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    def _sync_task(self):
        """Give lists that wait to the least busy manager who made nothing of them; runs on ``sudo()``.

        Who has the task keeps it, unless he put copies on the list since. A list without copies is
        nobody's task.
        """
        Step = self.env["aftersales.next.step"]
        type_id = self.env["ir.model.data"]._xmlid_to_res_id(TASK, True)
        waiting = self.filtered(lambda pulp_list: pulp_list.state == "draft")
        (self - waiting.filtered("inspection_ids")).activity_unlink([TASK])
        for company, group in waiting.filtered("inspection_ids").grouped("company_id").items():
            load = Step._get_load("manager", company, type_id)
            for pulp_list in group:
                pulp_list._hand_over_task(load, type_id)

    def _hand_over_task(self, load, type_id):
        """Keep, move or begin the task.

        :param load: ``{user id: open tasks}`` of the managers; counts what is given
        """
        self.ensure_one()
        tasks = self.activity_ids.filtered(lambda task: task.activity_type_id.id == type_id)
        may_approve = load.keys() - set(self._get_makers().ids)
        if tasks.user_id.id in may_approve:
            return
        tasks.unlink()
        user_id = min(may_approve, key=lambda user: (load[user], user), default=None)
        if user_id:
            load[user_id] += 1
            self.with_context(mail_activity_quick_update=True).activity_schedule(
                TASK,
                date_deadline=fields.Date.add(fields.Date.context_today(self), days=DAYS),
                summary=self.env._("Approve the pulp list"),
                user_id=user_id,
            )

    @api.model_create_multi
    def create(self, vals_list):
        """Who begins a list does not follow it."""
        return super(AftersalesPulpList, self.with_context(**QUIET)).create(vals_list)

    @api.model
    def _gather(self, inspections):
        result = super()._gather(inspections)
        inspections.pulp_list_id._sync_task()
        return result
