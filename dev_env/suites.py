"""The test suites: which tests run on which database, and one summary of several."""

import os
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from . import paths, test_database
from .process import exit_code, say

MOST_WORKERS = 4  # each has a copy of the database and a registry
OUTCOMES = ("failed", "passed", "skipped", "errors")  # in pytest's order


@dataclass
class Suite:
    """Tests that share a database.

    ``tests`` are files to run when the caller names none, as patterns below the repository;
    empty: those of ``testpaths`` in pyproject.toml. ``left_out`` are those that other suites run;
    ``-k`` finds them too. ``divisible``: each processor can take its part of the tests, on a copy
    of the database of its own.
    """

    database: Callable[[bool], str]
    tests: tuple = ()
    left_out: tuple = ()
    divisible: bool = True

    def command(self, database, arguments):
        """Return the command line of pytest on the database, once that is made."""
        options = ["--odoo-http", f"--odoo-config={paths.CONF}", f"--odoo-database={database}"]
        if _names_tests(arguments):
            return [paths.PYTHON, "-m", "pytest", *options, *arguments]
        if self.divisible and not {"-k", "--cov"} & set(arguments):
            workers = min(MOST_WORKERS, len(os.sched_getaffinity(0)))
            options += ["-n", str(workers), "--dist", "loadscope"]
        if "-k" not in arguments:
            options += [f"--ignore-glob={paths.REPO / pattern}" for pattern in self.left_out]
        tests = sorted(file for pattern in self.tests for file in paths.REPO.glob(pattern))
        return [paths.PYTHON, "-m", "pytest", *options, *arguments, *tests]


def _names_tests(arguments):
    return any((paths.REPO / argument.split("::")[0]).exists() for argument in arguments)


GENERATED_TESTS = (
    "aftersales_publishing/tests/test_edition_walk.py",
    "aftersales_publishing/tests/test_matrix.py",
    "aftersales_publishing/tests/test_repair_walk.py",
    "aftersales_publishing/tests/test_walks.py",
)
INSTALL_TESTS = ("tests_install/test_*.py",)
CORE = Suite(test_database.ensure, left_out=GENERATED_TESTS + INSTALL_TESTS)
GENERATED = Suite(test_database.ensure, GENERATED_TESTS)
INSTALL = Suite(test_database.ensure, INSTALL_TESTS, divisible=False)  # they share a template
OPTIONAL = Suite(
    test_database.ensure_optional,
    (
        "aftersales_publishing/tests/test_exchange*.py",
        "aftersales_publishing/tests/test_refund*.py",
        "aftersales_publishing/tests/test_hold*.py",
        "aftersales_publishing/tests/test_sent_back*.py",
        "aftersales_publishing/tests/test_matrix*.py",
        "aftersales_publishing/tests/test_optional*.py",
        "aftersales_publishing_*/tests/test_*.py",
    ),
)
PARALLEL = Suite(test_database.ensure_parallel, ("tests_parallel/test_*.py",))
# apart from the other races: the glue locks rows too, which would hide a guard that is missing
PARALLEL_OPTIONAL = Suite(
    test_database.ensure_parallel_optional, ("tests_parallel/optional/test_*.py",)
)
ALL = {
    "core": CORE,
    "generated": GENERATED,
    "install": INSTALL,
    "optional": OPTIONAL,
    "parallel": PARALLEL,
    "parallel-optional": PARALLEL_OPTIONAL,
}


def run_all(databases, arguments):
    """Run suites, whatever fails; the last line counts their tests together.

    :param databases: {name of the suite: database}
    :return: 0 when every suite passed, else 1
    """
    started = time.monotonic()
    counts, codes = Counter(), []
    for name, database in databases.items():
        say(f"pytest: {name}")
        report = paths.LOGS / f"tests-{name}.xml"
        report.unlink(missing_ok=True)
        command = ALL[name].command(database, [f"--junitxml={report}", *arguments])
        codes.append(exit_code(*command, cwd=paths.REPO))
        counts += count(report.read_text() if report.exists() else "", codes[-1])
    print(summary(counts, time.monotonic() - started), flush=True)
    return int(any(codes))


def count(report, code):
    """Count the outcomes in a JUnit report; a run that ended otherwise is an error.

    >>> xml = '<testsuites><testsuite tests="9" failures="2" errors="0" skipped="1"/></testsuites>'
    >>> sorted(count(xml, 1).items())
    [('errors', 0), ('failed', 2), ('passed', 6), ('skipped', 1)]
    >>> count("", 3)
    Counter({'errors': 1})
    """
    if not report:
        return Counter(errors=1)
    totals = Counter()
    for suite in ElementTree.fromstring(report).iter("testsuite"):
        tests, failed, errors, skipped = (
            int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped")
        )
        totals.update(
            passed=tests - failed - errors - skipped, failed=failed, errors=errors, skipped=skipped
        )
    if code and not totals["failed"] and not totals["errors"]:
        totals["errors"] += 1
    return totals


def summary(counts, seconds):
    """Return pytest's last line for these counts.

    >>> summary(Counter(passed=180), 500).strip("=")
    ' 180 passed in 500.00s '
    >>> summary(Counter(passed=3, failed=1, errors=1), 2.5).strip("=")
    ' 1 failed, 3 passed, 1 error in 2.50s '
    """
    names = {"errors": "error" if counts["errors"] == 1 else "errors"}
    parts = [f"{counts[name]} {names.get(name, name)}" for name in OUTCOMES if counts[name]]
    return f" {', '.join(parts) or 'no tests ran'} in {seconds:.2f}s ".center(80, "=")
