"""The add-ons come to a house at work, finish a case on an old order, and leave."""

import os
from pathlib import Path

import pytest

from dev_env import addons, databases, odoo
from dev_env.paths import digest
from dev_env.process import output

HERE = Path(__file__).resolve().parent
FILL = HERE / "fill_existing.py"

# What nobody may change by installing the add-ons
FIGURES = {
    "orders": "SELECT id, state, invoice_status, amount_total FROM sale_order",
    "order lines": "SELECT id, product_uom_qty, qty_delivered, qty_invoiced, qty_to_invoice"
    " FROM sale_order_line",
    "invoices": "SELECT id, state, payment_state, amount_residual FROM account_move",
    "ledger": "SELECT account_id, sum(balance), count(*) FROM account_move_line GROUP BY 1",
    "stock": "SELECT location_id, product_id, lot_id, quantity, reserved_quantity FROM stock_quant",
    "moves": "SELECT id, state, quantity, value FROM stock_move",
    "tickets": "SELECT id, number, name, stage_id, team_id, active FROM helpdesk_ticket",
}
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


def rows(database, queries):
    """Return {name: set of lines} of what the queries say."""
    return {
        name: set(output("psql", "-XAtd", database, "-c", query).splitlines())
        for name, query in queries.items()
    }


def play(database, script, *arguments):
    """Run a script of this folder inside Odoo."""
    odoo.run_script(script, database, HERE / script, *arguments)


@pytest.fixture
def existing():
    """Return a database that is in use, but without the add-ons."""
    base = os.environ["TEST_BASE_DATABASE"]
    filled = databases.named("existing-") + digest(base, FILL.read_text())
    if filled not in databases.existing():
        with databases.created(filled, "a house at work", template=base) as new:
            play(new, FILL.name)
        databases.drop_superseded("existing-", keep=filled)
    name = databases.named("existing")
    with databases.created(name, "a house at work, for one test", template=filled):
        pass
    yield name
    databases.drop(name)


def test_the_addons_come_work_and_leave(existing):
    structure, figures = rows(existing, STRUCTURE), rows(existing, FIGURES)
    documents = rows(existing, DOCUMENTS)
    assert all(documents.values()), "the database is not filled"

    odoo.change_modules("install onto it", existing, "-i", ",".join(addons.names()))
    assert rows(existing, FIGURES) == figures

    play(existing, "finish_case.py")
    play(existing, "two_transactions.py")

    play(existing, "uninstall.py", *addons.names())
    now = rows(existing, STRUCTURE)
    left = {name: found - structure[name] - STAY for name, found in now.items()}
    assert left == dict.fromkeys(STRUCTURE, set())
    gone = {name: documents[name] - found for name, found in rows(existing, DOCUMENTS).items()}
    assert gone == dict.fromkeys(DOCUMENTS, set())
