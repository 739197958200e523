from odoo import api, fields, models
from odoo.exceptions import UserError

PARTIES = [
    ("publisher", "Publisher (editing)"),
    ("printer", "Printer"),
    ("binder", "Binder"),
    ("carrier", "Carrier"),
    ("warehouse", "Warehouse"),
    ("platform", "Sales platform"),
    ("reader", "Reader"),
    ("third_party", "Third party / pirated copy"),
    ("undetermined", "Undetermined"),
]


class AftersalesVerdictShare(models.Model):
    """One party's share of the responsibility, in percent (R3.1)."""

    _name = "aftersales.verdict.share"
    _description = "Share of Responsibility"
    _order = "percent desc, id"
    _rec_name = "party"

    verdict_id = fields.Many2one(
        "aftersales.verdict", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="verdict_id.company_id", store=True)
    party = fields.Selection(PARTIES, required=True)
    partner_id = fields.Many2one("res.partner", help="The printer, binder or carrier it is.")
    percent = fields.Float(default=100.0, required=True, aggregator=None)

    _percent_range = models.Constraint(
        "CHECK(percent > 0 AND percent <= 100)", "A share is above 0 and at most 100 %."
    )

    @api.onchange("party")
    def _onchange_party(self):
        """Name the printer or binder of the delivered print run."""
        self.partner_id = self.verdict_id.line_id._get_party_partner(self.party)

    @api.model_create_multi
    def create(self, vals_list):
        """Made with the verdict only, which works on ``sudo()`` and checks the sum."""
        if not self.env.su:
            self._refuse_change()
        return super().create(vals_list)

    def write(self, vals):  # pylint: disable=method-required-super
        self._refuse_change()

    def _refuse_change(self):
        raise UserError(
            self.env._(
                "A verdict is not changed. Judge the line again: the new verdict replaces it."
            )
        )
