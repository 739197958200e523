import base64

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError

from ..tools.platform_csv import parse

SHOWN = 10  # problems that are listed


class AftersalesPlatformImportWizard(models.TransientModel):
    """Look at a platform's statement before it is imported; all or nothing (R6.9)."""

    _name = "aftersales.platform.import.wizard"
    _description = "Import a Platform's Statement"

    platform_id = fields.Many2one(
        "aftersales.platform",
        required=True,
        default=lambda self: self._get_default_platform(),
    )
    file = fields.Binary("CSV File", required=True, attachment=False)
    filename = fields.Char()
    is_read = fields.Boolean()
    problem = fields.Text(readonly=True)
    skipped_count = fields.Integer("Rows without a Refund", readonly=True)
    line_ids = fields.One2many("aftersales.platform.import.line", "wizard_id", readonly=True)
    known_count = fields.Integer("Imported Before", compute="_compute_counts")
    matched_count = fields.Integer("Matched", compute="_compute_counts")
    differs_count = fields.Integer("Differ in Amount", compute="_compute_counts")
    unknown_count = fields.Integer("Unknown", compute="_compute_counts")
    missing_ids = fields.Many2many(
        "aftersales.platform.refund",
        compute="_compute_missing_ids",
        string="Ours, Not on the Statement",
        help="Recorded on the days of the file, and on no statement.",
    )
    missing_count = fields.Integer(compute="_compute_missing_ids")

    @api.model
    def _get_default_platform(self):
        platforms = self.env["aftersales.platform"].search([], limit=2)
        return platforms if len(platforms) == 1 else False

    @api.depends("line_ids.result")
    def _compute_counts(self):
        for wizard in self:
            results = wizard.line_ids.mapped("result")
            wizard.known_count = results.count("known")
            wizard.matched_count = results.count("matched")
            wizard.differs_count = results.count("differs")
            wizard.unknown_count = results.count("unknown")

    @api.depends("line_ids.date", "line_ids.number")
    def _compute_missing_ids(self):
        for wizard in self:
            days = wizard.line_ids.mapped("date")
            missing = self.env["aftersales.platform.refund"]
            if days:
                missing = missing.search(
                    [
                        ("platform_id", "=", wizard.platform_id.id),
                        ("matching", "=", "missing"),
                        ("date", ">=", min(days)),
                        ("date", "<=", max(days)),
                        ("number", "not in", wizard.line_ids.mapped("number")),
                    ]
                )
            wizard.missing_ids = missing
            wizard.missing_count = len(missing)

    @api.onchange("platform_id", "file")
    def _onchange_file(self):
        """Another file, or another reading of it, is to be looked at again."""
        self.is_read = False
        self.problem = False

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_preview(self):
        """Read the file and show what an import would do; nothing is imported."""
        self.ensure_one()
        parsed = self._parse()
        self.line_ids.unlink()
        self.write(
            {
                "is_read": not parsed.problems,
                "problem": self._describe_problems(parsed.problems),
                "skipped_count": parsed.skipped,
                "line_ids": [fields.Command.create(vals) for vals in self._prepare_lines(parsed)],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import a Statement"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_import(self):
        """Import what is new of the file; it is read again, so nothing else gets in.

        :raises UserError: when a row cannot be read: then nothing is imported
        """
        self.ensure_one()
        parsed = self._parse()
        if parsed.problems:
            raise UserError(self._describe_problems(parsed.problems))
        Statement = self.env["aftersales.platform.statement"]
        name = self.filename or self.env._("Statement")
        statement = Statement._import(self.platform_id, name, parsed.rows)
        if not statement:
            raise UserError(
                self.env._(
                    "All %s refunds of this file were imported before: nothing is new.",
                    len(parsed.rows),
                )
            )
        return self.env["helpdesk.ticket"]._open_records(self.env._("Statement"), statement)

    # ------------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------------
    def _parse(self):
        columns = self.platform_id._get_columns()
        if not columns:
            action = self.env.ref("aftersales_publishing.aftersales_platform_action")
            raise RedirectWarning(
                self.env._(
                    "Platform %s: tell first in which columns its statement has the refund "
                    "number, the date and the amount.",
                    self.platform_id.name,
                ),
                action.id,
                self.env._("Open the Platforms"),
            )
        parsed = parse(base64.b64decode(self.file or b""), columns)
        if not parsed.rows and not parsed.problems:
            parsed.problems.append((0, "empty", ""))
        return parsed

    def _describe_problems(self, problems):
        """Say what of the file cannot be read and what to do about it."""
        if not problems:
            return False
        texts = [self._describe_problem(*problem) for problem in problems[:SHOWN]]
        if len(problems) > SHOWN:
            texts.append(self.env._("… and %s more.", len(problems) - SHOWN))
        return "\n".join([self.env._("Nothing can be imported from this file:"), *texts])

    def _describe_problem(self, row, what, text):
        values = {"row": row, "text": text or "—", "platform": self.platform_id.name}
        if what == "encoding":
            return self.env._(
                "It is no text in UTF-8 or GB18030. Download it as CSV, not as a workbook or archive."
            )
        if what == "header":
            return self.env._(
                "No row has the titles %(text)s. Compare them with the columns set for %(platform)s.",
                **values,
            )
        if what == "empty":
            return self.env._("It has no row with a refund number.")
        if what == "number":
            return self.env._(
                "Row %(row)s: %(text)s is a number that a spreadsheet program shortened. Download "
                "the file again and do not save it in that program.",
                **values,
            )
        if what == "date":
            return self.env._("Row %(row)s: “%(text)s” is no date.", **values)
        return self.env._("Row %(row)s: “%(text)s” is no amount.", **values)

    def _prepare_lines(self, parsed):
        """Tell of each row what the import would make of it."""
        if parsed.problems:
            return []
        Statement = self.env["aftersales.platform.statement"]
        platform = self.platform_id
        new = {}
        for number, day, amount, _place in Statement._get_new_rows(platform, parsed.rows):
            new.setdefault((number, day, amount), []).append(amount)
        ids = Statement._get_records(platform, parsed.rows)
        records = self.env["aftersales.platform.refund"].browse(ids.values())
        by_number = {record.number: record for record in records}
        totals = {record.number: record.statement_amount for record in records}
        for number, _day, amount in new:
            count = len(new[number, _day, amount])
            totals[number] = totals.get(number, 0.0) + count * amount
        return [
            self._prepare_line(
                number, day, platform.currency_id.round(amount), new, by_number, totals
            )
            for number, day, amount in parsed.rows
        ]

    def _prepare_line(self, number, day, amount, new, by_number, totals):
        record = by_number.get(number)
        same = new.get((number, day, amount))
        result = "unknown"
        if not same:
            result = "known"
        else:
            same.pop()
            if record:
                differs = record.currency_id.compare_amounts(totals[number], record.shop_share)
                result = "differs" if differs else "matched"
        return {
            "number": number,
            "date": day,
            "amount": amount,
            "result": result,
            "platform_refund_id": record and record.id,
        }
