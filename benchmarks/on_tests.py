"""A suite that plays what the tests play, only more of it, on a copy of their database."""

import argparse
import json
import sys

from odoo.modules.registry import Registry
from odoo.tools import config


def run(suite, description, add_options, measure, failing):
    """Read the command line, measure, print the metrics; exit with 1 if something failed.

    :param add_options: adds the suite's own options to a parser
    :param measure: ``(registry, options) -> {metric: number}``; called once Odoo knows where its
        add-ons are, so it may import them
    :param failing: names of the metrics that must be zero
    """
    parser = argparse.ArgumentParser(prog=f"benchmarks.{suite}", description=description)
    parser.add_argument("--conf", required=True, help="configuration file of Odoo")
    parser.add_argument("--db", required=True, help="database without demo data")
    add_options(parser)
    options = parser.parse_args()
    config.parse_config(["-c", options.conf, "-d", options.db, "--log-level=critical"])
    metrics = measure(Registry(options.db), options)
    print(json.dumps({"suite": suite, "metrics": metrics}))
    sys.exit(1 if any(metrics.get(name) for name in failing) else 0)
