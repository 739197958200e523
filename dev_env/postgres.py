"""A private PostgreSQL server, or the one PGHOST names.

The private one listens on a Unix socket only and trusts whoever may enter the socket's directory.
It never waits for the disk: a power cut may cost the databases, which can all be made again.
"""

import os
import shutil
from pathlib import Path

from .paths import ENV, digest
from .process import Failed, follow, succeeds

# /tmp, since a socket's path may have 107 characters only, and a checkout's can be longer
SOCKET = Path(f"/tmp/odoo-{digest(ENV, os.geteuid())}")
PRIVATE = os.environ.get("PGHOST", str(SOCKET)) == str(SOCKET)  # also in programs we started
# Without autovacuum: it would find the tables of a test database empty, since tests roll back, and
# PostgreSQL would plan for empty tables in the middle of a test of thousands of rows
SETTINGS = (
    "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off "
    "-c max_connections=200 -c shared_buffers=256MB"
)


def start():
    """Make the server ready and point libpq's environment to it."""
    if not PRIVATE:
        if not succeeds("pg_isready"):
            raise Failed(f"No PostgreSQL server answers at PGHOST={os.environ['PGHOST']}")
        return
    os.environ.update(PGHOST=str(SOCKET), PGPORT="5432", PGUSER="odoo")
    _private_folder(SOCKET)
    data = _data_folder()
    if not data.exists():
        _create_cluster(data)
    if not succeeds("pg_isready"):
        options = f"-k {SOCKET} -c listen_addresses= {SETTINGS}"
        # `restart` also copes with a server that still runs but whose socket is gone
        control = [*_control(data), "-m", "immediate", "-l", data / "server.log", "-o", options]
        follow("start PostgreSQL", *control, "restart", cwd="/")


def stop():
    """Stop the private server."""
    data = _data_folder()
    if PRIVATE and succeeds(*_control(data), "status", cwd="/"):
        follow("stop PostgreSQL", *_control(data), "-m", "fast", "stop", cwd="/")


def _control(data):
    return [*_server_user(), "pg_ctl", "-w", "-D", data]


def _server_user():
    """PostgreSQL refuses to run as root: then it runs as the user Debian made for it."""
    if os.geteuid():
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


def _data_folder():
    """Return the cluster's place: below the environment unless its user can't get there (/root)."""
    if _server_user() and not succeeds(*_server_user(), "test", "-x", ENV):
        return Path(f"/var/tmp/odoo-{digest(ENV)}")
    return ENV / "pg"


def _private_folder(folder):
    folder.mkdir(mode=0o700, exist_ok=True)
    if _server_user():
        shutil.chown(folder, "postgres", "postgres")
    elif folder.stat().st_uid != os.geteuid():
        raise Failed(f"{folder} belongs to another user")


def _create_cluster(data):
    """Make the cluster under another name first: an interrupted one is not taken for whole."""
    new = data.with_name(data.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    _private_folder(new)
    options = ["-U", "odoo", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    follow("create the PostgreSQL cluster", *_server_user(), "initdb", "-D", new, *options, cwd="/")
    new.rename(data)
