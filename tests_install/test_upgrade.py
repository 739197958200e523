"""A database with open cases comes from what was landed last to the present code."""

import pytest

from dev_env import databases, landed, odoo

from .house_at_work import FIGURES, filled_database, play, rows

OPEN_CASES = "open_cases.py"
# What the add-on says of the cases, which an upgrade does not change either
CASES = {
    "cases": "SELECT id, number, phase, next_step FROM helpdesk_ticket WHERE is_aftersales",
    "remedies": "SELECT id, state, progress, quantity FROM aftersales_resolution",
    "effects": "SELECT id, kind, state, quantity, quantity_planned, quantity_done"
    " FROM aftersales_effect",
    "inspections": "SELECT id, state, grade, disposition, contradiction FROM aftersales_inspection",
    "refunds": "SELECT id, number, state, amount FROM aftersales_refund",
    "events": "SELECT id, code, at, ticket_id FROM aftersales_event",
}


@pytest.fixture
def landed_database(tmp_path):
    """Return a database with cases at every step, made by what was landed last."""
    addons_path = landed.unpack(tmp_path)
    name = databases.named("upgrade")
    with databases.created(name, "cases of the last landing", template=filled_database()) as new:
        options = ["-i", landed.ADDON, f"--addons-path={addons_path}"]
        odoo.change_modules("install what was landed last", new, *options)
        play(new, OPEN_CASES, addons_path=addons_path)
    yield name
    databases.drop(name)


def test_cases_opened_before_an_upgrade_are_finished_after_it(landed_database):
    figures, cases = rows(landed_database, FIGURES), rows(landed_database, CASES)
    assert all(cases.values()), "there are no cases"
    odoo.change_modules("upgrade it", landed_database, "-u", landed.ADDON)
    assert rows(landed_database, FIGURES) == figures
    assert rows(landed_database, CASES) == cases
    play(landed_database, "finish_cases.py")
