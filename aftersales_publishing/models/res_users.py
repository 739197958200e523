from odoo import fields, models


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

    def _get_aftersales_refund_limit(self, company, level=False):
        """Return up to which amount the user posts a refund alone, in the company's currency.

        :param level: of the complaint, where the company has limits by level (R6.8)
        """
        self.ensure_one()
        user_sudo = self.sudo()
        if not user_sudo.aftersales_own_refund_limit:
            return self.env["aftersales.refund.limit"]._get_amount(company, level)
        return user_sudo.company_id.currency_id._convert(
            user_sudo.aftersales_refund_limit,
            company.currency_id,
            company,
            fields.Date.context_today(self),
        )
