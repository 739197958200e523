import re

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..locking import lock_and_touch
from .aftersales_case_line_elsewhere import PAGE
from .aftersales_decision import without_defaults

MARKS = {"is_pirated", "rights_line_id"}


def _is_same_edition(one, other):
    """Whether two editions may be the same: by number, else in words (1, “第1版”)."""
    numbers = [re.search("[0-9]+", text) for text in (one, other)]
    if all(numbers):
        return numbers[0][0] == numbers[1][0]
    return any(numbers) or one.lower() == other.lower()


class AftersalesCaseLine(models.Model):
    """A copy whose copyright page no print run of ours has: perhaps pirated (盗版, R3.2).

    It is a warning, never a verdict. A copy that was *judged* pirated is neither exchanged nor paid
    back, and the rights department gets the evidence as a case of its own.
    """

    _inherit = "aftersales.case.line"

    page_printer = fields.Char(
        "Printer on the Page", help="Printer as printed on the copyright page."
    )
    page_unknown = fields.Boolean(
        "Page of No Print Run",
        compute="_compute_page_unknown",
        search="_search_page_unknown",
        compute_sudo=True,
        help="No print run of the title has this edition, impression, print date and printer. What "
        "is not known of a print run, or not noted of the page, is not compared.",
    )
    is_pirated = fields.Boolean(
        "Judged Pirated",
        compute="_compute_is_pirated",
        store=True,
        help="The verdict that holds names a third party: the copy is not counted as ours.",
    )
    rights_line_id = fields.Many2one(
        "aftersales.case.line",
        "Evidence",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The same copy on the case of the rights department.",
    )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends("product_id", "page_printer", *PAGE)
    def _compute_page_unknown(self):
        noted = self.filtered(lambda line: line._has_page() or line.page_printer)
        runs = noted._get_known_runs()
        for line in self:
            own = runs.get(line.product_id._origin, ()) if line in noted else ()
            own = [run for run in own if run.company_id.id in (False, line.company_id.id)]
            line.page_unknown = bool(own) and not any(line._fits_run(run) for run in own)

    def _get_known_runs(self):
        """Return the print runs of the titles of which anything is known, by title."""
        if not self:
            return {}
        runs = self.env["stock.lot"].search(
            [
                ("product_id", "in", self.product_id._origin.ids),
                "|",
                "|",
                ("edition", "!=", False),
                ("impression", "!=", 0),
                ("print_date", "!=", False),
            ]
        )
        return runs.grouped("product_id")

    def _fits_run(self, run):
        """Whether the copyright page may be that of a print run."""
        self.ensure_one()
        if self.edition and run.edition and not _is_same_edition(self.edition, run.edition):
            return False
        if self.impression and run.impression and self.impression != run.impression:
            return False
        days = self.print_date, run.print_date  # a page tells the month, a receipt the day
        if all(days) and days[0].replace(day=1) != days[1].replace(day=1):
            return False
        page, printer = (self.page_printer or "").lower(), (run.printer_id.name or "").lower()
        return not page or not printer or page in printer or printer in page

    def _search_page_unknown(self, operator, value):
        """Search as the compute answers, in one query."""
        if operator != "in":
            return NotImplemented
        if len(set(map(bool, value))) != 1:
            return [(1, "=", int(bool(value)))]
        names = ("product_id", "company_id", "page_printer", *PAGE)
        self.flush_model(names)
        self.env["stock.lot"].flush_model(["product_id", "company_id", "printer_id", *PAGE])
        line = {name: SQL.identifier(self._table, name) for name in names}
        known = SQL(
            """lot.product_id = %(product_id)s
               AND (lot.company_id IS NULL OR lot.company_id = %(company_id)s)
               AND (lot.edition <> '' OR lot.impression <> 0 OR lot.print_date IS NOT NULL)""",
            **line,
        )
        fits = SQL(
            """(COALESCE(%(edition)s, '') = '' OR COALESCE(lot.edition, '') = ''
                OR CASE WHEN lot.edition ~ '[0-9]' AND %(edition)s ~ '[0-9]'
                        THEN substring(lot.edition FROM '[0-9]+')
                             = substring(%(edition)s FROM '[0-9]+')
                        ELSE lot.edition ~ '[0-9]' OR %(edition)s ~ '[0-9]'
                             OR lower(lot.edition) = lower(%(edition)s) END)
               AND (COALESCE(%(impression)s, 0) = 0 OR COALESCE(lot.impression, 0) = 0
                    OR lot.impression = %(impression)s)
               AND (%(print_date)s IS NULL OR lot.print_date IS NULL
                    OR date_trunc('month', lot.print_date) = date_trunc('month', %(print_date)s))
               AND (COALESCE(%(page_printer)s, '') = '' OR COALESCE(printer.name, '') = ''
                    OR strpos(lower(printer.name), lower(%(page_printer)s)) > 0
                    OR strpos(lower(%(page_printer)s), lower(printer.name)) > 0)""",
            **line,
        )
        noted = SQL(
            """(%(edition)s <> '' OR %(impression)s <> 0 OR %(print_date)s IS NOT NULL
                OR %(page_printer)s <> '')""",
            **line,
        )
        query = self.sudo()._search([])
        query.add_where(
            SQL(
                """%(noted)s
                   AND EXISTS (SELECT FROM stock_lot AS lot WHERE %(known)s)
                   AND NOT EXISTS (
                       SELECT FROM stock_lot AS lot
                         LEFT JOIN res_partner AS printer ON printer.id = lot.printer_id
                        WHERE %(known)s AND %(fits)s)""",
                noted=noted,
                known=known,
                fits=fits,
            )
        )
        return [("id", "in" if any(value) else "not in", query)]

    @api.depends("verdict_ids.superseded_by_id", "verdict_ids.share_ids.party")
    def _compute_is_pirated(self):
        for line in self:
            verdict = line.verdict_ids.filtered(lambda verdict: not verdict.superseded_by_id)[:1]
            line.is_pirated = "third_party" in verdict.share_ids.mapped("party")

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_marks(vals)
        clean = without_defaults(self, MARKS)
        return super(AftersalesCaseLine, clean).create(vals_list)

    def write(self, vals):
        self._check_marks(vals)
        return super().write(vals)

    @api.model
    def _check_marks(self, vals):
        """A copy is called pirated by its verdict, whatever else an import or API says."""
        if (marks := MARKS & vals.keys()) and not self.env.su:
            raise AccessError(
                self.env._(
                    "%s is set by the verdict on the copy, not by hand.", ", ".join(sorted(marks))
                )
            )

    # ------------------------------------------------------------------
    # What it means
    # ------------------------------------------------------------------
    def _get_claim_problem(self, promise, days, signed, until):
        if self.is_pirated:
            return self.env._("The copy is pirated: it is neither exchanged nor paid back.")
        return super()._get_claim_problem(promise, days, signed, until)

    def _tell_page(self):
        page = super()._tell_page()
        return ", ".join(filter(None, [page, self.page_printer]))

    def _get_facts(self):
        facts = super()._get_facts()
        if self.page_unknown:
            note = self.env._("no print run of ours has this page")
            facts.append(("piracy", self.env._("Perhaps pirated"), note))
        return facts

    # ------------------------------------------------------------------
    # The case of the rights department
    # ------------------------------------------------------------------
    def _hand_to_rights(self):
        """Open a case for the rights department with the evidence on pirated copies (R3.2).

        One for each case of a reader, and each copy is handed over once. Runs on ``sudo()``.
        """
        Ticket = self.env["helpdesk.ticket"]
        handed = self.filtered(
            lambda line: not line.rights_line_id and not line.ticket_id.evidence_of_id
        )
        # two who judge two books of a case at the same moment open one case
        lock_and_touch(handed.ticket_id)
        groups = handed.grouped("ticket_id")
        fresh = [ticket for ticket in groups if not ticket._get_rights_case()]
        cases = Ticket.create([ticket._prepare_rights_vals(groups[ticket]) for ticket in fresh])
        for ticket, case in zip(fresh, cases, strict=True):
            ticket._copy_evidence(case)
        for ticket, lines in groups.items():
            case = ticket._get_rights_case()
            evidence = self.create([line._prepare_evidence_vals(case) for line in lines])
            for line, copied in zip(lines, evidence, strict=True):
                line.rights_line_id = copied
            note = f"{case.number}: " + ", ".join(lines.mapped("display_name"))
            self.env["aftersales.event"]._log("piracy_reported", ticket, note)
        self.env["aftersales.intake"]._take_in(cases)

    def _prepare_evidence_vals(self, case):
        """Return the values of the copy on the case of the rights department: no claim of it."""
        self.ensure_one()
        return {
            "ticket_id": case.id,
            "product_id": self.product_id.id,
            "quantity": self.quantity,
            "product_uom_id": self.product_uom_id.id,
            "note": "\n".join(filter(None, [self.known_facts, self.note])),
            **{name: self[name] for name in ("page_printer", *PAGE)},
        }
