"""Two people work through the list of red invoices that are due (R6.8)."""

import pytest

from .. import steps
from . import desks


@pytest.fixture
def due(house):
    """Return a case whose credit note takes a red invoice."""
    return post_credit(house)


def post_credit(house):
    case = steps.agree_on(house, "refund_only")
    house.work(None, desks.give_fapiao(case))
    for desk, make_step in (
        ("agent", steps.execute),
        ("approver", steps.approve),
        ("finance", steps.post),
    ):
        house.work(desk, make_step(case))
    assert read(house, case) == ("due", False, False)
    return case


def read(house, case):
    def look(env):
        note = desks.find_note(env, case)
        return (
            note.aftersales_red_state,
            note.aftersales_red_number,
            note.aftersales_red_not_needed,
        )

    return house.look(look)


def test_two_sheets_for_one_credit_note(house, race, due):
    """Both applied for it: the second reads that there is one, its number is not written over."""
    outcomes = race(
        ("finance", desks.enter_red(due, aftersales_red_number="3101")),
        ("approver", desks.enter_red(due, aftersales_red_number="3102")),
    )
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert "has confirmation sheet 310" in "".join(outcomes)
    assert read(house, due) == ("applied", "3102" if outcomes[0] else "3101", False)


def test_applied_for_and_not_needed(house, race_in_turn, due):
    outcomes = race_in_turn(
        ("finance", desks.enter_red(due, aftersales_red_number="3103")),
        ("approver", desks.enter_red(due, aftersales_red_not_needed="voided in May")),
    )
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert read(house, due)[0] == ("not_needed" if outcomes[0] else "applied")


def test_applied_for_while_the_refund_is_undone(house, race_in_turn, due):
    """Whoever is second: a sheet without a credit note is listed as to withdraw."""
    outcomes = race_in_turn(
        ("finance", desks.enter_red(due, aftersales_red_number="3104")),
        ("approver", steps.reverse(due)),
    )
    assert outcomes[1] == ""
    assert read(house, due)[0] == ("withdraw" if not outcomes[0] else False)
