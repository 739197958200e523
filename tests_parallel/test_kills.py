"""Workers are killed in the middle of a verb; then it is done again (R13.2).

Before statements that a seeded generator chooses, and before the commit. Nothing may be left of a
killed transaction but gaps in sequences, and what is done again must be there exactly once.
``KILL_EVERY=1`` kills before every statement instead, which takes hours.
"""

import json
import os
import random
import signal
import subprocess
import sys
from dataclasses import asdict
from itertools import pairwise

import pytest

import odoo

from . import steps
from .house import COPIES
from .test_refunds import AMOUNT, money
from .test_returns import figures

SEED = 19


class Killer:
    """The process that does steps in forks and kills them."""

    def __init__(self, house):
        self.house = house
        self.random = random.Random(SEED)
        config = odoo.tools.config
        command = [sys.executable, "-m", __package__ + ".killer", config["config"]]
        self.process = subprocess.Popen(
            [*command, house.registry.db_name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, desk, step, case, **options):
        """Let the step be done in a fork; return the answer."""
        order = {
            "desk": desk,
            "desks": self.house.desks,
            "companies": self.house.company_ids,
            "step": step,
            "case": asdict(case),
            **options,
        }
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def torment(self, desk, step, case, places=1):
        """Kill the step at random places and before the commit, then let it be done.

        :param places: how many, one in each stretch of as many statements
        """
        tried = self.ask(desk, step, case, undo=True)
        assert not tried["failed"], f"{step} cannot be done at all"
        for place in (*self._choose(tried["statements"], places), "commit"):
            answer = self.ask(desk, step, case, kill_before=place)
            assert answer == {"killed": signal.SIGKILL}, answer
        assert not self.ask(desk, step, case)["failed"]

    def _choose(self, statements, places):
        """Return the numbers of statements before which the step is killed."""
        if os.environ.get("KILL_EVERY"):
            return range(1, statements + 1)
        bounds = [statements * place // places for place in range(places + 1)]
        return [self.random.randint(low + 1, max(low + 1, high)) for low, high in pairwise(bounds)]

    def end(self):
        self.process.stdin.close()
        self.process.wait()


@pytest.fixture(scope="module")
def killer(house):
    killer = Killer(house)
    yield killer
    killer.end()


def test_an_exchange_whose_workers_are_killed(house, killer, sound):
    case = steps.agree_on(house, "exchange")
    killer.torment("agent", "execute", case)
    killer.torment("warehouse", "receive", case)
    house.work("warehouse", steps.grade(case))
    killer.torment("warehouse", "confirm_inspection", case)
    killer.torment("packer", "ship", case)
    found = figures(house, case)
    assert found["progress"] == "done"
    assert (found["inspections"], found["put_away"], found["replacing"]) == (1, COPIES, COPIES)
    moves = house.look(
        lambda env: (
            env["aftersales.resolution"]
            .browse(case.resolution_id)
            .effect_ids.move_ids.mapped("state")
        )
    )
    assert moves == ["done", "done"], "one return and one replacement"


def test_a_refund_whose_workers_are_killed(house, killer, sound):
    case = steps.agree_on(house, "refund_only")
    killer.torment("agent", "execute", case)
    killer.torment("approver", "approve", case)
    killer.torment("finance", "post", case)
    killer.torment("finance", "pay", case)
    assert money(house, case) == ("paid", AMOUNT, AMOUNT)


def test_a_remedy_whose_cancelling_is_killed(house, killer, sound):
    case = steps.bring_to(house, "announced")
    killer.torment("agent", "cancel", case)
    assert figures(house, case)["state"] == "cancelled"


def test_a_complaint_whose_intake_is_killed(house, killer, sound):
    """Pushed three times, taken in once: one case, one reader (R1.1)."""
    case = steps.Case(house.take_delivery(), 0)
    killer.torment("agent", "complain", case)
    tickets, readers = house.look(
        lambda env: (
            env["helpdesk.ticket"].search_count(
                [("external_ref", "=", f"KILLED-{case.delivery_id}")]
            ),
            env["res.partner"].search_count(
                [("email", "=", f"reader.{case.delivery_id}@reader.example")]
            ),
        )
    )
    assert (tickets, readers) == (1, 1)


def test_a_hold_whose_worker_is_killed(house, killer, sound):
    """Held and unreserved together: no copy of a held run stays reserved for a reader."""
    case = steps.bring_to(house, "announced", "exchange", 1, advance=True)
    [lot_id] = house.look(lambda env: reserved_lots(env, case).ids)
    killer.torment("quality", "hold_run", case)
    held, reserved = house.look(
        lambda env: (env["stock.lot"].browse(lot_id).on_hold, reserved_lots(env, case).ids)
    )
    house.work("quality", lambda env: env["stock.lot"].browse(lot_id).action_release())
    assert (held, reserved) == (True, [])


def reserved_lots(env, case):
    effects = env["aftersales.resolution"].browse(case.resolution_id).effect_ids
    return effects.filtered(lambda e: e.kind == "shipment").move_ids.move_line_ids.lot_id
