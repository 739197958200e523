from odoo import models


class StockLocation(models.Model):
    """Where copies lie that belong to readers and are repaired (R6.1)."""

    _inherit = "stock.location"

    def _get_aftersales_repairs(self):
        """Return the neighbour of a quarantine for readers' copies, made where it is missing.

        The copies carry their owner, which average and standard cost leave out; first in, first
        out does not, so the location is without value too.
        """
        self.ensure_one()
        company = self.company_id
        return company._get_or_create_with_xmlid(
            f"aftersales_publishing.company_{company.id}_location_{self.id}_repairs",
            "stock.location",
            {
                "name": self.env._("%s, repairs", self.name),
                "usage": "internal",
                "location_id": False,
                "company_id": company.id,
                "aftersales_without_value": True,
            },
        )
