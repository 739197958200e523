from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    """How long readers have to pay the difference for a new edition (R6.1)."""

    _inherit = "res.company"

    aftersales_difference_days = fields.Integer(
        string="Days to pay the price difference",
        default=14,
        help="From the day the old copy is credited and the reader written to.",
    )

    @api.constrains("aftersales_difference_days")
    def _check_aftersales_difference_days(self):
        for company in self:
            if company.aftersales_difference_days < 1:
                raise ValidationError(
                    self.env._(
                        "%s: readers need at least one day to pay the price difference.",
                        company.display_name,
                    )
                )
