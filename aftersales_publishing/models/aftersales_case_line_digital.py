import math

from odoo import fields, models
from odoo.exceptions import UserError


class AftersalesCaseLine(models.Model):
    """Which e-book or code a remedy sends, and which dead code it replaces (R6.1, R2.2)."""

    _inherit = "aftersales.case.line"

    dead_codes = fields.Text(
        groups="aftersales_publishing.group_agent,aftersales_publishing.group_auditor",
        help="Access codes that do not work, as the reader reads them, one a line. Each is voided "
        "when a new code is given, and replaced once.",
    )

    def _get_dead_codes(self):
        """Return the codes complained of, without empty lines and repetitions."""
        self.ensure_one()
        lines = (self.sudo().dead_codes or "").splitlines()
        return list(dict.fromkeys(line.strip() for line in lines if line.strip()))

    def _get_whole_copies(self, quantity):
        """Return the copies of a quantity of the line: a code is never given in part."""
        return math.ceil(round(self._get_quantity_in_stock_unit(quantity), 6))

    def _get_proven_copies(self):
        """Return how many copies the order names, in the product's unit; one without an order."""
        self.ensure_one()
        sale_line = self.sale_line_id.sudo()
        if not sale_line:
            return 1.0
        return sale_line.product_uom_id._compute_quantity(
            sale_line.product_uom_qty, sale_line.product_id.uom_id, round=False
        )

    def _get_digital(self, remedy):
        """Return what of the title the remedy sends, if there is any."""
        self.ensure_one()
        title = self.product_id.product_tmpl_id
        found = title.sudo().aftersales_digital_ids.filtered(
            lambda digital: digital.kind == remedy.digital_kind
        )
        return found[:1].with_env(self.env)

    def _can_send_digital(self, remedy):
        """Whether the rest of the line can get it now: the pool is not empty."""
        digital = self._get_digital(remedy)
        rest = self._get_whole_copies(self._get_unresolved_quantity())
        return bool(digital) and digital._can_give(max(1, rest))

    def _choose_digital(self, remedy):
        """Return what the remedy sends for this line.

        :raises UserError: when the title has none
        """
        self.ensure_one()
        if not remedy.sends_digital:
            return self.env["aftersales.digital"]
        digital = self._get_digital(remedy)
        if not digital:
            kinds = dict(remedy._fields["digital_kind"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "Case %(case)s: “%(title)s” has nothing to send for “%(remedy)s” (%(kind)s). "
                    "Add it to the title (a manager does: Configuration, E-books and Codes), or "
                    "propose another remedy.",
                    case=self.ticket_id.number,
                    title=self.product_id.display_name,
                    remedy=remedy.name,
                    kind=kinds.get(remedy.digital_kind, "—"),
                )
            )
        return digital
