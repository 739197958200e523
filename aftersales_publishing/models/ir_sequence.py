from odoo import api, models
from odoo.tools import SQL


class IrSequence(models.Model):
    _inherit = "ir.sequence"

    @api.model
    def _number(self, code, field, vals_list, company_ids):
        """Number records to be created, those of a company together.

        :param code: of the sequence
        :param field: which value gets the number, where it has none
        :param company_ids: for each of ``vals_list``
        """
        groups = {}
        for vals, company_id in zip(vals_list, company_ids, strict=True):
            if vals.get(field, "/") == "/":
                groups.setdefault(company_id, []).append(vals)
        for company_id, group in groups.items():
            numbers = self.with_company(company_id)._next_by_code(code, len(group))
            for vals, number in zip(group, numbers, strict=True):
                vals[field] = number

    @api.model
    def _next_by_code(self, code, count):
        """Return ``count`` numbers as ``next_by_code`` would, drawn together where possible."""
        sequence = self.search_fetch(
            [("code", "=", code), ("company_id", "in", [self.env.company.id, False])],
            order="company_id",
            limit=1,
        )
        if not sequence:
            return ["/"] * count
        if sequence.implementation != "standard" or sequence.use_date_range:
            return [sequence._next() for _place in range(count)]
        name = f"ir_sequence_{sequence.id:03d}"
        draw = SQL("SELECT nextval(%s) FROM generate_series(1, %s)", name, count)
        return [sequence.get_next_char(number) for (number,) in self.env.execute_query(draw)]
