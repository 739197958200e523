from odoo import models
from odoo.exceptions import UserError


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _update_uom(self, to_uom_id):
        """Relabel case lines as Odoo relabels orders and deliveries when the unit is corrected.

        :raises UserError: naming a case whose line counts in another unit than the title
        """
        lines = self.env["aftersales.case.line"].sudo().search([("product_id", "in", self.ids)])
        for line in lines:
            unit = line.product_id.product_tmpl_id.uom_id  # the variant has the new one already
            if line.product_uom_id != unit:
                raise UserError(
                    self.env._(
                        "Case %(case)s counts “%(title)s” in %(line_unit)s, not in %(unit)s: the "
                        "unit of the title cannot be changed any more. Correct the line of the "
                        "case, or archive the title and create a new one.",
                        case=line.ticket_id.number,
                        title=line.product_id.display_name,
                        line_unit=line.product_uom_id.name,
                        unit=unit.name,
                    )
                )
        lines._relabel_unit(to_uom_id)
        return super()._update_uom(to_uom_id)
