from odoo import models
from odoo.exceptions import UserError

FREIGHT_PAYERS = [
    ("reader", "The reader"),
    ("publisher", "We did"),
    ("platform", "The platform"),
    ("insurance", "Freight insurance"),
]


class AftersalesCaseLine(models.Model):
    """The amount, percentage and reason that a proposal is made with (R6.1, R6.5)."""

    _inherit = "aftersales.case.line"

    def _get_quantity_to_resolve(self, remedy, quantity=None):
        """Return the copies to propose the remedy for: those named, else all without a remedy."""
        self.ensure_one()
        if remedy.reimburses_freight:
            return 1.0  # a parcel, beside the remedy for its copies
        return self._get_unresolved_quantity() if quantity is None else quantity

    def _prepare_money_vals(self, remedy, options):
        """Return the values of a proposal that say how much is paid, and why.

        :param options: those of :meth:`action_propose`
        :raises UserError: naming what is missing, or does not fit the remedy
        """
        self.ensure_one()
        amount, percent = options.get("amount") or 0.0, options.get("percent") or 0.0
        names = {"case": self.ticket_id.number, "remedy": remedy.name}
        if not remedy.asks_amount:
            if amount or percent:
                raise UserError(
                    self.env._(
                        "Case %(case)s: “%(remedy)s” pays back the price of the copy, no amount of "
                        "its own. Choose a compensation to agree on an amount.",
                        **names,
                    )
                )
            return {}
        reason = (options.get("reason") or "").strip()
        if not reason:
            raise UserError(
                self.env._("Case %(case)s: say why the reader gets “%(remedy)s”.", **names)
            )
        if remedy.reimburses_freight:
            return self._prepare_freight_vals(amount, reason, options, names)
        if bool(amount) == bool(percent) or amount < 0 or not 0 <= percent < 100:
            raise UserError(
                self.env._(
                    "Case %(case)s: enter for “%(remedy)s” either an amount, or how many percent of "
                    "the price (above 0, below 100). To pay back the whole price, propose a refund.",
                    **names,
                )
            )
        return {"amount": amount, "credit_percent": percent, "credit_reason": reason}

    def _prepare_freight_vals(self, amount, reason, options, names):
        payer = options.get("freight_payer")
        if payer not in dict(FREIGHT_PAYERS):
            raise UserError(self.env._("Case %(case)s: say who paid the return postage.", **names))
        if payer == "reader" and amount <= 0:
            raise UserError(
                self.env._(
                    "Case %(case)s: enter the return postage that the reader proved to have paid.",
                    **names,
                )
            )
        if payer != "reader" and amount:
            raise UserError(
                self.env._(
                    "Case %(case)s: the reader did not pay the return postage, so nothing is "
                    "reimbursed. Leave the amount empty.",
                    **names,
                )
            )
        return {"amount": amount, "credit_reason": reason, "freight_payer": payer}

    # ------------------------------------------------------------------
    # Return postage
    # ------------------------------------------------------------------
    def _get_taking_back(self):
        """Return the decisions that are carried out and by which copies of these lines come back."""
        return self._get_live_resolutions().filtered(
            lambda r: any(e.kind == "return" and not e.is_cancelled for e in r.effect_ids)
        )

    def _get_returns(self):
        """Return the transfers by which copies of these lines come back, done ones included."""
        effects = self._get_taking_back().effect_ids.filtered(
            lambda e: e.kind == "return" and not e.is_cancelled
        )
        return effects.move_ids.filtered(lambda move: move.state != "cancel").picking_id

    def _get_last_invoice_line(self):
        """Return the last posted invoice line of the order line, which names payer and currency."""
        self.ensure_one()
        return self.sale_line_id.sudo()._get_posted_invoice_lines()[-1:]

    def _get_freight_invoice_lines(self):
        """Return what was invoiced as postage in the orders of these lines."""
        lines = self.sale_line_id.sudo().order_id.order_line
        return lines.filtered(lambda line: line._is_freight())._get_posted_invoice_lines()
