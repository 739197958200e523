"""The whole matrix: every shape of sale, remedy, invoice policy, payment and cost method.

``python -m benchmarks.matrix --conf odoo.conf --db DATABASE``; the database holds the add-on without
its demo data and is left as it was. The tests play a part of it with each cost method; this plays
all parts, one after the other, and tells every figure that differs.
"""

import argparse
import json
import sys
import time
import unittest

from odoo.modules.registry import Registry
from odoo.tools import config


def add_options(parser):
    """Options of this suite."""
    parser.add_argument("--parts", type=int, help="only so many parts of each cost method")


def main(options):
    """Play the parts; return the metrics."""
    config.parse_config(["-c", options.conf, "-d", options.db, "--log-level=critical"])
    Registry(options.db)
    # an add-on can be imported once Odoo knows where add-ons are
    from odoo.addons.aftersales_publishing.tests import matrix_shapes, test_matrix

    cells = failures = 0
    for case in test_matrix.COST_METHODS:
        for part in range(options.parts or test_matrix.PARTS):
            started = time.monotonic()
            count = len(matrix_shapes.get_combinations(part, test_matrix.PARTS))
            result = _play(type(case.__name__, (case,), {"part": part}))
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


def _main():
    parser = argparse.ArgumentParser(prog="benchmarks.matrix", description=__doc__)
    parser.add_argument("--conf", required=True, help="configuration file of Odoo")
    parser.add_argument("--db", required=True, help="database without demo data")
    add_options(parser)
    metrics = main(parser.parse_args())
    print(json.dumps({"suite": "matrix", "metrics": metrics}))
    return 1 if metrics["failed_parts"] else 0


if __name__ == "__main__":
    sys.exit(_main())
