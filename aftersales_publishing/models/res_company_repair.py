from odoo import api, fields, models
from odoo.exceptions import ValidationError

REPAIR_DAYS = ("aftersales_repair_days", "aftersales_binder_days")


class ResCompany(models.Model):
    """How long a reader waits for the own copy while it is repaired (R6.1)."""

    _inherit = "res.company"

    aftersales_repair_days = fields.Integer(
        string="Days for a repair in the house",
        default=7,
        help="From the inspection of the copy. The reader is told the day.",
    )
    aftersales_binder_days = fields.Integer(
        string="Days for a repair at the binder",
        default=21,
        help="From the day the copy is announced to the binder. The reader is told the day.",
    )

    @api.constrains(*REPAIR_DAYS)
    def _check_aftersales_repair_days(self):
        for company in self:
            if any(company[name] < 0 for name in REPAIR_DAYS):
                raise ValidationError(
                    self.env._(
                        "%s: the days of a repair count from zero, which is the same day.",
                        company.display_name,
                    )
                )
