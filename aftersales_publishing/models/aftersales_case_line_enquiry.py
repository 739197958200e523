from odoo import fields, models
from odoo.tools import format_date


class AftersalesCaseLine(models.Model):
    """What others were asked about a copy, and what they answered (R3.4)."""

    _inherit = "aftersales.case.line"

    enquiry_ids = fields.One2many("aftersales.enquiry", "line_id", "Enquiries")

    def _get_facts(self):
        """Add the answers about the copy, and those about the whole case."""
        enquiries = self.ticket_id.enquiry_ids.filtered(
            lambda e: e.state == "answered" and e.line_id in (self, self.browse())
        )
        return super()._get_facts() + [
            (
                "answer",
                self.env._(
                    "%(holder)s answered on %(day)s",
                    holder=enquiry.holder,
                    day=format_date(self.env, enquiry.answered_at),
                ),
                f"{enquiry.question} → {enquiry.answer}",
            )
            for enquiry in enquiries
        ]

    def action_open_appraisal(self):
        """Send a sample to print quality (待鉴定)."""
        self.ensure_one()
        action = self.ticket_id.action_open_enquiry()
        action["name"] = self.env._("Send to Print Quality")
        action["context"].update(
            default_kind="appraisal",
            default_line_id=self.id,
            default_question=self.env._("What is wrong with this copy, and who made it so?"),
        )
        return action
