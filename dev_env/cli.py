"""./dev COMMAND: the development environment of this project, made on the first call.

  serve [--fresh]         the demo database on http://127.0.0.1:8069 (admin / admin); the default
  test [--fresh] [--SUITE | --all] [ARGS]
                          the tests; ARGS go to pytest: -k refund, -x, -n 2, --cov, a file;
                          suites: core (the default), generated (matrix and walks), install,
                          optional (more modules of Odoo), parallel and parallel-optional (work
                          done at once, without and with these modules), or all;
  test --odoo-suites      Odoo's own tests of sales, stock and helpdesk, with and without ours
  lint [--fix] [NAME…]    all checks of code and translations, or those named
  translate               export the .pot files, merge new terms into the .po files
  story [ARGS]            play the story of story/ on the demo database
  bench SUITE [ARGS]      measure the add-ons beside others; --only ours,native: these only
  bench walks [ARGS]      random walks of all desks; --guards: with each guard taken away in turn
  landed COMMIT           keep a landed commit's sources: CI upgrades databases made with them
  run CMD…                a command in the environment: psql demo, python -m odoo shell -d demo
  stop                    stop the private PostgreSQL server
  help                    this text

--fresh makes the database again; without it the demo keeps your work and is only updated.
Everything lies in .odoo (or $ODOO_ENV): delete that to start over, after ./dev stop.
PORT is the web server's port. ODOO_PYTHON (an interpreter that imports Odoo 19) and PGHOST
(a PostgreSQL server) are used instead of own ones.
"""

import signal
import sys

from . import commands, paths
from .process import Failed

COMMANDS = {
    "serve": commands.serve,
    "test": commands.test,
    "lint": commands.lint,
    "translate": commands.translate,
    "story": commands.story,
    "bench": commands.bench,
    "landed": commands.landed,
    "run": commands.run,
    "stop": commands.stop,
}
HELP = ("help", "-h", "--help")


def main(arguments):
    """Run a command; return the exit code."""
    name, *rest = arguments or ["serve"]
    if name not in COMMANDS:
        print(__doc__)
        return 0 if name in HELP else 2
    for number in (signal.SIGTERM, signal.SIGHUP):  # end like Ctrl-C does, children first
        signal.signal(number, lambda *_: sys.exit(1))
    try:
        paths.prepare()
        return COMMANDS[name](rest)
    except Failed as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
