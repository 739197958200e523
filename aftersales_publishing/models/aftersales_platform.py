from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.platform_csv import Columns


class AftersalesPlatform(models.Model):
    """A sales platform that pays readers back itself, and how its statements read (R6.9)."""

    _name = "aftersales.platform"
    _description = "Sales Platform"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    journal_id = fields.Many2one(
        "account.journal",
        "Clearing Journal",
        required=True,
        domain="[('type', 'in', ('bank', 'cash'))]",
        check_company=True,
        ondelete="restrict",
        help="Bank or cash journal whose account shows what the platform owes us. What it pays "
        "back to readers for us is booked there.",
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    # Its statements
    number_column = fields.Char(
        "Column of the Refund Number",
        help="Title of the column in the statement that is downloaded from the platform.",
    )
    date_column = fields.Char("Column of the Date")
    amount_column = fields.Char("Column of the Amount", help="What we bear of the refund.")
    date_order = fields.Selection(
        [("ymd", "Year, month, day"), ("dmy", "Day, month, year"), ("mdy", "Month, day, year")],
        default="ymd",
        required=True,
        help="How dates are written; a year of four digits in front is always understood.",
    )
    refunds_negative = fields.Boolean(
        "Refunds Are Negative", help="The statement writes what goes back to readers with a minus."
    )

    _name_once = models.UniqueIndex(
        "(company_id, name)", "There is a platform of this name already. Change that one."
    )

    @api.depends("journal_id.currency_id", "company_id.currency_id")
    def _compute_currency_id(self):
        for platform in self:
            platform.currency_id = platform.journal_id.currency_id or (
                platform.company_id.currency_id
            )

    @api.constrains("journal_id", "company_id")
    def _check_clearing_journal(self):
        for platform in self.sudo():
            if platform.journal_id == platform.company_id.aftersales_payout_journal_id:
                raise ValidationError(
                    self.env._(
                        "Platform %(platform)s: %(journal)s is the journal from which readers are "
                        "paid back. Choose the journal of what the platform owes us.",
                        platform=platform.name,
                        journal=platform.journal_id.display_name,
                    )
                )

    def _get_columns(self):
        """Return how its statements read, or nothing while a column is not set."""
        self.ensure_one()
        titles = (self.number_column, self.date_column, self.amount_column)
        if not all(titles):
            return None
        return Columns(*map(str.strip, titles), self.date_order, self.refunds_negative)

    def _get_clearing_account(self):
        """Return the account against which refunds are booked: of the journal's way of paying, or
        the journal's own."""
        self.ensure_one()
        way = self.journal_id.outbound_payment_method_line_ids[:1]
        return way.payment_account_id or self.journal_id.default_account_id
