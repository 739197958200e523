"""The suites of `./dev bench`: each on databases of its own, which it uses up."""

from . import base_database, bench_databases, databases, paths, test_database
from .process import alone, run, say


def _cases(arguments):
    """Our cases beside those of the peers and what Odoo itself costs."""
    _beside_others("cases", bench_databases.CONTENDERS, arguments)


def _refunds(arguments):
    """A long list of refunds beside what Odoo itself costs."""
    _beside_others("refunds", ("native", "ours"), arguments)


def _beside_others(suite, default, arguments):
    """Measure a suite with each contender on a database of its own."""
    contenders = _take_value(arguments, "--only") or ",".join(default)
    with bench_databases.copies(contenders.split(",")) as used:
        options = ["--addons-path", bench_databases.addons_path()]
        for contender, database in used.items():
            options += ["--database", f"{contender}={database}"]
        _measure("benchmarks", *options, suite, *arguments)


def _walks(arguments):
    """Random walks."""
    _on_test_database("walks", arguments)


def _matrix(arguments):
    """Every cell of the generated matrix."""
    _on_test_database("matrix", arguments)


def _runs(arguments):
    """Print runs on a million stock move lines."""
    _on_test_database("runs", arguments)


def _alarm(arguments):
    """Alarms of print runs."""
    _on_test_database("alarm", arguments)


def _on_test_database(name, arguments):
    """Measure on a copy of the test database."""
    with alone("lock-test"), alone():
        database = bench_databases.copy(test_database.ensure(), name)
    try:
        _measure(f"benchmarks.{name}", "--db", database, *arguments)
    finally:
        databases.drop(database)


def _install(arguments):
    """The installation, on a copy of the base database."""
    with alone():
        base = base_database.ensure()
    database = databases.named("bench-install")
    with databases.created(database, "one run", template=base):
        pass
    try:
        _measure("benchmarks.install", "--database", database, *arguments)
    finally:
        databases.drop(database)


ALL = {
    "cases": _cases,
    "refunds": _refunds,
    "matrix": _matrix,
    "walks": _walks,
    "runs": _runs,
    "alarm": _alarm,
    "install": _install,
}


def _measure(module, *arguments):
    say("measure")
    run(paths.PYTHON, "-m", module, "--conf", paths.CONF, *arguments, cwd=paths.REPO)


def _take_value(arguments, option):
    """Remove an option of our own and its value; return the value."""
    if option not in arguments:
        return None
    place = arguments.index(option)
    value = arguments[place + 1 : place + 2]
    del arguments[place : place + 2]
    return "".join(value)
