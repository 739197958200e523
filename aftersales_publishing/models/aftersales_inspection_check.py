from odoo import api, fields, models
from odoo.exceptions import UserError


class AftersalesInspectionCheck(models.Model):
    """The answer to a question of the checklist, for the copies of an inspection (R6.6)."""

    _name = "aftersales.inspection.check"
    _description = "Answer of the Inspection Checklist"
    _order = "inspection_id, sequence, id"

    inspection_id = fields.Many2one(
        "aftersales.inspection", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="inspection_id.company_id", store=True, precompute=True)
    question_id = fields.Many2one("aftersales.checklist", required=True, ondelete="restrict")
    sequence = fields.Integer(related="question_id.sequence", store=True, precompute=True)
    in_order = fields.Boolean()

    _question_once = models.UniqueIndex(
        "(inspection_id, question_id)", "This question is answered already. Change its answer."
    )

    @api.model_create_multi
    def create(self, vals_list):
        checks = super().create(vals_list)
        checks._check_open()
        return checks

    def write(self, vals):
        self._check_open()
        result = super().write(vals)
        if "inspection_id" in vals:
            self._check_open()  # nor is an answer moved to what is inspected already
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_while_open(self):
        self._check_open()

    def _check_open(self):
        """Answers are facts once the copies are inspected."""
        if self.env.su:
            return
        for check in self.filtered(lambda check: check.inspection_id.state == "done"):
            raise UserError(
                self.env._(
                    "Case %(case)s: %(title)s is inspected already, its checklist cannot be "
                    "changed. Tell the agent of the case.",
                    case=check.inspection_id.sudo().ticket_id.number,
                    title=check.inspection_id.product_id.display_name,
                )
            )
