from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_amount, format_date

from odoo.addons.aftersales_publishing.models.aftersales_decision import without_defaults

COUPON_TYPES = ("coupons", "next_order_coupons")


class LoyaltyProgram(models.Model):
    """Coupons that managers offer to readers of after-sales cases (R6.1, ADR 29)."""

    _inherit = "loyalty.program"

    aftersales_usable = fields.Boolean(
        "Offered in After-sales",
        readonly=True,
        copy=False,
        help="Agents can give readers a coupon of it.",
    )
    aftersales_note = fields.Char(
        "What Readers Get",
        compute="_compute_aftersales_note",
        compute_sudo=True,
        help="The reward, its value for the limits of agents, and how long a coupon is valid.",
    )
    aftersales_given_count = fields.Integer(
        "Given", compute="_compute_aftersales_given_count", compute_sudo=True
    )

    @api.depends("reward_ids.discount", "date_to", "aftersales_usable")
    @api.depends_context("company")
    def _compute_aftersales_note(self):
        for program in self:
            program.aftersales_note = program._get_aftersales_note(self.env.company)

    def _compute_aftersales_given_count(self):
        groups = (
            self.env["loyalty.card"]
            .with_context(active_test=False)
            ._read_group(
                [("program_id", "in", self.ids), ("aftersales_effect_id", "!=", False)],
                ["program_id"],
                ["__count"],
            )
        )
        counts = {program.id: count for program, count in groups}
        for program in self:
            program.aftersales_given_count = counts.get(program.id, 0)

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("aftersales_usable") for vals in vals_list):
            self._check_offers()
        clean = without_defaults(self, {"aftersales_usable"})
        return super(LoyaltyProgram, clean).create(vals_list)

    def write(self, vals):
        if "aftersales_usable" in vals:
            self._check_offers()
        return super().write(vals)

    @api.model
    def _check_offers(self):
        """Only the verbs below, and nobody beside them, offer a coupon."""
        if not self.env.su:
            raise AccessError(
                self.env._("Managers offer coupons under After-sales → Configuration → Coupons.")
            )

    # ------------------------------------------------------------------
    # Verbs
    # ------------------------------------------------------------------
    def action_offer_in_aftersales(self):
        """Let agents give coupons of these programs.

        :raises UserError: for a program whose coupons reach no reader, or are worth nothing
        """
        self.env["aftersales.verb.mixin"]._check_role("manager")
        self.check_access("read")
        programs = self.sudo()
        if problems := [p for program in programs for p in program._get_aftersales_problems()]:
            raise UserError("\n".join(problems))
        programs.aftersales_usable = True
        return True

    def action_stop_in_aftersales(self):
        """No longer let agents give coupons of these; those that were given stay valid."""
        self.env["aftersales.verb.mixin"]._check_role("manager")
        self.check_access("read")
        self.sudo().aftersales_usable = False
        return True

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    def _get_aftersales_problems(self):
        """Say what keeps readers from getting and using a coupon of it."""
        self.ensure_one()
        names = {"program": self.display_name}
        problems = []
        today = fields.Date.context_today(self)
        if not self.active or self.program_type not in COUPON_TYPES:
            problems.append(
                self.env._(
                    "“%(program)s” is no program of coupons in use: each reader gets a code of "
                    "his own, as programs of the types “Coupons” and “Next Order Coupons” make.",
                    **names,
                )
            )
        elif not self.reward_ids:
            problems.append(self.env._("“%(program)s” has no reward. Add one first.", **names))
        if self.date_to and self.date_to < today:
            problems.append(self.env._("“%(program)s” has ended. Choose another coupon.", **names))
        if not self.communication_plan_ids.filtered(lambda plan: plan.trigger == "create"):
            problems.append(
                self.env._(
                    "“%(program)s” mails no coupons. Choose the mail “At Creation” in the program "
                    "first.",
                    **names,
                )
            )
        return problems

    def _get_aftersales_points(self):
        """Return the points of one coupon: those that its cheapest reward takes."""
        return min(self.reward_ids.mapped("required_points"), default=1.0) or 1.0

    def _get_aftersales_value(self):
        """Return what a coupon is worth at most, in the program's currency.

        Zero where no amount is fixed: a percentage, a product, free shipping.
        """
        self.ensure_one()
        points = self._get_aftersales_points()
        values = []
        for reward in self.reward_ids.filtered(lambda r: r.reward_type == "discount"):
            if reward.discount_mode == "per_order":
                values.append(reward.discount)
            elif reward.discount_mode == "per_point":
                values.append(reward.discount * points)
        return max(values, default=0.0)

    def _get_aftersales_expiry(self, company):
        """Return the last day of a coupon that is given today, or nothing."""
        days = company.aftersales_coupon_days
        today = fields.Date.context_today(self)
        ends = [fields.Date.add(today, days=days)] if days else []
        return min([*ends, *filter(None, [self.date_to])], default=False)

    def _get_aftersales_note(self, company):
        """Tell in a line what a reader gets and until when."""
        if not self:
            return False
        parts = list(filter(None, self.reward_ids.mapped("description")))
        if value := self._get_aftersales_value():
            amount = format_amount(self.env, value, self.currency_id)
            parts.append(self.env._("%s of the limit for refunds", amount))
        if last := self._get_aftersales_expiry(company):
            parts.append(self.env._("until %s", format_date(self.env, last)))
        return ", ".join(parts)
