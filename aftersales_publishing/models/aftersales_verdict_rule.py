import ast
import logging

from psycopg2 import OperationalError

from odoo import Command, api, fields, models
from odoo.exceptions import ConcurrencyError, ValidationError
from odoo.fields import Domain

_logger = logging.getLogger(__name__)


class AftersalesVerdictRule(models.Model):
    """Who is proposed as responsible, for which copies and why: data that managers keep (R3.2).

    The first rule that matches a copy proposes its verdict. A rule that errs is skipped, logged
    and shown to managers; it never blocks a case.
    """

    _name = "aftersales.verdict.rule"
    _description = "Verdict Rule"
    _order = "sequence, id"

    name = fields.Char("Rule", required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        help="Leave empty to share it between all companies.",
    )
    domain = fields.Char(
        "Copies It Is About",
        required=True,
        default="[]",
        help="Conditions on the book of a case. The first rule that matches proposes the verdict.",
    )
    explanation = fields.Text(
        "Because",
        required=True,
        translate=True,
        help="Becomes the reason of the verdict: in words that the responsible party would accept.",
    )
    share_ids = fields.One2many(
        "aftersales.verdict.rule.share",
        "rule_id",
        "Shares",
        copy=True,
        default=lambda self: [Command.create({"party": "undetermined", "percent": 100.0})],
    )
    share_summary = fields.Char("Proposes", compute="_compute_share_summary")
    last_error = fields.Text("Problem", readonly=True, copy=False)
    last_error_at = fields.Datetime("Skipped Since", readonly=True, copy=False)
    verdict_ids = fields.One2many("aftersales.verdict", "rule_id", "Verdicts")
    followed_count = fields.Integer(
        "Accepted", compute="_compute_counts", help="Verdicts that were given as proposed."
    )
    changed_count = fields.Integer(
        "Changed", compute="_compute_counts", help="Verdicts that were given otherwise."
    )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends("share_ids.party", "share_ids.percent")
    @api.depends_context("lang")
    def _compute_share_summary(self):
        Line = self.env["aftersales.case.line"]
        for rule in self:
            rule.share_summary = Line._tell_shares(
                [
                    {"party": share.party, "partner_id": False, "percent": share.percent}
                    for share in rule.share_ids
                    if share.party
                ]
            )

    @api.depends("verdict_ids.is_changed")
    def _compute_counts(self):
        groups = self.env["aftersales.verdict"]._read_group(
            [("rule_id", "in", self.ids)], ["rule_id", "is_changed"], ["__count"]
        )
        counts = {(rule.id, is_changed): count for rule, is_changed, count in groups}
        for rule in self:
            rule.followed_count = counts.get((rule.id, False), 0)
            rule.changed_count = counts.get((rule.id, True), 0)

    # ------------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------------
    @api.constrains("share_ids")
    def _check_shares(self):
        for rule in self:
            total = sum(rule.share_ids.mapped("percent"))
            if abs(total - 100.0) > 0.001:
                raise ValidationError(
                    self.env._(
                        "Rule “%(rule)s”: the shares of responsibility add up to %(total)g %%, "
                        "not to 100 %%.",
                        rule=rule.name,
                        total=total,
                    )
                )

    @api.constrains("domain")
    def _check_domain(self):
        """Refuse conditions that cannot be evaluated at all, while the manager is looking."""
        Line = self.env["aftersales.case.line"].sudo()
        for rule in self:
            try:
                with self.env.cr.savepoint():
                    found = Line.search(rule._parse_domain(), limit=1)
                    found.filtered_domain(rule._parse_domain())
            except (OperationalError, ConcurrencyError):
                raise
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "Rule “%(rule)s”: its conditions cannot be evaluated (%(problem)s). "
                        "Correct or remove the condition.",
                        rule=rule.name,
                        problem=error,
                    )
                ) from error

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        checking = self.with_context(aftersales_rule_checks=True)
        rules = super(AftersalesVerdictRule, checking).create(vals_list).with_env(self.env)
        rules._check_shares()
        return rules

    def write(self, vals):
        if "domain" in vals and "last_error" not in vals:  # mended, as far as is known
            vals = {**vals, "last_error": False, "last_error_at": False}
        if "share_ids" in vals:  # saved one by one, and checked together afterwards
            checking = self.with_context(aftersales_rule_checks=True)
            return super(AftersalesVerdictRule, checking).write(vals)
        return super().write(vals)

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    def _parse_domain(self):
        """Return the conditions; expressions are not evaluated, only plain values are.

        :raises ValueError: when it is no domain
        """
        self.ensure_one()
        return Domain(ast.literal_eval(self.domain or "[]"))

    def _is_of(self, company):
        self.ensure_one()
        return self.company_id in (company, company.browse())

    @api.model
    def _match(self, lines):
        """Return the first rule that matches each line, and the rules that could not be evaluated.

        The number of queries depends on the rules, not on the number of lines.

        :param lines: ``aftersales.case.line`` records that the user may read
        :return: ``{line: rule}`` without the lines that no rule knows, and ``{rule: problem}``
        """
        matches, problems = {}, {}
        if not lines:
            return matches, problems
        rules = self.sudo().search([("company_id", "in", [False, *lines.sudo().company_id.ids])])
        rest = lines.sudo()
        for rule in rules:
            if not rest:
                break
            own = rest.filtered(lambda line, rule=rule: rule._is_of(line.company_id))
            found, problem = rule._filter(own)
            if problem:
                problems[rule.with_env(self.env)] = problem
            matches.update((line.id, rule) for line in found)
            rest -= found
        by_line = {
            line: matches[line.id].with_env(self.env) for line in lines if line.id in matches
        }
        return by_line, problems

    def _filter(self, lines):
        """Return the lines that the rule matches, and the problem with it if there is one.

        Where the rule errs, halves are tried: one odd copy does not hide the rule from the others.
        """
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                return lines.filtered_domain(self._parse_domain()), False
        except (OperationalError, ConcurrencyError):
            raise  # not the rule's fault: Odoo retries the whole request
        except Exception as error:
            problem = f"{error}"
        if len(lines) < 2 or not self._is_sound():
            _logger.warning("Verdict rule %s is skipped: %s", self.id, problem)
            return lines.browse(), problem
        middle = len(lines) // 2
        first, one = self._filter(lines[:middle])
        second, other = self._filter(lines[middle:])
        return first | second, one or other

    def _is_sound(self):
        """Whether the conditions make sense at all: they are a domain, and its fields exist."""
        try:
            self._parse_domain().validate(self.env["aftersales.case.line"])
        except Exception:
            return False
        return True

    def _prepare_shares(self, line):
        """Return the shares that the rule proposes for a line, with who the parties are.

        :return: list of ``{"party", "partner_id", "percent"}``
        """
        self.ensure_one()
        return [
            {
                "party": share.party,
                "partner_id": line.sudo()._get_party_partner(share.party).id,
                "percent": share.percent,
            }
            for share in self.sudo().share_ids
        ]

    @api.model
    def _note_problems(self, problems):
        """Show managers which rules were skipped; written only when that is news."""
        now = fields.Datetime.now()
        for rule, problem in problems.items():
            if rule.sudo().last_error != problem:
                rule.sudo().write({"last_error": problem, "last_error_at": now})
