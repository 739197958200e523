"""Does steps in processes of their own and kills them; run as `python -m tests_parallel.killer`.

It reads orders from its standard input, one JSON object a line, and answers each with one line. The
registry is loaded once; every step runs in a fork with a connection of its own. The fork counts the
statements of its transaction, the commit included, and kills itself before the one it is told to,
as a power cut would: no clean-up, no rollback, no word to the server.
"""

import json
import os
import signal
import sys
from importlib import import_module

from odoo import sql_db
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tools import config

from .house import House
from .steps import Case


class Statements:
    """Count the statements that go to the server; die before one of them, or the ``"commit"``."""

    def __init__(self, last=None):
        self.count = 0
        self.last = last

    def watch(self):
        """Count what every cursor executes and commits from now on."""
        for name in ("execute", "commit"):
            self._wrap(name)

    def _wrap(self, name):
        original = getattr(sql_db.Cursor, name)

        def counted(cursor, *arguments, **options):
            self.count += 1
            if self.last in (self.count, name):
                os.kill(os.getpid(), signal.SIGKILL)
            return original(cursor, *arguments, **options)

        setattr(sql_db.Cursor, name, counted)


def main(conf, database):
    """Serve until the input ends."""
    config.parse_config(["-c", conf, "-d", database, "--log-level=critical"], setup_logging=True)
    registry = Registry(database)
    sql_db.close_all()  # a fork must not share a connection
    for line in sys.stdin:
        answer = in_fork(registry, json.loads(line))
        print(json.dumps(answer), flush=True)


def in_fork(registry, order):
    """Do the step in a fork; return how many statements it took, or None when it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        code = 1
        try:
            os.write(writing, str(act(registry, order)).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return {"killed": os.WTERMSIG(status)}
    return {"failed": os.WEXITSTATUS(status), "statements": int(said or 0)}


def act(registry, order):
    """Do the step of the order as a request would; return the number of its statements.

    ``{"desk", "desks", "companies", "step", "case", "kill_before", "undo"}``; the step is a function
    of steps.py, or of another module that it names: ``repairs.mend``.
    """
    house = House(registry, order["desks"], order["companies"])
    module, _dot, name = order["step"].rpartition(".")
    make_step = getattr(import_module(f"{__package__}.{module or 'steps'}"), name)
    step = make_step(Case(**order["case"]))
    statements = Statements(order.get("kill_before"))
    with registry.cursor() as cr:
        env = house.environment(cr, order["desk"])
        statements.watch()
        if order.get("undo"):
            step(env)
            cr.flush()
            cr.rollback()
        else:
            retrying(lambda: step(env), env)
    return statements.count


if __name__ == "__main__":
    main(*sys.argv[1:])
