from odoo import fields, models


class AftersalesEffect(models.Model):
    """Give a coupon: a card of Odoo's own with a code, mailed by its program (R6.1, ADR 29).

    The card is the fact. The copy itself is not consumed (I1).
    """

    _inherit = "aftersales.effect"

    kind = fields.Selection(
        selection_add=[("coupon", "Give a coupon")],
        ondelete={"coupon": lambda effects: effects._become_guidance()},
    )

    # ------------------------------------------------------------------
    # Give
    # ------------------------------------------------------------------
    def _post_coupon(self):
        """Issue one coupon for each remedy; who has one gets no second."""
        new = self.filtered(lambda e: not e.loyalty_card_ids.filtered("active"))
        cards = self.env["loyalty.card"].create([e._prepare_coupon_vals() for e in new])
        self.env["loyalty.history"].create(
            [
                {
                    "card_id": card.id,
                    "issued": card.points,
                    "description": card.aftersales_effect_id.ticket_id.number,
                }
                for card in cards
            ]
        )
        new.posted_at = fields.Datetime.now()
        self.env["aftersales.event"]._log(
            "coupon_given", new, {e: e.resolution_id.coupon_program_id.display_name for e in new}
        )

    def _prepare_coupon_vals(self):
        self.ensure_one()
        program = self.resolution_id.coupon_program_id
        return {
            "program_id": program.id,
            "partner_id": self.ticket_id.partner_id.id,
            "points": program._get_aftersales_points(),
            "expiration_date": program._get_aftersales_expiry(self.company_id),
            "aftersales_effect_id": self.id,
        }

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------
    def _get_coupon_planned(self):
        return self._get_coupon_done()

    def _get_coupon_done(self):
        return self.quantity if self._get_standing_cards() else 0.0

    # ------------------------------------------------------------------
    # Undo
    # ------------------------------------------------------------------
    def _has_posted_document(self):
        if self.kind == "coupon":
            return bool(self._get_standing_cards())
        return super()._has_posted_document()

    def _was_sent_in_vain(self):
        return super()._was_sent_in_vain() or (self.kind == "coupon" and bool(self.posted_at))

    def _do_void_coupon(self, reason):
        """Take the points off unused coupons and archive them. Under the lock of the cards."""
        effects = self.filtered(lambda e: e.kind == "coupon")
        cards = effects.loyalty_card_ids.filtered("active")
        self.env["loyalty.history"].create(
            [{"card_id": c.id, "used": c.points, "description": reason or ""} for c in cards]
        )
        cards.with_context(loyalty_no_mail=True).write({"points": 0.0, "active": False})
        self.env["aftersales.event"]._log("coupon_voided", cards.aftersales_effect_id, reason)
