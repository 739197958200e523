"""The web client's bundles of scripts and styles: 15 seconds of work worth keeping.

conftest.py makes those that browser tests need, in the test database; here a new test database gets
them from the one it replaces. Their address contains a digest of their files, so an outdated one is
never used.
"""

import os

from .databases import sql
from .paths import FILESTORE

BUNDLES = "url LIKE '/web/assets/%' AND store_fname IS NOT NULL"
COLUMNS = (
    "name, url, type, mimetype, public, res_model, res_id, store_fname, checksum, file_size, "
    "create_uid, create_date, write_uid, write_date"
)


def carry_over(old, new):
    """Copy the bundles of one database to another."""
    rows = sql(old, f"COPY (SELECT {COLUMNS} FROM ir_attachment WHERE {BUNDLES}) TO STDOUT")
    for name in sql(old, f"SELECT store_fname FROM ir_attachment WHERE {BUNDLES}").split():
        source, target = FILESTORE / old / name, FILESTORE / new / name
        if not source.exists():
            return  # the store was deleted by hand; they will be made again
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(source, target)
    sql(new, f"COPY ir_attachment ({COLUMNS}) FROM STDIN", input=rows)
