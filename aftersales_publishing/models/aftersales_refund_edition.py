from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

STANDING = ("posted", "settled")


class AftersalesRefund(models.Model):
    """A credit that is set off against the order of a new edition, not paid out (ADR 33).

    While that order lives, what it takes of the credit note is held: the refund counts as settled,
    or only the rest of it is to pay. The order's invoice takes it natively.
    """

    _inherit = "aftersales.refund"

    for_edition = fields.Boolean(
        "For the New Edition",
        copy=False,
        help="Set off against the order of the new edition; only what is left is paid out.",
    )
    edition_order_ids = fields.One2many(
        "sale.order", "aftersales_refund_id", "Orders of the New Edition"
    )
    set_off_note = fields.Char(
        compute="_compute_set_off_note",
        compute_sudo=True,
        help="What the order of the new edition takes of the credit.",
    )

    # ------------------------------------------------------------------
    # State
    # ------------------------------------------------------------------
    @api.depends(
        "for_edition",
        "edition_order_ids.state",
        "edition_order_ids.amount_total",
        "edition_order_ids.aftersales_credit",
        "edition_order_ids.aftersales_payment_ids.state",
        "edition_order_ids.aftersales_payment_ids.is_reconciled",
        "edition_order_ids.order_line.untaxed_amount_invoiced",
    )
    def _compute_state(self):
        return super()._compute_state()

    def _get_state(self):
        state = super()._get_state()
        if state != "posted" or not self.for_edition:
            return state
        held = self._get_held_amount()
        left = self.credit_note_id.amount_residual - held
        is_held = self.currency_id.compare_amounts(held, 0.0) > 0
        return "settled" if is_held and self.currency_id.is_zero(left) else state

    def _get_held_amount(self):
        """Return what of the open credit is meant for orders that live, and not set off yet."""
        self.ensure_one()
        planned = sum(order._get_credit_to_set_off() for order in self._get_live_editions())
        return min(planned, max(0.0, self.credit_note_id.amount_residual))

    def _get_free_credit(self, order):
        """Return what of the credit ``order`` can count on.

        What a standing credit note has open, less what providers are to refund or have refunded
        and is not booked yet, and less what other orders hold.
        """
        self.ensure_one()
        note = self._get_open_credit_note()
        others = self._get_live_editions() - order
        held = sum(other._get_credit_to_set_off() for other in others)
        free = note.amount_residual - self._get_amount_at_providers() - held
        return max(0.0, self.currency_id.round(free))

    def _get_live_editions(self):
        return self.edition_order_ids.filtered(lambda order: order.state != "cancel")

    def _funds_edition(self):
        """Whether the credit stands and is there for the new edition, or was used for it."""
        self.ensure_one()
        note = self.credit_note_id
        if not note or not note._is_standing_credit():
            return False
        if self._get_live_editions():
            return True
        is_over = self.on_account or self.line_ids._get_edition_copies() <= 0
        return self.state in STANDING and not is_over

    def _take_freed_off_account(self):
        """Have paid what an order that ended took of credits kept on account in part.

        What was to stay, and why, is told once more: finance decides anew.
        """
        kept = self.filtered("on_account")
        if kept:
            notes = {refund: refund.on_account_note or "" for refund in kept}
            kept.write({"on_account": False, "on_account_note": False})
            self.env["aftersales.event"]._log("taken_off_account", kept, notes)

    @api.depends("edition_order_ids.state", "edition_order_ids.aftersales_credit")
    def _compute_set_off_note(self):
        for refund in self:
            live = refund._get_live_editions()
            refund.set_off_note = "; ".join(
                self.env._(
                    "%(amount)s for order %(order)s",
                    amount=format_amount(self.env, order.aftersales_credit, order.currency_id),
                    order=order.name,
                )
                for order in live
            )

    # ------------------------------------------------------------------
    # Request: apart from what is paid out
    # ------------------------------------------------------------------
    def _get_request_key(self):
        return (*super()._get_request_key(), self.for_edition)

    @api.model
    def _prepare_request_key(self, effect, share):
        key = super()._prepare_request_key(effect, share)
        return (*key, effect.resolution_id.remedy_id.sells_edition and effect.kind == "credit")

    @api.model
    def _prepare_vals(self, *key):
        *key, for_edition = key
        return {**super()._prepare_vals(*key), "for_edition": for_edition}

    # ------------------------------------------------------------------
    # Post: the credit and the order of the new edition are one
    # ------------------------------------------------------------------
    def _do_post(self):
        result = super()._do_post()
        effects = self.filtered("for_edition").line_ids.effect_id.resolution_id.effect_ids
        effects.filtered(lambda e: e.kind == "edition")._post_ready()
        return result

    # ------------------------------------------------------------------
    # Pay: never what the new edition takes
    # ------------------------------------------------------------------
    def _get_amount_to_pay(self):
        amount = super()._get_amount_to_pay()
        if not self.for_edition:
            return amount
        if self._get_open_credit_note():
            return self.currency_id.round(amount - self._get_held_amount())
        effects = self.line_ids.effect_id.resolution_id._get_edition_effects()
        price = sum(effects.resolution_id.mapped("edition_amount"))
        return max(0.0, self.currency_id.round(amount - price))

    def _prepare_payment_vals(self):
        vals = super()._prepare_payment_vals()
        if self.for_edition:
            vals["amount"] = self._get_amount_to_pay()
        return vals

    def _describe_payout(self, shares, wanted):
        """Before the rest, say what is not paid out."""
        text = super()._describe_payout(shares, wanted)
        if not self.for_edition or not self.line_ids.effect_id.resolution_id._get_edition_effects():
            return text
        kept = self.env._("set off against the new edition")
        return self.env._("%(first)s, then %(then)s", first=kept, then=text) if text else kept

    # ------------------------------------------------------------------
    # Facts
    # ------------------------------------------------------------------
    def _follow_editions(self):
        """Work the state out anew: an invoice of an order was paid, or is open again."""
        self.env.add_to_compute(self._fields["state"], self)

    # ------------------------------------------------------------------
    # Undo
    # ------------------------------------------------------------------
    def action_reverse(self, reason):
        """Undo refunds; not while an order of the new edition counts on the credit.

        :raises UserError: naming the order
        """
        self._check_role("finance")
        self.sudo()._check_no_edition()
        return super().action_reverse(reason)

    def _check_not_posted(self):
        """Nor is a credit refused or withdrawn that accounting reset while its order lives."""
        result = super()._check_not_posted()
        self._check_no_edition()
        return result

    def _check_no_edition(self):
        for refund in self:
            if live := refund._get_live_editions():
                raise UserError(
                    self.env._(
                        "Refund %(refund)s of case %(case)s is set off against order %(orders)s of "
                        "the new edition. Have the agent end that sale first (“Refund Instead”); "
                        "what was delivered comes back in a case of its own.",
                        refund=refund.number,
                        case=refund.ticket_id.number,
                        orders=", ".join(live.mapped("name")),
                    )
                )

    def _on_changed(self, before):
        """Who got the money gets no new edition for it: nothing more is offered (R6.4)."""
        result = super()._on_changed(before)
        gone = self.filtered(
            lambda r: r.for_edition and r.state in ("paid", "settled") and not r._funds_edition()
        )
        effects = gone.line_ids.effect_id.resolution_id._get_edition_effects()
        effects.filtered(lambda e: not e._get_open_quantity())._end_edition()
        return result
