from odoo import models
from odoo.exceptions import UserError


class AftersalesCaseLine(models.Model):
    """Copies of which a sales platform decided (R6.9)."""

    _inherit = "aftersales.case.line"

    def _get_open_for_platform(self):
        """Return the lines with copies that have no remedy, or that were refused."""
        return self.filtered(
            lambda line: (
                line._get_unresolved_quantity()
                or any(r._is_refusal() for r in line._get_live_resolutions())
            )
        )

    def _settle_by_platform(self, record, remedy):
        """Decide on copies that have no remedy as the platform did, and execute that.

        :param record: ``aftersales.platform.refund``
        :raises UserError: when anything of it cannot be done
        """
        vals_list = self._prepare_proposals(remedy)
        remedy = self.env["aftersales.remedy"]._get(remedy, self.company_id)
        for vals in vals_list:
            vals["platform_refund_id"] = record.id
            vals["paid_ahead"] = remedy.takes_back
        result = self.env["aftersales.resolution"]._settle(
            vals_list, "platform", record.display_name
        )
        if result is not True:
            raise UserError(result["params"]["message"])
