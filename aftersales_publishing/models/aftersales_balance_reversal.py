from dataclasses import dataclass

from odoo import api, models


@dataclass
class Standing:
    """What of a credit line stands: its quantity in the unit of the line, net and gross amount."""

    quantity: float = 0.0
    net: float = 0.0
    gross: float = 0.0

    def take(self, other, share=1.0):
        """Lower these figures by a share of others."""
        self.quantity -= other.quantity * share
        self.net -= other.net * share
        self.gross -= other.gross * share


class AftersalesBalance(models.AbstractModel):
    """Credit notes that accounting took back in part, by an invoice that reverses them (I1)."""

    _inherit = "aftersales.balance"

    @api.model
    def _get_standing(self, credit_lines):
        """Return ``{credit line: Standing}``, less what posted reversals took back."""
        notes = credit_lines.move_id
        standing = self._get_charged(notes)
        for line in credit_lines.filtered("aftersales_origin_line_id"):
            standing[line].quantity = line._get_unrounded_quantity()
        for line, taken in self._get_charged(notes._get_posted_reversals()).items():
            self._take_back(line, taken, standing)
        return standing

    def _get_charged(self, documents):
        return {
            line: Standing(line.quantity, *amounts)
            for line, amounts in self._get_line_amounts(documents).items()
        }

    def _take_back(self, line, taken, standing):
        """Lower the credit lines that a line of a reversal is like, in their order.

        One that is like none, an amount typed by hand, lowers them all in proportion and takes
        no copies back.
        """
        credited = [
            credit for credit in standing if credit.move_id == line.move_id.reversed_entry_id
        ]
        alike = [credit for credit in credited if credit._is_same_sale(line)]
        if not alike or not taken.quantity:
            self._take_amounts_back(credited, taken, standing)
            return
        rest = taken.quantity
        for credit in alike:
            quantity = rest if credit == alike[-1] else min(rest, standing[credit].quantity)
            standing[credit].take(taken, quantity / taken.quantity)
            rest -= quantity

    def _take_amounts_back(self, credited, taken, standing):
        total = sum(standing[credit].gross for credit in credited)
        for credit in credited if total else ():
            share = standing[credit].gross / total
            standing[credit].take(Standing(0.0, taken.net, taken.gross), share)
