from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ..locking import lock_and_touch
from .helpdesk_ticket import LEVELS

KINDS = [
    ("company", "All agents"),
    ("level", "A complaint level"),
    ("user", "One user"),
    ("approval", "Refund approvers"),
]


class AftersalesLimitChange(models.Model):
    """Who changed how much money may be given without another pair of eyes (R6.8).

    Nobody raises a limit for himself: for whoever changed it last, the lower of both amounts holds
    until somebody else confirms the change, or makes another one. For all others it holds at once.
    """

    _name = "aftersales.limit.change"
    _inherit = ["aftersales.verb.mixin", "aftersales.decision"]
    _description = "Change of a Refund Limit"
    _order = "id desc"

    kind = fields.Selection(KINDS, "Limit Of", required=True)
    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade")
    complaint_level = fields.Selection(LEVELS, "Level")
    of_user_id = fields.Many2one("res.users", "User", ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    had_limit = fields.Boolean("There Was One")
    old_amount = fields.Monetary("Before")
    has_limit = fields.Boolean("There Is One")
    new_amount = fields.Monetary("After")
    was = fields.Char("Limit Before", compute="_compute_amounts")
    became = fields.Char("Limit After", compute="_compute_amounts")
    user_id = fields.Many2one(
        "res.users", "Changed By", required=True, index=True, default=lambda self: self.env.user
    )
    at = fields.Datetime("Changed At", required=True, default=fields.Datetime.now)
    confirmed_by_id = fields.Many2one("res.users", readonly=True)
    confirmed_at = fields.Datetime(readonly=True)
    can_confirm = fields.Boolean(compute="_compute_can_confirm")

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends("kind", "of_user_id", "complaint_level")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        levels = dict(LEVELS)
        for change in self:
            about = change.of_user_id.name or levels.get(change.complaint_level)
            change.display_name = ": ".join(filter(None, [kinds.get(change.kind), about]))

    @api.depends("kind", "had_limit", "old_amount", "has_limit", "new_amount")
    def _compute_amounts(self):
        for change in self:
            change.was = change._tell(change.had_limit, change.old_amount)
            change.became = change._tell(change.has_limit, change.new_amount)

    def _tell(self, is_set, amount):
        if not is_set:
            return self.env._("none of its own")
        if self.kind == "approval" and not amount:
            return self.env._("any amount")
        return format_amount(self.env, amount, self.currency_id)

    @api.depends("confirmed_by_id", "user_id")
    @api.depends_context("uid")
    def _compute_can_confirm(self):
        may = self._has_role("manager", "finance")
        for change in self:
            change.can_confirm = (
                may and not change.confirmed_by_id and change.user_id != self.env.user
            )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        changes = super().create(vals_list)
        self.env["res.users"].invalidate_model(["aftersales_own_changes"])
        return changes

    def write(self, vals):
        result = super().write(vals)
        self.env["res.users"].invalidate_model(["aftersales_own_changes"])
        return result

    # ------------------------------------------------------------------
    # Verb
    # ------------------------------------------------------------------
    def action_confirm(self):
        """Confirm changes of others: from now on they hold for who made them, too.

        :raises UserError: naming each change that the user made
        """
        self._check_role("manager", "finance")
        changes = self.sudo()
        lock_and_touch(changes)
        for change in changes.filtered(lambda c: c.user_id == self.env.user):
            raise UserError(
                self.env._(
                    "%(limit)s: you changed it from %(was)s to %(became)s, so somebody else "
                    "confirms it. Ask a manager or a refund approver.",
                    limit=change.display_name,
                    was=change.was,
                    became=change.became,
                )
            )
        todo = changes.filtered(lambda change: not change.confirmed_by_id)
        todo.write({"confirmed_by_id": self.env.uid, "confirmed_at": fields.Datetime.now()})
        return True

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    @api.model
    def _log(self, kind, changes):
        """Log changed limits; equal ones are left out.

        :param changes: list of ``(company, level or False, user or None, before, after)``; an amount
            is ``None`` where there is no limit of its own
        """
        self.sudo().create(
            [
                {
                    "kind": kind,
                    "company_id": company.id,
                    "complaint_level": level,
                    "of_user_id": user.id if user else False,
                    "had_limit": before is not None,
                    "old_amount": before or 0.0,
                    "has_limit": after is not None,
                    "new_amount": after or 0.0,
                }
                for company, level, user, before, after in changes
                if before != after
            ]
        )

    @api.model
    def _get_before(self, requester, kind, company, level=False, user=None):
        """Return ``(True, amount)`` before the requester changed the limit, ``(False, None)`` where
        somebody else decided on it last. The amount is ``None`` where there was none, else in the
        currency of ``company``. A user has one limit, whichever company it is in."""
        key = self._get_limit_key(kind, company, level, user)
        own = requester.sudo().aftersales_own_changes
        if key not in own:
            return False, None
        amount, changed_in = own[key]
        changed_in = self.env["res.company"].sudo().browse(changed_in)
        return True, self._convert_limit(amount, changed_in, company)

    @api.model
    def _get_limit_key(self, kind, company, level, user):
        of_company = False if kind == "user" else company.id
        return kind, of_company, level or False, user.id if user else False

    @api.model
    def _convert_limit(self, amount, company, to_company):
        """Return an amount of one company's currency in that of the other; ``None`` stays."""
        if amount is None or company.currency_id == to_company.currency_id:
            return amount
        today = fields.Date.context_today(self)
        return company.currency_id._convert(amount, to_company.currency_id, to_company, today)

    def _get_own(self, user):
        """Return ``{limit: (amount before, company id)}`` of these limits that the user changed last,
        unconfirmed; the amount is in the company's currency."""
        own = {}
        domain = [
            "|",
            ("company_id", "in", self.company_id.ids),
            ("of_user_id", "in", self.of_user_id.ids),
        ]
        for change in self.search(domain, order="id"):
            key = self._get_limit_key(
                change.kind, change.company_id, change.complaint_level, change.of_user_id
            )
            if change.user_id != user or change.confirmed_by_id:
                own.pop(key, None)
            else:
                amount = change.old_amount if change.had_limit else None
                own.setdefault(key, (amount, change.company_id.id))
        return own
