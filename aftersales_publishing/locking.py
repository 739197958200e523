"""Serialize concurrent work on the same deliveries and invoices.

Odoo runs its transactions in REPEATABLE READ. A row lock alone is not enough: a transaction whose
snapshot is older than another's commit may get the lock and still not see what the other inserted,
so that both return the same copy. Whoever books against a document therefore *touches* its rows
too: an older snapshot that touches them later fails with a serialization error, and Odoo retries
the whole request on a fresh snapshot.

So a touch does not make anything new visible, it proves that what this transaction has read is
still so. What is in the cache need not be read again.
"""

from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL


def lock_and_touch(records):
    """Lock the rows of ``records``, or give up, so that a re-check afterwards is reliable.

    Call it before re-checking what is still claimable and posting. The lock never waits; it lets
    other transactions go on referring to the rows.

    :param records: documents of one model (delivery moves, invoices)
    :raise ConcurrencyError: when another transaction holds one of them (Odoo retries the request)
    """
    locked_ids = _touch(records, SQL("SKIP LOCKED"))
    if held_ids := set(records.ids) - locked_ids:
        raise ConcurrencyError(
            f"{records._name} {sorted(held_ids)} are being worked on by someone else"
        )


def touch(records):
    """Mark the rows of ``records`` as written without changing them, in the order of their ids.

    Waits for a transaction that holds a row; if that one commits, this one fails with a
    serialization error, which Odoo retries.
    """
    _touch(records, SQL())


def _touch(records, wait):
    """Touch the rows in the order of their ids; return the ids of those that were reached.

    :param wait: ``SKIP LOCKED``, or empty to wait for rows that another transaction holds
    """
    cr, touched, ids = records.env.cr, _get_touched(records), set(records.ids)
    if not ids - touched:
        return ids
    cr.execute(
        SQL(
            """
            UPDATE %(table)s SET write_date = write_date
              FROM (SELECT id AS row_id FROM %(table)s WHERE id = ANY(%(ids)s)
                     ORDER BY id FOR NO KEY UPDATE %(wait)s) AS ordered
             WHERE id = row_id
            RETURNING id
            """,
            table=SQL.identifier(records._table),
            ids=list(ids - touched),
            wait=wait,
        ),
        log_exceptions=False,  # the serialization error is expected and retried
    )
    touched.update(row_id for (row_id,) in cr.fetchall())
    return ids & touched


def own(records):
    """Note that this transaction inserted the rows: nobody else sees them, they need no lock."""
    _get_touched(records).update(records.ids)


def _get_touched(records):
    """Return the set of ids that the transaction has touched: once is enough.

    It is forgotten with the rest of the cache, on commit and when a savepoint is rolled back.
    """
    return records.env.cr.cache.setdefault(("aftersales.touched", records._table), set())


def lock_out(records):
    """Lock the rows of ``records`` so that nobody can refer to them until the commit.

    Waits for the transactions that refer to them. Those that wait for this one to commit, and those
    whose snapshot is older, fail with a serialization error if the rows are written meanwhile; Odoo
    retries them.
    """
    if records.ids:
        records.env.cr.execute(
            SQL(
                "SELECT id FROM %s WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
                SQL.identifier(records._table),
                list(records.ids),
            ),
            log_exceptions=False,
        )
