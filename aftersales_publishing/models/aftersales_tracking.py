from odoo import models

PENDING = "aftersales_pending_logs"
# Context to create documents of a case: the case tells who made them and why, and whoever takes a
# step of it does not follow its documents for good
QUIET = {"mail_create_nolog": True, "mail_create_nosubscribe": True}


class AftersalesTracking(models.AbstractModel):
    """Log the tracked changes of many records together.

    ``mail.thread`` inserts a message and its values for each record; a batch of cases takes two
    queries here. What is logged is the same.
    """

    _name = "aftersales.tracking"
    _inherit = ["mail.thread"]
    _description = "Tracking in Batch"

    def _message_track(self, fields_iter, initial_values_dict):
        pending = []
        records = self.with_context(**{PENDING: pending})
        tracking = super(AftersalesTracking, records)._message_track(
            fields_iter, initial_values_dict
        )
        self._log_pending(pending)
        return tracking

    def _message_log(self, *, body="", author_id=None, tracking_value_ids=None, **options):
        pending = self.env.context.get(PENDING)
        if pending is None or options or not tracking_value_ids:
            return super()._message_log(
                body=body, author_id=author_id, tracking_value_ids=tracking_value_ids, **options
            )
        pending.append((self.id, body, author_id, tracking_value_ids))
        return self.env["mail.message"]

    def _log_pending(self, pending):
        """Create the messages, then their values; one author after the other.

        :param pending: list of ``(record id, body, author id, commands of values)``
        """
        values = []
        for author_id in dict.fromkeys(author_id for _id, _body, author_id, _cmds in pending):
            logs = [log for log in pending if log[2] == author_id]
            records = self.browse(record_id for record_id, *_rest in logs)
            bodies = {record_id: body for record_id, body, *_rest in logs}
            messages = records._message_log_batch(bodies, author_id=author_id)
            for message, (*_rest, commands) in zip(messages, logs, strict=True):
                values += [{**vals, "mail_message_id": message.id} for _c, _id, vals in commands]
        self.env["mail.tracking.value"].sudo().create(values)
