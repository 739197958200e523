"""Odoo's own tests on a database without and on one with the add-ons, compared test by test.

They tell what the add-ons change for those who do not use them. All tests of a module run with
everything installed, whatever moment Odoo marks them for.
"""

import xml.etree.ElementTree as ElementTree
from collections import Counter

from . import base_database, databases, paths, test_database
from .process import Failed, exit_code, output, say

MODULES = ("sale_stock", "stock_account", "helpdesk_mgmt")
FIND = """
import sys
from odoo.modules.module import get_module_path, initialize_sys_path
initialize_sys_path()
for name in sys.argv[1:]:
    print(get_module_path(name))
"""
RAN = (0, 1)  # exit codes of pytest: all passed, some failed


def compare(arguments):
    """Run the tests on both, print what differs; return 1 if anything does.

    :param arguments: for pytest
    """
    templates = {"without": base_database.ensure(), "with": test_database.ensure()}
    results = {name: _run(name, template, arguments) for name, template in templates.items()}
    for name, result in results.items():
        counts = ", ".join(
            f"{count} {outcome}" for outcome, count in Counter(result.values()).items()
        )
        say(f"{name} the add-ons: {len(result)} tests, {counts}")
    table = differences(*results.values())
    for line in table:
        print(line)
    say("no differences" if not table else f"{len(table)} tests differ")
    return int(bool(table))


def _run(name, template, arguments):
    """Run the tests on a copy of the database; return {test: outcome}."""
    database = databases.named(f"odoo-suites-{name}")
    with databases.created(database, "tests of Odoo", template=template):
        pass
    report = paths.LOGS / f"odoo-suites-{name}.xml"
    report.unlink(missing_ok=True)
    folders = [f"{path}/tests" for path in output(paths.PYTHON, "-c", FIND, *MODULES).split()]
    options = [f"--odoo-config={paths.CONF}", f"--odoo-database={database}", "--odoo-http"]
    options += [f"--rootdir={paths.REPO}", f"--junitxml={report}", "-q", "--tb=no", "--no-header"]
    say(f"pytest: {', '.join(MODULES)} {name} the add-ons")
    code = exit_code(paths.PYTHON, "-m", "pytest", *options, *arguments, *folders, cwd=paths.REPO)
    if code not in RAN:
        raise Failed(f"pytest could not run the tests ({code}).")
    databases.drop(database)
    return outcomes(report.read_text())


def outcomes(report):
    """Return {test: outcome} of a JUnit report.

    >>> outcomes('<s><testcase classname="a" name="b"/>'
    ...          '<testcase classname="a" name="c"><failure/></testcase></s>')
    {'a.b': 'passed', 'a.c': 'failure'}
    """
    found = {}
    for case in ElementTree.fromstring(report).iter("testcase"):
        kinds = {child.tag for child in case} & {"failure", "error", "skipped"}
        found[f"{case.get('classname')}.{case.get('name')}"] = ", ".join(sorted(kinds)) or "passed"
    return found


def differences(without, with_addons):
    """Return a line for every test whose outcome differs.

    >>> differences({"a": "passed", "b": "passed"}, {"a": "failure", "b": "passed"})
    ['a: passed without, failure with']
    """
    return [
        f"{test}: {without.get(test, 'missing')} without, {with_addons.get(test, 'missing')} with"
        for test in sorted(without.keys() | with_addons.keys())
        if without.get(test) != with_addons.get(test)
    ]
