"""Store credit and coupons are given, used and taken back at the same time (R6.1, R6.8, I5)."""

import pytest

from .. import steps
from ..house import COPIES
from ..test_kills import killer  # noqa: F401 - a fixture
from . import desks

pytestmark = pytest.mark.usefixtures("offered")


@pytest.fixture(scope="module")
def offered(house):
    """Let agents give both; afterwards their limit is as before."""
    before = house.look(lambda env: env.company.aftersales_refund_limit)
    house.work(None, desks.offer_credit)
    yield

    def put_back(env):
        env.company.aftersales_refund_limit = before

    house.work(None, put_back)


def agree_on(house, remedy, quantity=COPIES, delivery_id=None, **options):
    delivery_id = delivery_id or house.take_delivery()
    house.work(None, desks.set_address(delivery_id))
    if remedy == "store_credit":
        options = {"store_credit": desks.WORTH, "store_credit_reason": "a crease", **options}
    return steps.agree_on(house, remedy, quantity, delivery_id=delivery_id, **options)


def give(house, remedy):
    """Return a case whose reader has the card."""
    case = agree_on(house, remedy)
    house.work("agent", steps.execute(case))
    return case


def read(house, *cases):
    """Return of each case the cards, what is left on the live ones, and the mails with them."""

    def look(env):
        found = []
        for case in cases:
            cards = desks.find_cards(env, case)
            mails = env["mail.mail"].search_count(
                [("model", "=", "loyalty.card"), ("res_id", "in", cards.ids)]
            )
            found.append((len(cards), sum(cards.filtered("active").mapped("points")), mails))
        return found

    return house.look(look)


@pytest.mark.parametrize(("remedy", "points"), [("store_credit", desks.WORTH), ("coupon", 1)])
def test_given_twice(house, race, remedy, points):
    """Clicked by two: one card, one mail."""
    case = agree_on(house, remedy)
    assert race(("agent", steps.execute(case)), ("colleague", steps.execute(case))) == ("", "")
    assert read(house, case) == [(1, points, 1)]


def settle_credit(case, amount=40.0, place=0):
    """Give store credit on the phone: proposed, agreed, executed."""

    def step(env):
        line = steps.find_lines(env, case)[place]
        options = {"store_credit": amount, "store_credit_reason": "a crease"}
        return line.action_settle("store_credit", **options)

    return step


def test_two_cases_of_one_delivery_get_more_than_agents_give(house, race):
    """Twice 40 for the same copies, where agents give 50 alone."""
    delivery_id = house.take_delivery()
    house.work(None, desks.set_address(delivery_id))
    cases = [steps.open_case(house, delivery_id, (1,)) for _case in range(2)]
    outcomes = race(("agent", settle_credit(cases[0])), ("colleague", settle_credit(cases[1])))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert "is more than the" in "".join(outcomes)


def test_two_coupons_for_one_case(house, race):
    """Two books, one coupon: the phase is that of the third book, which gets none."""
    case = steps.open_case(house, house.take_delivery(), (1, 1, 1))
    house.work(None, desks.set_address(case.delivery_id))

    def propose(place):
        return lambda env: steps.find_lines(env, case)[place].action_propose("coupon")

    outcomes = race(("agent", propose(0)), ("colleague", propose(1)))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert "one coupon for a case" in "".join(outcomes)


def test_credit_and_a_refund_of_one_case(house, race_in_turn):
    """40 of credit and a compensation of 40, where agents give 50 alone: finance sees the second."""
    case = steps.open_case(house, house.take_delivery(), (1, 2))
    house.work(None, desks.set_address(case.delivery_id))

    def compensate(env):
        line = steps.find_lines(env, case)[1]
        return line.action_settle("compensation", percent=30, reason="a crease")

    credited, compensated = race_in_turn(("agent", settle_credit(case)), ("colleague", compensate))
    assert compensated == ""
    states = house.look(
        lambda env: env["helpdesk.ticket"].browse(case.ticket_id).refund_ids.mapped("state")
    )
    assert credited or states == ["to_approve"], "40 and 40 were given without finance"


@pytest.mark.parametrize(
    ("remedy", "undo"), [("store_credit", desks.withdraw), ("coupon", desks.void)]
)
def test_used_while_it_is_undone(house, race_in_turn, remedy, undo):
    """The reader has it on a quotation: the order takes it, or it is taken back, never both."""
    case = give(house, remedy)
    order_id = desks.order_with_card(house, case)
    used, undone = race_in_turn((None, desks.confirm_order(order_id)), ("agent", undo(case)))
    state, card = house.look(
        lambda env: (
            env["sale.order"].browse(order_id).state,
            desks.find_cards(env, case).read(["points", "active", "aftersales_used"])[0],
        )
    )
    assert card["points"] >= 0
    if used:
        assert state == "draft"
        assert not undone
        assert (card["points"], card["active"], card["aftersales_used"]) == (0, False, 0)
        return
    assert state == "sale"
    if remedy == "coupon":
        assert "has used the coupon already" in undone
    else:
        assert (undone, card["aftersales_used"]) == ("", desks.WORTH)


@pytest.mark.parametrize(("remedy", "undo"), [("store_credit", "withdraw"), ("coupon", "void")])
def test_cards_whose_workers_are_killed(house, killer, sound, remedy, undo):  # noqa: F811
    case = agree_on(house, remedy)
    killer.torment("agent", "execute", case, places=2)
    [(cards, points, mails)] = read(house, case)
    assert (cards, points > 0, mails) == (1, True, 1)
    killer.torment("agent", f"optional.desks.{undo}", case, places=2)
    assert read(house, case) == [(1, 0, 1)]
