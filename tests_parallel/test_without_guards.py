"""The check of the check: with a guard removed, the story that it guards must fail.

These stories leave what the invariants forbid, so they come last, and each on copies of its own.
"""

from contextlib import ExitStack
from importlib import import_module
from unittest.mock import patch

import pytest

from . import test_claims, test_submit
from .race import Race

ADDON = "odoo.addons.aftersales_publishing"
LOCK_AND_TOUCH = f"{ADDON}.locking._touch"
RESOLUTION = f"{ADDON}.models.aftersales_resolution.lock_and_touch"
RETURN = f"{ADDON}.models.stock_move.touch"
HOLD = f"{ADDON}.models.stock_lot.touch"


def nothing(records):
    """Replace a guard by nothing."""


def lock_only(records, wait):
    """Replace lock and touch by a lock; return the ids of the rows it got."""
    return set(records.try_lock_for_update(allow_referencing=True).ids)


# {name: (story, mode, {guard: what replaces it})}
STORIES = {
    "claims without a guard": (
        test_claims.test_two_cases_claim_the_same_copies,
        "late",
        {RESOLUTION: nothing, RETURN: nothing},
    ),
    "claims that lock but do not touch": (
        test_claims.test_two_cases_claim_the_same_copies,
        "late",
        {LOCK_AND_TOUCH: lock_only, RETURN: nothing},
    ),
    "returns by hand that do not touch": (
        test_claims.test_a_case_and_a_return_by_hand,
        "swapped",
        {RETURN: nothing},
    ),
    "proposals without a guard": (
        test_claims.test_two_proposals_for_one_line,
        "late",
        {RESOLUTION: nothing},
    ),
    "a hold that does not touch": (
        test_claims.test_the_run_is_held_while_a_replacement_is_reserved,
        "late",
        {HOLD: nothing},
    ),
}


@pytest.fixture
def uninvoiced(house):
    """Sell without an invoice.

    Odoo at hand writes the invoice of an order whenever a return is made, which would serialize
    what only the guards serialize otherwise.
    """
    with patch.object(house, "invoices", False):
        yield


@pytest.mark.parametrize("name", STORIES)
def test_the_story_fails_without_its_guard(house, uninvoiced, name):
    story, mode, guards = STORIES[name]
    with ExitStack() as removed:
        for guard, replacement in guards.items():
            module, function = guard.rsplit(".", 1)
            removed.enter_context(patch.object(import_module(module), function, replacement))
        with pytest.raises(AssertionError):
            story(house, Race(house, mode))


def test_a_reference_is_taken_in_twice_without_its_index(house, item):
    with house.transaction() as env:
        env.cr.execute("DROP INDEX helpdesk_ticket_external_ref_once")
    with pytest.raises(AssertionError):
        test_submit.test_one_reference_is_pushed_twice(house, Race(house, "late"), item)
