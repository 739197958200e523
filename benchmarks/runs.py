"""Print runs on a million stock move lines: the form, the analysis of printers, who has copies.

``python -m benchmarks.runs --conf odoo.conf --db DATABASE`` fills the database (a copy that is
dropped afterwards) and reads as the web client does: a new cursor, an empty record cache. What is
compared is SQL written by hand for the same figures. The last line is
``{"suite": "runs", "metrics": …}``.
"""

import time
from contextlib import contextmanager
from statistics import median

from .on_tests import run
from .report import print_table
from .runs_fill import fill

TARGETS = {"run_form_queries": 15, "printer_analysis_ratio": 2.0}
MEASURES = ("received", "sold", "returned", "complained", "confirmed")

BY_PRINTER = """
    SELECT lot.printer_id, SUM(received), SUM(sold), SUM(returned), SUM(complained), SUM(confirmed)
      FROM (
        SELECT line.lot_id,
               SUM(CASE WHEN source.usage = 'supplier' THEN line.quantity_product_uom
                        WHEN target.usage = 'supplier' THEN -line.quantity_product_uom END)
                   AS received,
               SUM(line.quantity_product_uom) FILTER (
                   WHERE target.usage = 'customer' AND back.id IS NULL) AS sold,
               SUM(CASE WHEN source.usage = 'customer' THEN line.quantity_product_uom
                        WHEN back.id IS NOT NULL THEN -line.quantity_product_uom END) AS returned,
               NULL::numeric AS complained,
               NULL::numeric AS confirmed
          FROM stock_move_line line
          JOIN stock_location source ON source.id = line.location_id
          JOIN stock_location target ON target.id = line.location_dest_id
          LEFT JOIN (
            SELECT move.id
              FROM stock_move move
              JOIN stock_move origin ON origin.id = move.origin_returned_move_id
              JOIN stock_location place ON place.id = origin.location_id
             WHERE place.usage = 'customer' AND move.aftersales_effect_id IS NULL
          ) back ON back.id = line.move_id
         WHERE line.state = 'done' AND line.lot_id IS NOT NULL AND line.company_id = %(company)s
         GROUP BY line.lot_id
        UNION ALL
        SELECT line.lot_id, NULL, NULL, NULL, SUM(line.quantity), NULL
          FROM aftersales_case_line line
          JOIN helpdesk_ticket ticket ON ticket.id = line.ticket_id
         WHERE ticket.phase NOT IN ('intake', 'cancelled') AND line.company_id = %(company)s
         GROUP BY line.lot_id
        UNION ALL
        SELECT lot_id, NULL, NULL, NULL, NULL, SUM(quantity)
          FROM aftersales_inspection
         WHERE state = 'done' AND grade = 'defective' AND company_id = %(company)s
         GROUP BY lot_id
      ) run
      JOIN stock_lot lot ON lot.id = run.lot_id
     GROUP BY lot.printer_id
"""
READERS = """
    SELECT sale.partner_shipping_id, sale.id,
           SUM(CASE WHEN target.usage = 'customer' THEN line.quantity_product_uom ELSE 0 END),
           SUM(CASE WHEN source.usage = 'customer' THEN line.quantity_product_uom ELSE 0 END)
      FROM stock_move_line line
      JOIN stock_location source ON source.id = line.location_id
      JOIN stock_location target ON target.id = line.location_dest_id
      JOIN stock_move move ON move.id = line.move_id
      JOIN sale_order_line sale_line ON sale_line.id = move.sale_line_id
      JOIN sale_order sale ON sale.id = sale_line.order_id
     WHERE line.lot_id = %(lot)s AND line.state = 'done' AND line.company_id = %(company)s
       AND (source.usage = 'customer') <> (target.usage = 'customer')
     GROUP BY sale.partner_shipping_id, sale.id
"""


def add_options(parser):
    """Options of this suite."""
    parser.add_argument("--lines", type=int, default=1_000_000, help="stock move lines to make")
    parser.add_argument("--runs", type=int, default=7, help="times each is measured")


def main(registry, options):
    """Fill, measure, print the table; return the metrics."""
    started = time.monotonic()
    lot_id, user_id = fill(registry, options.lines)
    print(f"filled in {time.monotonic() - started:.0f} s", flush=True)
    bench = Bench(registry, user_id, lot_id, options.runs)
    metrics = {
        "lines": options.lines,
        **bench.measure_form(),
        **bench.measure_printers(),
        **bench.measure_readers(),
    }
    rows = [(name, TARGETS.get(name, ""), value) for name, value in metrics.items()]
    print_table("print runs", ("metric", "target", "found"), rows)
    failed = sum(metrics[name] > target for name, target in TARGETS.items())
    return {**metrics, "failed": failed}


class Bench:
    """Reads as a print-quality manager does."""

    def __init__(self, registry, user_id, lot_id, runs):
        self.registry, self.user_id, self.lot_id, self.runs = registry, user_id, lot_id, runs

    @contextmanager
    def opened(self):
        """Give an environment with an empty record cache, as a request has it."""
        from odoo import api

        with self.registry.cursor() as cr:
            yield api.Environment(cr, self.user_id, {"lang": "en_US", "tz": "UTC"})

    def measure_form(self):
        """Count the queries of opening the form of a run, and what Odoo's own form takes."""
        result = {}
        for name, xml_id in (
            ("run_form", "aftersales_publishing.aftersales_print_run_view_form"),
            ("lot_form", "stock.view_production_lot_form"),
        ):
            queries, seconds = [], []
            for _time in range(self.runs):
                with self.opened() as env:
                    view = env.ref(xml_id)
                    arch = env["stock.lot"].get_view(view.id, "form")["arch"]
                with self.opened() as env:
                    lot = env["stock.lot"].browse(self.lot_id)
                    spec = read_specification(lot, arch)
                    before, started = env.cr.sql_log_count, time.perf_counter()
                    lot.with_context(display_complete=True).web_read(spec)
                    seconds.append(time.perf_counter() - started)
                    queries.append(env.cr.sql_log_count - before)
            result[f"{name}_queries"] = queries[-1]  # once Odoo's own caches are filled
            result[f"{name}_ms"] = round(median(seconds) * 1000, 1)
        return result

    def measure_printers(self):
        """Compare the pivot by printer with SQL for the same figures, which must be equal."""

        def pivot(env):
            return env["aftersales.run.fact"].formatted_read_group(
                [], ["printer_id"], [f"{name}:sum" for name in MEASURES]
            )

        def by_hand(env):
            env.cr.execute(BY_PRINTER, {"company": env.company.id})
            return env.cr.fetchall()

        found, expected = self._both(pivot, by_hand)
        found = {row["printer_id"][0]: [row[f"{name}:sum"] for name in MEASURES] for row in found}
        expected = {printer: [float(v or 0) for v in values] for printer, *values in expected}
        assert found == expected, (found, expected)
        return self._ratio("printer_analysis", pivot, by_hand)

    def measure_readers(self):
        """Compare the list of who has copies with SQL for the same figures."""
        names = ["partner_id", "order_id", "delivered", "returned"]

        def ours(env):
            domain = [("lot_id", "=", self.lot_id)]
            return env["aftersales.run.reader"].search_read(domain, names, load=None)

        def by_hand(env):
            env.cr.execute(READERS, {"lot": self.lot_id, "company": env.company.id})
            return env.cr.fetchall()

        found, expected = self._both(ours, by_hand)
        found = {tuple(row[name] for name in names) for row in found}
        assert found == {(*ids, *map(float, values)) for *ids, [*values] in map(split, expected)}
        return {**self._ratio("trace_5000_ms", ours, by_hand), "readers": len(found)}

    def _both(self, ours, by_hand):
        with self.opened() as env:
            return ours(env), by_hand(env)

    def _ratio(self, name, ours, by_hand):
        """Take turns, so that a busy machine is busy for both; return medians and their ratio."""
        seconds = {ours: [], by_hand: []}
        for _time in range(self.runs):
            for way, times in seconds.items():
                with self.opened() as env:
                    started = time.perf_counter()
                    way(env)
                    times.append(time.perf_counter() - started)
        our_ms, sql_ms = (median(times) * 1000 for times in seconds.values())
        return {
            f"{name}_ours": round(our_ms, 1),
            f"{name}_sql": round(sql_ms, 1),
            f"{name}_ratio": round(our_ms / sql_ms, 2),
        }


def split(row):
    """Return the two ids and the figures of a row."""
    return (*row[:2], row[2:])


def read_specification(record, arch):
    """Return what the web client asks for when it opens a form."""
    from lxml import etree

    specification = {}
    for node in etree.fromstring(arch).iter("field"):
        if node.xpath("ancestor::field"):
            continue
        field = record._fields[node.get("name")]
        many = field.type in ("many2one", "many2many", "one2many")
        specification[field.name] = {"fields": {"display_name": {}}} if many else {}
    return specification


if __name__ == "__main__":
    run("runs", __doc__, add_options, main, ("failed",))
