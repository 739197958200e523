"""A database that is in use, but without the add-ons, and questions to it."""

import os
from pathlib import Path

from dev_env import databases, odoo
from dev_env.paths import REPO, digest
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


def rows(database, queries):
    """Return {name: set of lines} of what the queries say."""
    return {
        name: set(output("psql", "-XAtd", database, "-c", query).splitlines())
        for name, query in queries.items()
    }


def play(database, script, *arguments, addons_path=REPO):
    """Run a script of this folder inside Odoo."""
    odoo.run_script(script, database, HERE / script, *arguments, addons_path=addons_path)


def filled_database():
    """Make the database if need be; return its name, to be used as a template."""
    base = os.environ["TEST_BASE_DATABASE"]
    filled = databases.named("existing-") + digest(base, FILL.read_text())
    if filled not in databases.existing():
        with databases.created(filled, "a house at work", template=base) as new:
            play(new, FILL.name)
        databases.drop_superseded("existing-", keep=filled)
    return filled
