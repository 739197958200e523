from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..locking import lock_and_touch


class AftersalesVerdict(models.Model):
    """Who is responsible for a case line, why, said by whom and when (R3.1).

    A verdict is never edited: a new one supersedes it, the old one stays readable. It remembers
    which rule proposed a verdict then, and whether this is what was proposed (R3.2).
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
    facts_data = fields.Json(readonly=True, copy=False)  # [{"key", "label", "value"}]
    facts = fields.Text(
        compute="_compute_facts",
        help="Order, delivery, print run and proof at the time of judging.",
    )
    rule_id = fields.Many2one(
        "aftersales.verdict.rule",
        "Proposed by the Rule",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    is_changed = fields.Boolean(
        "Other Than Proposed", readonly=True, help="The rule proposed other shares."
    )
    proposal_summary = fields.Char(related="line_id.proposal_summary")
    proposal_reason = fields.Text(related="line_id.proposal_reason")
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

    @api.depends("facts_data", "line_id")
    def _compute_facts(self):
        """Tell the facts as they were frozen; of a verdict to be given, as they are now."""
        for verdict in self:
            facts = verdict.facts_data
            if facts:
                facts = [(fact["key"], fact["label"], fact["value"]) for fact in facts]
            elif not verdict._origin and verdict.line_id:
                facts = verdict.line_id._origin.sudo()._get_facts()
            verdict.facts = self._tell_facts(facts or [])

    @api.model
    def _tell_facts(self, facts):
        """Write facts one a line.

        :param facts: list of ``(key, label, value)``
        """
        return "\n".join(f"{label}: {value}" if label else value for _key, label, value in facts)

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
        """Start with what the rules propose, else with one party that bears all."""
        defaults = super().default_get(fields)
        line = self.env["aftersales.case.line"].browse(defaults.get("line_id"))
        line.check_access("read")
        if "share_ids" in fields and "share_ids" not in defaults:
            defaults["share_ids"] = [Command.create(share) for share in self._start_shares(line)]
        return defaults

    def _start_shares(self, line):
        """Return the shares that the dialog starts with."""
        if line.verdict_id:
            return [
                {"party": s.party, "partner_id": s.partner_id.id, "percent": s.percent}
                for s in line.verdict_id.share_ids
            ]
        rule = line.proposal_rule_id
        return rule._prepare_shares(line) if rule else [{"percent": 100.0}]

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
        """Judge lines; what the rules propose for them now is noted beside (R3.1, R3.2).

        :raises UserError: where other shares than proposed have no reason of their own
        """
        vals_list = [dict(vals) for vals in vals_list]
        if not all(vals.get("line_id") for vals in vals_list):
            raise UserError(self.env._("Name the book that the verdict is about (line_id)."))
        others = self._repeat_for_all_lines(vals_list)
        lines = self.env["aftersales.case.line"].browse(v["line_id"] for v in vals_list)
        lines._check_role("agent", "manager", "print_quality")
        lines.ticket_id._check_may_decide()
        lock_and_touch(lines)  # two who judge at the same moment leave one verdict that holds
        rules, problems = self.env["aftersales.verdict.rule"]._match(lines)
        lines.sudo().lot_id._forget_figures()  # frozen are those of now
        for vals, line in zip(vals_list, lines, strict=True):
            # created under sudo: no command may reach shares of other verdicts
            if any(c[0] != Command.CREATE for c in vals.get("share_ids") or []):
                raise UserError(self.env._("A verdict is given new shares only."))
            for name in ("superseded_by_id", "facts"):
                vals.pop(name, None)
            vals.update(self._prepare_given_vals(line, rules.get(line), vals))
        verdicts = super(AftersalesVerdict, self.sudo()).create(vals_list)
        verdicts._check_shares()
        verdicts._supersede_older()
        self.env["aftersales.verdict.rule"]._note_problems(problems)
        self.env["aftersales.event"]._log("judged", verdicts, {v: v.display_name for v in verdicts})
        if others:
            self.create(others)
        verdicts.ticket_id._sync_phase()
        return verdicts.with_env(self.env)

    @api.model
    def _prepare_given_vals(self, line, rule, vals):
        """Return what is noted with a verdict: facts, judge and what the rules proposed."""
        given = {
            "facts_data": [
                {"key": key, "label": label, "value": value}
                for key, label, value in line.sudo()._get_facts()
            ],
            "user_id": self.env.uid,
            "rule_id": rule.id if rule else False,
            "is_changed": False,
        }
        if not rule:
            return given
        proposed = rule._prepare_shares(line)
        judged = [share for _command, _id, share in vals.get("share_ids") or []]
        partners = {s["party"]: s["partner_id"] for s in proposed}
        given["is_changed"] = {(s["party"], s["percent"]) for s in proposed} != {
            (s.get("party"), s.get("percent", 100.0)) for s in judged
        } or any(  # somebody else is to bear it, where both name somebody
            s.get("partner_id") and partners[s["party"]] not in (False, s["partner_id"])
            for s in judged
        )
        if given["is_changed"] and (vals.get("reason") or "").strip() == rule.explanation.strip():
            raise UserError(
                self.env._(
                    "Case %(case)s: the rule “%(rule)s” proposes %(proposed)s. Say in your own "
                    "words why you judge otherwise.",
                    case=line.ticket_id.number,
                    rule=rule.sudo().name,
                    proposed=line.sudo()._tell_shares(proposed),
                )
            )
        return given

    def _supersede_older(self):
        """Let each verdict replace the one that held before on its line."""
        for verdict in self:
            older = verdict.line_id.verdict_ids - verdict
            older.filtered(lambda v: not v.superseded_by_id).superseded_by_id = verdict

    @api.model
    def _give(self, rules):
        """Give the verdicts that rules propose.

        :param rules: ``{line: rule}``
        """
        return self.create(
            [
                {
                    "line_id": line.id,
                    "reason": rule.sudo().explanation,
                    "share_ids": [Command.create(s) for s in rule._prepare_shares(line)],
                }
                for line, rule in rules.items()
            ]
        )

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
