from odoo import models


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _prepare_outgoing_list(self, *args, **kwargs):
        """Take hold of the mail of a case before it leaves.

        Odoo has marked it as being sent, perhaps only in its cache. Once that is written, nobody
        cancels the mail while it leaves; and one that was cancelled meanwhile fails here, not after
        the reader has read the code.
        """
        if self.model == "helpdesk.ticket":
            self.flush_recordset(["state"])
        return super()._prepare_outgoing_list(*args, **kwargs)
