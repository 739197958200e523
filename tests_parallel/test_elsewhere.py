"""Copies bought in a shop: no delivery serializes the work on them (R1.2, R6.4, R13.2)."""

from contextlib import contextmanager

from odoo import Command

from . import steps
from .house import COPIES, MODULE
from .test_kills import killer  # noqa: F401 - a fixture
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


# ----------------------------------------------------------------------
# Money: nothing but the reader's word tells two copies apart
# ----------------------------------------------------------------------
@contextmanager
def empty_shelf(house):
    """Hold the print run that is left: else the copies would be exchanged."""
    lot = house.runs[house.company_ids[0]][1]
    house.work("quality", steps.hold(lot))
    try:
        yield
    finally:
        house.work("quality", lambda env: env["stock.lot"].browse(lot).action_release())


def agree_on_money(house, count):
    """Return cases of one reader with a receipt, each about a copy of the same title."""

    def prepare(env):
        remedy = env.ref(f"{MODULE}.aftersales_remedy_refund_only")
        case_type = env["aftersales.case.type"].search([("code", "=", "binding")], limit=1)
        case_type.remedy_ids = [Command.link(remedy.id)]
        return env["res.partner"].create({"name": "Reader of a bookshop"}).id

    reader_id = house.work(None, prepare)
    cases = [steps.agree_elsewhere(house, 1)[0] for _case in range(count)]
    for case in cases:
        house.work("agent", steps.cancel(case))
    with empty_shelf(house):
        for case in cases:
            case.resolution_id = house.work("manager", agree_on_list_price(case, reader_id))
    return cases


def agree_on_list_price(case, reader_id):
    def step(env):
        ticket = env["helpdesk.ticket"].browse(case.ticket_id)
        ticket.partner_id = reader_id
        receipt = env.ref(f"{MODULE}.aftersales_proof_purchase_proof")
        env["aftersales.case.proof"].create(
            {"ticket_id": ticket.id, "proof_id": receipt.id, "received": True}
        )
        resolution = ticket.line_ids.action_propose("refund_only")
        resolution.action_agree("phone")
        return resolution.id

    return step


def count_refunds(house, *cases):
    return house.look(lambda env: sum(len(steps.find_refunds(env, case)) for case in cases))


def test_two_cases_pay_for_the_same_copy(house, race):
    """One receipt brings one refund, whoever executes at the same time."""
    first, second = agree_on_money(house, 2)
    outcomes = race(("manager", steps.execute(first)), ("deputy", steps.execute(second)))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert "gets money for" in "".join(outcomes)
    assert count_refunds(house, first, second) == 1


def test_money_for_a_copy_is_executed_twice(house, race):
    [case] = agree_on_money(house, 1)
    assert race(("manager", steps.execute(case)), ("deputy", steps.execute(case))) == ("", "")
    assert count_refunds(house, case) == 1


def test_copies_from_elsewhere_whose_workers_are_killed(house, killer, sound):  # noqa: F811
    """Exchanged, or paid for: one parcel and one refund."""
    [exchanged] = steps.agree_elsewhere(house)
    killer.torment("agent", "execute", exchanged)
    killer.torment("warehouse", "receive", exchanged)
    found = figures(house, exchanged)
    assert (found["received"], found["inspections"]) == (COPIES, 1)
    [paid] = agree_on_money(house, 1)
    killer.torment("manager", "execute", paid)
    assert count_refunds(house, paid) == 1
