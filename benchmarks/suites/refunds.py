"""Refunds of a long list: approved, posted and paid in the background, stopped and resumed.

Shorter lists tell whether the cost grows with the list. Beside it what Odoo itself takes for as many drafted credit notes: posted together and paid with its
wizard, without a case, an approval or a check.
"""

from ..harness import Work, total
from ..report import print_table
from .cases import COLUMNS, _figures, _note, _per_case

TARGET = 60  # queries per refund
WARM_UP = 3


def add_options(parser):
    """Options of this suite."""
    parser.add_argument("--size", type=int, default=500, help="refunds in the list")
    parser.add_argument("--growth", default="5,50", help="shorter lists that are compared")
    parser.add_argument("--stopped", type=int, default=120, help="refunds in the list stopped")


def run(benches, options):
    """Measure, print the tables; return ``{metric: number}``."""
    metrics = {}
    sizes = [int(size) for size in options.growth.split(",") if size]
    for bench in benches:
        bench.contender.prepare_bulk(bench)
        _measure(bench, WARM_UP)
        for size in (*sizes, options.size):
            _report(bench, size, _measure(bench, size), metrics)
        if "refund_stopped" in bench.contender.flows():
            steps = _measure(bench, options.stopped, "refund_stopped")
            _report(bench, options.stopped, steps, metrics, "stopped and resumed")
    rows = [(name, TARGET, found) for name, found in metrics.items() if name.startswith("refund")]
    if rows:
        print_table("target: queries per refund", ("metric", "target", "ours"), rows)
    return metrics


def _report(bench, size, steps, metrics, how=""):
    cost = _per_case(total(steps), size)
    rows = [(step, *_figures(_per_case(c, size))) for step, c in steps.items()]
    print_table(
        f"{size} refunds {how}: {bench.name} (per refund)".replace(" :", ":"),
        ("step", *COLUMNS),
        [*rows, ("total", *_figures(cost))],
    )
    name = f"refund_bulk_{size}" if not how else f"refund_stopped_{size}"
    _note(metrics, name if bench.name == "ours" else f"{bench.name}_{name}", cost)


def _measure(bench, size, flow="refund_bulk"):
    work = Work(bench.sales.take(size))
    bench.play("refund_requests", work)
    return bench.play(flow, work)
