from datetime import timedelta

from odoo import api, fields, models

from ..tools import run_alarm

DAYS = 60  # evidence grows with inspections only; older ones were judged when they were new
# Others who read whole lots, of the warehouse for instance, have no access to alarms and notices
READERS_OF_RUNS = ",".join(
    f"aftersales_publishing.group_{role}"
    for role in ("agent", "warehouse", "finance", "print_quality", "auditor")
)
TESTED = ("sold", "received", "confirmed")


class StockLot(models.Model):
    """Alarms of print runs: more confirmed defects than chance explains (R4.3)."""

    _inherit = "stock.lot"

    alarm_ids = fields.One2many("aftersales.run.alarm", "lot_id", "Alarms", groups=READERS_OF_RUNS)
    alarm_level = fields.Selection(
        [("warning", "Warning"), ("alarm", "Alarm")],
        string="Alarm",
        compute="_compute_alarm_level",
        help="The gravest alarm of the run that is not dealt with.",
    )

    @api.depends("alarm_ids.state", "alarm_ids.level")
    @api.depends_context("allowed_company_ids")
    def _compute_alarm_level(self):
        alarms = self.env["aftersales.run.alarm"].sudo()
        rows = alarms._read_group(
            [
                ("lot_id", "in", self.ids),
                ("company_id", "in", self.env.companies.ids),
                ("state", "=", "open"),
            ],
            ["lot_id"],
            ["level:array_agg"],
        )
        levels = dict(rows)
        for lot in self:
            open_levels = levels.get(lot, ())
            lot.alarm_level = bool(open_levels) and (
                "warning" if set(open_levels) == {"warning"} else "alarm"
            )

    def _tell_alarm(self):
        """Tell the gravest alarm that is not dealt with: a fact for verdicts (R3.1)."""
        self.ensure_one()
        levels = dict(self._fields["alarm_level"]._description_selection(self.env))
        return levels.get(self.alarm_level)

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_view_run_alarms(self):
        """Show the alarms of the print runs."""
        return self._open_run("aftersales_publishing.aftersales_run_alarm_action_run")

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    @api.model
    def _cron_check_alarms(self):
        """Judge the runs of which defective copies were inspected lately, company by company."""
        since = fields.Datetime.now() - timedelta(days=DAYS)
        rows = self.env["aftersales.inspection"]._read_group(
            [
                ("state", "=", "done"),
                ("grade", "=", "defective"),
                ("inspected_at", ">=", since),
                ("lot_id", "!=", False),
            ],
            ["company_id"],
            ["lot_id:recordset"],
        )
        for company, lots in rows:
            lots._check_alarms(company)

    def _check_alarms(self, company):
        """Raise the alarms that the figures of the runs call for; each level once per run.

        A run is compared with its printer's other runs, those with an alarm left out; see
        ``tools.run_alarm`` for method and source.

        :return: the new alarms
        """
        figures = self._get_run_figures(company)
        bases = self._get_base_rates(company, figures)
        raised = self._get_raised_levels(company)
        vals_list = []
        for lot in self:
            if not figures.get(lot.id):
                continue
            defective = figures[lot.id]["confirmed"]
            exposed = self._get_tested(figures[lot.id])
            judgement = run_alarm.judge(
                defective,
                exposed,
                bases[lot.id],
                company.aftersales_alarm_ratio,
                company.aftersales_alarm_limit,
            )
            levels = [judgement.level] if judgement.level else []
            if judgement.above_limit:
                levels.append("limit")
            for level in levels:
                if level in raised[lot.id] or (level == "warning" and "alarm" in raised[lot.id]):
                    continue
                vals_list.append(
                    {
                        "lot_id": lot.id,
                        "company_id": company.id,
                        "level": level,
                        "confirmed": defective,
                        "exposed": exposed,
                        "defect_rate": defective / exposed if exposed else 0.0,
                        "base_rate": bases[lot.id],
                        "odds": judgement.odds,
                        "limit_rate": company.aftersales_alarm_limit,
                    }
                )
        alarms = self.env["aftersales.run.alarm"].sudo().create(vals_list)
        alarms._notify()
        for lot in alarms.lot_id:  # without figures: other companies may read a shared run
            lot.message_post(
                body=self.env._(
                    "Alarm: more copies are confirmed defective than chance or the house's limit "
                    "explains. The figures stand under Alarms."
                )
            )
        return alarms

    def _get_tested(self, figures):
        """Return the copies that the test knows of: all that were sold, also those back sound.

        To leave out what came back sound, or is not inspected yet, would leave out evidence for the
        run: shops that return unsold copies would raise alarms. Where more are defective than the
        deliveries of the run tell, as for copies bought elsewhere, the copies received stand for
        those sold.
        """
        if figures["sold"] >= figures["confirmed"]:
            return figures["sold"]
        return max(figures["received"], figures["confirmed"])

    def _get_base_rates(self, company, figures):
        """Return ``{lot id: usual rate}``: of the printer's other runs without an alarm.

        :param figures: of ``self``, as from ``_get_run_figures``
        """
        alarmed = self.env["aftersales.run.alarm"].sudo().search([("company_id", "=", company.id)])
        facts = self.env["aftersales.run.fact"].sudo()
        rows = facts._read_group(
            [
                ("printer_id", "in", self.printer_id.ids),
                ("company_id", "=", company.id),
                ("lot_id", "not in", alarmed.lot_id.ids),
            ],
            ["printer_id"],
            [f"{name}:sum" for name in TESTED],
        )
        totals = {printer.id: values for printer, *values in rows}
        house_rate = company.aftersales_alarm_base
        result = {}
        for lot in self:
            others = dict(zip(TESTED, totals.get(lot.printer_id.id, (0.0, 0.0, 0.0)), strict=True))
            own = figures.get(lot.id)
            if own and lot not in alarmed.lot_id:
                others = {name: max(others[name] - own[name], 0.0) for name in TESTED}
            result[lot.id] = run_alarm.usual_rate(
                others["confirmed"], self._get_tested(others), house_rate
            )
        return result

    def _get_raised_levels(self, company):
        """Return ``{lot id: levels that were raised}``, of all runs of ``self``."""
        alarms = self.env["aftersales.run.alarm"].sudo()
        found = alarms.search([("lot_id", "in", self.ids), ("company_id", "=", company.id)])
        by_lot = {
            lot.id: set(group.mapped("level")) for lot, group in found.grouped("lot_id").items()
        }
        return {lot.id: by_lot.get(lot.id, set()) for lot in self}
