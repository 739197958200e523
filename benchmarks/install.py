"""``python -m benchmarks.install``: install the add-on on millions of stock move lines.

Tells how long it takes, and how long which locks are held on the tables that are busiest in a
house at work. The last line is ``{"suite": "install", "metrics": …}``.
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from contextlib import closing

import psycopg2

ADDON = "aftersales_publishing"
TABLES = ("stock_move_line", "stock_move", "account_move_line", "sale_order_line")
# The lock modes that make others wait, the weakest first: ShareLock stops writing, the last reading
BLOCKING = ("ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock")
LINES_PER_MOVE = 2
LOTS = 5000
INTERVAL = 0.02  # seconds between two looks at the locks

FILL = """
    SET session_replication_role = replica;  -- the references are right by construction
    INSERT INTO product_template (name, type, is_storable, tracking, categ_id, uom_id, active,
                                  service_tracking, sale_ok)
    SELECT '{"en_US": "Measured"}', 'consu', true, 'lot', category.id, unit.id, true, 'no', true
      FROM (SELECT min(id) AS id FROM product_category) category,
           (SELECT min(id) AS id FROM uom_uom) unit;
    INSERT INTO product_product (product_tmpl_id, active)
    SELECT max(id), true FROM product_template;
    INSERT INTO stock_lot (name, product_id)
    SELECT 'MEASURED-' || number, product.id
      FROM generate_series(1, %(lots)s) number,
           (SELECT max(id) AS id FROM product_product) product;
    CREATE TEMP TABLE place AS
    SELECT (SELECT max(id) FROM product_product) AS product_id,
           (SELECT min(id) FROM uom_uom) AS uom_id,
           (SELECT min(id) FROM res_company) AS company_id,
           (SELECT min(lot_stock_id) FROM stock_warehouse) AS shelf_id,
           (SELECT min(id) FROM stock_location WHERE usage = 'customer') AS reader_id,
           (SELECT max(id) FROM stock_lot) - %(lots)s AS lot_id,
           (SELECT coalesce(max(id), 0) FROM stock_move) AS move_id;
    INSERT INTO stock_move (id, company_id, product_id, product_uom, product_uom_qty, product_qty,
                            quantity, location_id, location_dest_id, procure_method, state, date,
                            reference, create_date, write_date)
    SELECT move_id + number, company_id, product_id, uom_id, 2, 2, 2, shelf_id, reader_id,
           'make_to_stock', 'done', now() - number * interval '1 second', 'OUT/' || number,
           now(), now()
      FROM place, generate_series(1, %(moves)s) number;
    INSERT INTO stock_move_line (move_id, company_id, product_id, product_uom_id, quantity,
                                 quantity_product_uom, location_id, location_dest_id, lot_id, state,
                                 date, create_date, write_date)
    SELECT move_id + 1 + number / %(per_move)s, company_id, product_id, uom_id, 1, 1, shelf_id,
           reader_id, lot_id + 1 + number %% %(lots)s, 'done', now() - number * interval '1 second',
           now(), now()
      FROM place, generate_series(0, %(lines)s - 1) number;
    SELECT setval('stock_move_id_seq', (SELECT max(id) FROM stock_move));
"""
LOCKS = """
    SELECT class.relname, lock.mode
      FROM pg_locks lock
      JOIN pg_class class ON class.oid = lock.relation
      JOIN pg_database database ON database.oid = lock.database
     WHERE lock.granted AND database.datname = current_database() AND class.relname = ANY(%s)
       AND lock.mode = ANY(%s) AND lock.pid <> pg_backend_pid()
"""


class LockWatch(threading.Thread):
    """Looks at the locks all the time from a connection of its own.

    ``longest``: {(table, mode): seconds of the longest time without a gap}
    """

    def __init__(self, database):
        super().__init__(daemon=True)
        self.database = database
        self.longest = {}
        self._since = {}
        self._over = threading.Event()

    def run(self):
        with closing(psycopg2.connect(dbname=self.database)) as connection:
            connection.autocommit = True
            with connection.cursor() as cr:
                while not self._over.wait(INTERVAL):
                    cr.execute(LOCKS, [list(TABLES), list(BLOCKING)])
                    self._note(set(cr.fetchall()), time.monotonic())

    def _note(self, held, now):
        self._since = {lock: self._since.get(lock, now) for lock in held}
        for lock, since in self._since.items():
            self.longest[lock] = max(self.longest.get(lock, 0.0), now - since)

    def end(self):
        """Stop looking."""
        self._over.set()
        self.join()


def main(options):
    """Fill the database, install the add-on, tell how long that took and what was locked."""
    started = time.monotonic()
    fill(options.database, options.lines)
    filled = time.monotonic()
    watch = LockWatch(options.database)
    watch.start()
    install(options.conf, options.database)
    watch.end()
    metrics = {
        "lines": options.lines,
        "fill_s": round(filled - started, 1),
        "install_s": round(time.monotonic() - filled, 1),
        "locks_s": {
            f"{table} {mode}": round(seconds, 2)
            for (table, mode), seconds in sorted(watch.longest.items())
        },
        "index_s": round(measure_index(options.database), 2),
    }
    for name, value in metrics.items():
        print(f"{name}: {value}")
    print(json.dumps({"suite": "install", "metrics": metrics}))


def fill(database, lines):
    """Make that many done move lines, two of each move, of one title in many print runs."""
    counts = {
        "lines": lines,
        "moves": -(-lines // LINES_PER_MOVE),
        "per_move": LINES_PER_MOVE,
        "lots": LOTS,
    }
    with closing(psycopg2.connect(dbname=database)) as connection:
        with connection, connection.cursor() as cr:
            cr.execute(FILL, counts)
        connection.autocommit = True
        with connection.cursor() as cr:
            cr.execute("VACUUM ANALYZE stock_move, stock_move_line")


def install(conf, database):
    """Install the add-on as a house would, by Odoo's command line."""
    options = ["-c", conf, "-d", database, "-i", ADDON, "--stop-after-init", "--no-http"]
    command = [sys.executable, "-m", "odoo", "server", *options, "--log-level=warn"]
    subprocess.run(command, check=True)


def measure_index(database):
    """Return the seconds that making the index on the lots of move lines takes by itself."""
    with closing(psycopg2.connect(dbname=database)) as connection, connection.cursor() as cr:
        started = time.monotonic()
        cr.execute("CREATE INDEX ON stock_move_line (lot_id) WHERE lot_id IS NOT NULL")
        connection.rollback()
        return time.monotonic() - started


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="./dev bench install")
    parser.add_argument("--conf", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--database", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--lines", type=int, default=5_000_000, help="stock move lines to make")
    main(parser.parse_args())
