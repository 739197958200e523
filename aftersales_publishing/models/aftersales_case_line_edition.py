from odoo import models


class AftersalesCaseLine(models.Model):
    """Which new edition a copy can be exchanged for, against the price difference (R6.1)."""

    _inherit = "aftersales.case.line"

    def _get_new_editions(self):
        """Return ``{line: newest edition of its title}``, empty where none is known."""
        newest = {}
        Edition = self.env["aftersales.next.edition"]
        for company, lines in self.grouped("company_id").items():
            by_title = Edition._get_newest(lines.product_id, company)
            newest.update({line: by_title.get(line.product_id) for line in lines})
        return newest

    def _prepare_money_vals(self, remedy, options):
        vals = super()._prepare_money_vals(remedy, options)
        if remedy.sells_edition:
            newest = self._get_new_editions()[self]
            vals["edition_product_id"] = newest.id if newest else False
        return vals

    def _fits_copy(self, remedy):
        fits = super()._fits_copy(remedy)
        if not fits or not remedy.sells_edition:
            return fits
        newest = self._get_new_editions()
        return all(newest[line] and not line._get_edition_problems(remedy) for line in self)

    def _get_edition_problems(self, remedy):
        """Say why the new edition cannot be sold against the credit for this copy."""
        self.ensure_one()
        names = {
            "case": self.ticket_id.number,
            "remedy": remedy.name,
            "title": self._get_title(),
        }
        if self.bought_elsewhere or not self.sale_line_id:
            return [
                self.env._(
                    "Case %(case)s: “%(remedy)s” credits what was paid in an order of ours, and "
                    "“%(title)s” was not bought in one. Exchange it instead.",
                    **names,
                )
            ]
        if self.ticket_id.platform_order_ref:
            return [
                self.env._(
                    "Case %(case)s: “%(title)s” was bought on a platform, which took the money, so "
                    "“%(remedy)s” cannot set it off. Exchange the copy, or have it refunded.",
                    **names,
                )
            ]
        if self.volume_id or self.sent_product_id:
            return [
                self.env._(
                    "Case %(case)s: “%(remedy)s” is for a whole copy of what was ordered. Exchange "
                    "or refund “%(title)s” instead.",
                    **names,
                )
            ]
        newest = self._get_new_editions()[self]
        if newest and self.env["aftersales.next.edition"]._is_kit(newest):
            return [
                self.env._(
                    "Case %(case)s: “%(next)s”, the next edition of “%(title)s”, is a kit, which "
                    "leaves in parts. Refund the copy, and sell the set by an order of its own.",
                    next=newest.display_name,
                    **names,
                )
            ]
        if not newest:
            return [
                self.env._(
                    "Case %(case)s: no next edition of “%(title)s” that can be sold is known. Let a "
                    "manager name it (Configuration, Next Editions), or propose another remedy.",
                    **names,
                )
            ]
        return []
