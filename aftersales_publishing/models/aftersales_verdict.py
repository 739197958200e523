from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class AftersalesVerdict(models.Model):
    """Who is responsible for a case line, why, said by whom and when (R3.1).

    A verdict is never edited: a new one supersedes it, the old one stays readable.
    """

    _name = "aftersales.verdict"
    _inherit = ["aftersales.verb.mixin"]
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

    @api.depends("share_ids.party", "share_ids.percent")
    def _compute_display_name(self):
        parties = dict(
            self.env["aftersales.verdict.share"]._fields["party"]._description_selection(self.env)
        )
        for verdict in self:
            verdict.display_name = ", ".join(
                f"{parties.get(share.party, '')} {share.percent:g} %"
                for share in verdict.share_ids
            )

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
        lines = self.env["aftersales.case.line"].browse(v["line_id"] for v in vals_list)
        lines._check_role("agent", "manager", "print_quality")
        for vals, line in zip(vals_list, lines, strict=True):
            vals["facts"] = line.sudo()._get_facts()
            vals["user_id"] = self.env.uid
            vals.pop("superseded_by_id", None)
        verdicts = super(AftersalesVerdict, self.sudo()).create(vals_list)
        verdicts._check_shares()
        for verdict in verdicts:
            older = verdict.line_id.verdict_ids - verdict
            super(AftersalesVerdict, older.filtered(lambda v: not v.superseded_by_id)).write(
                {"superseded_by_id": verdict.id}
            )
        self.env["aftersales.event"]._log(
            "judged", verdicts, {v: v.display_name for v in verdicts}
        )
        verdicts.ticket_id._sync_phase()
        return verdicts.with_env(self.env)

    def write(self, vals):
        raise UserError(
            self.env._("A verdict is not changed. Judge the line again: the new verdict replaces it.")
        )
