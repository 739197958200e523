from odoo import models
from odoo.exceptions import UserError


class StockPicking(models.Model):
    """What is printed when a parcel is received: acceptance slip and defect labels (R6.6)."""

    _inherit = "stock.picking"

    def _get_aftersales_inspections(self):
        """Return what was found in the parcel, in the order in which it was received."""
        return self.env["aftersales.inspection"].search(
            [("move_line_id.picking_id", "in", self.ids)], order="id"
        )

    def _get_aftersales_waybills(self):
        return ", ".join(self.sudo().aftersales_ticket_ids.waybill_ids.mapped("number"))

    def _get_aftersales_strays(self):
        """Return the copies that lay in the parcel and were not expected."""
        return self.env["aftersales.stray.parcel"].search([("picking_id", "in", self.ids)])

    def action_print_aftersales_acceptance(self):
        """Print what came in the parcel and what the inspection found.

        :raises UserError: when nothing of it was received as a return of a case
        """
        inspections = self._get_aftersales_inspections()
        inspections._check_role("agent", "warehouse", "manager", "auditor")
        if not inspections:
            raise UserError(
                self.env._(
                    "%s: nothing was received as a return of a case. Receive the parcel first.",
                    ", ".join(self.mapped("name")),
                )
            )
        report = self.env.ref("aftersales_publishing.aftersales_acceptance_report")
        return report.report_action(inspections.picking_id, config=False)

    def action_print_aftersales_labels(self):
        """Print a label for each copy of the parcel that is put aside."""
        return self._get_aftersales_inspections().action_print_labels()
