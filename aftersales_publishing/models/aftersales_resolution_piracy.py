from odoo import models


class AftersalesResolution(models.Model):
    """A copy that may be pirated is judged before it gets a remedy (R3.2)."""

    _inherit = "aftersales.resolution"

    def _get_line_problems(self):
        problems = super()._get_line_problems()
        line = self.line_id
        if (
            self.state == "proposed"
            and not self._is_refusal()
            and self._needs_eligibility()
            and line.page_unknown
            and not line.verdict_id
            and not self.platform_refund_id
        ):
            problems.append(
                self.env._(
                    "Case %(case)s: no print run of ours has the copyright page of “%(title)s”, so "
                    "the copy may be pirated. Compare it with the photo, correct the page or judge "
                    "who is responsible; then propose a remedy.",
                    case=self.ticket_id.number,
                    title=line._get_title(),
                )
            )
        return problems
