from odoo import models


class AftersalesResolution(models.Model):
    """What forbids a remedy for copies that are not eligible, and refusals (R1.6)."""

    _inherit = "aftersales.resolution"

    def _get_line_problems(self):
        """Add that copies are not eligible; of what was agreed once, it is not asked again."""
        problems = super()._get_line_problems()
        if self._is_refusal():
            if not (self.closing_reason or "").strip():
                problems.append(
                    self.env._(
                        "Case %s: say why the copies are refused, the reader is told. Use “Refuse "
                        "copies” on the book.",
                        self.ticket_id.number,
                    )
                )
        elif (
            self.state == "proposed"
            and self._needs_eligibility()
            and self.line_id.eligibility == "not"
            and not self.platform_refund_id  # what a platform paid has happened
        ):
            problems.append(
                self.env._(
                    "Case %(case)s: “%(title)s” is not eligible. %(reason)s Refuse it with this "
                    "reason, or ask a manager to let it through.",
                    case=self.ticket_id.number,
                    title=self.line_id._get_title(),
                    reason=self.line_id.eligibility_note,
                )
            )
        return problems

    def _is_refusal(self):
        """Whether it refuses the copies; once it is executed, its effects tell."""
        if self.effect_ids:
            return "refusal" in self.effect_ids.mapped("kind")
        return self.remedy_id._has_kind("refusal")

    def _needs_eligibility(self):
        """Whether the remedy gives something; an answer, or what was not sent yet, always goes."""
        remedy = self.remedy_id
        return bool(self.line_id) and not (
            remedy.concerns_undelivered or remedy._has_kind("guidance")
        )

    def _withdraw_refusals(self):
        """End the refusals: the copies are open again, what was refused stays readable."""
        refusals = self.filtered(lambda r: r.state in ("proposed", "agreed") and r._is_refusal())
        refusals.effect_ids._do_cancel()
        refusals.state = "refused"
