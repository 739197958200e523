"""What all tests of the repository share."""

import functools
import os
from unittest.mock import patch

import pytest
from _pytest.doctest import DoctestModule

import odoo
from odoo.tests import BaseCase, HttpCase, TransactionCase
from odoo.tests.common import get_db_name

from dev_env import addons

# What pages of the back end and the portal load
SCRIPTS = [
    "web.assets_web",
    "web.assets_frontend_lazy",
    "web.assets_frontend_minimal",
    "web.assets_tests",
    "web.__assets_tests_call__",
]
STYLES = ["web.assets_web", "web.assets_frontend"]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Make a skipped test fail in CI: a missing browser, for one, only skips the tours."""
    report = (yield).get_result()
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"


def pytest_collect_file(file_path, parent):
    """Collect the doctests of the modules that are free of the ORM."""
    if file_path.suffix == ".py" and file_path.parent.name in ("tools", "dev_env"):
        return DoctestModule.from_parent(parent, path=file_path)


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector, name, obj):
    """Collect no tests of an add-on that the database doesn't have, nor of modules they need."""
    if not (isinstance(obj, type) and issubclass(obj, BaseCase)):
        return None
    needed = {collector.path.parent.parent.name} & set(addons.names())
    needed |= getattr(obj, "needs_modules", set())
    return [] if needed - _installed_modules() else None


@functools.cache
def _installed_modules():
    database = get_db_name()
    with odoo.sql_db.db_connect(database).cursor() as cr:
        cr.execute("SELECT name FROM ir_module_module WHERE state = 'installed'")
        names = {name for (name,) in cr.fetchall()}
    odoo.sql_db.close_db(database)  # each of several workers copies it
    return names


@pytest.fixture(scope="session", autouse=True)
def files_of_others():
    """Keep what other workers stored: all share one folder, and each would clear it by its database."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        with patch.object(TransactionCase, "_gc_filestore"):
            yield
    else:
        yield


@pytest.fixture(scope="session", autouse=True)
def web_bundles(request, load_registry):
    """Keep the bundles that browser tests need: what a test makes itself is undone after it."""
    classes = {getattr(item, "cls", None) for item in request.session.items}
    if not any(issubclass(cls, HttpCase) for cls in classes if cls):
        return
    with odoo.modules.registry.Registry(get_db_name()).cursor() as cr:
        env = odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})
        for name in SCRIPTS:
            env["ir.qweb"]._get_asset_bundle(name, css=False, js=True).js()
        for name in STYLES:
            env["ir.qweb"]._get_asset_bundle(name, css=True, js=False).css()
