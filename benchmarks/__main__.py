"""``python -m benchmarks SUITE``: run a suite; the last line is ``{"suite": …, "metrics": …}``.

Databases are named by ``--database CONTENDER=NAME``, once for each contender.
"""

import argparse
import json

from .contenders import CONTENDERS
from .harness import Bench
from .odoo_setup import configure
from .suites import SUITES


def main():
    """Run the suite that is named."""
    parser = argparse.ArgumentParser(prog="./dev bench")
    parser.add_argument("--conf", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--addons-path", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--database", action="append", default=[], help=argparse.SUPPRESS)
    suites = parser.add_subparsers(dest="suite", required=True)
    for name, suite in SUITES.items():
        suite.add_options(suites.add_parser(name, help=suite.__doc__.splitlines()[0]))
    options = parser.parse_args()
    configure(options.conf, options.addons_path)
    databases = dict(pair.split("=") for pair in options.database)
    benches = [Bench(CONTENDERS[name](), database) for name, database in databases.items()]
    metrics = SUITES[options.suite].run(benches, options)
    print(json.dumps({"suite": options.suite, "metrics": metrics}))


if __name__ == "__main__":
    main()
