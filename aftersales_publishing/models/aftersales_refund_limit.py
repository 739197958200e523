from odoo import api, fields, models
from odoo.tools import ormcache

from .helpdesk_ticket import LEVELS


class AftersalesRefundLimit(models.Model):
    """Up to which amount agents refund alone on complaints of one level (R6.8).

    Where a level has none, the limit of the company holds; a user's own limit goes before both.
    """

    _name = "aftersales.refund.limit"
    _description = "Refund Limit of a Complaint Level"
    _order = "company_id, complaint_level"
    _rec_name = "complaint_level"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    complaint_level = fields.Selection(LEVELS, "Level", required=True, help="I is the gravest.")
    amount = fields.Monetary(
        "Refunds without finance up to",
        help="With tax, for all refunds of a case together. Zero: every refund needs approval.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    _level_once = models.UniqueIndex(
        "(company_id, complaint_level)",
        "This level has a limit already. Change that one.",
    )
    _amount_positive = models.Constraint(
        "CHECK(amount >= 0)", "A limit is an amount from zero upwards."
    )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    @api.model
    def _get_amount(self, company, level):
        """Return the agents' limit on complaints of a level, in the company's currency.

        :param level: key of ``complaint_level``, or none for the limit of the company
        """
        amount = self._get_amounts(company.id).get(level)
        return company.sudo().aftersales_refund_limit if amount is None else amount

    @api.model
    @ormcache("company_id")
    def _get_amounts(self, company_id):
        limits = self.sudo().search([("company_id", "=", company_id)])
        return {limit.complaint_level: limit.amount for limit in limits}
