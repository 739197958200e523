"""Money goes back through a payment provider: asked once, whoever clicks, whatever dies (ADR 28)."""

import signal

import pytest

from .. import steps
from ..test_kills import killer  # noqa: F401 - a fixture
from ..test_refunds import AMOUNT
from . import desks


@pytest.fixture
def case(house, tmp_path):
    """Return a case whose credit note is posted; the customer paid online."""
    case = steps.bring_to(house, "posted", "refund_only", delivery_id=desks.sell_online(house))
    case.outside = str(tmp_path / "asked")
    return case


@pytest.fixture
def provider(house, case):
    """Let the provider answer in this process."""
    with desks.provider_at(house.registry, case.outside):
        yield


@pytest.fixture
def waiting(house, case, provider):
    """Return a case whose refund waits for the job."""
    house.work("finance", steps.pay(case))
    assert read(house, case)["state"] == ("posted", "waiting")
    return case


def read(house, case):
    """Return what became of the refund.

    ``{"state": its own and the provider's, "asked": how often, "children": states, "paid": the
    payments of the refund, "left": of what the customer paid}``
    """

    def look(env):
        refund = steps.find_refunds(env, case)
        paid = desks.find_paid(env, case)
        payments = refund.payment_ids.filtered(lambda p: p.state in ("in_process", "paid"))
        return {
            "state": (refund.state, refund.provider_state),
            "children": sorted(desks.find_children(env, case).mapped("state")),
            "paid": payments.mapped("amount"),
            "left": round(sum(paid._get_left_to_refund().values()), 2),
            "open": refund.credit_note_id.amount_residual,
        }

    found = house.look(look)
    try:
        with open(case.outside) as file:
            found["asked"] = len(file.readlines())
    except FileNotFoundError:
        found["asked"] = 0
    return found


def assert_paid_once(house, case):
    house.work(None, desks.ask_providers(case))
    found = read(house, case)
    assert (found["state"], found["asked"]) == (("paid", "done"), 1), found
    assert (found["paid"], found["left"], found["open"]) == ([AMOUNT], 0, 0), found


def test_paid_twice(house, race, case, provider):
    assert race(("finance", steps.pay(case)), ("approver", steps.pay(case))) == ("", "")
    assert read(house, case)["children"] == ["draft"]
    assert_paid_once(house, case)


def test_paid_while_accounting_refunds_it_in_odoo(house, race_in_turn, case, provider):
    """By hand first, the case says to match it; our click first, Odoo's dialog lets it pass."""
    paid, by_hand = race_in_turn(
        ("finance", steps.pay(case)), ("accountant", desks.refund_in_odoo(case))
    )
    house.work(None, desks.ask_providers(case))
    found = read(house, case)
    assert (bool(paid), bool(by_hand)) != (False, False), "the provider was asked twice"
    assert found["left"] >= 0, found


def test_paid_another_way_meanwhile(house, race_in_turn, case, provider):
    """One clicks Pay, the other one pays from the bank: the money leaves once."""
    race_in_turn(("finance", steps.pay(case)), ("approver", desks.pay_otherwise(case)))
    house.work(None, desks.ask_providers(case))
    found = read(house, case)
    assert (found["state"][0], found["paid"], found["open"]) == ("paid", [AMOUNT], 0), found
    assert found["asked"] <= 1


def test_two_jobs_ask(house, race, waiting):
    step = desks.ask_providers(waiting)
    assert race((None, step), (None, step)) == ("", "")
    assert_paid_once(house, waiting)


def test_undone_while_the_job_asks(house, race_in_turn, waiting):
    """Withdrawn before the provider is asked, or the money has left."""
    _asked, undone = race_in_turn(
        (None, desks.ask_providers(waiting)), ("finance", steps.reverse(waiting))
    )
    house.work(None, desks.ask_providers(waiting))
    found = read(house, waiting)
    if undone:
        assert (found["state"], found["asked"]) == (("paid", "done"), 1), found
    else:
        assert (found["state"][0], found["asked"], found["paid"]) == ("cancelled", 0, []), found


def test_paid_in_accounting_while_the_job_asks(house, race_in_turn, waiting):
    """Accounting pays the credit note from the bank: then nobody is asked, or it is refused."""
    race_in_turn((None, desks.ask_providers(waiting)), ("accountant", steps.pay_by_hand(waiting)))
    house.work(None, desks.ask_providers(waiting))
    found = read(house, waiting)
    assert (found["state"][0], found["open"]) == ("paid", 0), found
    assert len(found["paid"]) <= 1


@pytest.fixture
def unanswered(house, killer, case):  # noqa: F811
    """Return a case whose refund the provider has made; the power failed before it said so."""
    house.work("finance", steps.pay(case))
    answer = killer.ask(None, "optional.desks.ask_and_die_after", case)
    assert answer == {"killed": signal.SIGKILL}, answer
    found = read(house, case)
    assert (found["state"], found["asked"]) == (("posted", "unclear"), 1), found
    return case


def test_its_message_comes_while_the_job_asks(house, race_in_turn, unanswered, provider):
    """The answer that was lost comes as a message; the job does not ask once more."""
    outcomes = race_in_turn(
        (None, desks.tell_paid(unanswered)), (None, desks.ask_providers(unanswered))
    )
    assert outcomes == ("", "")
    assert_paid_once(house, unanswered)


def test_its_message_comes_while_finance_confirms(house, race_in_turn, unanswered, provider):
    race_in_turn((None, desks.tell_paid(unanswered)), ("finance", desks.provider_paid(unanswered)))
    assert_paid_once(house, unanswered)


def test_its_message_comes_while_the_job_books(house, race_in_turn, waiting):
    """The provider is so quick that its message meets the job: one payment."""
    race_in_turn((None, desks.ask_providers(waiting)), (None, desks.tell_paid(waiting)))
    house.work(None, desks.ask_providers(waiting))
    found = read(house, waiting)
    assert (found["state"], found["paid"], found["open"]) == (("paid", "done"), [AMOUNT], 0), found
    assert found["asked"] <= 1


# ----------------------------------------------------------------------
# Kills
# ----------------------------------------------------------------------
def test_a_click_whose_worker_is_killed(house, killer, sound, case):  # noqa: F811
    killer.torment("finance", "pay", case, places=2)
    found = read(house, case)
    assert (found["children"], found["asked"]) == (["draft"], 0), found


def test_a_job_that_dies_between_record_and_request(house, killer, sound, case):  # noqa: F811
    """Until it is on record that the provider is asked, the next job does it; then finance looks."""
    house.work("finance", steps.pay(case))
    place = 1
    while read(house, case)["state"] == ("posted", "waiting"):
        answer = killer.ask(None, "optional.desks.ask_alone", case, kill_before=place)
        assert answer == {"killed": signal.SIGKILL}, answer
        assert read(house, case)["asked"] == 0, "asked before it is on record"
        place += 7
    assert not killer.ask(None, "optional.desks.ask_alone", case)["failed"]
    found = read(house, case)
    assert (found["state"], found["asked"]) == (("posted", "unclear"), 0), found


def test_a_job_that_dies_with_the_request(house, killer, sound, case):  # noqa: F811
    """Nobody knows whether it was paid: no job asks again, finance says that it was."""
    house.work("finance", steps.pay(case))
    answer = killer.ask(None, "optional.desks.ask_and_die_before", case)
    assert answer == {"killed": signal.SIGKILL}, answer
    for _job in range(2):
        assert not killer.ask(None, "optional.desks.ask_alone", case)["failed"]
    assert read(house, case)["state"] == ("posted", "unclear")
    assert read(house, case)["asked"] == 0
    killer.torment("finance", "optional.desks.provider_paid", case, places=2)
    found = read(house, case)
    assert (found["state"], found["paid"]) == (("paid", "done"), [AMOUNT]), found


def test_a_job_that_dies_after_the_answer(house, killer, sound, case):  # noqa: F811
    """Before every commit from the request on: it was asked once and is booked once."""
    house.work("finance", steps.pay(case))
    answer = killer.ask(None, "optional.desks.ask_and_die_after", case)
    assert answer == {"killed": signal.SIGKILL}, answer
    assert not killer.ask(None, "optional.desks.ask_alone", case)["failed"]
    assert read(house, case)["asked"] == 1
    killer.torment(None, "optional.desks.tell_paid", case, places=2)
    found = read(house, case)
    assert (found["state"], found["paid"], found["asked"]) == (("paid", "done"), [AMOUNT], 1)
