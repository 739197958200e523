"""Copies bought in a shop: no delivery serializes the work on them (R1.2, R6.4, R13.2)."""

from . import steps
from .house import COPIES
from .test_returns import figures


def propose_more(case, quantity):
    """Propose an exchange for more copies of the case's line."""

    def step(env):
        line = env["helpdesk.ticket"].browse(case.ticket_id).line_ids
        return line.action_propose("exchange", quantity)

    return step


def lower(case, quantity):
    """Correct the copies complained of."""
    return lambda env: (
        env["helpdesk.ticket"].browse(case.ticket_id).line_ids.write({"quantity": quantity})
    )


def read_line(house, case):
    def read(env):
        line = env["helpdesk.ticket"].browse(case.ticket_id).line_ids
        return line.quantity, line.resolved_quantity

    return house.look(read)


def test_a_remedy_is_executed_twice(house, race):
    [case] = steps.agree_elsewhere(house)
    assert race(("agent", steps.execute(case)), ("colleague", steps.execute(case))) == ("", "")
    announced = house.look(
        lambda env: env["aftersales.resolution"].browse(case.resolution_id).effect_ids.move_ids
    )
    assert len(announced) == 1


def test_a_parcel_is_received_twice(house, race):
    [case] = steps.agree_elsewhere(house)
    house.work("agent", steps.execute(case))
    outcomes = race(("warehouse", steps.receive(case)), ("packer", steps.receive(case)))
    assert "" in outcomes, outcomes
    found = figures(house, case)
    assert (found["received"], found["inspected"], found["inspections"]) == (COPIES, COPIES, 1)


def test_two_remedies_of_a_line_at_once(house, race):
    """Each has its share of the copies; the first parcels ever of a house may come together."""
    first, second = steps.agree_elsewhere(house, 2, times=2)
    assert race(("agent", steps.execute(first)), ("colleague", steps.execute(second))) == ("", "")
    outcomes = race(("warehouse", steps.receive(first)), ("packer", steps.receive(second)))
    assert outcomes == ("", "")
    assert [figures(house, case)["received"] for case in (first, second)] == [1, 1]


def test_two_agents_propose_for_the_same_copies(house, race):
    [case] = steps.agree_elsewhere(house, 3, times=3)[:1]
    house.work("agent", steps.cancel(case))
    outcomes = race(("agent", propose_more(case, 1)), ("colleague", propose_more(case, 1)))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert read_line(house, case) == (3, 3)


def test_the_line_is_lowered_and_a_remedy_proposed(house, race_either_way):
    [case] = steps.agree_elsewhere(house, 3, times=3)[:1]
    house.work("agent", steps.cancel(case))
    outcomes = race_either_way(("agent", propose_more(case, 1)), ("colleague", lower(case, 2)))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    quantity, resolved = read_line(house, case)
    assert resolved <= quantity
