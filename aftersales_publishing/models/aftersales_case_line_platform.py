from odoo import models
from odoo.exceptions import UserError

from .aftersales_refund_allocation import CreditRequest


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

    def _get_payable_by_platform(self):
        """Return the live remedies with money that a platform's refund is for.

        What we paid ourselves stays as it is where other copies of the line are open.
        """
        paid = self._get_live_resolutions().filtered("remedy_id.credits")
        open_lines = self._get_open_for_platform()
        return paid - paid.filtered(lambda r: r.line_id in open_lines and r._is_paid_by_us())

    def _get_sold_currency(self):
        """Return the currency in which the copies were sold: of the invoice, the order, or ours."""
        self.ensure_one()
        sale_line = self.sale_line_id.sudo()
        invoiced = sale_line.invoice_lines.filtered(
            lambda line: line.parent_state == "posted" and line.move_type == "out_invoice"
        )
        return (
            invoiced.currency_id[:1] or sale_line.currency_id or self.company_id.sudo().currency_id
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

    def _get_unrefunded(self, currency):
        """Return what could still be paid back, by their invoices, for copies without a refund."""
        requests = []
        for line in self:
            refunds = line._get_live_resolutions().filtered(
                lambda r: r.remedy_id.credits and not r.remedy_id.asks_amount
            )
            requests.append(
                CreditRequest(
                    line.sale_line_id,
                    line._get_quantity_in_stock_unit(
                        line.quantity - sum(refunds.mapped("quantity"))
                    ),
                    100.0,
                    line.volume_id,
                    (line.delivery_move_id, line.lot_id),
                    True,
                )
            )
        allocations = self.env["aftersales.refund"]._allocate(requests)
        shares = [share for own, _missing in allocations for share in own]
        return sum(share.gross for share in shares if share.invoice_line.currency_id == currency)

    # ------------------------------------------------------------------
    # Paid by the platform alone
    # ------------------------------------------------------------------
    def _check_no_live_resolution(self):
        if problems := self._get_platform_problems():
            raise UserError("\n".join(problems))
        return super()._check_no_live_resolution()

    def _get_platform_problems(self):
        """Say for which books the reader has the whole price from the platform alone."""
        records = self.env["aftersales.platform.refund"]._search_paying_whole(
            [("line_ids", "in", self.ids)]
        )
        return [
            self.env._(
                "Case %(case)s: “%(title)s” was paid in full by %(record)s, so nothing more is due "
                "for it. If that is wrong, undo that record first.",
                case=line.ticket_id.number,
                title=line._get_title(),
                record=record.display_name,
            )
            for record in records
            for line in record.line_ids & self
        ]
