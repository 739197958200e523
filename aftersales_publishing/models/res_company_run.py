from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    """When defects of a print run are more than chance (R4.3)."""

    _inherit = "res.company"

    aftersales_alarm_base = fields.Float(
        string="Usual rate of defects",
        default=0.005,
        digits=(16, 6),
        help="Confirmed defective copies among those sold, where little is known of the printer.",
    )
    aftersales_alarm_ratio = fields.Float(
        string="Times the usual rate",
        default=5.0,
        digits=(16, 2),
        help="How many times the usual rate a bad run has. The smaller, the longer it takes to tell.",
    )
    aftersales_alarm_limit = fields.Float(
        string="Limit of defects",
        digits=(16, 6),
        help="Above this rate there is an alarm, whatever is usual for the printer. Zero: no limit.",
    )

    @api.constrains("aftersales_alarm_base", "aftersales_alarm_ratio", "aftersales_alarm_limit")
    def _check_aftersales_alarm(self):
        for company in self:
            if not (
                0.0005 <= company.aftersales_alarm_base <= 0.1
                and 1.5 <= company.aftersales_alarm_ratio <= 20
                and 0 <= company.aftersales_alarm_limit < 1
            ):
                raise ValidationError(
                    self.env._(
                        "%s: the usual rate of defects lies between 0.05 and 10 percent, a bad run "
                        "has 1.5 to 20 times as many, and the limit is below 100 percent.",
                        company.display_name,
                    )
                )
