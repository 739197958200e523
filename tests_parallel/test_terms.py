"""Returns that expire by the job, while the parcel comes, is cancelled or claimed (R6.5, R13.2)."""

import signal
from datetime import timedelta

import pytest

from odoo import fields

from . import steps
from .house import COPIES
from .test_decisions import count_events
from .test_kills import killer  # noqa: F401 - a fixture
from .test_returns import figures


@pytest.fixture
def overdue(house):
    """Return a case whose copies were to come back weeks ago."""
    case = steps.bring_to(house, "announced")
    house.work(None, make_overdue(case))
    return case


@pytest.fixture
def expired(house, overdue):
    """Return a case whose remedy has expired."""
    house.work(None, steps.follow_term(overdue))
    assert read(house, overdue)[0] == "expired"
    return overdue


def make_overdue(case):
    def step(env):
        resolution = env["aftersales.resolution"].browse(case.resolution_id)
        resolution.return_due = fields.Date.today() - timedelta(days=60)

    return step


def read(house, case):
    """Return the state of the remedy, its copies announced and those that came back."""

    def look(env):
        resolution = env["aftersales.resolution"].browse(case.resolution_id)
        moves = resolution.effect_ids.filtered(lambda e: e.kind == "return").move_ids
        live = moves.filtered(lambda m: m.state != "cancel")
        done = live.filtered(lambda m: m.state == "done")
        return resolution.state, sum(live.mapped("product_qty")), sum(done.mapped("quantity"))

    return house.look(look)


def test_expired_while_it_is_received(house, race_either_way, overdue):
    """The parcel comes at the last moment: either it is taken in, or the remedy is over."""
    _job, received = race_either_way(
        (None, steps.follow_term(overdue)), ("warehouse", steps.at_the_table(overdue))
    )
    expected = ("expired", 0, 0) if received else ("agreed", COPIES, COPIES)
    assert read(house, overdue) == expected


def test_expired_while_it_is_cancelled(house, race_either_way, overdue):
    _job, cancelled = race_either_way(
        (None, steps.follow_term(overdue)), ("agent", steps.cancel(overdue))
    )
    state, announced, received = read(house, overdue)
    assert (announced, received) == (0, 0)
    assert state == ("expired" if cancelled else "cancelled")
    assert count_events(house, overdue, "expired") == int(state == "expired")


def test_two_jobs_expire_it(house, race, overdue):
    step = steps.follow_term(overdue)
    race((None, step), (None, step))
    assert read(house, overdue) == ("expired", 0, 0)
    assert count_events(house, overdue, "expired") == 1


def test_expired_while_another_case_claims_the_copies(house, race_either_way):
    """What is announced is not claimed once more, what expired is."""
    overdue = steps.agree_on(house, "exchange")
    other = steps.agree_on(house, "exchange", delivery_id=overdue.delivery_id)
    house.work("agent", steps.execute(overdue))
    house.work(None, make_overdue(overdue))
    _job, claimed = race_either_way(
        (None, steps.follow_term(overdue)), ("colleague", steps.execute(other))
    )
    if claimed:
        assert "only 0" in claimed
    house.work(None, steps.follow_term(overdue))  # the job does it next time
    assert read(house, overdue) == ("expired", 0, 0)
    assert read(house, other)[1] == (0 if claimed else COPIES)


def test_taken_in_late_twice(house, race, expired):
    step = steps.take_late(expired)
    outcomes = race(("warehouse", step), ("packer", step))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert "no longer overdue" in "".join(outcomes)
    assert read(house, expired) == ("agreed", COPIES, 0)


def test_taken_in_late_and_revived(house, race_either_way, expired):
    """Announced once, whoever was first."""
    outcomes = race_either_way(
        ("warehouse", steps.take_late(expired)), ("agent", steps.revive(expired))
    )
    assert "" in outcomes, outcomes
    assert read(house, expired) == ("agreed", COPIES, 0)


def test_taken_in_late_while_another_case_claims_the_copies(house, race_either_way, expired):
    other = steps.agree_on(house, "exchange", delivery_id=expired.delivery_id)
    outcomes = race_either_way(
        ("warehouse", steps.take_late(expired)), ("colleague", steps.execute(other))
    )
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert read(house, expired)[1] + read(house, other)[1] == COPIES


def test_revived_while_another_case_claims_the_copies(house, race_either_way, expired):
    other = steps.agree_on(house, "exchange", delivery_id=expired.delivery_id)
    outcomes = race_either_way(
        ("agent", steps.revive(expired)), ("colleague", steps.execute(other))
    )
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert read(house, expired)[1] + read(house, other)[1] == COPIES


def test_a_parcel_is_counted_at_two_tables(house, race):
    case = steps.bring_to(house, "announced")
    step = steps.at_the_table(case)
    outcomes = race(("warehouse", step), ("packer", step))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert read(house, case) == ("agreed", COPIES, COPIES)


def test_terms_whose_workers_are_killed(house, killer, sound):  # noqa: F811
    """Expired, taken in late, counted: one parcel, however often somebody dies."""
    case = steps.bring_to(house, "announced")
    for place in (15, 40, 60):  # the job commits by itself, after it has counted what is to do
        answer = killer.ask(None, "expire", case, kill_before=place)
        assert answer == {"killed": signal.SIGKILL}, answer
        assert read(house, case) == ("agreed", COPIES, 0), "nothing is left of it"
    assert not killer.ask(None, "expire", case)["failed"]
    assert read(house, case) == ("expired", 0, 0)
    assert count_events(house, case, "expired") == 1
    killer.torment("warehouse", "take_late", case)
    assert read(house, case) == ("agreed", COPIES, 0)
    killer.torment("warehouse", "at_the_table", case)
    found = figures(house, case)
    assert (found["received"], found["inspected"], found["inspections"]) == (COPIES, COPIES, 1)
    killer.torment("agent", "send_back", case)
    assert count_sent_back(house, case) == COPIES


def count_sent_back(house, case):
    def look(env):
        moves = env["aftersales.resolution"].browse(case.resolution_id).effect_ids.move_ids
        back = moves.returned_move_ids.filtered(lambda m: m.state != "cancel")
        return sum(back.mapped("product_uom_qty"))

    return house.look(look)


def test_revived_by_workers_who_are_killed(house, killer, sound, expired):  # noqa: F811
    killer.torment("agent", "revive", expired)
    assert read(house, expired) == ("agreed", COPIES, 0)
