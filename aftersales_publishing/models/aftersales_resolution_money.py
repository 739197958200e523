from odoo import fields, models
from odoo.tools import format_amount


class AftersalesResolution(models.Model):
    """A part of the price for copies that the reader keeps (R6.1)."""

    _inherit = "aftersales.resolution"

    credit_percent = fields.Float(
        "Percent of the Price",
        digits=(5, 2),
        help="Of what was paid for the copies, where the reader was offered a percentage.",
    )
    credit_reason = fields.Char("Reason", help="Why the reader gets this amount.")

    def _get_amount_problems(self, shares):
        """Say why the agreed amount cannot be paid: too much for the copies, or for their invoice.

        :param shares: the amount as it fits the invoice lines, see ``aftersales.refund._allocate``
        """
        self.ensure_one()
        currency = shares[0].invoice_line.currency_id
        price = sum(share.price for share in shares)
        wanted = self.amount or sum(
            currency.round(share.price * self.credit_percent / 100.0) for share in shares
        )
        left = sum(share.gross for share in shares)
        names = {
            "case": self.line_id.ticket_id.number,
            "quantity": self.quantity,
            "title": self.line_id._get_title(),
            "amount": format_amount(self.env, wanted, currency),
            "price": format_amount(self.env, price, currency),
            "left": format_amount(self.env, left, currency),
        }
        if currency.compare_amounts(wanted, price) >= 0:
            return [
                self.env._(
                    "Case %(case)s: %(amount)s is the whole price of %(quantity)g × “%(title)s” "
                    "(%(price)s) or more. Agree on less, or propose to refund it without return.",
                    **names,
                )
            ]
        if currency.is_zero(wanted):
            return [
                self.env._(
                    "Case %(case)s: for %(quantity)g × “%(title)s” (%(price)s) this comes to nothing. "
                    "Agree on more.",
                    **names,
                )
            ]
        if currency.compare_amounts(wanted, left) > 0:
            return [
                self.env._(
                    "Case %(case)s: of the price of %(quantity)g × “%(title)s” only %(left)s can "
                    "still be paid back, not %(amount)s: the rest was credited already. Agree on "
                    "less, or look at the credit notes of the order.",
                    **names,
                )
            ]
        return []

    def _get_amount_note(self, shares):
        """Tell what the agreed amount means, tax included, and what stays of the price."""
        self.ensure_one()
        currency = shares[0].invoice_line.currency_id
        gross, price = sum(s.gross for s in shares), sum(s.price for s in shares)
        return self.env._(
            "%(amount)s back (%(tax)s of it tax) for %(quantity)g × “%(title)s”, which cost %(price)s. "
            "Invoice %(invoices)s.",
            amount=format_amount(self.env, gross, currency),
            tax=format_amount(self.env, gross - sum(s.net for s in shares), currency),
            quantity=self.quantity,
            title=self.line_id._get_title(),
            price=format_amount(self.env, price, currency),
            invoices=", ".join(s.invoice_line.move_id.name for s in shares),
        )

    def _get_nothing_left_message(self):
        line = self.line_id
        return self.env._(
            "Case %(case)s: what was paid for “%(title)s” of order %(order)s was paid back already, "
            "so nothing is left to refund. Exchange it instead.",
            case=line.ticket_id.number,
            title=line._get_title(),
            order=line.sale_line_id.order_id.name,
        )
