from odoo import api, fields, models

from .aftersales_verdict_share import PARTIES


class AftersalesVerdictRuleShare(models.Model):
    """One party's share in the verdict that a rule proposes, in percent (R3.2)."""

    _name = "aftersales.verdict.rule.share"
    _description = "Proposed Share of Responsibility"
    _order = "percent desc, id"
    _rec_name = "party"

    rule_id = fields.Many2one(
        "aftersales.verdict.rule", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="rule_id.company_id", store=True)
    party = fields.Selection(PARTIES, required=True)
    percent = fields.Float(default=100.0, required=True, aggregator=None)

    _percent_range = models.Constraint(
        "CHECK(percent > 0 AND percent <= 100)", "A share is above 0 and at most 100 %."
    )

    @api.constrains("percent", "rule_id")
    def _check_total(self):
        """Check the sum, unless the rule is being saved with all its shares: it checks then."""
        if not self.env.context.get("aftersales_rule_checks"):
            self.rule_id._check_shares()

    def unlink(self):
        rules = self.rule_id
        result = super().unlink()
        if not self.env.context.get("aftersales_rule_checks"):
            rules.exists()._check_shares()
        return result
