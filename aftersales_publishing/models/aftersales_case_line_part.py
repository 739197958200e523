from odoo import models
from odoo.exceptions import UserError


class AftersalesCaseLine(models.Model):
    """Which part of the title a remedy sends (R6.1)."""

    _inherit = "aftersales.case.line"

    def _get_parts(self, remedy):
        """Return the parts of the title that the remedy can send, in their order."""
        self.ensure_one()
        return self.product_id.product_tmpl_id.aftersales_part_ids.filtered(
            lambda part: (
                remedy.part_kind in (False, part.kind) and remedy._has_kind(part._get_effect_kind())
            )
        )

    def _choose_part(self, remedy, part=None):
        """Return the part that is to be sent: the one named, else the only one there is.

        :param part: ``aftersales.title.part`` record or its id
        :raises UserError: when the title has none, several of which none is named, or another
        """
        self.ensure_one()
        Part = self.env["aftersales.title.part"]
        if not remedy.sends_part:
            return Part
        part = Part.browse(part) if isinstance(part, int) else part
        parts = self._get_parts(remedy)
        names = {
            "case": self.ticket_id.number,
            "remedy": remedy.name,
            "title": self.product_id.display_name,
        }
        if not parts:
            raise UserError(
                self.env._(
                    "Case %(case)s: “%(title)s” has nothing to send for “%(remedy)s”. Add a part "
                    "to the title (a manager does: Configuration, Parts to Send), or exchange the "
                    "copy.",
                    **names,
                )
            )
        if part and part not in parts:
            raise UserError(
                self.env._(
                    "Case %(case)s: “%(part)s” cannot be sent for “%(title)s” as “%(remedy)s”. "
                    "Choose one of: %(parts)s.",
                    part=part.display_name,
                    parts=", ".join(parts.mapped("name")),
                    **names,
                )
            )
        if not part and len(parts) > 1:
            raise UserError(
                self.env._(
                    "Case %(case)s: for “%(remedy)s” of “%(title)s”, choose which part: %(parts)s.",
                    parts=", ".join(parts.mapped("name")),
                    **names,
                )
            )
        return part or parts
