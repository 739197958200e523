from odoo import models
from odoo.exceptions import UserError


class AftersalesCaseLine(models.Model):
    """Refuse some copies of a case and settle the others (R1.6, R6.1)."""

    _inherit = "aftersales.case.line"

    def action_refuse(self, reason, quantity=None):
        """Refuse copies with a reason that the reader is told, in the reader's language (R9.1).

        A refusal is a decision like any other: it is cancelled as one. A case of which all copies
        are refused is refused.

        :param quantity: in the unit of the line; the open rest of each line if left out
        :return: the ``aftersales.resolution`` records, in the order of the lines
        :raises UserError: without a reason, or when every copy has a decision already
        """
        self._check_role("agent", "manager")
        self.ticket_id._check_reason(reason)
        self.ticket_id._check_may_decide()
        remedy = self.env["aftersales.remedy"]._get("refusal", self.company_id)
        vals_list = []
        for line in self:
            copies = line._get_unresolved_quantity() if quantity is None else quantity
            if line.product_uom_id.compare(copies, 0.0) <= 0:
                raise UserError(
                    self.env._(
                        "Case %(case)s: every copy of “%(title)s” has a remedy or is refused. "
                        "Cancel one first.",
                        case=line.ticket_id.number,
                        title=line._get_title(),
                    )
                )
            vals_list.append(
                {
                    "line_id": line.id,
                    "remedy_id": remedy.id,
                    "quantity": copies,
                    "closing_reason": reason,
                }
            )
        resolutions = self.env["aftersales.resolution"]._propose(vals_list)
        resolutions.action_execute()
        refused = resolutions.ticket_id.filtered(lambda ticket: ticket.phase == "refused")
        refused.sudo()._write_unguarded({"closing_reason": reason})
        return resolutions

    def action_open_refuse(self):
        """Ask how many copies are refused, and why."""
        self.ensure_one()
        self._check_role("agent", "manager")
        reader = self.with_context(lang=self.ticket_id.partner_id.lang or self.env.lang)
        return self.ticket_id._open_dialog(
            "aftersales.refuse.wizard",
            self.env._("Refuse Copies"),
            line_id=self.id,
            quantity=self._get_unresolved_quantity(),
            reason=reader.eligibility == "not" and reader.eligibility_note,
        )
