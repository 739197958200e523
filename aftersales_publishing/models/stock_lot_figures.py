from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL

MEASURES = ("received", "sold", "returned", "complained", "confirmed")


class StockLot(models.Model):
    """What became of a print run: the figures of the run's record (R4.2).

    All are copies in the product's unit, of the companies the user works in, and follow the
    native documents: nothing is stored. See ``aftersales.run.fact`` for what counts.
    """

    _inherit = "stock.lot"

    received_quantity = fields.Float(
        "Received",
        compute="_compute_run_figures",
        digits="Product Unit",
        help="From the printer, less what went back to him.",
    )
    sold_quantity = fields.Float(
        "Sold",
        compute="_compute_run_figures",
        digits="Product Unit",
        help="Delivered to readers and shops, replacements and free copies included.",
    )
    returned_quantity = fields.Float(
        "Returned",
        compute="_compute_run_figures",
        digits="Product Unit",
        help="Came back, without those that were given back to their readers.",
    )
    kept_quantity = fields.Float(
        "With Readers",
        compute="_compute_run_figures",
        digits="Product Unit",
        help="Sold and not returned.",
    )
    complained_quantity = fields.Float(
        "Complained of",
        compute="_compute_run_figures",
        digits="Product Unit",
        help="In registered complaints that name a defect, without copies judged pirated.",
    )
    confirmed_quantity = fields.Float(
        "Confirmed defective",
        compute="_compute_run_figures",
        digits="Product Unit",
        help="Came back and were inspected as defective, with a defect in pages, printing or "
        "binding. Text defects are the publisher's and never count here, nor do copies judged "
        "pirated.",
    )
    defect_rate = fields.Float(
        compute="_compute_run_figures",
        help="Confirmed defective copies among those sold. Copies that came back sound do not "
        "count as sold.",
    )
    defect_table = fields.Html("By Defect", compute="_compute_run_figures", sanitize=False)
    stock_quantity = fields.Float(
        "In stock",
        compute="_compute_stock_figures",
        digits="Product Unit",
        help="On our shelves, hurt copies included, quarantine not.",
    )
    quarantined_quantity = fields.Float(
        "In quarantine",
        compute="_compute_stock_figures",
        digits="Product Unit",
        help="Not for sale. Readers' own copies that are repaired do not count.",
    )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends_context("allowed_company_ids", "lang")
    def _compute_run_figures(self):
        by_lot = self._get_run_figures(self.env.companies, ["defect_id"])
        for lot in self:
            by_defect = by_lot.get(lot.id, {})
            total = {name: sum(row[name] for row in by_defect.values()) for name in MEASURES}
            for name in MEASURES:
                lot[f"{name}_quantity"] = total[name]
            lot.kept_quantity = total["sold"] - total["returned"]
            exposed = self._get_exposed(total)
            lot.defect_rate = total["confirmed"] / exposed if exposed else 0.0
            lot.defect_table = lot._render_defects(by_defect)

    @api.depends_context("allowed_company_ids")
    def _compute_stock_figures(self):
        figures = self._get_stock_figures(self.env.companies) if self.ids else {}
        for lot in self:
            lot.stock_quantity, lot.quarantined_quantity = figures.get(lot.id, (0.0, 0.0))

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------
    def _get_run_figures(self, companies, groupby=()):
        """Add up what happened to the copies, in one query for all runs.

        :param companies: whose movements and cases count
        :param groupby: at most one more field of ``aftersales.run.fact``
        :return: ``{lot id: {measure: copies}}``; with ``groupby`` ``{lot id: {value: {…}}}``
        """
        rows = (
            self.env["aftersales.run.fact"]
            .sudo()
            ._read_group(
                [("lot_id", "in", self.ids), ("company_id", "in", companies.ids)],
                ["lot_id", *groupby],
                [f"{name}:sum" for name in MEASURES],
            )
        )
        result = {}
        for lot, *values in rows:
            figures = dict(zip(MEASURES, values[-len(MEASURES) :], strict=True))
            if groupby:
                result.setdefault(lot.id, {})[values[0]] = figures
            else:
                result[lot.id] = figures
        return result

    def _get_stock_figures(self, companies):
        """Return ``{lot id: (in stock, in quarantine)}``, in one query for all runs."""
        self.env["stock.quant"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT lot_id,
                       COALESCE(SUM(quantity) FILTER (WHERE NOT aside), 0)::float8,
                       COALESCE(SUM(quantity) FILTER (WHERE aside), 0)::float8
                  FROM (
                    SELECT quant.lot_id,
                           quant.quantity,
                           COALESCE(place.aftersales_without_value, FALSE)
                           OR COALESCE(place.parent_path LIKE quarantine.parent_path || '%%', FALSE)
                               AS aside
                      FROM stock_quant AS quant
                      JOIN stock_location AS place ON place.id = quant.location_id
                      JOIN res_company AS company ON company.id = quant.company_id
                      LEFT JOIN stock_location AS quarantine
                             ON quarantine.id = company.aftersales_quarantine_location_id
                     WHERE quant.lot_id IN %(lots)s
                       AND quant.company_id IN %(companies)s
                       AND place.usage IN ('internal', 'transit')
                       -- not a reader's own copy in repair
                       AND (quant.owner_id IS NULL OR place.aftersales_without_value IS NOT TRUE)
                  ) AS lying
                 GROUP BY lot_id
                """,
                lots=tuple(self.ids),
                companies=tuple(companies.ids),
            )
        )
        return {lot_id: (stock, aside) for lot_id, stock, aside in rows}

    def _get_exposed(self, figures):
        """Return the copies among which defective ones are counted: sold and not back sound."""
        back_sound = max(figures["returned"] - figures["confirmed"], 0.0)
        return max(figures["sold"] - back_sound, 0.0)

    def _forget_figures(self):
        """Let the figures be added up anew: nothing tells the cache what else was written."""
        names = [f"{name}_quantity" for name in MEASURES]
        self.invalidate_recordset([*names, "defect_rate", "defect_table"], flush=False)

    def _tell_record(self):
        """Tell in words what became of the run until now: a fact for verdicts (R3.1)."""
        self.ensure_one()
        exposed = self._get_exposed({name: self[f"{name}_quantity"] for name in MEASURES})
        if not exposed:
            return False
        return self.env._(
            "%(confirmed)s of %(exposed)s copies sold confirmed defective (%(rate)s), "
            "%(complained)s complained of",
            confirmed=f"{self.confirmed_quantity:g}",
            exposed=f"{exposed:g}",
            rate=f"{self.defect_rate:.2%}",
            complained=f"{self.complained_quantity:g}",
        )

    def _render_defects(self, by_defect):
        """Return a small table: each defect with the copies complained of and confirmed."""
        rows = [(defect, row) for defect, row in by_defect.items() if defect]
        if not rows:
            return False
        rows.sort(key=lambda pair: (-pair[1]["confirmed"], -pair[1]["complained"], pair[0].id))
        header = (
            self.env._("Defect"),
            self.env._("Complained of"),
            self.env._("Confirmed"),
        )
        cell = Markup('<td class="text-end">%g</td>')
        body = Markup().join(
            Markup("<tr><td>%s</td>%s%s</tr>")
            % (
                defect.display_name
                if defect.group != "text"
                else self.env._("%s (text: not the printer's)", defect.display_name),
                cell % row["complained"],
                cell % row["confirmed"],
            )
            for defect, row in rows
        )
        return Markup(
            '<table class="table table-sm mb-0"><thead><tr><th>%s</th>'
            '<th class="text-end">%s</th><th class="text-end">%s</th></tr></thead>'
            "<tbody>%s</tbody></table>"
        ) % (*header, body)

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_view_run_readers(self):
        """Show who has copies of the print runs."""
        return self._open_run("aftersales_publishing.aftersales_run_reader_action")

    def action_view_run_analysis(self):
        """Show the print runs by month and defect."""
        return self._open_run("aftersales_publishing.aftersales_run_fact_action_run")

    def action_view_run_inspections(self):
        """Show the copies of the print runs that came back and were inspected."""
        return self._open_run("aftersales_publishing.aftersales_inspection_history_action")

    def _open_run(self, xml_id):
        action = self.env["ir.actions.act_window"]._for_xml_id(xml_id)
        domain = [("lot_id", "in", self.ids)]
        if "inspection" in action["res_model"]:
            domain.append(("state", "=", "done"))
        return {**action, "domain": domain, "path": False}
