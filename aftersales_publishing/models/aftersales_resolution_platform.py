from odoo import fields, models
from odoo.exceptions import UserError

from .aftersales_refund import PENDING_STATES


class AftersalesResolution(models.Model):
    """A remedy with money that a sales platform paid, perhaps before the copy is back (R6.9)."""

    _inherit = "aftersales.resolution"

    platform_refund_id = fields.Many2one(
        "aftersales.platform.refund",
        "Paid by the Platform",
        index="btree_not_null",
        ondelete="restrict",
    )
    paid_ahead = fields.Boolean(
        help="Credited before the copy came: its return leaves the order as it is."
    )

    def _get_claim_problems(self):
        giving = self.filtered(lambda r: r.remedy_id.credits or r.remedy_id.ships)
        return super()._get_claim_problems() + giving.line_id._get_platform_problems()

    def _is_paid_by_us(self):
        """Whether the reader has the money of it, and not from a platform."""
        self.ensure_one()
        states = set(self.sudo().effect_ids.refund_line_ids.refund_id.mapped("state"))
        return (
            not self.platform_refund_id
            and self.progress == "done"
            and bool({"paid", "settled"} & states)
        )

    def _pay_by_platform(self, record):
        """Note on remedies decided here that the platform paid; credit what waits.

        :param record: ``aftersales.platform.refund``
        """
        for resolution in self:
            resolution._check_payable_by_platform()
        proposed = self.filtered(lambda r: r.state == "proposed")
        proposed._do_agree("platform", record.display_name)
        for resolution in self.filtered("remedy_id.takes_back"):
            if not resolution._get_received_quantity():
                resolution._set_paid_ahead(True)
        self._attach_refunds(record)
        self.platform_refund_id = record
        result = self._execute()
        if result is not True:
            raise UserError(result["params"]["message"])
        self._advance()

    def _check_payable_by_platform(self):
        self.ensure_one()
        names = {"resolution": self.display_name}
        if self.platform_refund_id:
            raise UserError(
                self.env._(
                    "%(resolution)s: %(record)s is recorded for it already.",
                    record=self.platform_refund_id.display_name,
                    **names,
                )
            )
        refunds = self.effect_ids.refund_line_ids.refund_id
        if paid := refunds.filtered(lambda r: r.state in ("paid", "settled")):
            raise UserError(
                self.env._(
                    "%(resolution)s: refund %(refund)s is paid or set off already, so the "
                    "platform's would be a second one. Undo that refund first, or have the "
                    "platform's money claimed back.",
                    refund=", ".join(paid.mapped("number")),
                    **names,
                )
            )
        received = self._get_received_quantity()
        returns = self.effect_ids.filtered(lambda e: e.kind == "return" and not e.is_cancelled)
        if received and returns._compare(received, sum(returns.mapped("quantity"))):
            raise UserError(
                self.env._(
                    "%(resolution)s: %(received)g copies came back, the rest did not. Finish with "
                    "those that came (“Finish with what was confirmed”) and add the rest to the "
                    "case as a line of its own; then record what the platform paid for both.",
                    received=received,
                    **names,
                )
            )

    def _get_received_quantity(self):
        """Return the copies that came back and are still here, in the product's unit."""
        returns = self.effect_ids.filtered(lambda e: e.kind == "return" and not e.is_cancelled)
        return sum(returns.mapped("quantity_done"))

    def _attach_refunds(self, record):
        """Let the platform's record take the refunds of these remedies, and no others' lines."""
        effects = self.effect_ids
        for refund in effects.refund_line_ids.refund_id:
            own = refund.line_ids.filtered(lambda line: line.effect_id in effects)
            if refund.state in ("refused", "cancelled"):
                continue
            if own != refund.line_ids and refund.decision in PENDING_STATES:
                own._do_cancel()  # asked for again below, in a refund of its own
            else:
                refund._attach_platform(record)

    def _set_paid_ahead(self, ahead):
        """Let announced returns leave the order as it is, or lower it again."""
        self.paid_ahead = ahead
        moves = self.effect_ids.move_ids.filtered(
            lambda m: (
                m.aftersales_effect_id.kind == "return"
                and m.state not in ("done", "cancel")
                and m.origin_returned_move_id
            )
        )
        moves.to_refund = not ahead

    def _release_platform(self):
        """Forget a record that was undone; what comes back now lowers the order again.

        What is credited anew is the price of the remedy, so its copies are claimed by it as before.
        """
        for resolution in self:
            if resolution.paid_ahead and not resolution._get_received_quantity():
                resolution._set_paid_ahead(False)
            credits = resolution.effect_ids.filtered(
                lambda e: e.kind == "credit" and not e.is_cancelled
            )
            anew = credits.filtered(lambda e: not e._get_live_refund_lines())
            anew.compensates_in_full = resolution._compensates_in_full()
        self.platform_refund_id = False

    def _do_give_up_rest(self, reason):
        """Copies that the platform paid and that never come are the reader's: claimed in full."""
        res = super()._do_give_up_rest(reason)
        if self.paid_ahead:
            credits = self.effect_ids.filtered(lambda e: e.kind == "credit" and not e.is_cancelled)
            credits.compensates_in_full = True
        return res
