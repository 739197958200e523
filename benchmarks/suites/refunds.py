"""Refunds of a long list: approved, posted and paid in the background.

Beside it what Odoo itself takes for as many drafted credit notes: posted together and paid with its
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


def run(benches, options):
    """Measure, print the tables; return ``{metric: number}``."""
    metrics = {}
    name = f"refund_bulk_{options.size}"
    for bench in benches:
        bench.contender.prepare_bulk(bench)
        _measure(bench, WARM_UP)
        steps = _measure(bench, options.size)
        cost = _per_case(total(steps), options.size)
        rows = [(step, *_figures(_per_case(c, options.size))) for step, c in steps.items()]
        print_table(
            f"{options.size} refunds: {bench.name} (per refund)",
            ("step", *COLUMNS),
            [*rows, ("total", *_figures(cost))],
        )
        _note(metrics, name if bench.name == "ours" else f"{bench.name}_{name}", cost)
    if name in metrics:
        print_table(
            "target: queries per refund",
            ("metric", "target", "ours"),
            [(name, TARGET, metrics[name])],
        )
    return metrics


def _measure(bench, size):
    work = Work(bench.sales.take(size))
    bench.play("refund_requests", work)
    return bench.play("refund_bulk", work)
