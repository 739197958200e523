"""A contender at work in its database, and what each step of the work costs.

One step is one click of one user: a new cursor, an empty record cache, the rights of that user,
and the commit at its end. Queries are counted over all cursors, savepoints included. Mails are
rendered and handed over, but no socket is opened: they are counted instead.
"""

import gc
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

from odoo import SUPERUSER_ID, Command, api, sql_db
from odoo.modules.registry import Registry

from .sales import SaleStore


class Step(NamedTuple):
    """One click: who does it, and ``run(env, work)``."""

    name: str
    role: str
    run: object


class Cost(NamedTuple):
    """What a step cost: SQL queries, milliseconds of this process's CPU and by the clock."""

    queries: float
    cpu: float
    wall: float
    mails: float


@dataclass
class Work:
    """What goes through a flow: sales, and the ids that the steps hand to each other."""

    sales: list
    ids: dict = field(default_factory=dict)


class Contender:
    """How one set of add-ons does the work.

    ``name`` is that of its database, ``groups`` gives the groups of each role as external ids, and
    ``flows`` the steps of each flow by name.
    """

    name = None
    groups = {}

    def prepare(self, env):
        """Configure the database before anything is measured. Superuser; committed."""

    def prepare_bulk(self, bench):
        """Configure the database for the suite ``refunds``."""

    def flows(self):
        """Return ``{flow: [Step, …]}``."""
        raise NotImplementedError

    def find(self, env, work):
        """Find what the next step works on, as its user sees it in a list. Not measured."""


class Bench:
    """A contender and its database."""

    def __init__(self, contender, database):
        self.contender = contender
        self.registry = Registry(database)
        self.mails = 0
        self._count_mails()
        with self.environment() as env:
            env["res.company"].search([]).email = "service@house.example"  # mails need a sender
            contender.prepare(env)
            self.users = {role: self._create_user(env, role) for role in contender.groups}
            self.sales = SaleStore(env)

    @property
    def name(self):
        return self.contender.name

    @contextmanager
    def environment(self, login=None):
        """Give an environment of a user, or of the system, on a cursor of its own; commit."""
        login = login or Login(SUPERUSER_ID, {"lang": "en_US"})
        with self.registry.cursor() as cr:
            yield api.Environment(cr, login.id, dict(login.context))

    def play(self, flow, work):
        """Let ``work`` go through a flow; return ``{step: Cost}``."""
        return {step.name: self._measure(step, work) for step in self.contender.flows()[flow]}

    def repeat(self, flow, runs, size=1, stock="ordinary"):
        """Play a flow with fresh sales; return ``{step: Cost}`` of medians, and the works."""
        works = [Work(self.sales.take(size, stock)) for _run in range(runs)]
        return medians([self.play(flow, work) for work in works]), works

    def _measure(self, step, work):
        gc.collect()
        mails, queries = self.mails, sql_db.sql_counter
        wall, cpu = time.perf_counter(), time.process_time()
        with self.environment(self.users[step.role]) as env:
            step.run(env, work)
        cost = Cost(
            sql_db.sql_counter - queries,
            (time.process_time() - cpu) * 1000,
            (time.perf_counter() - wall) * 1000,
            self.mails - mails,
        )
        with self.environment() as env:
            self.contender.find(env, work)
        return cost

    def _create_user(self, env, role):
        company = env["res.company"].search([], limit=1)
        groups = [env.ref(name).id for name in self.contender.groups[role]]
        user = (
            env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": role.capitalize(),
                    "login": f"bench_{role}",
                    "email": f"{role}@house.example",
                    "lang": "en_US",
                    "company_id": company.id,
                    "company_ids": [Command.set(company.ids)],
                    "group_ids": [Command.set(groups)],
                }
            )
        )
        context = {"lang": "en_US", "tz": "UTC", "allowed_company_ids": company.ids}
        return Login(user.id, context)

    def _count_mails(self):
        def send_email(_server, message, *_args, **_options):
            self.mails += 1
            return message["Message-Id"]

        server = self.registry["ir.mail_server"]
        server.send_email = send_email
        server._connect__ = lambda *_args, **_options: None


class Login(NamedTuple):
    """A user's id and the context the web client gives."""

    id: int
    context: dict


def medians(plays):
    """Return ``{step: Cost}`` of several plays, each figure the median."""
    return {
        step: Cost(
            *(median(values) for values in zip(*(play[step] for play in plays), strict=True))
        )
        for step in plays[0]
    }


def total(steps):
    """Return the sum of the steps' costs."""
    return Cost(*(sum(values) for values in zip(*steps.values(), strict=True)))
