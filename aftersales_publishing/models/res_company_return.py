import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError

RETURN_DAYS = (
    "aftersales_return_days",
    "aftersales_remind_before",
    "aftersales_remind_after",
    "aftersales_expire_after",
)


class ResCompany(models.Model):
    """How long readers have to send copies back, and when they are reminded (R6.5)."""

    _inherit = "res.company"

    aftersales_return_days = fields.Integer(
        string="Days to send copies back",
        default=14,
        help="From the day the return is announced. Zero: there is no term.",
    )
    aftersales_remind_before = fields.Integer(
        string="Remind days before",
        default=3,
        help="Days before the term ends at which the reader is reminded. Zero: not before.",
    )
    aftersales_remind_after = fields.Integer(
        string="Remind days after",
        default=1,
        help="Days after the term ended at which the reader is reminded again. Zero: not after.",
    )
    aftersales_expire_after = fields.Integer(
        string="Days until the remedy expires",
        default=7,
        help="Days after the term ended at which a remedy of which nothing came back expires. "
        "Zero: never, the agent decides.",
    )

    @api.constrains(*RETURN_DAYS)
    def _check_aftersales_return_days(self):
        for company in self:
            if any(company[name] < 0 for name in RETURN_DAYS):
                raise ValidationError(
                    self.env._(
                        "%s: the days of the returns count from zero. Zero switches one off.",
                        company.display_name,
                    )
                )

    def _get_aftersales_today(self):
        """Return the day it is where the company is."""
        timezone = self._get_aftersales_timezone()
        return fields.Date.context_today(self.with_context(tz=timezone))

    def _get_aftersales_timezone(self):
        """Return the name of the time zone in which the days of claims and returns are counted.

        Of the company's contact, else of its country, never of whoever looks: two agents and the
        nightly jobs give a reader the same last day.
        """
        self.ensure_one()
        country = self.country_id.code
        return (
            self.partner_id.tz
            or next(iter(pytz.country_timezones.get(country or "", ())), None)
            or "UTC"
        )
