from odoo import api, fields, models
from odoo.exceptions import UserError

# Verbs that take one text, and nothing else
VERBS = {
    ("helpdesk.ticket", "action_refuse"),
    ("helpdesk.ticket", "action_object"),
    ("helpdesk.ticket", "action_cancel"),
    ("helpdesk.ticket", "action_reopen"),
    ("helpdesk.ticket", "action_guide"),
    ("aftersales.case.line", "action_let_through"),
    ("aftersales.enquiry", "action_answer"),
    ("aftersales.enquiry", "action_withdraw"),
    ("aftersales.resolution", "action_cancel"),
    ("aftersales.resolution", "action_give_up_rest"),
    ("aftersales.resolution", "action_send_back"),
    ("aftersales.resolution", "action_revive"),
    ("aftersales.inspection", "action_overrule"),
    ("aftersales.repair", "action_not_repairable"),
    ("aftersales.run.alarm", "action_done"),
    ("aftersales.stop.print", "action_acknowledge"),
    ("aftersales.stop.print", "action_lift"),
    ("aftersales.refund", "action_refuse"),
    ("aftersales.refund", "action_reverse"),
    ("aftersales.refund", "action_keep_on_account"),
    ("aftersales.refund", "action_pay_otherwise"),
    ("aftersales.refund", "action_provider_unpaid"),
    ("aftersales.platform.refund", "action_correct_number"),
    ("aftersales.platform.refund", "action_undo"),
}


class AftersalesReasonWizard(models.TransientModel):
    """Ask for the reason (or the answer) that a verb needs."""

    _name = "aftersales.reason.wizard"
    _description = "Give a Reason"

    res_model = fields.Char(required=True)
    res_ids = fields.Char(required=True)
    verb = fields.Char(required=True)
    question = fields.Char(readonly=True)
    reason = fields.Text(required=True)

    def action_confirm(self):
        """Call the verb with the reason; the verb checks who may."""
        self.ensure_one()
        if (self.res_model, self.verb) not in self._get_verbs():
            raise UserError(self.env._("%s takes no reason.", self.verb))
        ids = [int(i) for i in self.res_ids.split(",") if i]
        records = self.env[self.res_model].browse(ids).exists()
        result = getattr(records, self.verb)(self.reason)
        return result if isinstance(result, dict) else {"type": "ir.actions.act_window_close"}

    @api.model
    def _get_verbs(self):
        """Return the ``(model, verb)`` that may be called; glue adds its own."""
        return VERBS
