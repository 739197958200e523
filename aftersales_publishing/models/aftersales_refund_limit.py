from odoo import api, fields, models

from .helpdesk_ticket import LEVELS

CACHE = "aftersales.refund.limit"  # of the transaction: {company id: {level: amount}}


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
        self._forget_amounts()
        limits = super().create(vals_list)
        limits._log_changes({})
        return limits

    def write(self, vals):
        self._forget_amounts()
        before = {limit._get_key(): limit.amount for limit in self}
        result = super().write(vals)
        self._log_changes(before)
        return result

    def unlink(self):
        self._forget_amounts()
        before = {limit._get_key(): limit.amount for limit in self}
        result = super().unlink()
        self.browse()._log_changes(before)
        return result

    def _forget_amounts(self):
        self.env.cr.cache.pop(CACHE, None)

    def _get_key(self):
        self.ensure_one()
        return self.company_id, self.complaint_level

    def _log_changes(self, before):
        """Log what is another limit than ``before``, ``{(company, level): amount}``."""
        after = {limit._get_key(): limit.amount for limit in self}
        self.env["aftersales.limit.change"]._log(
            "level",
            [
                (company, level, None, before.get((company, level)), after.get((company, level)))
                for company, level in {**before, **after}
            ],
        )

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    @api.model
    def _get_amount(self, company, level, requester):
        """Return the requester's limit on complaints of a level, in the company's currency.

        :param level: key of ``complaint_level``, or none for the limit of the company
        """
        Change = self.env["aftersales.limit.change"]
        general = company.sudo().aftersales_refund_limit
        is_own, before = Change._get_before(requester, "company", company)
        if is_own:
            general = min(general, before)
        amount = self._get_amounts(company.id).get(level)
        is_own, before = Change._get_before(requester, "level", company, level)
        amounts = [amount, before] if is_own else [amount]
        return min(general if a is None else a for a in amounts)

    @api.model
    def _get_amounts(self, company_id):
        """Return ``{level: amount}``, read once in a transaction.

        Never kept for the next: a transaction with an older snapshot could fill such a cache with
        what somebody has changed since (ADR 48).
        """
        amounts = self.env.cr.cache.setdefault(CACHE, {})
        if company_id not in amounts:
            limits = self.sudo().search([("company_id", "=", company_id)])
            amounts[company_id] = {limit.complaint_level: limit.amount for limit in limits}
        return amounts[company_id]
