"""Cases one by one and in batch: enquiry, refund, exchange, payout.

Every contender takes its own sales from a copy of the same database. Figures are medians after a
warm-up; contenders take turns, so that a busy machine is busy for all of them.
"""

from ..harness import Cost, total
from ..report import print_table

ONE_BY_ONE = ("case", "refund", "exchange")
BATCHES = ("refund", "exchange")
# Queries per case (the project's goals), and what they are compared with
TARGETS = {
    "case_1": 130,
    "refund_1": 347,
    "exchange_1": 313,
    "refund_50": 53.75,
    "exchange_50": 53.75,
    "payout_50": 40,
}


def add_options(parser):
    """Options of this suite."""
    parser.add_argument("--runs", type=int, default=7, help="cases one by one")
    parser.add_argument("--batches", type=int, default=3, help="batches of --size cases")
    parser.add_argument("--size", type=int, default=50, help="cases in a batch")
    parser.add_argument("--growth", default="5,50,500", help="sizes of the batches compared")


def run(benches, options):
    """Measure, print the tables; return ``{metric: number}``."""
    metrics = {}
    for bench in benches:
        _warm_up(bench)
    for flow in ONE_BY_ONE:
        _measure_one_by_one(flow, benches, options, metrics)
    for flow in BATCHES:
        _measure_batches(flow, benches, options, metrics)
    ours = next((bench for bench in benches if bench.name == "ours"), None)
    if ours and options.growth:
        for flow in BATCHES:
            _measure_growth(flow, ours, options, metrics)
    print_table(
        "targets: queries per case",
        ("metric", "target", "ours"),
        [(name, target, metrics[name]) for name, target in TARGETS.items() if name in metrics],
    )
    return metrics


def _warm_up(bench):
    flows = bench.contender.flows()
    for flow in ONE_BY_ONE + ("refund_batch", "exchange_batch"):
        if flow in flows:
            _steps, works = bench.repeat(flow, 2)
            if flow == "refund_batch" and "payout" in flows:
                bench.play("payout", works[0])


def _measure_one_by_one(flow, benches, options, metrics):
    for bench in benches:
        if flow in bench.contender.flows():
            steps, _works = bench.repeat(flow, options.runs)
            _report(f"{flow}, one by one", bench, f"{flow}_1", steps, 1, metrics)


def _measure_batches(flow, benches, options, metrics):
    size = options.size
    for bench in benches:
        if f"{flow}_batch" not in bench.contender.flows():
            continue
        steps, works = bench.repeat(f"{flow}_batch", options.batches, size)
        _report(f"{flow}, {size} at once", bench, f"{flow}_{size}", steps, size, metrics)
        if flow == "refund" and "payout" in bench.contender.flows():
            payout = bench.play("payout", works[0])
            _report(f"payout, {size} at once", bench, f"payout_{size}", payout, size, metrics)


def _measure_growth(flow, bench, options, metrics):
    sizes = [int(size) for size in options.growth.split(",")]
    rows = []
    for stock, size in [*(("ordinary", size) for size in sizes), ("history", options.size)]:
        steps, _works = bench.repeat(f"{flow}_batch", 1, size, stock)
        cost = _per_case(total(steps), size)
        name = f"{flow}_{size}" + ("_history" if stock == "history" else "_growth")
        _note(metrics, name, cost)
        rows.append((f"{size}, {stock} titles", *_figures(cost)))
    print_table(f"{flow}, growth of a batch (per case)", ("batch", *COLUMNS), rows)


COLUMNS = ("queries", "cpu ms", "wall ms", "mails")


def _report(title, bench, metric, steps, size, metrics):
    rows = [(name, *_figures(_per_case(cost, size))) for name, cost in steps.items()]
    cost = _per_case(total(steps), size)
    print_table(
        f"{title}: {bench.name} (per case)",
        ("step", *COLUMNS),
        [*rows, ("total", *_figures(cost))],
    )
    _note(metrics, metric if bench.name == "ours" else f"{bench.name}_{metric}", cost)


def _note(metrics, name, cost):
    metrics[name] = round(cost.queries, 2)
    metrics[f"{name}_cpu_ms"] = round(cost.cpu, 2)


def _per_case(cost, size):
    return Cost(*(value / size for value in cost))


def _figures(cost):
    return tuple(round(value, 1) for value in cost)
