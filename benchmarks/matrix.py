"""The whole matrix: every shape of sale, remedy, invoice policy, payment and cost method.

``python -m benchmarks.matrix --conf odoo.conf --db DATABASE``; the database holds the add-on without
its demo data and is left as it was. The tests play a part of it with each cost method; this plays
all parts, one after the other, and tells every figure that differs.
"""

import time
import unittest

from .on_tests import run


def add_options(parser):
    """Options of this suite."""
    parser.add_argument("--parts", type=int, help="only so many parts of each cost method")
    parser.add_argument(
        "--ways", type=int, help="in so many parts, only the ways beside order and bank"
    )


def main(_registry, options):
    """Play the parts; return the metrics."""
    from odoo.addons.aftersales_publishing.tests import matrix_shapes, test_matrix

    cells = failures = 0
    for case in test_matrix.COST_METHODS:
        for part in range(options.parts or options.ways or test_matrix.PARTS):
            started = time.monotonic()
            own = {"part": part}
            if options.ways:
                ways = matrix_shapes.get_ways(part, options.ways)
                own["_get_cells"] = lambda case, ways=ways: case._leave_out(ways)
            part_case = type(case.__name__, (case,), own)
            count = len(part_case("test_matrix")._get_cells())
            result = _play(part_case)
            cells, failures = cells + count, failures + (not result.wasSuccessful())
            for _test, trace in (*result.failures, *result.errors):
                print(trace.splitlines()[-1], trace, sep="\n", flush=True)
            seconds = time.monotonic() - started
            print(f"{case.method:8} part {part:2}: {count} cells, {seconds:.0f} s", flush=True)
    return {"cells": cells, "failed_parts": failures}


def _play(case):
    result = unittest.TestResult()
    unittest.TestSuite([case("test_matrix")]).run(result)
    return result


if __name__ == "__main__":
    run("matrix", __doc__, add_options, main, ("failed_parts",))
