from odoo import models
from odoo.exceptions import UserError

SHELVES = ("restock", "hurt")


class AftersalesInspection(models.Model):
    """Pirated copies never get on a shelf (R3.2)."""

    _inherit = "aftersales.inspection"

    def _put_away(self):
        """Refuse to restock what is pirated, at the inspection and when it is corrected.

        :raises UserError: naming case and title
        """
        for inspection in self.filtered(lambda i: i.disposition in SHELVES):
            if inspection.grade == "pirated" or inspection.line_id.is_pirated:
                raise UserError(
                    self.env._(
                        "Case %(case)s: “%(title)s” is pirated and is not sold. Keep it in "
                        "quarantine as evidence, or have it pulped.",
                        case=inspection.ticket_id.number,
                        title=inspection.product_id.display_name,
                    )
                )
        return super()._put_away()
