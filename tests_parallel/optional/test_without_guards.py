"""The check of the check: with a guard removed, the story that it guards must fail.

These stories leave what the invariants forbid, so each is on copies of its own, and what they broke is
passed over afterwards.
"""

from contextlib import ExitStack
from importlib import import_module
from unittest.mock import patch

import pytest

from .. import steps
from ..race import Race
from ..test_without_guards import CREDIT, RESOLUTION, RETURN, nothing
from . import desks, test_credit, test_labels, test_providers, test_red_invoices

pytestmark = pytest.mark.usefixtures("broken_on_purpose")

LOYALTY = "odoo.addons.aftersales_publishing_loyalty.models"
DELIVERY = "odoo.addons.aftersales_publishing_delivery.models"


@pytest.fixture
def offered(house):
    before = house.look(lambda env: env.company.aftersales_refund_limit)
    house.work(None, desks.offer_credit)
    yield
    house.work(None, lambda env: env.company.write({"aftersales_refund_limit": before}))


def two_credits(house, race, _outside):
    test_credit.test_two_cases_of_one_delivery_get_more_than_agents_give(house, race)


def two_labels(house, race, outside):
    house.work(None, desks.hire_courier)
    case = steps.bring_to(house, "announced")
    case.outside = outside
    with desks.courier_at(house.registry, outside):
        test_labels.test_asked_for_twice(house, race, case, None)


def two_sheets(house, race, _outside):
    test_red_invoices.test_two_sheets_for_one_credit_note(
        house, race, test_red_invoices.post_credit(house)
    )


def two_refunds(house, race, outside):
    case = steps.bring_to(house, "posted", "refund_only", delivery_id=desks.sell_online(house))
    case.outside = outside
    with desks.provider_at(house.registry, outside):
        test_providers.test_paid_while_accounting_refunds_it_in_odoo(house, race, case, None)


# {name: (story, mode, {guard: what replaces it})}
STORIES = {
    "two store credits without a guard": (
        two_credits,
        "late",
        {RESOLUTION: nothing, RETURN: nothing, CREDIT: nothing},
    ),
    "two labels without a guard": (
        two_labels,
        "late",
        {
            f"{DELIVERY}.aftersales_resolution.lock_and_touch": nothing,
            f"{DELIVERY}.stock_picking_label.lock_and_touch": nothing,
        },
    ),
}


@pytest.mark.parametrize("name", STORIES)
def test_the_story_fails_without_its_guard(house, offered, tmp_path, name):
    story, mode, guards = STORIES[name]
    with ExitStack() as removed:
        for guard, replacement in guards.items():
            module, function = guard.rsplit(".", 1)
            removed.enter_context(patch.object(import_module(module), function, replacement))
        with pytest.raises(AssertionError):
            story(house, Race(house, mode), str(tmp_path / "outside"))


def test_sheets_are_written_over_without_the_check(house):
    Move = house.registry["account.move"]
    removed = patch.object(Move, "_check_aftersales_red_number", lambda *_arguments: None)
    with removed, pytest.raises(AssertionError):
        two_sheets(house, Race(house, "late"), None)


def test_the_provider_pays_twice_without_the_check(house, tmp_path):
    Transaction = house.registry["payment.transaction"]
    removed = patch.object(Transaction, "_check_left_by_hand", lambda *_arguments: None)
    with removed, pytest.raises(AssertionError):
        two_refunds(house, Race(house, "late"), str(tmp_path / "outside"))
