from odoo import api, fields, models


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
        help="In the currency of the user's default company. Zero: every refund needs approval.",
    )
    aftersales_limit_currency_id = fields.Many2one(
        related="company_id.currency_id",
        string="Currency of the refund limit",
        groups="aftersales_publishing.group_manager",
    )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        users._log_own_limits({})
        return users

    def write(self, vals):
        if not {"aftersales_own_refund_limit", "aftersales_refund_limit"} & vals.keys():
            return super().write(vals)
        before = {user: user._get_own_refund_limit() for user in self}
        result = super().write(vals)
        self._log_own_limits(before)
        return result

    def _log_own_limits(self, before):
        """Log what is another limit than ``before``, ``{user: amount}``."""
        limits = {user: user._get_own_refund_limit() for user in self}
        self.env["aftersales.limit.change"]._log(
            "user",
            [
                (user.sudo().company_id, False, user, before.get(user), amount)
                for user, amount in limits.items()
            ],
        )

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    def _get_own_refund_limit(self):
        """Return the user's own limit in the currency of his company, ``None`` without one."""
        user_sudo = self.sudo()
        own = user_sudo.aftersales_own_refund_limit
        return user_sudo.aftersales_refund_limit if own else None

    def _get_aftersales_refund_limit(self, company, level=False):
        """Return up to which amount the user posts a refund alone, in the company's currency.

        A limit that the user raised himself is not his own yet (ADR 38).

        :param level: of the complaint, where the company has limits by level (R6.8)
        """
        self.ensure_one()
        own_company = self.sudo().company_id
        is_own, before = self.env["aftersales.limit.change"]._get_before(
            self, "user", own_company, user=self
        )
        amounts = [self._get_own_refund_limit(), *([before] if is_own else [])]
        today = fields.Date.context_today(self)
        general = None
        if None in amounts:
            general = self.env["aftersales.refund.limit"]._get_amount(company, level, self)
        return min(
            general
            if amount is None
            else own_company.currency_id._convert(amount, company.currency_id, company, today)
            for amount in amounts
        )
