from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError


class AftersalesVerdict(models.Model):
    """Who is responsible for a case line, why, said by whom and when (R3.1).

    A verdict is never edited: a new one supersedes it, the old one stays readable.
    """

    _name = "aftersales.verdict"
    _inherit = ["aftersales.verb.mixin", "aftersales.decision"]
    _description = "Verdict on Responsibility"
    _order = "create_date desc, id desc"

    line_id = fields.Many2one(
        "aftersales.case.line", "Case Line", required=True, index=True, ondelete="cascade"
    )
    ticket_id = fields.Many2one(related="line_id.ticket_id", store=True, index=True)
    company_id = fields.Many2one(related="line_id.company_id", store=True)
    share_ids = fields.One2many("aftersales.verdict.share", "verdict_id", "Shares")
    reason = fields.Text(
        required=True, help="Why, in words that the responsible party would accept."
    )
    facts = fields.Text(
        readonly=True, help="Order, delivery, print run and proof at the time of judging."
    )
    user_id = fields.Many2one(
        "res.users", "Judged By", readonly=True, default=lambda self: self.env.user
    )
    superseded_by_id = fields.Many2one(
        "aftersales.verdict", readonly=True, index="btree_not_null", ondelete="set null"
    )
    other_line_count = fields.Integer(compute="_compute_other_line_count")
    for_all_lines = fields.Boolean(
        "Same for the Other Books",
        store=False,
        help="Give the same verdict on every book of the case that has none yet.",
    )

    @api.depends("share_ids.party", "share_ids.percent")
    def _compute_display_name(self):
        parties = dict(
            self.env["aftersales.verdict.share"]._fields["party"]._description_selection(self.env)
        )
        for verdict in self:
            verdict.display_name = ", ".join(
                f"{parties.get(share.party, '')} {share.percent:g} %" for share in verdict.share_ids
            )

    @api.depends("line_id")
    def _compute_other_line_count(self):
        for verdict in self:
            verdict.other_line_count = len(verdict._get_other_lines())

    def _get_other_lines(self):
        return self.line_id.ticket_id.line_ids.filtered(lambda line: not line.verdict_id) - (
            self.line_id
        )

    @api.model
    def default_get(self, fields):
        """Show the facts that will be frozen, and one party that bears all."""
        defaults = super().default_get(fields)
        line = self.env["aftersales.case.line"].browse(defaults.get("line_id"))
        if line and "facts" in fields:
            line.check_access("read")
            defaults["facts"] = line.sudo()._get_facts()
        if "share_ids" in fields:
            defaults.setdefault("share_ids", [Command.create({"percent": 100.0})])
        return defaults

    @api.constrains("share_ids")
    def _check_shares(self):
        for verdict in self:
            total = sum(verdict.share_ids.mapped("percent"))
            if abs(total - 100.0) > 0.001:
                raise ValidationError(
                    self.env._(
                        "Case %(case)s: the shares of responsibility add up to "
                        "%(total)g %%, not to 100 %%.",
                        case=verdict.ticket_id.number,
                        total=total,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [dict(vals) for vals in vals_list]
        others = self._repeat_for_all_lines(vals_list)
        lines = self.env["aftersales.case.line"].browse(v["line_id"] for v in vals_list)
        lines._check_role("agent", "manager", "print_quality")
        lines.ticket_id._check_may_decide()
        for vals, line in zip(vals_list, lines, strict=True):
            # created under sudo: no command may reach shares of other verdicts
            if any(c[0] != Command.CREATE for c in vals.get("share_ids") or []):
                raise UserError(self.env._("A verdict is given new shares only."))
            vals["facts"] = line.sudo()._get_facts()
            vals["user_id"] = self.env.uid
            vals.pop("superseded_by_id", None)
        verdicts = super(AftersalesVerdict, self.sudo()).create(vals_list)
        verdicts._check_shares()
        for verdict in verdicts:
            older = verdict.line_id.verdict_ids - verdict
            older.filtered(lambda v: not v.superseded_by_id).superseded_by_id = verdict
        self.env["aftersales.event"]._log("judged", verdicts, {v: v.display_name for v in verdicts})
        if others:
            self.create(others)
        verdicts.ticket_id._sync_phase()
        return verdicts.with_env(self.env)

    @api.model
    def _repeat_for_all_lines(self, vals_list):
        """Return values for the other books of the cases, where that is wished."""
        return [
            {**vals, "line_id": line.id}
            for vals in vals_list
            if vals.pop("for_all_lines", False)
            for line in self.new({"line_id": vals["line_id"]})._get_other_lines()._origin
        ]

    def write(self, vals):
        if self.env.su and vals.keys() == {"superseded_by_id"}:
            return super().write(vals)
        raise UserError(
            self.env._(
                "A verdict is not changed. Judge the line again: the new verdict replaces it."
            )
        )
