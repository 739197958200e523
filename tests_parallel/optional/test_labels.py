"""Return labels, which carriers charge one by one (R6.5): asked for, cancelled, at the same time."""

import threading
import time

import pytest

from .. import steps
from ..test_kills import killer  # noqa: F401 - a fixture
from ..test_terms import read as read_return
from . import desks


@pytest.fixture
def case(house, tmp_path):
    """Return a case whose copies are to come back."""
    house.work(None, desks.hire_courier)
    case = steps.bring_to(house, "announced")
    case.outside = str(tmp_path / "served")
    return case


@pytest.fixture
def courier(house, case):
    """Let the courier's service answer in this process."""
    with desks.courier_at(house.registry, case.outside):
        yield


@pytest.fixture
def labelled(house, case, courier):
    """Return a case with a label."""
    house.work("agent", desks.get_label(case))
    assert served(case) == ["label"]
    return case


def served(case):
    """Return what the courier's service was asked for."""
    try:
        with open(case.outside) as file:
            return [line.split()[0] for line in file]
    except FileNotFoundError:
        return []


def live_labels(house, case):
    return house.look(
        lambda env: env["aftersales.freight"].search_count(
            [("ticket_id", "=", case.ticket_id), ("has_label", "=", True), ("is_void", "=", False)]
        )
    )


def assert_charged_as_noted(house, case):
    """What the courier charges is what the case says."""
    asked = served(case)
    live = live_labels(house, case)
    assert asked.count("label") - asked.count("cancel") == live, (asked, live)
    return live


def test_asked_for_twice(house, race, case, courier):
    step = desks.get_label(case)
    assert race(("agent", step), ("colleague", step)) == ("", "")
    assert served(case) == ["label"]
    assert assert_charged_as_noted(house, case) == 1


def test_asked_for_while_the_remedy_is_cancelled(house, race_in_turn, case, courier):
    """No label is left for a parcel that nobody sends."""
    _got, cancelled = race_in_turn(
        ("agent", desks.get_label(case)), ("colleague", steps.cancel(case))
    )
    assert cancelled == ""
    assert assert_charged_as_noted(house, case) == 0


def test_cancelled_while_the_courier_makes_the_label(house, case, sound):
    """The service takes its time: who cancels meanwhile waits, and no label is made twice."""
    outcome, threads = [], []

    def cancel():
        try:
            outcome.append(house.work("colleague", steps.cancel(case)))
        except Exception as error:
            outcome.append(error)

    def meanwhile():
        threads.append(threading.Thread(target=cancel))
        threads[-1].start()
        time.sleep(1.0)

    with desks.courier_at(house.registry, case.outside, meanwhile):
        house.work("agent", desks.get_label(case))
        for thread in threads:
            thread.join()
        if outcome != [True]:
            house.work("colleague", steps.cancel(case))
    assert served(case) == ["label", "cancel"]
    assert assert_charged_as_noted(house, case) == 0


def test_the_remedy_with_the_label_is_cancelled_twice(house, race, labelled):
    step = steps.cancel(labelled)
    race(("agent", step), ("colleague", step))
    assert served(labelled) == ["label", "cancel"]
    assert assert_charged_as_noted(house, labelled) == 0


def test_the_label_is_cancelled_while_the_parcel_comes(house, race_in_turn, labelled):
    """It travelled and is charged, or it is void."""
    _void, received = race_in_turn(
        ("agent", desks.void_label(labelled)), ("warehouse", steps.at_the_table(labelled))
    )
    assert received == ""
    assert read_return(house, labelled)[2] == 3
    assert_charged_as_noted(house, labelled)


def test_the_label_is_cancelled_twice(house, race, labelled):
    step = desks.void_label(labelled)
    race(("agent", step), ("colleague", step))
    assert served(labelled) == ["label", "cancel"]
    assert assert_charged_as_noted(house, labelled) == 0


def test_a_label_and_postage_of_one_parcel(house, race_in_turn, case, courier):
    """We pay the courier, or the reader's own postage."""
    outcomes = race_in_turn(("agent", desks.get_label(case)), ("colleague", steps.reimburse(case)))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert assert_charged_as_noted(house, case) == (0 if outcomes[0] else 1)


def test_a_label_whose_worker_is_killed(house, killer, sound, case):  # noqa: F811
    """What a carrier made for a dead worker is charged; the case has one label all the same."""
    killer.torment("agent", "optional.desks.get_label_alone", case, places=2)
    assert live_labels(house, case) == 1
