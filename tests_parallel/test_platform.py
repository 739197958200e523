"""What a sales platform paid is recorded while others record or pay the same (R6.9, I2)."""

import pytest

from odoo import fields

from . import steps
from .house import COPIES
from .test_kills import killer  # noqa: F401 - a fixture
from .test_refunds import AMOUNT, money


@pytest.fixture(scope="module")
def platform_id(house):
    """Return the platform that the house sells on."""
    with house.transaction() as env:
        return find_platform(env).id


def find_platform(env):
    """Return the platform, made on first use."""
    found = env["aftersales.platform"].search([], limit=1)
    if found:
        return found
    journal = env["account.journal"].create(
        {"name": "Tmall Clearing", "type": "bank", "code": "TM"}
    )
    return found.create({"name": "Tmall", "journal_id": journal.id})


def record(case, platform_id, number):
    """Record that the platform paid the case's refund."""

    def step(env):
        vals = {
            "platform_id": platform_id,
            "number": number,
            "date": fields.Date.today(),
            "amount": AMOUNT,
            "platform_share": 0.0,
        }
        refund = steps.find_refunds(env, case)
        return env["aftersales.platform.refund"]._record_for_refund(vals, refund)

    return step


def number_of(case):
    return f"P-{case.ticket_id}"


def records(house, case):
    return house.look(
        lambda env: env["aftersales.platform.refund"].search_count(
            [("ticket_id", "=", case.ticket_id)]
        )
    )


def test_a_number_is_recorded_twice(house, race, platform_id):
    case = steps.bring_to(house, "posted", "refund_only")
    step = record(case, platform_id, number_of(case))
    outcomes = race(("agent", step), ("finance", step))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert "recorded" in "".join(outcomes)
    assert money(house, case) == ("paid", AMOUNT, AMOUNT)
    assert records(house, case) == 1


def test_two_numbers_for_one_refund(house, race, platform_id):
    case = steps.bring_to(house, "posted", "refund_only")
    outcomes = race(
        ("agent", record(case, platform_id, number_of(case))),
        ("finance", record(case, platform_id, number_of(case) + "B")),
    )
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert money(house, case) == ("paid", AMOUNT, AMOUNT)
    assert records(house, case) == 1


def test_recorded_while_finance_pays(house, race_either_way, platform_id):
    case = steps.bring_to(house, "posted", "refund_only")
    recorded, paid = race_either_way(
        ("agent", record(case, platform_id, number_of(case))), ("finance", steps.pay(case))
    )
    assert paid == "", "paid before, or set off against the platform"
    assert money(house, case) == ("paid", AMOUNT, AMOUNT)
    if recorded:
        assert "would be a second one" in recorded
    assert records(house, case) == (0 if recorded else 1)


def test_imported_twice(house, race, platform_id):
    number = f"S-{platform_id}-{fields.Datetime.now():%H%M%S%f}"
    rows = [(number, fields.Date.today(), 5.0)] * 2

    def step(env):
        platform = env["aftersales.platform"].browse(platform_id)
        return env["aftersales.platform.statement"]._import(platform, "day.csv", rows)

    assert race(("finance", step), ("approver", step)) == ("", "")
    lines = house.look(
        lambda env: env["aftersales.platform.statement.line"].search_count(
            [("number", "=", number)]
        )
    )
    assert lines == 2


def on_statements(house, case):
    """Return state and record of the rows that name the case, in the order of their numbers."""

    def read(env):
        lines = env["aftersales.platform.statement.line"].search(
            [("number", "in", (f"B-{case.ticket_id}", f"X-{case.ticket_id}"))], order="number"
        )
        return [(line.state, line.ticket_id.id) for line in lines]

    return house.look(read)


def test_imported_while_the_agent_records(house, race_in_turn, platform_id):
    """Whoever is second matches them: neither stays unknown to the other."""
    case = steps.open_case(house, house.take_delivery())
    outcomes = race_in_turn(
        ("finance", steps.import_statement(case)), ("agent", steps.record_paid_by_platform(case))
    )
    assert outcomes == ("", "")
    assert on_statements(house, case) == [("matched", case.ticket_id), ("unknown", False)]


def test_removed_while_it_is_imported_again(house, race_in_turn, platform_id):
    """Every row is there once, or with the statement that was removed gone."""
    case = steps.open_case(house, house.take_delivery())
    house.work("finance", steps.import_statement(case))
    outcomes = race_in_turn(
        ("finance", steps.remove_statement(case)), ("approver", steps.import_statement(case))
    )
    assert outcomes == ("", "")
    removed_first = race_in_turn.mode == "late"
    assert len(on_statements(house, case)) == (2 if removed_first else 0)


def test_an_import_whose_workers_are_killed(house, killer, sound, platform_id):  # noqa: F811
    """All rows of a file or none, and each once."""
    case = steps.open_case(house, house.take_delivery())
    house.work("agent", steps.record_paid_by_platform(case))
    killer.torment("finance", "import_statement", case, places=3)
    assert on_statements(house, case) == [("matched", case.ticket_id), ("unknown", False)]
    killer.torment("finance", "remove_statement", case)
    assert on_statements(house, case) == []


def test_the_platform_and_a_colleague_pay_the_same_copies(house, race_either_way, platform_id):
    """Two cases of one delivery: either the platform's money is booked, or ours was first."""
    paid = steps.open_case(house, house.take_delivery())
    other = steps.agree_on(house, "refund_only", delivery_id=paid.delivery_id)
    outcomes = race_either_way(
        ("agent", steps.record_paid_by_platform(paid)), ("colleague", steps.execute(other))
    )
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert records(house, paid) == (0 if outcomes[0] else 1)


def test_the_platform_paid_while_an_agent_proposes(house, race_either_way, platform_id):
    case = steps.open_case(house, house.take_delivery())
    [line_id] = house.look(lambda env: steps.find_lines(env, case).ids)
    outcomes = race_either_way(
        ("agent", steps.record_paid_by_platform(case)),
        ("colleague", steps.propose(line_id, "refund_only", COPIES)),
    )
    assert "" in outcomes, outcomes
    live = house.look(
        lambda env: steps.find_lines(env, case)._get_live_resolutions().mapped("quantity")
    )
    assert live == [COPIES]


def test_a_record_whose_workers_are_killed(house, killer, sound, platform_id):  # noqa: F811
    """One record, one credit note against the platform's account."""
    case = steps.open_case(house, house.take_delivery())
    killer.torment("agent", "record_paid_by_platform", case)
    assert records(house, case) == 1
    amounts = house.look(
        lambda env: env["helpdesk.ticket"].browse(case.ticket_id).refund_ids.mapped("amount")
    )
    assert amounts == [AMOUNT]
