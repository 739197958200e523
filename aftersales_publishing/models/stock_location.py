from odoo import fields, models
from odoo.fields import Domain


class StockLocation(models.Model):
    """Quarantine of copies that never were in our books (R1.2)."""

    _inherit = "stock.location"

    aftersales_without_value = fields.Boolean(
        "Copies Without Value",
        help="What lies here is counted and not valued: copies that readers bought elsewhere and "
        "sent in, or that are repaired for them. No cost method gives them a value, and pulping them costs nothing.",
    )

    def _should_be_valued(self):
        return super()._should_be_valued() and not self.aftersales_without_value

    def _search_is_valued(self, operator, value):
        domain = super()._search_is_valued(operator, value)
        without = Domain("aftersales_without_value", "=", True)
        if (operator == "=") == bool(value):
            return domain & ~without
        return domain | without

    def _get_aftersales_without_value(self):
        """Return the neighbour of a quarantine for copies without value, made where it is missing.

        Not a part of it: what lies below a valued location counts at standard and FIFO cost.
        """
        self.ensure_one()
        company = self.company_id
        account = company.aftersales_customer_location_id.valuation_account_id
        return company._get_or_create_with_xmlid(
            f"aftersales_publishing.company_{company.id}_location_{self.id}_without_value",
            "stock.location",
            {
                "name": self.env._("%s, bought elsewhere", self.name),
                "usage": "internal",
                "location_id": False,
                "company_id": company.id,
                "aftersales_without_value": True,
                "valuation_account_id": account.id,
            },
        )
