"""Alarms of print runs: how often a usual run is accused, how soon a bad one is.

``python -m benchmarks.alarm --conf odoo.conf --db DATABASE``. Runs are drawn copy by copy with fixed
seeds and judged after every defective copy by ``tools.run_alarm.judge``, with what a new company is
set to, as ``stock.lot`` does it. Once the story is played through Odoo: sales, complaints,
inspections, the job. The last line is ``{"suite": "alarm", "metrics": …}``.
"""

import random
import time
import unittest
from statistics import median

from .on_tests import run
from .report import print_table

SEED = 20261122
USUAL, BAD = 0.005, 0.025
TARGETS = {"false_alarm": 0.01, "detection_1000": 0.95}


def add_options(parser):
    """Options of this suite."""
    parser.add_argument("--runs", type=int, default=1000, help="print runs drawn at each rate")


def main(registry, options):
    """Draw, judge, play; print the table; return the metrics."""
    from odoo import SUPERUSER_ID, api

    with registry.cursor() as cr:
        defaults = api.Environment(cr, SUPERUSER_ID, {})["res.company"].default_get(
            ["aftersales_alarm_base", "aftersales_alarm_ratio"]
        )
    settings = defaults["aftersales_alarm_base"], defaults["aftersales_alarm_ratio"]
    started = time.monotonic()
    chance = random.Random(SEED)
    usual = [_first_alarm(chance, USUAL, 5000, settings) for _run in range(options.runs)]
    bad = [_first_alarm(chance, BAD, 5000, settings) for _run in range(options.runs)]
    found = [at for at in bad if at]
    metrics = {
        "false_alarm": sum(at is not None for at in usual) / options.runs,
        "detection_1000": sum(at <= 1000 for at in found) / options.runs,
        "median_copies": median(found),
        "drawn_s": round(time.monotonic() - started, 1),
        "through_odoo": _play_through_odoo(),
    }
    failed = (metrics["false_alarm"] > TARGETS["false_alarm"]) + (
        metrics["detection_1000"] < TARGETS["detection_1000"]
    )
    rows = [(name, TARGETS.get(name, ""), value) for name, value in metrics.items()]
    print_table("alarms", ("metric", "target", "found"), rows)
    return {**metrics, "failed": failed + (not metrics["through_odoo"])}


def _first_alarm(chance, rate, copies, settings):
    """Sell copies one by one; return how many were sold when the run was accused, or None."""
    from odoo.addons.aftersales_publishing.tools.run_alarm import judge

    defective = 0
    for sold in range(1, copies + 1):
        if chance.random() < rate:  # evidence grows with defective copies alone
            defective += 1
            if judge(defective, sold, *settings).level:
                return sold
    return None


def _play_through_odoo():
    """Play the test that sells and complains copy by copy; return 1 if the alarm came."""
    from odoo.addons.aftersales_publishing.tests.test_run_alarm import TestRunAlarm

    result = unittest.TestResult()
    unittest.TestSuite([TestRunAlarm("test_copy_by_copy")]).run(result)
    for _test, trace in (*result.failures, *result.errors):
        print(trace, flush=True)
    return int(result.wasSuccessful() and result.testsRun == 1)


if __name__ == "__main__":
    run("alarm", __doc__, add_options, main, ("failed",))
