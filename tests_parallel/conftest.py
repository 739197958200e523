from contextlib import ExitStack
from itertools import count
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from odoo.modules.registry import Registry
from odoo.service import model
from odoo.tests.common import get_db_name

from .house import House
from .race import Race

numbers = count(1)


@pytest.fixture(scope="session")
def house(load_registry):
    """Return the publisher; Odoo waits a little instead of seconds before it tries again."""
    hurry = SimpleNamespace(uniform=lambda low, high: high / 8)
    with ExitStack() as stack:
        stack.enter_context(patch.object(model, "random", hurry))
        yield House.found(Registry(get_db_name()))


@pytest.fixture(scope="module")
def balanced(house):
    """Check after the last test of a file that the ledger is right too (I3)."""
    yield
    assert house.find_broken(at_rest=True) == []


@pytest.fixture
def sound(house, balanced):
    """Check after the test that the invariants hold."""
    yield
    assert house.find_broken() == []


@pytest.fixture(scope="module")
def broken_on_purpose(house):
    """Pass over what the tests of a file broke: they took guards away."""
    yield
    house.accept_broken()


@pytest.fixture(params=["late", "together"])
def race(house, request, sound):
    """Return a race of two steps of the same kind."""
    return Race(house, request.param)


@pytest.fixture(params=["late", "swapped", "together"])
def race_either_way(house, request, sound):
    """Return a race of two different steps: each may be the late one."""
    return Race(house, request.param)


@pytest.fixture(params=["late", "swapped"])
def race_in_turn(house, request, sound):
    """Return a race of two different steps, of which one is late; for ways that take long to walk."""
    return Race(house, request.param)


@pytest.fixture
def item(house):
    """Return a complaint of a channel with a reference that nobody used."""

    def read(env):
        return {
            "external_ref": f"PUSH-{next(numbers)}",
            "channel": env["helpdesk.ticket.channel"].search([], limit=1).name,
            "case_type": "no_answer",
            "reader": {"name": "Li Wei"},
            "subject": "Nobody answers my letter.",
        }

    return house.look(read)
