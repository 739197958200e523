from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_amount

from odoo.addons.aftersales_publishing.locking import lock_and_touch, touch

SEEN_BY = (
    "aftersales_publishing.group_agent,"
    "aftersales_publishing.group_finance,aftersales_publishing.group_auditor"
)


class AftersalesResolution(models.Model):
    """Remedies that give store credit: a gift card over an amount (R6.1)."""

    _inherit = "aftersales.resolution"

    store_credit = fields.Monetary(currency_field="store_credit_currency_id", groups=SEEN_BY)
    store_credit_reason = fields.Char(groups=SEEN_BY)
    store_credit_program_id = fields.Many2one(
        "loyalty.program", "Gift Card Program", ondelete="restrict", groups=SEEN_BY
    )
    store_credit_currency_id = fields.Many2one(
        related="store_credit_program_id.currency_id", string="Currency of the Store Credit"
    )
    store_credit_left = fields.Monetary(
        compute="_compute_store_credit",
        compute_sudo=True,
        currency_field="store_credit_currency_id",
        groups=SEEN_BY,
        help="What the reader has not used yet.",
    )
    store_credit_code = fields.Char(
        "Gift Card",
        compute="_compute_store_credit",
        compute_sudo=True,
        groups="aftersales_publishing.group_agent",
    )
    can_withdraw_credit = fields.Boolean(compute="_compute_store_credit", compute_sudo=True)

    @api.depends(
        "state", "effect_ids.loyalty_card_ids.active", "effect_ids.loyalty_card_ids.points"
    )
    def _compute_store_credit(self):
        for resolution in self:
            effects = resolution.effect_ids.filtered(lambda e: e.kind == "store_credit")
            cards = effects.loyalty_card_ids.filtered("active")
            resolution.store_credit_left = sum(cards.mapped("points"))
            resolution.store_credit_code = ", ".join(cards.mapped("code"))
            resolution.can_withdraw_credit = resolution.state == "agreed" and bool(cards)

    # ------------------------------------------------------------------
    # Verbs
    # ------------------------------------------------------------------
    def action_withdraw_credit(self, reason=None):
        """Take back what readers have not used of their store credit.

        Where nothing was used, the remedy can be cancelled afterwards or the credit given again;
        else it stays done, and the case says what was used and in which orders.

        :raises UserError: when the reader has no store credit of it
        """
        self._check_role("agent", "manager")
        self.ticket_id._check_may_decide()
        resolutions = self.sudo()
        lock_and_touch(resolutions)
        for resolution in resolutions:
            if not resolution.can_withdraw_credit:
                raise UserError(
                    self.env._(
                        "%(resolution)s: the reader has no store credit of it, so there is none to "
                        "withdraw.",
                        resolution=resolution.display_name,
                    )
                )
        resolutions.effect_ids._do_withdraw_credit(reason)
        resolutions.ticket_id._sync_phase()
        return True

    def action_open_withdraw_credit(self):
        """Ask why the store credit is withdrawn."""
        return self.ticket_id._open_reason(
            self.env._("Withdraw the Store Credit"),
            self,
            "action_withdraw_credit",
            self.env._("Why is what the reader has not used withdrawn?"),
        )

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    @api.model
    def _create_proposals(self, vals_list):
        """Serialize store credit and coupons of a case: they count all its lines together."""
        line_ids = [
            vals["line_id"]
            for vals in vals_list
            if vals.get("store_credit_program_id") or vals.get("coupon_program_id")
        ]
        lock_and_touch(self.env["aftersales.case.line"].browse(line_ids).ticket_id)
        return super()._create_proposals(vals_list)

    def _execute(self, checked=False):
        """Serialize it again, and the cases of a reader about copies bought elsewhere."""
        giving = self.filtered(lambda r: r._gives_credit())
        lock_and_touch(giving.ticket_id)
        touch(giving.line_id.filtered("bought_elsewhere").ticket_id.partner_id)
        return super()._execute(checked)

    # ------------------------------------------------------------------
    # What forbids it
    # ------------------------------------------------------------------
    def _get_proposal_problems(self, credits, allocation):
        giving = self.filtered("remedy_id.gives_store_credit")
        return super()._get_proposal_problems(credits, allocation) + giving._get_program_problems()

    def _get_claim_problems(self):
        giving = self.filtered(lambda r: r._gives_credit())
        return super()._get_claim_problems() + giving._get_credit_limit_problems()

    def _gives_credit(self):
        """Whether the reader gets something for later orders: store credit, or a coupon."""
        return self.remedy_id.gives_store_credit or self.remedy_id.gives_coupon

    def _needs_delivery(self):
        """Store credit and coupons need a purchase here: the delivery, or the order of what has none."""
        line = self.line_id
        bought = line.bought_elsewhere or line.sale_line_id.state == "sale"
        return super()._needs_delivery() or (self._gives_credit() and not bought)

    def _get_program_problems(self):
        """No amount, a program that mails no card, a reader whom no mail reaches."""
        problems = []
        for resolution in self:
            program = resolution.store_credit_program_id
            names = {"case": resolution.ticket_id.number, "program": program.display_name}
            if not resolution.line_id:
                problems.append(
                    self.env._("Case %(case)s names no title to give store credit for.", **names)
                )
            if resolution.store_credit_currency_id.compare_amounts(resolution.store_credit, 0) <= 0:
                problems.append(
                    self.env._(
                        "Case %(case)s: enter how much store credit the reader gets.", **names
                    )
                )
            if not program.active or program.program_type != "gift_card":
                problems.append(
                    self.env._(
                        "Case %(case)s: “%(program)s” is no program of gift cards in use. Choose "
                        "another one in the after-sales settings.",
                        **names,
                    )
                )
            elif not program.communication_plan_ids.filtered(lambda plan: plan.trigger == "create"):
                problems.append(
                    self.env._(
                        "Case %(case)s: “%(program)s” mails no gift cards. Choose the mail in the "
                        "program first.",
                        **names,
                    )
                )
            if not resolution.ticket_id.partner_id.email:
                problems.append(
                    self.env._(
                        "Case %(case)s: the gift card is mailed, and the reader has no mail "
                        "address. Enter it on the reader, or propose another remedy.",
                        **names,
                    )
                )
        return problems

    def _get_credit_limit_problems(self):
        """Store credit and coupons beyond what agents give alone, with what else the reader gets.

        That is the store credit and coupons of a fixed amount of :meth:`_find_other_credits` and the refunds of the case that
        nobody has approved.
        """
        if self.env.user.has_group("aftersales_publishing.group_manager"):
            return []
        problems = []
        for resolution in self.filtered(lambda r: r.store_credit or r.coupon_value):
            ticket, company = resolution.ticket_id, resolution.company_id
            limit = self.env.user._get_aftersales_refund_limit(company, ticket.complaint_level)
            credits = resolution | resolution._find_other_credits()
            refunds = ticket.sudo().refund_ids._get_not_approved()
            total = credits._get_credit_total(company) + refunds._get_total()
            if company.currency_id.compare_amounts(total, limit) > 0:
                problems.append(
                    self.env._(
                        "Case %(case)s: %(total)s of store credit or coupons, with what the reader "
                        "got already, is more than the %(limit)s that you give alone. Lower the "
                        "amount, or let a manager propose and execute it.",
                        case=ticket.number,
                        total=format_amount(self.env, total, company.currency_id),
                        limit=format_amount(self.env, limit, company.currency_id),
                    )
                )
        return problems

    def _find_other_credits(self):
        """Return the live store credits and coupons of an amount of the same case or delivery.

        What was not delivered is known by its order, what was bought elsewhere by its reader.
        """
        self.ensure_one()
        line, ticket = self.line_id, self.ticket_id
        same = Domain("ticket_id", "=", ticket.id)
        if line.delivery_move_id:
            same |= Domain("line_id.delivery_move_id", "=", line.delivery_move_id.id)
        elif line.sale_line_id:
            same |= Domain("line_id.sale_line_id", "=", line.sale_line_id.id)
        elif line.bought_elsewhere and ticket.partner_id:
            same |= Domain("line_id.bought_elsewhere", "=", True) & Domain(
                "ticket_id.partner_id", "=", ticket.partner_id.id
            )
        amount = Domain("store_credit", ">", 0) | Domain("coupon_value", ">", 0)
        live = amount & Domain("state", "in", ("proposed", "agreed"))
        return (
            self.sudo()
            .search(live & same)
            .filtered(
                lambda r: (
                    not r.line_id.bought_elsewhere or self._is_same_reader(r.ticket_id, ticket)
                )
            )
        )

    def _get_credit_total(self, company):
        """Return what these give in the currency of the company."""
        today = fields.Date.context_today(self)
        return sum(
            currency._convert(amount, company.currency_id, company, today)
            for r in self.sudo()
            for currency, amount in (
                (r.store_credit_currency_id, r.store_credit),
                (r.coupon_currency_id, r.coupon_value),
            )
            if amount
        )
