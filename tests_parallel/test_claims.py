"""The same copies are claimed, returned, held by several people at once (R6.4, I1)."""

from functools import partial

from . import steps
from .house import COPIES


def returned(house, delivery_id):
    """Return the copies that came back or are announced: {"case": …, "hand": …}."""

    def count(env):
        moves = env["stock.move"].search(
            [("origin_returned_move_id", "=", delivery_id), ("state", "!=", "cancel")]
        )
        back = moves.filtered(lambda m: m.location_id.usage == "customer")
        ours = back.filtered("aftersales_effect_id")
        return {
            "case": sum(ours.mapped("product_qty")),
            "hand": sum((back - ours).mapped("product_qty")),
        }

    return house.look(count)


def cancel_returns_by_hand(house, delivery_id):
    """Undo an excess made by hand: Odoo allows it, the add-on only reports it."""
    house.work(
        None,
        lambda env: (
            env["stock.move"]
            .search(
                [
                    ("origin_returned_move_id", "=", delivery_id),
                    ("aftersales_effect_id", "=", False),
                    ("state", "!=", "done"),
                ]
            )
            ._action_cancel()
        ),
    )


def test_two_cases_claim_the_same_copies(house, race):
    first = steps.agree_on(house, "exchange", 2)
    second = steps.agree_on(house, "exchange", 2, delivery_id=first.delivery_id)
    outcomes = race(("agent", steps.execute(first)), ("colleague", steps.execute(second)))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert "only 1" in "".join(outcomes)
    assert returned(house, first.delivery_id) == {"case": 2, "hand": 0}


def test_one_remedy_is_executed_twice(house, race):
    case = steps.agree_on(house, "exchange")
    assert race(("agent", steps.execute(case)), ("colleague", steps.execute(case))) == ("", "")
    assert returned(house, case.delivery_id) == {"case": COPIES, "hand": 0}


def test_a_refund_without_return_and_an_exchange(house, race_either_way):
    refund = steps.agree_on(house, "refund_only", 2)
    exchange = steps.agree_on(house, "exchange", 2, delivery_id=refund.delivery_id)
    outcomes = race_either_way(
        ("agent", steps.execute(refund)), ("colleague", steps.execute(exchange))
    )
    assert sorted(map(bool, outcomes)) == [False, True], outcomes


def test_a_case_and_a_return_by_hand(house, race_either_way):
    """Whoever comes second sees the first; Odoo lets the return by hand pass all the same."""
    case = steps.agree_on(house, "exchange")
    refused, by_hand = race_either_way(
        ("agent", steps.execute(case)),
        ("packer", steps.return_by_hand(case.delivery_id, 2)),
    )
    assert by_hand == ""
    if refused:
        assert "only 1" in refused
        assert returned(house, case.delivery_id) == {"case": 0, "hand": 2}
    else:
        assert who_returned(house, case.delivery_id) == ["case", "hand"], "the case saw no return"
    cancel_returns_by_hand(house, case.delivery_id)


def who_returned(house, delivery_id):
    """Tell who announced the returns of a delivery, in the order of their ids."""

    def read(env):
        moves = env["stock.move"].search([("origin_returned_move_id", "=", delivery_id)])
        return ["case" if move.aftersales_effect_id else "hand" for move in moves.sorted("id")]

    return house.look(read)


def test_two_returns_by_hand_while_a_case_claims(house, race):
    """Odoo announces four of three copies; the case that claims them says so and adds none."""
    case = steps.agree_on(house, "exchange", 1)
    by_hand = steps.return_by_hand(case.delivery_id, 2)
    assert race(("warehouse", by_hand), ("packer", by_hand)) == ("", "")
    assert returned(house, case.delivery_id) == {"case": 0, "hand": 4}
    refused = race(("agent", steps.execute(case)), ("colleague", steps.execute(case)))
    assert all("only 0" in message for message in refused), refused
    cancel_returns_by_hand(house, case.delivery_id)


def test_two_proposals_for_one_line(house, race):
    """Of three lines one has a remedy and one gets none: the phase stays what it is."""
    case = steps.open_case(house, house.take_delivery(), lines=(1, 1, 1))
    line_ids = house.look(lambda env: env["helpdesk.ticket"].browse(case.ticket_id).line_ids.ids)
    house.work("agent", steps.propose(line_ids[0], "exchange", 1))
    outcomes = race(
        ("agent", steps.propose(line_ids[1], "exchange", 1)),
        ("colleague", steps.propose(line_ids[1], "exchange", 1)),
    )
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    line = house.look(
        lambda env: env["aftersales.case.line"].browse(line_ids[1]).read(["resolved_quantity"])
    )
    assert line[0]["resolved_quantity"] == 1


def test_the_reader_agrees_and_declines(house, race_either_way):
    case = steps.open_case(house, house.take_delivery())
    line_id = house.look(lambda env: env["helpdesk.ticket"].browse(case.ticket_id).line_ids.id)
    case.resolution_id = house.work(
        "agent", lambda env: steps.propose(line_id, "exchange", 2)(env).id
    )
    outcomes = race_either_way(("agent", steps.agree(case)), ("colleague", steps.decline(case)))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    state = house.look(lambda env: env["aftersales.resolution"].browse(case.resolution_id).state)
    assert state == ("declined" if outcomes[0] else "agreed")


def test_the_run_is_held_while_a_replacement_is_reserved(house, race_either_way):
    case = steps.agree_on(house, "exchange", 1, advance=True)
    lot_id = house.runs[house.company_ids[0]][1]
    house.work(None, partial(unreserve, lot_id=lot_id))
    outcomes = race_either_way(("agent", steps.execute(case)), ("quality", steps.hold(lot_id)))
    reserved = house.look(
        lambda env: env["stock.move.line"].search_count(
            [("lot_id", "=", lot_id), ("state", "not in", ("done", "cancel"))]
        )
    )
    house.work("quality", lambda env: env["stock.lot"].browse(lot_id).action_release())
    assert reserved == 0, "copies of a held run are reserved for a reader"
    assert not outcomes[1]


def unreserve(env, lot_id):
    """Free what other cases reserved: the hold would free it, and meet the race by chance."""
    env["stock.move.line"].search(
        [("lot_id", "=", lot_id), ("state", "not in", ("done", "cancel"))]
    ).move_id._do_unreserve()


def test_two_companies_do_not_meet(house, race):
    cases = [
        steps.agree_on(house, "exchange", delivery_id=house.take_delivery(company))
        for company in (0, 1)
    ]
    outcomes = race(*(("agent", steps.execute(case)) for case in cases))
    assert outcomes == ("", "")
    for case in cases:
        assert returned(house, case.delivery_id) == {"case": COPIES, "hand": 0}
