"""Making, copying, naming and dropping databases.

A database is made under a temporary name and gets its own only once it is complete; its comment
then says what is in it. So a call interrupted at any moment leaves nothing that the next one would
take for whole.
"""

import contextlib
import os
import shutil

from .paths import FILESTORE
from .postgres import PRIVATE
from .process import output


def named(name):
    """Return a database's full name: on a server that isn't ours, "demo" might be another's."""
    return name if PRIVATE else f"aftersales_{name}"


def sql(database, statement, **options):
    """Return what a statement prints, unaligned."""
    quiet = os.environ | {"PGOPTIONS": "-c client_min_messages=warning"}
    return output("psql", "-XqAtd", database, "-c", statement, env=quiet, **options)


def _sql(statement):
    return sql("postgres", statement)


def existing():
    """Return the names of the databases there are."""
    return _sql("SELECT datname FROM pg_database").split()


def content(name):
    """Return what a database's comment says is in it; None without such a database."""
    query = (
        f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{name}'"
    )
    return _sql(query).strip() if name in existing() else None


def describe(name, text):
    """Note what is in a database."""
    _sql(f"""COMMENT ON DATABASE "{name}" IS '{text}'""")


def drop(*names):
    """Drop databases, whoever is connected, with their files."""
    for name in names:
        _sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(FILESTORE / name, ignore_errors=True)


def drop_superseded(prefix, keep):
    """Drop the databases of this kind but the one that is in use."""
    drop(*(name for name in existing() if name.startswith(named(prefix)) and name != keep))


@contextlib.contextmanager
def created(name, text, template=None):
    """Make a database, a copy of `template` if given; the block fills it, then it gets its name."""
    new = f"{name}.new"
    drop(new)
    _sql(f'CREATE DATABASE "{new}" TEMPLATE "{template or "template0"}" ENCODING \'UTF8\'')
    if template and (FILESTORE / template).exists():
        # links, for speed: Odoo never changes a file of its store, it only adds and removes
        shutil.copytree(FILESTORE / template, FILESTORE / new, copy_function=os.link)
    yield new
    describe(new, text)
    drop(name)
    if (FILESTORE / new).exists():
        (FILESTORE / new).rename(FILESTORE / name)
    # the last step, so that a database with its name has its files too
    _sql(f'ALTER DATABASE "{new}" RENAME TO "{name}"')
