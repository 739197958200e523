from odoo import api, fields, models

OWN_LIMIT = {
    "aftersales_own_refund_limit",
    "aftersales_refund_limit",
    "aftersales_limit_company_id",
}


class ResUsers(models.Model):
    _inherit = "res.users"

    aftersales_own_refund_limit = fields.Boolean(
        string="Own refund limit",
        groups="aftersales_publishing.group_manager",
        help="This user posts refunds up to an amount of his own instead of the company's.",
    )
    aftersales_refund_limit = fields.Monetary(
        string="Refunds without finance up to",
        currency_field="aftersales_limit_currency_id",
        groups="aftersales_publishing.group_manager",
        help="In the currency of the user's default company on the day it is set. Zero: every refund needs approval.",
    )
    aftersales_limit_company_id = fields.Many2one(
        "res.company",
        string="Company of the refund limit",
        compute="_compute_aftersales_limit_company_id",
        store=True,
        groups="aftersales_publishing.group_manager",
    )
    aftersales_limit_currency_id = fields.Many2one(
        related="aftersales_limit_company_id.currency_id",
        string="Currency of the refund limit",
        groups="aftersales_publishing.group_manager",
    )

    # read once in a transaction and never kept for the next: what others cache of it meanwhile would
    # let whoever raises a limit use it at once (ADR 48)
    aftersales_own_changes = fields.Binary(
        "Own Changes of Limits",
        compute="_compute_aftersales_own_changes",
        exportable=False,
        groups=fields.NO_ACCESS,
        help="{limit: (amount before, company id)} of those changed last by the user, unconfirmed.",
    )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    def _compute_aftersales_own_changes(self):
        """Amounts are in the currency of the company in which the limit was changed."""
        Change = self.env["aftersales.limit.change"].sudo()
        by_user = Change.search([("user_id", "in", self.ids)]).grouped("user_id")
        for user in self:
            touched = by_user.get(user)
            user.aftersales_own_changes = touched._get_own(user) if touched else {}

    @api.depends("aftersales_own_refund_limit", "aftersales_refund_limit")
    def _compute_aftersales_limit_company_id(self):
        """Keep the company in whose currency the limit was set.

        It does not follow the default company: every user chooses that one for himself (ADR 38).
        """
        for user in self:
            user.aftersales_limit_company_id = user.company_id

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        users._log_own_limits({})
        return users

    def write(self, vals):
        if not OWN_LIMIT & vals.keys():
            return super().write(vals)
        before = {
            user: (user._get_own_refund_limit(), user.sudo().aftersales_limit_company_id)
            for user in self
        }
        result = super().write(vals)
        self._log_own_limits(before)
        return result

    def _log_own_limits(self, before):
        """Log what is another limit than ``before``, ``{user: (amount, company)}``."""
        Change = self.env["aftersales.limit.change"]
        changes = []
        for user in self:
            company = user.sudo().aftersales_limit_company_id
            amount, was_in = before.get(user, (None, company))
            amount = Change._convert_limit(amount, was_in, company)
            changes.append((company, False, user, amount, user._get_own_refund_limit()))
        Change._log("user", changes)

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    def _get_own_refund_limit(self):
        """Return the user's own limit in its company's currency, ``None`` without one."""
        user_sudo = self.sudo()
        own = user_sudo.aftersales_own_refund_limit
        return user_sudo.aftersales_refund_limit if own else None

    def _get_aftersales_refund_limit(self, company, level=False):
        """Return up to which amount the user posts a refund alone, in the company's currency.

        A limit that the user raised himself is not his own yet (ADR 38).

        :param level: of the complaint, where the company has limits by level (R6.8)
        """
        self.ensure_one()
        Change = self.env["aftersales.limit.change"]
        own_company = self.sudo().aftersales_limit_company_id
        is_own, before = Change._get_before(self, "user", own_company, user=self)
        amounts = [self._get_own_refund_limit(), *([before] if is_own else [])]
        general = None
        if None in amounts:
            general = self.env["aftersales.refund.limit"]._get_amount(company, level, self)
        return min(
            general if amount is None else Change._convert_limit(amount, own_company, company)
            for amount in amounts
        )
