"""The check of the check: with a guard removed, the story that it guards must fail.

These stories leave what the invariants forbid, so each is on copies of its own, and what they broke is
passed over afterwards.
"""

from contextlib import ExitStack
from importlib import import_module
from unittest.mock import patch

import pytest

from . import (
    steps,
    test_amounts,
    test_claims,
    test_decisions,
    test_editions,
    test_elsewhere,
    test_limits,
    test_platform,
    test_pulp,
    test_repairs,
    test_submit,
    test_terms,
)
from .race import Race

pytestmark = pytest.mark.usefixtures("broken_on_purpose")

ADDON = "odoo.addons.aftersales_publishing"
LOCK_AND_TOUCH = f"{ADDON}.locking._touch"
RESOLUTION = f"{ADDON}.models.aftersales_resolution.lock_and_touch"
RETURN = f"{ADDON}.models.stock_move.touch"
HOLD = f"{ADDON}.models.stock_lot.touch"
ANNOUNCE = f"{ADDON}.models.aftersales_effect_return.lock_and_touch"
CREDIT = f"{ADDON}.models.aftersales_effect_credit.lock_and_touch"
TERM = f"{ADDON}.models.aftersales_resolution_overdue.lock_and_touch"
PLATFORM = f"{ADDON}.models.aftersales_platform_refund.lock_and_touch"
RECORD = f"{ADDON}.models.aftersales_platform_refund.touch"
PULP = f"{ADDON}.models.aftersales_pulp_list.lock_and_touch"
ELSEWHERE = f"{ADDON}.models.aftersales_resolution_elsewhere.touch"


def nothing(records):
    """Replace a guard by nothing."""


def lock_only(records, wait):
    """Replace lock and touch by a lock; return the ids of the rows it got."""
    return set(records.try_lock_for_update(allow_referencing=True).ids)


def late_parcel(house, race):
    """The parcel of an expired remedy is taken in while another case claims its copies."""
    case = steps.bring_to(house, "announced")
    house.work(None, test_terms.make_overdue(case))
    house.work(None, steps.follow_term(case))
    test_terms.test_taken_in_late_while_another_case_claims_the_copies(house, race, case)


def platform_and_agent(house, race):
    with house.transaction() as env:
        platform_id = test_platform.find_platform(env).id
    test_platform.test_the_platform_and_a_colleague_pay_the_same_copies(house, race, platform_id)


def statement_and_agent(house, race):
    with house.transaction() as env:
        platform_id = test_platform.find_platform(env).id
    test_platform.test_imported_while_the_agent_records(house, race, platform_id)


def pulp_list(house, race):
    """Copies come onto a list that a manager approves without having seen them."""
    house.work("manager", test_pulp.approve_the_others)
    case = steps.bring_to(house, "to_pulp")
    test_pulp.test_approved_while_copies_come_onto_it(house, race, case)


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
    "refusals without a guard": (
        test_decisions.test_refused_and_proposed,
        "late",
        {RESOLUTION: nothing},
    ),
    "copies refused twice without a guard": (
        test_decisions.test_refused_twice,
        "late",
        {RESOLUTION: nothing},
    ),
    "two compensations without a guard": (
        test_amounts.test_two_agents_compensate_the_same_copies,
        "late",
        {RESOLUTION: nothing, CREDIT: nothing},
    ),
    "a late parcel without a guard": (
        late_parcel,
        "late",
        {TERM: nothing, RETURN: nothing, ANNOUNCE: nothing},
    ),
    "platform and agent without a guard": (
        platform_and_agent,
        "late",
        {RESOLUTION: nothing, CREDIT: nothing, PLATFORM: nothing},
    ),
    "a statement beside a record without a guard": (
        statement_and_agent,
        "swapped",
        {RECORD: nothing},
    ),
    "a pulp list that nobody touches": (
        pulp_list,
        "swapped",
        {PULP: nothing},
    ),
    "money for copies from elsewhere without a guard": (
        test_elsewhere.test_two_cases_pay_for_the_same_copy,
        "late",
        {ELSEWHERE: nothing},
    ),
}


# Money needs an invoice. The others do without: Odoo at hand writes the invoice of an order whenever
# a return is made, which would serialize what only the guards serialize otherwise.
INVOICED = {
    "two compensations without a guard",
    "platform and agent without a guard",
    "a statement beside a record without a guard",
}


@pytest.mark.parametrize("name", STORIES)
def test_the_story_fails_without_its_guard(house, name):
    story, mode, guards = STORIES[name]
    with ExitStack() as removed:
        removed.enter_context(patch.object(house, "invoices", name in INVOICED))
        for guard, replacement in guards.items():
            module, function = guard.rsplit(".", 1)
            removed.enter_context(patch.object(import_module(module), function, replacement))
        with pytest.raises(AssertionError):
            story(house, Race(house, mode))


# Where both steps write the same row, PostgreSQL refuses the late one whatever is locked; what tells
# it then, on the second try, that it comes too late is a check.
# {name: (story, model, check, what it returns instead)}
CHECKS = {
    "repairs whose state nobody asks for": (
        test_repairs.test_mended_and_not_repairable,
        "aftersales.repair",
        "_get_result_problems",
        {},
    ),
    "copies that nobody knows to be decided on": (
        test_repairs.test_two_remedies_for_what_cannot_be_repaired,
        "aftersales.resolution",
        "_check_failed_repairs",
        None,
    ),
    "a credit that nobody knows to be paid out": (
        test_editions.test_the_credit_is_paid_out_while_a_salesman_offers_it_again,
        "sale.order",
        "_check_edition_credit",
        None,
    ),
    "a difference that nobody awaits": (
        test_editions.test_the_difference_is_booked_twice,
        "aftersales.resolution",
        "_check_awaits_difference",
        None,
    ),
    "a new edition that has left": (
        test_editions.test_shipped_while_a_salesman_cancels,
        "sale.order",
        "_check_edition_not_shipped",
        None,
    ),
}


@pytest.mark.parametrize("name", CHECKS)
def test_the_story_fails_without_its_check(house, name):
    story, model, check, answer = CHECKS[name]
    removed = patch.object(house.registry[model], check, lambda *_arguments: answer)
    with removed, pytest.raises(AssertionError):
        story(house, Race(house, "late"))


def test_limits_that_count_at_once(house):
    """Whoever raises a limit uses it, if nobody asks who did."""
    limits = test_limits.set_limits(aftersales_refund_limit=0, aftersales_approval_limit=100)
    house.work(None, limits)
    Change = house.registry["aftersales.limit.change"]
    removed = patch.object(Change, "_get_before", lambda *_arguments, **_options: (False, None))
    with removed, pytest.raises(pytest.fail.Exception):
        test_limits.test_others_look_at_refunds_while_it_is_raised(house, None, None)


def test_a_reference_is_taken_in_twice_without_its_index(house, item):
    with house.transaction() as env:
        env.cr.execute("SELECT pg_get_indexdef('helpdesk_ticket_external_ref_once'::regclass)")
        (index,) = env.cr.fetchone()
        env.cr.execute("DROP INDEX helpdesk_ticket_external_ref_once")
    with pytest.raises(AssertionError):
        test_submit.test_one_reference_is_pushed_twice(house, Race(house, "late"), item)
    with house.transaction() as env:  # other files may follow
        env["helpdesk.ticket"].search(
            [("external_ref", "=", item["external_ref"])]
        ).external_ref = False
        env.flush_all()
        env.cr.execute(index)
