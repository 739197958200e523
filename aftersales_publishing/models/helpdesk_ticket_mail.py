from odoo import Command, fields, models


class HelpdeskTicket(models.Model):
    """Mails to the reader of a case: whether there is an address, and a refusal (R9.1)."""

    _inherit = "helpdesk.ticket"

    refusal_mail_ids = fields.Many2many(
        "mail.mail", string="Refusal Mails", copy=False, groups="base.group_system"
    )

    def _get_reader_address(self):
        """Return where the reader is mailed, or nothing where no address is known."""
        self.ensure_one()
        return self.partner_id.email or self.partner_email

    def _is_mailed(self):
        """Whether mails go to the reader: the type of the case may forbid it (R2.1)."""
        self.ensure_one()
        return bool(self.case_type_id.sends_mail and self._get_reader_address())

    def _mail_about(self, record, template_name, unreachable):
        """Send the reader a mail about a record of the case, or note that nobody could be reached.

        Nothing is sent where the type of the case forbids it, or somebody deleted the template.

        :param record: what the template is for; the mail itself belongs to the case
        :param template_name: of a mail template of this add-on
        :param unreachable: what the case says where no address is known, and what to do then
        """
        self.ensure_one()
        template = self.env.ref(f"aftersales_publishing.{template_name}", raise_if_not_found=False)
        if not template or not self.case_type_id.sends_mail:
            return
        if not self._get_reader_address():
            self._message_log(body=unreachable)
            return
        template.sudo().send_mail(record.id, email_values={"model": self._name, "res_id": self.id})

    def _mail_refusal(self):
        """Tell the readers of refused cases why; runs on ``sudo()``."""
        mailed = self.filtered(lambda ticket: ticket._is_mailed())
        if not mailed:
            return
        template = self.env.ref("aftersales_publishing.mail_template_case_refused").sudo()
        mails = template.send_mail_batch(mailed.ids)
        for ticket, mail in zip(mailed, mails, strict=True):
            ticket.refusal_mail_ids = [Command.link(mail.id)]

    def _resume(self):
        """Stop the mails that wait: a case that is open again is not refused."""
        mails = self.sudo().refusal_mail_ids
        mails.filtered(lambda mail: mail.state == "outgoing").state = "cancel"
        return super()._resume()
