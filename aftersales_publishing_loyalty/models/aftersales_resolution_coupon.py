from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.aftersales_publishing.locking import lock_and_touch

from .aftersales_resolution import SEEN_BY


class AftersalesResolution(models.Model):
    """Remedies that give a coupon: one for a case, of a program that managers offer (R6.1)."""

    _inherit = "aftersales.resolution"

    coupon_program_id = fields.Many2one(
        "loyalty.program", "Coupon", ondelete="restrict", groups=SEEN_BY
    )
    coupon_currency_id = fields.Many2one(
        related="coupon_program_id.currency_id", string="Currency of the Coupon"
    )
    coupon_value = fields.Monetary(
        "Worth",
        currency_field="coupon_currency_id",
        groups=SEEN_BY,
        help="Where the coupon has a fixed amount: it counts in the limits of refunds.",
    )
    coupon_code = fields.Char(
        compute="_compute_coupon",
        compute_sudo=True,
        groups="aftersales_publishing.group_agent",
    )
    coupon_valid_until = fields.Date(compute="_compute_coupon", compute_sudo=True, groups=SEEN_BY)
    coupon_use = fields.Char(
        "Coupon Used",
        compute="_compute_coupon",
        compute_sudo=True,
        groups=SEEN_BY,
        help="In which orders.",
    )
    can_void_coupon = fields.Boolean(compute="_compute_coupon", compute_sudo=True)

    @api.depends(
        "state", "effect_ids.loyalty_card_ids.active", "effect_ids.loyalty_card_ids.points"
    )
    def _compute_coupon(self):
        effects = self.effect_ids.filtered(lambda e: e.kind == "coupon")
        orders = effects.loyalty_card_ids._get_orders_of_use() if effects else {}
        for resolution in self:
            cards = (resolution.effect_ids & effects).loyalty_card_ids.filtered("active")
            used = cards.filtered(lambda card: card._is_coupon_used())
            resolution.coupon_code = ", ".join(cards.mapped("code"))
            resolution.coupon_valid_until = cards[:1].expiration_date
            names = [order.name for card in used for order in orders.get(card, [])]
            resolution.coupon_use = (", ".join(names) or self.env._("yes")) if used else False
            resolution.can_void_coupon = resolution.state == "agreed" and bool(cards - used)

    # ------------------------------------------------------------------
    # Verbs
    # ------------------------------------------------------------------
    def action_void_coupon(self, reason=None):
        """Void coupons that readers have not used; the remedies can then be cancelled or given
        again.

        :raises UserError: when the reader has no coupon of it, or has used it
        """
        self._check_role("agent", "manager")
        self.ticket_id._check_may_decide()
        resolutions = self.sudo()
        lock_and_touch(resolutions)
        cards = resolutions.effect_ids.filtered(lambda e: e.kind == "coupon").loyalty_card_ids
        lock_and_touch(cards)
        resolutions.invalidate_recordset(["coupon_use", "can_void_coupon"])
        for resolution in resolutions:
            resolution._check_can_void_coupon()
        resolutions.effect_ids._do_void_coupon(reason)
        resolutions.ticket_id._sync_phase()
        return True

    def _check_can_void_coupon(self):
        if self.coupon_use:
            raise UserError(
                self.env._(
                    "%(resolution)s: the reader has used the coupon already (%(orders)s). It "
                    "stays given; if the order is cancelled, void the coupon then.",
                    resolution=self.display_name,
                    orders=self.coupon_use,
                )
            )
        if not self.can_void_coupon:
            raise UserError(
                self.env._(
                    "%s: the reader has no coupon of it, so there is none to void.",
                    self.display_name,
                )
            )

    def action_open_void_coupon(self):
        """Ask why the coupon is voided."""
        return self.ticket_id._open_reason(
            self.env._("Void the Coupon"),
            self,
            "action_void_coupon",
            self.env._("Why is the coupon voided? The reader can no longer use it."),
        )

    # ------------------------------------------------------------------
    # What forbids it
    # ------------------------------------------------------------------
    def _get_claim_problems(self):
        """Asked when it is proposed, and again when it is carried out."""
        giving = self.filtered("remedy_id.gives_coupon")
        problems = super()._get_claim_problems() + giving._get_coupon_problems()
        return problems + giving._get_second_coupon_problems()

    def _get_coupon_problems(self):
        """A program that gives no coupons any more, or a reader whom no mail reaches."""
        problems = []
        for resolution in self:
            number = resolution.ticket_id.number
            problems += [
                self.env._("Case %(case)s: %(problem)s", case=number, problem=problem)
                for problem in resolution.coupon_program_id._get_aftersales_problems()
            ]
            if not resolution.ticket_id.partner_id.email:
                problems.append(
                    self.env._(
                        "Case %s: the coupon is mailed, and the reader has no mail address. Enter "
                        "it on the reader, or propose another remedy.",
                        number,
                    )
                )
        return problems

    def _get_second_coupon_problems(self):
        """A second coupon for the same case; its row is held, so nobody adds one meanwhile."""
        live = self.search(
            [
                ("ticket_id", "in", self.ticket_id.ids),
                ("coupon_program_id", "!=", False),
                ("state", "in", ("proposed", "agreed")),
            ]
        )
        return [
            self.env._(
                "Case %(case)s: a reader gets one coupon for a case, and there is “%(coupon)s” "
                "already. Choose another remedy for the other books, or withdraw that one.",
                case=ticket.number,
                coupon=coupons[0].coupon_program_id.display_name,
            )
            for ticket, coupons in (live | self).grouped("ticket_id").items()
            if len(coupons) > 1
        ]
