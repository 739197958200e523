"""Refusals and exceptions, while others decide about the same copies (R1.6, R6.1, R13.2)."""

from . import steps
from .house import COPIES
from .test_kills import killer  # noqa: F401 - a fixture


def open_lines(house):
    """Return a case of three books, of which the first has a remedy: its phase stays what it is."""
    case = steps.open_case(house, house.take_delivery(), lines=(1, 1, 1))
    house.work("agent", propose(case, 0))
    return case


def propose(case, place):
    return lambda env: steps.find_lines(env, case)[place].action_propose("exchange", 1)


def read_line(house, case, place):
    """Return the copies of a book that have a decision, and the live decisions."""

    def read(env):
        line = steps.find_lines(env, case)[place]
        live = line.resolution_ids.filtered(lambda r: r.state in ("proposed", "agreed"))
        return line.resolved_quantity, live.remedy_id.mapped("code")

    return house.look(read)


def count_events(house, case, code):
    return house.look(
        lambda env: env["aftersales.event"].search_count(
            [("ticket_id", "=", case.ticket_id), ("code", "=", code)]
        )
    )


def test_refused_and_proposed(house, race_either_way):
    """One agent refuses the copy, another one proposes to exchange it."""
    case = open_lines(house)
    outcomes = race_either_way(
        ("agent", steps.refuse_copies(case, 1)), ("colleague", propose(case, 1))
    )
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    quantity, remedies = read_line(house, case, 1)
    assert (quantity, len(remedies)) == (1, 1)


def test_refused_twice(house, race):
    case = open_lines(house)
    step = steps.refuse_copies(case, 1)
    outcomes = race(("agent", step), ("colleague", step))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert "has a remedy or is refused" in "".join(outcomes)
    assert count_events(house, case, "copies_refused") == 1


def refuse_one(house):
    case = open_lines(house)
    case.resolution_id = house.work("agent", lambda env: steps.refuse_copies(case, 1)(env).id)
    return case


def test_a_refusal_is_undone_and_the_copy_proposed_for(house, race_either_way):
    """Before it is undone nothing can be proposed; afterwards one decision is left."""
    case = refuse_one(house)
    undone, proposed = race_either_way(
        ("agent", steps.cancel(case)), ("colleague", propose(case, 1))
    )
    assert undone == ""
    quantity, remedies = read_line(house, case, 1)
    assert (quantity, remedies) == ((0, []) if proposed else (1, ["exchange"]))


def test_a_refusal_is_undone_twice(house, race):
    case = refuse_one(house)
    assert race(("agent", steps.cancel(case)), ("colleague", steps.cancel(case))) == ("", "")
    assert read_line(house, case, 1) == (0, [])
    assert count_events(house, case, "resolution_cancelled") == 1


def test_the_case_is_refused_and_a_copy_proposed_for(house, race_either_way):
    """A case that is refused has no remedy that is still to be carried out."""
    case = steps.open_case(house, house.take_delivery())
    outcomes = race_either_way(
        ("agent", lambda env: find_case(env, case).action_refuse("Bought in 1987.")),
        ("colleague", propose(case, 0)),
    )
    phase, states = house.look(
        lambda env: (
            find_case(env, case).phase,
            find_case(env, case).resolution_ids.mapped("state"),
        )
    )
    assert outcomes[0] == "", outcomes
    assert phase == "refused"
    assert "proposed" not in states


def find_case(env, case):
    return env["helpdesk.ticket"].browse(case.ticket_id)


def test_let_through_twice(house, race):
    """The exception is made once, by one manager."""
    [case] = steps.agree_elsewhere(house)
    step = steps.let_through(case)
    assert race(("manager", step), ("deputy", step)) == ("", "")
    assert count_events(house, case, "let_through") == 1


def test_let_through_while_the_book_becomes_another(house, race_either_way):
    """An exception was made for that copy, not for another."""
    [case] = steps.agree_elsewhere(house)
    house.work("agent", steps.cancel(case))
    outcomes = race_either_way(
        ("manager", steps.let_through(case)),
        ("agent", lambda env: steps.find_lines(env, case).write({"bought_elsewhere": False})),
    )
    assert outcomes == ("", "")
    reasons = house.look(lambda env: steps.find_lines(env, case).mapped("exception_reason"))
    assert reasons == [False]


def test_decisions_whose_workers_are_killed(house, killer, sound):  # noqa: F811
    """Refused, undone, let through: each once, whatever dies."""
    case = steps.open_case(house, house.take_delivery())
    killer.torment("agent", "refuse_copies", case)
    assert read_line(house, case, 0) == (COPIES, ["refusal"])
    case.resolution_id = house.look(lambda env: find_case(env, case).resolution_ids.id)
    assert count_mails(house, case) <= 1
    killer.torment("agent", "cancel", case)
    assert read_line(house, case, 0) == (0, [])
    killer.torment("manager", "let_through", steps.agree_elsewhere(house)[0])
    assert count_events(house, case, "copies_refused") == 1


def count_mails(house, case):
    return house.look(
        lambda env: len(env["aftersales.resolution"].browse(case.resolution_id).effect_ids.mail_ids)
    )
