from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_amount

from odoo.addons.aftersales_publishing.locking import lock_and_touch


class AftersalesEffect(models.Model):
    """Give store credit: a gift card of Odoo's own, mailed by its program (R6.1).

    The card is the fact. The copy itself is not consumed: it can still be exchanged (I1).
    """

    _inherit = "aftersales.effect"

    kind = fields.Selection(
        selection_add=[("store_credit", "Give store credit")],
        ondelete={"store_credit": lambda effects: effects._become_guidance()},
    )
    loyalty_card_ids = fields.One2many(
        "loyalty.card",
        "aftersales_effect_id",
        context={"active_test": False},
        groups="base.group_system",
    )

    @api.depends("loyalty_card_ids.active", "loyalty_card_ids.aftersales_used")
    def _compute_progress(self):
        return super()._compute_progress()

    # ------------------------------------------------------------------
    # Give
    # ------------------------------------------------------------------
    def _post_store_credit(self):
        """Issue a gift card for each remedy; who has one gets no second."""
        new = self.filtered(lambda e: not e.loyalty_card_ids.filtered("active"))
        cards = self.env["loyalty.card"].create([e._prepare_card_vals() for e in new])
        self.env["loyalty.history"].create(
            [
                {
                    "card_id": card.id,
                    "issued": card.points,
                    "description": effect._get_credit_description(),
                }
                for effect, card in zip(new, cards, strict=True)
            ]
        )
        new.posted_at = fields.Datetime.now()
        self.env["aftersales.event"]._log(
            "store_credit_given", new, {e: e._format_credit(e._get_credit()) for e in new}
        )

    def _prepare_card_vals(self):
        self.ensure_one()
        resolution = self.resolution_id
        days = self.company_id.aftersales_credit_days
        today = fields.Date.context_today(self)
        return {
            "program_id": resolution.store_credit_program_id.id,
            "partner_id": self.ticket_id.partner_id.id,
            "points": resolution.store_credit,
            "expiration_date": today + timedelta(days=days) if days else False,
            "aftersales_effect_id": self.id,
        }

    def _get_credit_description(self):
        reason = self.resolution_id.store_credit_reason
        number = self.ticket_id.number
        return f"{number}: {reason}" if reason else number

    def _get_credit(self):
        return self.resolution_id.store_credit

    def _format_credit(self, amount):
        return format_amount(self.env, amount, self.resolution_id.store_credit_currency_id)

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------
    def _get_store_credit_planned(self):
        return self._get_store_credit_done()

    def _get_store_credit_done(self):
        """All of it, while the reader has the card or has used some of it."""
        return self.quantity if self._get_standing_cards() else 0.0

    def _get_standing_cards(self):
        return self.loyalty_card_ids.filtered(lambda card: card.active or card.aftersales_used)

    # ------------------------------------------------------------------
    # Undo
    # ------------------------------------------------------------------
    def _has_posted_document(self):
        if self.kind == "store_credit":
            return bool(self._get_standing_cards())
        return super()._has_posted_document()

    def _was_sent_in_vain(self):
        return super()._was_sent_in_vain() or (self.kind == "store_credit" and bool(self.posted_at))

    def _do_withdraw_credit(self, reason):
        """Take what is left off the cards; note on the case what was used, and where."""
        cards = self.loyalty_card_ids.filtered("active")
        lock_and_touch(cards)
        orders = cards._get_orders_of_use()
        notes = {}
        for card in cards:
            effect = card.aftersales_effect_id
            left, used = card.points, max(0.0, effect._get_credit() - card.points)
            notes[effect] = effect._get_withdrawal_note(left, used, orders.get(card), reason)
            card.with_context(loyalty_no_mail=True).write(
                {"points": 0.0, "active": False, "aftersales_used": used}
            )
        self.env["loyalty.history"].create(
            [
                {
                    "card_id": effect.loyalty_card_ids.filtered(lambda c: c in cards).id,
                    "used": left,
                    "description": note,
                }
                for effect, (left, note) in notes.items()
                if left
            ]
        )
        self.env["aftersales.event"]._log(
            "store_credit_withdrawn",
            self.browse().concat(*notes),
            {effect: note for effect, (_left, note) in notes.items()},
        )

    def _get_withdrawal_note(self, left, used, orders, reason):
        """Return ``(amount withdrawn, text)``."""
        self.ensure_one()
        note = self.env._("%s withdrawn", self._format_credit(left))
        if used:
            note = self.env._(
                "%(withdrawn)s, %(used)s used in %(orders)s",
                withdrawn=note,
                used=self._format_credit(used),
                orders=", ".join(orders.mapped("name")) if orders else "—",
            )
        return left, f"{note}: {reason}" if reason else note

    def _become_guidance(self):
        """Keep the history when the add-on goes: what was given stays done, or cancelled."""
        self.sudo().write({"kind": "guidance"})
