from odoo import api, fields, models

from ..background import apart

TASK = "aftersales_publishing.mail_activity_provider_silent"


class AftersalesRefund(models.Model):
    """A provider that was asked and answers nothing becomes somebody's task (R6.8, ADR 28)."""

    _inherit = "aftersales.refund"

    @api.model
    def _remind_of_silence(self):
        """Give finance a task on refunds of which no answer came in time, once per request.

        While nobody has the role, the next run tries again.
        """
        silent = self.search([("provider_state", "=", "unclear")])
        type_id = self.env["ir.model.data"]._xmlid_to_res_id(TASK) or None  # deleted by somebody
        for company, refunds in silent.grouped("company_id").items():
            late = refunds._get_silent_transactions(company).aftersales_refund_id
            load = late and self.env["aftersales.next.step"]._get_load("finance", company, type_id)
            for refund in late if load else ():
                user_id = min(load, key=lambda user, load=load: (load[user], user))
                load[user_id] += 1
                with apart(self.env, refund, "nobody was told of the silent provider"):
                    refund._give_silence_task(user_id)

    def _get_silent_transactions(self, company):
        """Return what was asked too long ago, has no answer, and was told to nobody yet."""
        since = fields.Datetime.subtract(
            fields.Datetime.now(), hours=company.aftersales_provider_hours
        )
        return self.provider_transaction_ids.filtered(
            lambda tx: (
                tx.state == "draft"
                and tx.aftersales_asked_at
                and tx.aftersales_asked_at <= since
                and not tx.aftersales_silence_told_at
            )
        )

    def _give_silence_task(self, user_id):
        """Give the task in the colleague's language: the job has none."""
        self.ensure_one()
        lang = self.env["res.users"].browse(user_id).lang
        refund = self.with_context(lang=lang, mail_activity_quick_update=True)
        refund.activity_schedule(
            TASK,
            date_deadline=fields.Date.context_today(self),
            summary=refund.env._("No answer of the payment provider"),
            note=refund.env._(
                "%s. Look at the provider whether it has paid, then press “The Provider Has Paid” "
                "or “The Provider Did Not Pay” on the refund.",
                refund._get_provider_note(),
            ),
            user_id=user_id,
        )
        self._get_silent_transactions(
            self.company_id
        ).aftersales_silence_told_at = fields.Datetime.now()

    def _end_silence_tasks(self):
        """Take the task from whoever has it: the answer is there."""
        self.filtered(lambda refund: refund.provider_state != "unclear").activity_unlink([TASK])
