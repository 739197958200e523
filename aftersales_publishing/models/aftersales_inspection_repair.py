from odoo import api, fields, models
from odoo.exceptions import UserError


class AftersalesInspection(models.Model):
    """Copies that are to be repaired stay where they were received: they are the reader's (R6.1)."""

    _inherit = "aftersales.inspection"

    disposition = fields.Selection(selection_add=[("repair", "Keep for the repair")])
    is_for_repair = fields.Boolean(compute="_compute_is_for_repair", compute_sudo=True)

    @api.depends("effect_id")
    def _compute_is_for_repair(self):
        for inspection in self:
            inspection.is_for_repair = inspection.effect_id._is_for_repair()

    @api.depends("grade", "contradicts")
    def _compute_disposition(self):
        result = super()._compute_disposition()
        for inspection in self.filtered(lambda i: i.grade and i.is_for_repair):
            inspection.disposition = "quarantine" if inspection.contradicts else "repair"
        return result

    @api.depends("disposition")
    def _compute_quantity_in_quarantine(self):
        repairs = self.filtered(lambda i: i.disposition == "repair")
        for inspection in repairs:
            inspection.quantity_in_quarantine = inspection.quantity
        return super(AftersalesInspection, self - repairs)._compute_quantity_in_quarantine()

    @api.depends("effect_id")
    def _compute_can_pulp(self):
        result = super()._compute_can_pulp()
        self.filtered("is_for_repair").can_pulp = False  # not ours
        return result

    @api.depends("effect_id")
    def _compute_can_correct(self):
        result = super()._compute_can_correct()
        self.filtered("is_for_repair").can_correct = False
        return result

    def _check_correctable(self):
        if self.is_for_repair:
            raise UserError(
                self.env._(
                    "Case %(case)s: %(title)s belongs to the reader and is to be repaired, so it is "
                    "put nowhere else. Finish the repair, or let the agent send the copy back.",
                    case=self.ticket_id.number,
                    title=self.product_id.display_name,
                )
            )
        return super()._check_correctable()

    def _check_complete(self):
        result = super()._check_complete()
        for inspection in self:
            kept = inspection.disposition in ("repair", "quarantine")
            if inspection.is_for_repair and not kept:
                raise UserError(
                    self.env._(
                        "Case %(case)s: %(title)s belongs to the reader and is to be repaired, so it "
                        "is neither sold nor pulped. Choose “Keep for the repair”.",
                        case=inspection.ticket_id.number,
                        title=inspection.product_id.display_name,
                    )
                )
            if inspection.disposition == "repair" and not inspection.is_for_repair:
                raise UserError(
                    self.env._(
                        "Case %(case)s: no repair of %(title)s is agreed with the reader. Say where "
                        "else it goes.",
                        case=inspection.ticket_id.number,
                        title=inspection.product_id.display_name,
                    )
                )
        return result

    def _check_at_hand(self):
        return super(
            AftersalesInspection, self.filtered(lambda i: i.disposition != "repair")
        )._check_at_hand()

    def _put_away(self):
        return super(
            AftersalesInspection, self.filtered(lambda i: i.disposition != "repair")
        )._put_away()
