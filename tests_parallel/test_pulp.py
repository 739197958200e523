"""Copies to be destroyed, while somebody approves, adds to, pulps or gives them back (R6.6, I3)."""

import pytest

from . import steps
from .house import COPIES
from .test_kills import killer  # noqa: F401 - a fixture
from .test_terms import count_sent_back


@pytest.fixture
def to_pulp(house):
    """Return a case whose copies are the only ones on a list that nobody approved."""
    house.work("manager", approve_the_others)
    return steps.bring_to(house, "to_pulp")


def approve_the_others(env):
    lists = env["aftersales.pulp.list"].search([("state", "=", "draft")])
    lists.filtered("inspection_ids").action_approve()


def read(house, case):
    """Return the state of the list, its copies, and those of the case that were scrapped."""

    def look(env):
        resolution = env["aftersales.resolution"].browse(case.resolution_id)
        pulp_list = resolution.inspection_ids.pulp_list_id
        scraps = resolution.inspection_ids.scrap_id.filtered(lambda s: s.state == "done")
        return pulp_list.state, pulp_list.quantity, sum(scraps.mapped("scrap_qty"))

    return house.look(look)


def test_approved_twice(house, race, to_pulp):
    step = steps.approve_pulp(to_pulp)
    assert race(("manager", step), ("deputy", step)) == ("", "")
    assert read(house, to_pulp) == ("approved", COPIES, 0)


def test_approved_while_copies_come_onto_it(house, race_either_way, to_pulp):
    """What is approved is what the manager saw."""
    other = steps.bring_to(house, "graded")
    house.work("warehouse", lambda env: to_be_pulped(env, other))
    seen = []

    def approve(env):
        pulp_list = steps.find_pulp_list(env, to_pulp)
        seen.append(pulp_list.quantity)
        return pulp_list.action_approve()

    outcomes = race_either_way(("manager", approve), ("packer", steps.confirm_inspection(other)))
    assert outcomes == ("", "")
    assert read(house, to_pulp)[:2] == ("approved", seen[-1])


def to_be_pulped(env, case):
    resolution = env["aftersales.resolution"].sudo().browse(case.resolution_id)
    resolution.inspection_ids.with_env(env).disposition = "pulp"


def test_approved_while_a_copy_is_taken_off(house, race_either_way, to_pulp):
    """An empty list is not approved, and nothing is taken off an approved one."""
    list_id = house.look(lambda env: steps.find_pulp_list(env, to_pulp).id)
    outcomes = race_either_way(
        ("manager", lambda env: env["aftersales.pulp.list"].browse(list_id).action_approve()),
        ("packer", steps.take_off_pulp(to_pulp)),
    )
    assert sorted(map(bool, outcomes)) == [False, True], outcomes


def test_pulped_twice(house, race, to_pulp):
    house.work("manager", steps.approve_pulp(to_pulp))
    step = steps.pulp(to_pulp)
    assert race(("warehouse", step), ("packer", step)) == ("", "")
    assert read(house, to_pulp) == ("done", COPIES, COPIES)


def test_pulped_while_the_approval_is_taken_back(house, race_either_way, to_pulp):
    house.work("manager", steps.approve_pulp(to_pulp))
    outcomes = race_either_way(
        ("warehouse", steps.pulp(to_pulp)),
        ("manager", lambda env: steps.find_pulp_list(env, to_pulp).action_back_to_draft()),
    )
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    expected = ("draft", COPIES, 0) if outcomes[0] else ("done", COPIES, COPIES)
    assert read(house, to_pulp) == expected


@pytest.fixture
def in_dispute(house):
    """Return a case whose reader damaged the copies: approved to be pulped, upheld by nobody yet.

    They may be pulped, or go back to the reader.
    """
    house.work("manager", approve_the_others)
    case = steps.bring_to(house, "received")
    house.work("warehouse", steps.inspect(case, grade="reader_damage", disposition="pulp"))
    house.work("agent", steps.give_up_rest(case))
    return case


def test_pulped_while_they_go_back_to_the_reader(house, race_either_way, in_dispute):
    house.work("manager", steps.approve_pulp(in_dispute))
    outcomes = race_either_way(
        ("warehouse", steps.pulp(in_dispute)), ("agent", steps.send_back(in_dispute))
    )
    _state, _quantity, scrapped = read(house, in_dispute)
    sent_back = count_sent_back(house, in_dispute)
    assert scrapped + sent_back == COPIES, outcomes


def test_approved_while_the_agent_takes_the_readers_side(house, race_either_way):
    """In dispute nothing is approved; once the claim is accepted, it may be."""
    house.work("manager", approve_the_others)
    case = steps.bring_to(house, "received")
    house.work("warehouse", steps.inspect(case, grade="reader_damage", disposition="pulp"))
    approved, decided = race_either_way(
        ("manager", steps.approve_pulp(case)), ("agent", steps.overrule(case))
    )
    assert decided == ""
    assert not approved or "in dispute" in approved
    assert read(house, case)[0] == ("draft" if approved else "approved")


def test_pulping_whose_workers_are_killed(house, killer, sound, to_pulp):  # noqa: F811
    """One approval, one scrap: none lost, none twice."""
    killer.torment("manager", "approve_pulp", to_pulp)
    killer.torment("warehouse", "pulp", to_pulp)
    assert read(house, to_pulp) == ("done", COPIES, COPIES)
