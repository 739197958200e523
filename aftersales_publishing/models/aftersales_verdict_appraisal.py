from odoo import api, models


class AftersalesVerdict(models.Model):
    """The verdict of print quality answers the appraisal that was asked for (R3.4)."""

    _inherit = "aftersales.verdict"

    @api.model_create_multi
    def create(self, vals_list):
        verdicts = super().create(vals_list)
        if self.env.user.has_group("aftersales_publishing.group_print_quality"):
            for verdict in verdicts.sudo():
                appraisals = verdict.line_id.enquiry_ids.filtered(
                    lambda e: e.kind == "appraisal" and e.state == "open"
                )
                if appraisals:
                    appraisals._end(
                        "answered", "answered", f"{verdict.display_name}: {verdict.reason}"
                    )
        return verdicts
