"""A reader's own copies: received, sent to the binder, mended, given up at once (R6.1, ADR 32)."""

from . import repairs, steps
from .house import COPIES
from .test_decisions import count_events
from .test_kills import killer  # noqa: F401 - a fixture


def read(house, case):
    """Return the states of remedy and repairs, and where the copies are or go.

    ``{"state", "progress", "received", "repairs", "announced_home", "home": left mended, "as_is":
    on their way home, or there, as they are, "binder": announced or there}``
    """

    def look(env):
        resolution = env["aftersales.resolution"].browse(case.resolution_id)
        home = repairs.find_home(env, case).filtered(lambda m: m.state != "cancel")
        back = resolution.effect_ids.filtered(lambda e: e.kind == "return").move_ids
        plain = back.returned_move_ids.filtered(
            lambda m: m.state != "cancel" and not m.aftersales_effect_id
        )
        out = repairs.find_repairs(env, case).move_ids.filtered(
            lambda m: m.state != "cancel" and not m.origin_returned_move_id
        )
        return {
            "state": resolution.state,
            "progress": resolution.progress,
            "received": sum(back.filtered(lambda m: m.state == "done").mapped("quantity")),
            "repairs": repairs.find_repairs(env, case).mapped("state"),
            "home": sum(home.filtered(lambda m: m.state == "done").mapped("quantity")),
            "announced_home": sum(home.mapped("product_uom_qty")),
            "as_is": sum(plain.mapped("product_uom_qty")),
            "binder": sum(out.mapped("product_uom_qty")),
        }

    return house.look(look)


def assert_at_one_place(house, case):
    """No copy is on two ways at once."""
    found = read(house, case)
    assert found["announced_home"] + found["as_is"] + found["binder"] <= COPIES, found
    return found


def test_received_while_it_is_cancelled(house, race_in_turn):
    case = repairs.bring_to(house, "announced")
    outcomes = race_in_turn(("warehouse", steps.at_the_table(case)), ("agent", steps.cancel(case)))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    found = read(house, case)
    assert found["received"] == (0 if outcomes[0] else COPIES)
    assert found["state"] == ("cancelled" if outcomes[0] else "agreed")


def test_to_the_binder_while_it_is_mended(house, race_in_turn):
    """Two at one bench: the copies go to the binder, or home."""
    case = repairs.bring_to(house, "listed")
    outcomes = race_in_turn(
        ("warehouse", repairs.send_to_binder(case)), ("packer", repairs.mend(case))
    )
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    found = assert_at_one_place(house, case)
    assert found["repairs"] == (["repaired"] if outcomes[0] else ["sending"])


def test_to_the_binder_while_the_agent_sends_it_back(house, race_in_turn):
    case = repairs.bring_to(house, "listed")
    outcomes = race_in_turn(
        ("warehouse", repairs.send_to_binder(case)), ("agent", steps.send_back(case))
    )
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    found = assert_at_one_place(house, case)
    assert found["as_is"] == (COPIES if outcomes[0] else 0)


def test_to_the_binder_twice(house, race):
    case = repairs.bring_to(house, "listed")
    step = repairs.send_to_binder(case)
    outcomes = race(("warehouse", step), ("packer", step))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert assert_at_one_place(house, case)["binder"] == COPIES


def test_it_leaves_for_the_binder_while_its_transfer_is_cancelled(house, race_in_turn):
    """Cancelled first, the repair is to be done here again; left first, it is awaited back."""
    case = repairs.bring_to(house, "sending")
    left, _cancelled = race_in_turn(
        ("packer", repairs.leave(case)), ("accountant", repairs.cancel_transfer(case))
    )
    found = assert_at_one_place(house, case)
    assert found["repairs"] == (["todo"] if left else ["away"])


def test_back_twice(house, race):
    """Counted at two tables: the copies are here once."""
    case = repairs.bring_to(house, "away")
    step = repairs.come_back(case)
    race(("warehouse", step), ("packer", step))
    assert read(house, case)["repairs"] == ["back"]
    assert count_events(house, case, "binder_back") == 1


def test_mended_and_not_repairable(house, race_in_turn):
    """Two opinions: the first stands until somebody takes it back."""
    case = repairs.bring_to(house, "listed")
    outcomes = race_in_turn(("warehouse", repairs.mend(case)), ("packer", repairs.give_up(case)))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    found = assert_at_one_place(house, case)
    assert found["repairs"] == (["failed"] if outcomes[0] else ["repaired"])
    assert found["announced_home"] == (0 if outcomes[0] else COPIES)


def test_mended_twice(house, race):
    """One way home, one line in the log."""
    case = repairs.bring_to(house, "listed")
    step = repairs.mend(case)
    assert race(("warehouse", step), ("packer", step)) == ("", "")
    assert assert_at_one_place(house, case)["announced_home"] == COPIES
    assert count_events(house, case, "repaired") == 1


def test_taken_back_while_it_leaves(house, race_in_turn):
    """The result is undone before the parcel leaves, or it stays."""
    case = repairs.bring_to(house, "repaired")
    undone, _left = race_in_turn(
        ("warehouse", repairs.reopen(case)), ("packer", repairs.go_home(case))
    )
    found = assert_at_one_place(house, case)
    assert found["home"] == (COPIES if undone else 0)
    assert found["repairs"] == (["repaired"] if undone else ["todo"])


def test_sent_back_while_it_leaves_mended(house, race_in_turn):
    case = repairs.bring_to(house, "repaired")
    race_in_turn(("agent", steps.send_back(case)), ("packer", repairs.go_home(case)))
    assert_at_one_place(house, case)


def test_two_remedies_for_what_cannot_be_repaired(house, race_in_turn):
    """One agent exchanges the copies, another one sends them back as they are."""
    case = repairs.bring_to(house, "failed")
    outcomes = race_in_turn(
        ("agent", repairs.exchange_instead(case)), ("colleague", repairs.return_unrepaired(case))
    )
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert "no copy waits" in "".join(outcomes)
    assert read(house, case)["state"] == ("agreed" if outcomes[0] else "cancelled")


def test_exchanged_instead_twice(house, race):
    case = repairs.bring_to(house, "failed")
    step = repairs.exchange_instead(case)
    outcomes = race(("agent", step), ("colleague", step))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    remedies = house.look(
        lambda env: sorted(
            env["helpdesk.ticket"].browse(case.ticket_id).resolution_ids.mapped("state")
        )
    )
    assert remedies == ["agreed", "cancelled"]


# ----------------------------------------------------------------------
# The term
# ----------------------------------------------------------------------
def test_overdue_while_it_is_mended(house, race_in_turn):
    case = repairs.bring_to(house, "listed")
    house.work(None, repairs.make_overdue(case))
    outcomes = race_in_turn((None, repairs.follow_term(case)), ("warehouse", repairs.mend(case)))
    assert outcomes == ("", "")
    assert read(house, case)["repairs"] == ["repaired"]
    assert not house.look(lambda env: repairs.find_repairs(env, case).is_overdue)


def test_overdue_while_another_day_is_agreed(house, race_in_turn):
    case = repairs.bring_to(house, "listed")
    house.work(None, repairs.make_overdue(case))
    outcomes = race_in_turn((None, repairs.follow_term(case)), ("agent", repairs.set_due(case)))
    assert outcomes == ("", "")
    assert not house.look(lambda env: repairs.find_repairs(env, case).is_overdue)


# ----------------------------------------------------------------------
# Kills
# ----------------------------------------------------------------------
def test_a_repair_whose_workers_are_killed(house, killer, sound):  # noqa: F811
    """To the binder, back, mended, home: the same copies, once."""
    case = repairs.bring_to(house, "listed")
    killer.torment("warehouse", "repairs.send_to_binder", case)
    assert assert_at_one_place(house, case)["binder"] == COPIES
    killer.torment("packer", "repairs.leave", case, places=2)
    killer.torment("packer", "repairs.come_back", case)
    assert read(house, case)["repairs"] == ["back"]
    killer.torment("warehouse", "repairs.mend", case, places=2)
    killer.torment("packer", "repairs.go_home", case)
    found = read(house, case)
    assert (found["repairs"], found["home"], found["as_is"]) == (["repaired"], COPIES, 0)
    assert found["progress"] == "done"


def test_a_repair_that_fails_and_whose_workers_are_killed(house, killer, sound):  # noqa: F811
    """Handed over on paper and exchanged: one new remedy, its copies received once."""
    case = repairs.bring_to(house, "listed")
    killer.torment("warehouse", "repairs.give_up", case)
    killer.torment("agent", "repairs.exchange_instead", case, places=3)
    assert read(house, case)["state"] == "cancelled"
    new = house.look(
        lambda env: (
            env["helpdesk.ticket"]
            .browse(case.ticket_id)
            .resolution_ids.filtered(lambda r: r.state == "agreed")
            .ids
        )
    )
    assert len(new) == 1
    case.resolution_id = new[0]
    assert read(house, case)["received"] == COPIES
