from odoo import api, models

LIMITS = "aftersales_credit_limits"


class AccountMoveLine(models.Model):
    """The invoice of a new edition takes its own credit of the credit note, no more (ADR 33)."""

    _inherit = "account.move.line"

    @api.model
    def _prepare_reconciliation_plan(self, plan, amls_values_map, shadowed_aml_values=None):
        """Show credit notes as lower than they are, as the context says.

        ``{(invoice id, credit note id): amount}`` in the credit note's currency
        """
        limits = self.env.context.get(LIMITS)
        if not limits:
            return super()._prepare_reconciliation_plan(plan, amls_values_map, shadowed_aml_values)
        hidden = self._hide_credit(plan["amls"], amls_values_map, limits)
        results = super()._prepare_reconciliation_plan(plan, amls_values_map, shadowed_aml_values)
        for (line, name), amount in hidden.items():
            amls_values_map[line][name] += amount
        return results

    @api.model
    def _hide_credit(self, lines, values_map, limits):
        """Lower what is open of these lines to their limits; return by how much."""
        hidden = {}
        for line in lines:
            pairs = [(move.id, line.move_id.id) for move in lines.move_id]
            for limit in (limits[pair] for pair in pairs if pair in limits):
                values = values_map[line]
                wanted = -max(0.0, limit)
                amount = values["amount_residual_currency"]
                if line.currency_id.compare_amounts(amount, wanted) >= 0:
                    continue
                balance = line.company_currency_id.round(
                    values["amount_residual"] * wanted / amount
                )
                hidden[line, "amount_residual_currency"] = amount - wanted
                hidden[line, "amount_residual"] = values["amount_residual"] - balance
                values.update({"amount_residual_currency": wanted, "amount_residual": balance})
        return hidden
