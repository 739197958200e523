"""The same parcel is received, inspected and decided on by several people at once (R13.2)."""

import pytest

from . import steps
from .house import COPIES


def figures(house, case):
    """Return what became of the case: its copies by what happened to them."""

    def read(env):
        resolution = env["aftersales.resolution"].browse(case.resolution_id)
        inspections = resolution.inspection_ids
        effects = {effect.kind: effect for effect in resolution.effect_ids}
        return {
            "state": resolution.state,
            "progress": resolution.progress,
            "received": effects["return"].quantity_done,
            "inspected": sum(inspections.mapped("quantity")),
            "inspections": len(inspections),
            "put_away": sum(inspections.move_id.mapped("quantity")),
            "replacing": effects["shipment"].quantity_planned,
            "contradiction": ",".join(filter(None, inspections.mapped("contradiction"))),
        }

    return house.look(read)


def test_a_parcel_is_received_twice(house, race):
    case = steps.bring_to(house, "announced")
    outcomes = race(("warehouse", steps.receive(case)), ("packer", steps.receive(case)))
    assert "" in outcomes, outcomes
    found = figures(house, case)
    assert (found["received"], found["inspected"], found["inspections"]) == (COPIES, COPIES, 1)


def test_a_part_is_received_twice(house, race):
    case = steps.bring_to(house, "announced")
    outcomes = race(("warehouse", steps.receive(case, 1)), ("packer", steps.receive(case, 1)))
    assert "" in outcomes, outcomes
    found = figures(house, case)
    assert found["received"] == found["inspected"] <= COPIES


def test_a_parcel_is_received_and_its_remedy_cancelled(house, race_either_way):
    case = steps.bring_to(house, "announced")
    outcomes = race_either_way(("warehouse", steps.receive(case)), ("agent", steps.cancel(case)))
    assert "" in outcomes, outcomes
    found = figures(house, case)
    if found["state"] == "cancelled":
        assert (found["received"], found["inspections"]) == (0, 0)
    else:
        assert (found["received"], found["inspected"]) == (COPIES, COPIES)
        assert "already happened" in outcomes[1]


def test_an_inspection_is_confirmed_twice(house, race):
    case = steps.bring_to(house, "graded")
    outcomes = race(
        ("warehouse", steps.confirm_inspection(case)), ("packer", steps.confirm_inspection(case))
    )
    assert outcomes == ("", "")
    found = figures(house, case)
    assert (found["put_away"], found["replacing"]) == (COPIES, COPIES)


def test_an_inspection_is_confirmed_and_the_remedy_cancelled(house, race_either_way):
    case = steps.bring_to(house, "graded")
    outcomes = race_either_way(
        ("warehouse", steps.confirm_inspection(case)), ("agent", steps.cancel(case))
    )
    assert outcomes[0] == ""
    assert "already happened" in outcomes[1]
    assert figures(house, case)["replacing"] == COPIES


def test_an_inspection_is_confirmed_and_the_rest_given_up(house, race_either_way):
    case = steps.agree_on(house, "exchange")
    house.work("agent", steps.execute(case))
    house.work("warehouse", steps.receive(case, 2))
    house.work("warehouse", steps.grade(case))
    outcomes = race_either_way(
        ("warehouse", steps.confirm_inspection(case)), ("agent", steps.give_up_rest(case))
    )
    assert outcomes[0] == ""
    found = figures(house, case)
    assert (found["inspected"], found["put_away"], found["replacing"]) == (2, 2, 2)
    assert not outcomes[1] or "wait for inspection" in outcomes[1]


def test_a_contradiction_is_overruled_and_upheld(house, race_either_way):
    case = steps.bring_to(house, "contradicted")
    outcomes = race_either_way(
        ("agent", steps.overrule(case)), ("colleague", steps.give_up_rest(case))
    )
    found = figures(house, case)
    assert found["contradiction"] in ("overruled", "upheld")
    assert found["replacing"] == (COPIES if found["contradiction"] == "overruled" else 0), outcomes


def test_a_contradiction_is_overruled_twice(house, race):
    case = steps.bring_to(house, "contradicted")
    outcomes = race(("agent", steps.overrule(case)), ("colleague", steps.overrule(case)))
    assert outcomes == ("", "")
    assert figures(house, case)["replacing"] == COPIES


@pytest.mark.parametrize("remedy", ["exchange", "return_refund"])
def test_a_remedy_is_executed_and_cancelled(house, race_either_way, remedy):
    case = steps.agree_on(house, remedy)
    outcomes = race_either_way(("agent", steps.execute(case)), ("colleague", steps.cancel(case)))
    assert outcomes[1] == ""
    assert house.look(
        lambda env: env["aftersales.resolution"].browse(case.resolution_id).state == "cancelled"
    )


def test_a_replacement_is_shipped_twice(house, race):
    """Two packers, one parcel."""
    case = steps.bring_to(house, "graded")
    house.work("warehouse", steps.confirm_inspection(case))
    race(("packer", steps.ship(case)), ("warehouse", steps.ship(case)))
    assert figures(house, case)["replacing"] == COPIES
    assert figures(house, case)["progress"] == "done"


def test_a_replacement_is_shipped_while_the_copies_go_back(house, race_in_turn):
    """The reader gets new copies or the own ones again, never both."""
    case = steps.bring_to(house, "graded")
    house.work("warehouse", steps.confirm_inspection(case))
    race_in_turn(("packer", steps.ship(case)), ("agent", steps.send_back(case)))
    held = house.look(lambda env: held_by_reader(env, case))
    assert held <= COPIES


def held_by_reader(env, case):
    """Return the copies that the reader has or is about to get."""
    moves = env["aftersales.resolution"].browse(case.resolution_id).effect_ids.move_ids
    moves |= moves.returned_move_ids
    live = moves.filtered(lambda m: m.state != "cancel")
    to_reader = live.filtered(lambda m: m.location_dest_id.usage == "customer")
    from_reader = live.filtered(lambda m: m.location_id.usage == "customer")
    moved = sum(to_reader.mapped("product_uom_qty")) - sum(from_reader.mapped("product_uom_qty"))
    return COPIES + moved


def test_copies_are_put_elsewhere_twice(house, race):
    """Two correct the same mistake: the copies move once."""
    case = steps.bring_to(house, "graded")
    house.work("warehouse", steps.confirm_inspection(case))
    outcomes = race(("warehouse", steps.correct(case)), ("packer", steps.correct(case)))
    assert outcomes == ("", "")
    assert figures(house, case)["put_away"] == COPIES


def test_copies_are_put_elsewhere_while_they_go_back(house, race_in_turn):
    case = steps.bring_to(house, "graded")
    house.work("warehouse", steps.confirm_inspection(case))
    race_in_turn(("warehouse", steps.correct(case)), ("agent", steps.send_back(case)))
