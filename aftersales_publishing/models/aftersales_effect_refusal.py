from odoo import Command, fields, models


class AftersalesEffect(models.Model):
    """Refuse: the reader is told why, and may object (R9.1, R9.3)."""

    _inherit = "aftersales.effect"

    kind = fields.Selection(selection_add=[("refusal", "Refuse")], ondelete={"refusal": "cascade"})

    def _post_refusal(self):
        """Mail the reason to readers with an address; others are told as they asked."""
        template = self.env.ref("aftersales_publishing.mail_template_refused").sudo()
        for effect in self.filtered(lambda e: e.ticket_id._is_mailed()):
            ticket = effect.ticket_id
            mail_id = template.send_mail(
                effect.id, email_values={"model": ticket._name, "res_id": ticket.id}
            )
            effect.mail_ids = [Command.link(mail_id)]
        self.posted_at = fields.Datetime.now()
        self.env["aftersales.event"]._log(
            "copies_refused",
            self,
            {effect: effect.resolution_id.closing_reason for effect in self},
        )

    def _get_refusal_planned(self):
        return self._get_quantity_without_document()

    def _get_refusal_done(self):
        return self._get_quantity_without_document()
