from odoo import api, fields, models

from ..locking import lock_and_touch


class AftersalesPlatformStatement(models.Model):
    """What a platform says that it paid back, imported from its file (R6.9).

    A row that was imported before is passed over, so that files may overlap.
    """

    _name = "aftersales.platform.statement"
    _inherit = ["aftersales.verb.mixin", "aftersales.decision"]
    _description = "Statement of a Platform"
    _order = "id desc"

    name = fields.Char("File", required=True)
    platform_id = fields.Many2one(
        "aftersales.platform", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="platform_id.company_id", store=True, precompute=True)
    currency_id = fields.Many2one(related="platform_id.currency_id")
    imported_by_id = fields.Many2one("res.users", required=True, default=lambda s: s.env.user)
    imported_at = fields.Datetime(required=True, default=fields.Datetime.now)
    line_ids = fields.One2many("aftersales.platform.statement.line", "statement_id", "Refunds")
    date_from = fields.Date("From", compute="_compute_figures")
    date_to = fields.Date("To", compute="_compute_figures")
    amount = fields.Monetary("Total", compute="_compute_figures")
    line_count = fields.Integer("Refunds Listed", compute="_compute_figures")
    matched_count = fields.Integer("Matched", compute="_compute_figures")
    differs_count = fields.Integer("Differ", compute="_compute_figures")
    unknown_count = fields.Integer("Unknown", compute="_compute_figures")
    missing_count = fields.Integer(
        "Missing",
        compute="_compute_missing_count",
        help="Ours of these days that are on no statement.",
    )

    @api.depends("line_ids.state", "line_ids.amount", "line_ids.date")
    def _compute_figures(self):
        groups = self.env["aftersales.platform.statement.line"]._read_group(
            [("statement_id", "in", self.ids)],
            ["statement_id", "state"],
            ["__count", "amount:sum", "date:min", "date:max"],
        )
        for statement in self:
            own = [group[1:] for group in groups if group[0] == statement]
            counts = {state: count for state, count, *_rest in own}
            statement.line_count = sum(counts.values())
            statement.matched_count = counts.get("matched", 0)
            statement.differs_count = counts.get("differs", 0)
            statement.unknown_count = counts.get("unknown", 0)
            statement.amount = sum(group[2] for group in own)
            statement.date_from = min((group[3] for group in own), default=False)
            statement.date_to = max((group[4] for group in own), default=False)

    @api.depends("date_from", "date_to")
    def _compute_missing_count(self):
        groups = self.env["aftersales.platform.refund"]._read_group(
            [("platform_id", "in", self.platform_id.ids), ("matching", "=", "missing")],
            ["platform_id", "date:day"],
            ["__count"],
        )
        for statement in self:
            statement.missing_count = sum(
                count
                for platform, day, count in groups
                if platform == statement.platform_id
                and statement.date_from
                and statement.date_from <= day <= statement.date_to
            )

    # ------------------------------------------------------------------
    # Import
    # ------------------------------------------------------------------
    @api.model
    def _import(self, platform, name, rows):
        """Take in the rows of a file that are new and match them by number; all or nothing.

        :param rows: list of ``(number, date, amount)``; equal rows of a file count by themselves
        :return: the statement, or an empty recordset when every row was imported before
        """
        self._check_role("finance")
        platform.check_access("read")
        platform_sudo = platform.sudo()
        lock_and_touch(platform_sudo)
        new = self.sudo()._get_new_rows(platform_sudo, rows)
        if not new:
            return self.browse()
        records = self._get_records(platform_sudo, new)
        statement = self.sudo().create(
            {
                "name": name,
                "platform_id": platform.id,
                "imported_by_id": self.env.uid,
                "line_ids": [
                    fields.Command.create(
                        {
                            "platform_id": platform.id,
                            "number": number,
                            "date": day,
                            "amount": amount,
                            "occurrence": occurrence,
                            "platform_refund_id": records.get(number, False),
                        }
                    )
                    for number, day, amount, occurrence in new
                ],
            }
        )
        return statement.with_env(self.env)

    @api.model
    def _get_new_rows(self, platform, rows):
        """Return ``(number, date, amount, occurrence)`` of the rows that are on no statement."""
        known = self.env["aftersales.platform.statement.line"].search_fetch(
            [("platform_id", "=", platform.id), ("number", "in", [row[0] for row in rows])],
            ["number", "date", "amount", "occurrence"],
        )
        round_amount = platform.currency_id.round
        seen = {(ln.number, ln.date, round_amount(ln.amount), ln.occurrence) for ln in known}
        counts, new = {}, []
        for number, day, amount in rows:
            row = number, day, round_amount(amount)
            counts[row] = counts.get(row, 0) + 1
            if (*row, counts[row]) not in seen:
                new.append((*row, counts[row]))
        return new

    @api.model
    def _get_records(self, platform, rows):
        """Return ``{number: id of the refund recorded}``."""
        records = (
            self.env["aftersales.platform.refund"]
            .sudo()
            .search_fetch(
                [
                    ("platform_id", "=", platform.id),
                    ("number", "in", [row[0] for row in rows]),
                    ("is_cancelled", "=", False),
                ],
                ["number"],
            )
        )
        return {record.number: record.id for record in records}

    def action_remove(self):
        """Remove statements imported by mistake: their refunds are un-matched."""
        self._check_role("finance")
        statements = self.sudo()
        lock_and_touch(statements.platform_id)
        statements.line_ids.unlink()
        statements.unlink()
        return self.env["ir.actions.actions"]._for_xml_id(
            "aftersales_publishing.aftersales_platform_statement_action"
        )

    # ------------------------------------------------------------------
    # Screen
    # ------------------------------------------------------------------
    def action_view_missing(self):
        """Open our refunds of these days that are on no statement."""
        self.ensure_one()
        return {
            **self.env["ir.actions.actions"]._for_xml_id(
                "aftersales_publishing.aftersales_platform_refund_action"
            ),
            "context": {},
            "domain": [
                ("platform_id", "=", self.platform_id.id),
                ("matching", "=", "missing"),
                ("date", ">=", self.date_from),
                ("date", "<=", self.date_to),
            ],
        }

    def action_view_lines(self):
        """Open the refunds listed; by state where the context names one."""
        self.ensure_one()
        state = self.env.context.get("line_state")
        return {
            **self.env["ir.actions.actions"]._for_xml_id(
                "aftersales_publishing.aftersales_platform_statement_line_action"
            ),
            "context": {},
            "domain": [("statement_id", "=", self.id)] + ([("state", "=", state)] if state else []),
        }
