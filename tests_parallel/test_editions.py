"""A new edition is ordered, paid, cancelled and invoiced by several people (R6.1, R6.4, ADR 33)."""

import pytest

from . import editions, steps
from .house import COPIES
from .test_kills import killer  # noqa: F401 - a fixture
from .test_refunds import AMOUNT, credit_notes, money, undo_by_hand

WHOLE = 241.5  # three copies of the new edition, with tax


def read(house, case):
    """Return what became of the credit, the orders and the difference.

    ``{"orders": states, "credit_open", "paid_out", "received": of the reader, "reserved": what of
    the credit living orders count on}``
    """

    def look(env):
        refund = steps.find_refunds(env, case)
        orders = editions.find_orders(env, case)
        out = refund.payment_ids | refund.credit_note_id.matched_payment_ids
        valid = [p for p in out if p.state in ("in_process", "paid")]
        differences = orders.aftersales_payment_ids
        return {
            "orders": sorted(orders.mapped("state")),
            "credit_open": refund.credit_note_id.amount_residual,
            "paid_out": round(sum(p.amount for p in valid if p.payment_type == "outbound"), 2),
            "received": round(sum(differences.mapped("amount")), 2),
            "held": round(refund._get_held_amount(), 2),
        }

    return house.look(look)


def assert_not_both(house, case):
    """The reader gets the credit once: in money, or off the new edition."""
    found = read(house, case)
    assert found["paid_out"] + found["held"] <= AMOUNT, found
    assert found["held"] <= found["credit_open"], found
    return found


def test_two_agents_propose_for_the_same_copy(house, race):
    """Of three lines one has a remedy and one gets none: the phase stays what it is."""
    with house.transaction() as env:
        editions.print_next(env, house)
    case = steps.open_case(house, house.take_delivery(), (1, 1, 1), "wrong_edition")
    line_ids = house.look(lambda env: steps.find_lines(env, case).ids)
    house.work("agent", steps.propose(line_ids[0], "new_edition", 1))
    step = steps.propose(line_ids[1], "new_edition", 1)
    outcomes = race(("agent", step), ("colleague", step))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    remedies = house.look(
        lambda env: env["aftersales.case.line"].browse(line_ids[1]).resolution_ids.mapped("state")
    )
    assert remedies == ["proposed"]


def test_two_cases_claim_the_same_copies(house, race):
    first = editions.agree_on(house, 2)
    second = editions.agree_on(house, 2, delivery_id=first.delivery_id)
    outcomes = race(("agent", steps.execute(first)), ("colleague", steps.execute(second)))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert "only 1" in "".join(outcomes)


def test_the_difference_is_booked_twice(house, race):
    case = editions.bring_to(house, "awaited")
    step = editions.receive_difference
    outcomes = race(("finance", step(case)), ("approver", step(case)))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert "no difference is awaited" in "".join(outcomes)
    found = assert_not_both(house, case)
    assert (found["orders"], found["received"]) == (["sale"], editions.DUE)


def test_the_difference_is_paid_while_the_agent_ends_the_sale(house, race_in_turn):
    """Paid first, the order is cancelled and the payment stays on account; ended first, no order."""
    case = editions.bring_to(house, "awaited")
    paid, ended = race_in_turn(
        ("finance", editions.receive_difference(case)), ("agent", editions.refund_instead(case))
    )
    assert ended == ""
    found = assert_not_both(house, case)
    assert (found["orders"], found["held"]) == (["cancel"], 0)
    assert found["received"] == (0 if paid else editions.DUE)
    if paid:
        assert "no difference is awaited" in paid


def test_the_difference_is_paid_while_a_salesman_cancels(house, race_in_turn):
    case = editions.bring_to(house, "awaited")
    paid, cancelled = race_in_turn(
        ("finance", editions.receive_difference(case)), (None, editions.cancel_order(case))
    )
    assert cancelled == ""
    found = assert_not_both(house, case)
    assert found["orders"] == ["cancel"]
    assert found["received"] == (0 if paid else editions.DUE)


def test_the_credit_is_paid_out_while_it_is_ordered_again(house, race_in_turn):
    """The salesman cancelled; finance pays the money out, the agent orders it once more."""
    case = editions.bring_to(house, "awaited")
    house.work(None, editions.cancel_order(case))
    race_in_turn(("finance", steps.pay(case)), ("agent", editions.order_again(case)))
    found = assert_not_both(house, case)
    assert (found["paid_out"] > 0) == (found["orders"] == ["cancel"]), found


def test_the_credit_is_paid_out_while_a_salesman_offers_it_again(house, race_in_turn):
    case = editions.bring_to(house, "awaited")
    house.work(None, editions.cancel_order(case))
    _paid, offered = race_in_turn(("finance", steps.pay(case)), (None, editions.offer_again(case)))
    found = assert_not_both(house, case)
    assert (found["paid_out"] > 0) == bool(offered), found
    if offered:
        assert "paid out" in offered


def test_the_credit_is_posted_while_the_remedy_is_cancelled(house, race_in_turn):
    """The copies are here: the credit is posted and the order made, or the agent is refused."""
    case = editions.bring_to(house, "approved")
    posted, cancelled = race_in_turn(("finance", steps.post(case)), ("agent", steps.cancel(case)))
    assert (posted, bool(cancelled)) == ("", True)
    assert assert_not_both(house, case)["orders"] == ["sent"]


def test_the_credit_is_posted_twice(house, race):
    """One credit note, one order."""
    case = editions.bring_to(house, "approved")
    assert race(("finance", steps.post(case)), ("approver", steps.post(case))) == ("", "")
    found = assert_not_both(house, case)
    assert (found["orders"], found["held"], found["credit_open"]) == (["sent"], AMOUNT, AMOUNT)


def test_the_credit_is_posted_while_accounting_credits_the_invoice(house, race_in_turn):
    case = editions.bring_to(house, "approved")
    posted, by_hand = race_in_turn(
        ("finance", steps.post(case)), ("accountant", steps.credit_by_hand(case))
    )
    assert by_hand == ""
    if posted:
        assert "credited or changed meanwhile" in posted
        assert house.look(lambda env: len(editions.find_orders(env, case))) == 0
    else:
        assert credit_notes(house, case) == ["refund", "by hand"]
    house.work(None, lambda env: undo_by_hand(env, case))


def test_invoiced_while_accounting_pays_the_credit_out(house, race_in_turn):
    """What the order counts on is not paid out, before its invoice takes it and after."""
    case = editions.bring_to(house, "shipped")
    billed, by_hand = race_in_turn(
        ("accountant", editions.bill(case)), ("accountant", steps.pay_by_hand(case))
    )
    assert billed == ""
    assert by_hand
    found = read(house, case)
    assert (found["paid_out"], found["credit_open"]) == (0, 0)


def test_invoiced_while_finance_pays(house, race_in_turn):
    case = editions.bring_to(house, "shipped")
    assert race_in_turn(("accountant", editions.bill(case)), ("finance", steps.pay(case))) == (
        "",
        "",
    )
    found = read(house, case)
    assert (found["paid_out"], found["credit_open"]) == (0, 0)


def test_shipped_while_the_agent_ends_the_sale(house, race_in_turn):
    """The new edition leaves and the credit stays set off, or the reader gets the money."""
    case = editions.bring_to(house, "paid")
    shipped, ended = race_in_turn(
        ("packer", editions.ship(case)), ("agent", editions.refund_instead(case))
    )
    found = assert_not_both(house, case)
    if ended:
        assert "have left" in ended
        assert (shipped, found["orders"], found["held"]) == ("", ["sale"], AMOUNT)
    else:
        assert (found["orders"], found["held"]) == (["cancel"], 0)
        sent = house.look(
            lambda env: sum(
                line._get_edition_sent() for line in editions.find_orders(env, case).order_line
            )
        )
        assert sent == 0


def test_shipped_while_a_salesman_cancels(house, race_in_turn):
    """A copy that left keeps the credit; cancelled first, nothing leaves."""
    case = editions.bring_to(house, "paid")
    shipped, cancelled = race_in_turn(
        ("packer", editions.ship(case)), (None, editions.cancel_order(case))
    )
    found = assert_not_both(house, case)
    sent = figures(house, case)[1]
    if cancelled:
        assert "have left" in cancelled
        assert (shipped, found["orders"], found["held"]) == ("", ["sale"], AMOUNT)
    else:
        assert (found["orders"], found["held"], sent) == (["cancel"], 0, 0)


# ----------------------------------------------------------------------
# The term
# ----------------------------------------------------------------------
@pytest.fixture
def overdue(house):
    """Return a case whose difference was to be paid days ago."""
    case = editions.bring_to(house, "awaited")
    house.work(None, editions.make_overdue(case))
    return case


def read_term(house, case):
    """Return the next step of the case, and how often the job said that it is overdue."""

    def look(env):
        ticket = env["helpdesk.ticket"].browse(case.ticket_id)
        codes = ticket.event_ids.mapped("code")
        return ticket.next_step, codes.count("difference_overdue")

    return house.look(look)


def test_overdue_while_the_reader_pays(house, race_in_turn, overdue):
    """Paid, it is shipped, whatever the job said before."""
    outcomes = race_in_turn(
        (None, editions.follow_term(overdue)), ("finance", editions.receive_difference(overdue))
    )
    assert outcomes == ("", "")
    assert assert_not_both(house, overdue)["orders"] == ["sale"]
    step, told = read_term(house, overdue)
    assert step == "ship_edition"
    assert told <= 1


def test_overdue_while_the_agent_reminds(house, race_in_turn, overdue):
    """Reminded, there is more time: the case waits for the reader again."""
    outcomes = race_in_turn(
        (None, editions.follow_term(overdue)), ("agent", editions.remind(overdue))
    )
    assert outcomes == ("", "")
    assert read_term(house, overdue)[0] == "await_difference"


def test_two_jobs_find_it_overdue(house, race, overdue):
    step = editions.follow_term(overdue)
    assert race((None, step), (None, step)) == ("", "")
    assert read_term(house, overdue) == ("difference_overdue", 1)


# ----------------------------------------------------------------------
# Kills
# ----------------------------------------------------------------------
def test_a_new_edition_whose_workers_are_killed(house, killer, sound):  # noqa: F811
    """One credit note, one order, one payment, one invoice, set off to the cent."""
    case = editions.agree_on(house)
    killer.torment("agent", "execute", case, places=2)
    house.work("warehouse", steps.receive(case))
    house.work("warehouse", steps.inspect(case))
    house.work("approver", steps.approve(case))
    killer.torment("finance", "post", case, places=3)
    assert read(house, case)["orders"] == ["sent"]
    house.work(None, editions.make_overdue(case))
    killer.torment(None, "editions.follow_term", case)
    assert read_term(house, case) == ("difference_overdue", 1)
    killer.torment("finance", "editions.receive_difference", case)
    killer.torment("packer", "editions.ship", case)
    killer.torment("accountant", "editions.bill", case, places=3)
    found = read(house, case)
    assert (found["orders"], found["received"]) == (["sale"], editions.DUE)
    assert (found["credit_open"], found["paid_out"]) == (0, 0)
    assert money(house, case)[:2] == ("settled", AMOUNT)
    invoices = house.look(
        lambda env: [
            (move.amount_total, move.amount_residual)
            for move in editions.find_orders(env, case).invoice_ids
        ]
    )
    assert invoices == [(WHOLE, 0.0)]
    assert figures(house, case) == (COPIES, COPIES)


def figures(house, case):
    """Return the copies that came back and the new ones that left."""

    def look(env):
        moves = env["aftersales.resolution"].browse(case.resolution_id).effect_ids.move_ids
        back = moves.filtered(lambda m: m.state == "done")
        sent = editions.find_orders(env, case).picking_ids.move_ids
        sent = sent.filtered(lambda m: m.state == "done")
        return sum(back.mapped("quantity")), sum(sent.mapped("quantity"))

    return house.look(look)


def test_a_sale_that_is_ended_by_workers_who_are_killed(house, killer, sound):  # noqa: F811
    case = editions.bring_to(house, "awaited")
    killer.torment("agent", "editions.refund_instead", case)
    assert read(house, case)["orders"] == ["cancel"]
    killer.torment("finance", "pay", case)
    assert money(house, case) == ("paid", AMOUNT, AMOUNT)
