from odoo import models

from ..locking import lock_and_touch

AT_ONCE = 40  # refunds that a click does at once; more of them go to the background
STEPS = {
    "approve": ("approve",),
    "approve_post": ("approve", "post"),
    "approve_post_pay": ("approve", "post", "pay"),
    "post": ("post",),
    "pay": ("pay",),
}


class AftersalesRefund(models.Model):
    """What finance does with a whole list: at once, or in the background where it is long."""

    _inherit = "aftersales.refund"

    def action_bulk_approve_post(self):
        """Approve and post the refunds chosen in the list."""
        return self._bulk("approve_post")

    def action_bulk_approve_post_pay(self):
        """Approve, post and pay the refunds chosen in the list."""
        return self._bulk("approve_post_pay")

    def action_bulk_post(self):
        """Post the refunds chosen in the list."""
        return self._bulk("post")

    def action_bulk_pay(self):
        """Pay the refunds chosen in the list."""
        return self._bulk("pay")

    def _bulk(self, action):
        self._check_role("finance")
        if len(self) > AT_ONCE:
            runs = self.env["aftersales.refund.run"]._start(self, action)
            return self.env["helpdesk.ticket"]._open_records(self.env._("Refund Run"), runs)
        return self._report_problems(self._do_in_bulk(action))

    def _do_in_bulk(self, action):
        """Take refunds through the steps of an action, each in full or not at all.

        What is done already is passed over: safe to call again.

        :param action: key of ``STEPS``
        :return: ``{refund: problem}`` of those that could not be done
        """
        self._check_role("finance")
        refunds = self.sudo()
        lock_and_touch(refunds)
        lock_and_touch(refunds.invoice_id)
        lock_and_touch(refunds.credit_note_id)
        steps = STEPS[action]
        problems = refunds._post_in_batches(lambda records: records._take_steps(steps))
        refunds.ticket_id._sync_phase()
        return problems

    def _take_steps(self, steps):
        """Approve, post and pay, each where it is still to be done. Under the lock."""
        todo = self.filtered(lambda r: r.state not in ("posted", "settled", "paid"))
        if "approve" in steps:
            todo._do_approve()
        if "post" in steps:
            todo._do_post()
        if "pay" in steps:
            self.filtered(lambda r: r.state not in ("settled", "paid"))._do_pay()
