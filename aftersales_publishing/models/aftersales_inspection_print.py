from math import ceil

from odoo import models
from odoo.exceptions import UserError

PUT_ASIDE = ("quarantine", "hurt", "pulp", "repair")


class AftersalesInspection(models.Model):
    """Defect labels: one for each copy that is put aside, not sold as new (R6.6)."""

    _inherit = "aftersales.inspection"

    def _get_labelled(self):
        """Return those of which every copy gets a label."""
        return self.filtered(lambda i: i.state == "done" and i.disposition in PUT_ASIDE)

    def _get_label_count(self):
        self.ensure_one()
        return ceil(self.quantity)

    def action_print_labels(self):
        """Print a label for each copy that is put aside.

        :raises UserError: when all copies went back on the shelf, or wait for inspection
        """
        self._check_role("warehouse", "manager")
        labelled = self._get_labelled()
        if not labelled:
            raise UserError(
                self.env._(
                    "No copy was put aside, so none needs a label: all went back on the shelf, or "
                    "wait for inspection."
                )
            )
        report = self.env.ref("aftersales_publishing.aftersales_defect_label_report")
        return report.report_action(labelled, config=False)
