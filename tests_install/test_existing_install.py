"""The add-ons come to a house at work, finish a case on an old order, and leave."""

import pytest

from dev_env import addons, databases, odoo

from .house_at_work import FIGURES, filled_database, play, rows

# What must be as before once they are gone
STRUCTURE = {
    "columns": "SELECT table_name, column_name FROM information_schema.columns"
    " WHERE table_schema = 'public'",
    "indexes": "SELECT tablename, indexname FROM pg_indexes WHERE schemaname = 'public'",
    "constraints": "SELECT conrelid::regclass, conname FROM pg_constraint",
    "fields": "SELECT model, name FROM ir_model_fields",
    "groups": "SELECT id FROM res_groups",
    "menus": "SELECT id FROM ir_ui_menu",
    "views": "SELECT id FROM ir_ui_view",
    "scheduled actions": "SELECT id FROM ir_cron",
    "settings": "SELECT key FROM ir_config_parameter",
}
# An index on another module's field stays with the field; it does no harm
STAY = {"stock_move_line|stock_move_line__lot_id_index"}
DOCUMENTS = {
    table: f"SELECT id FROM {table}"
    for table in ("sale_order", "account_move", "stock_move", "helpdesk_ticket", "res_partner")
}


@pytest.fixture
def existing():
    """Return a database that is in use, but without the add-ons."""
    name = databases.named("existing")
    with databases.created(name, "a house at work, for one test", template=filled_database()):
        pass
    yield name
    databases.drop(name)


def test_the_addons_come_work_and_leave(existing):
    structure, figures = rows(existing, STRUCTURE), rows(existing, FIGURES)
    documents = rows(existing, DOCUMENTS)
    assert all(documents.values()), "the database is not filled"

    odoo.change_modules("install onto it", existing, "-i", ",".join(addons.standalone()))
    assert rows(existing, FIGURES) == figures

    play(existing, "finish_case.py")

    play(existing, "uninstall.py", *addons.standalone())
    now = rows(existing, STRUCTURE)
    left = {name: found - structure[name] - STAY for name, found in now.items()}
    assert left == dict.fromkeys(STRUCTURE, set())
    gone = {name: documents[name] - found for name, found in rows(existing, DOCUMENTS).items()}
    assert gone == dict.fromkeys(DOCUMENTS, set())
