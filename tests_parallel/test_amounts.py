"""Parts of a price and return postage, while others work on the same copies (R6.1, R6.5, I1)."""

from functools import partial

from . import steps
from .house import COPIES
from .test_kills import killer  # noqa: F401 - a fixture
from .test_refunds import money, undo_by_hand

AMOUNT = 200.1  # three copies at 58, with tax
COMPENSATION = {"percent": 60, "reason": "a crease"}


def credited(house, case):
    """Return what is credited on the invoice of the delivery, and requested beside it."""

    def read(env):
        move = env["stock.move"].browse(case.delivery_id)
        invoice = move.sale_line_id.invoice_lines.move_id.filtered(
            lambda m: m.move_type == "out_invoice"
        )
        refunds = env["aftersales.refund"].search([("invoice_id", "=", invoice.id)])
        live = refunds.filtered(lambda r: r.state not in ("refused", "cancelled"))
        return round(sum(live.mapped("amount")), 2)

    return house.look(read)


def finish_return(house, case):
    """Receive, inspect and credit what a case takes back."""
    house.work("warehouse", steps.receive(case))
    house.work("warehouse", steps.inspect(case))
    house.work("approver", steps.approve(case))
    house.work("finance", steps.post(case))


def test_kept_for_a_part_and_sent_back(house, race_either_way):
    """The copies are either announced first, or the rest of their price is paid back."""
    kept = steps.agree_on(house, "compensation", **COMPENSATION)
    back = steps.agree_on(house, "return_refund", delivery_id=kept.delivery_id)
    compensated, announced = race_either_way(
        ("agent", steps.execute(kept)), ("colleague", steps.execute(back))
    )
    assert announced == ""
    finish_return(house, back)
    assert credited(house, kept) == AMOUNT
    if compensated:
        assert "are announced" in compensated
    else:
        house.work("approver", steps.approve(kept))
        house.work("finance", steps.post(kept))


def test_two_agents_compensate_the_same_copies(house, race):
    """Twice sixty percent is more than the price: one of them is told what is left."""
    first, second = (
        steps.agree_on(house, "compensation", delivery_id=delivery_id, **COMPENSATION)
        for delivery_id in [house.take_delivery()] * 2
    )
    outcomes = race(("agent", steps.execute(first)), ("colleague", steps.execute(second)))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert "can still be paid back" in "".join(outcomes)
    assert credited(house, first) == 120.06


def test_a_compensation_is_posted_twice(house, race):
    case = steps.bring_to(house, "approved", "compensation", **COMPENSATION)
    assert race(("finance", steps.post(case)), ("approver", steps.post(case))) == ("", "")
    assert credited(house, case) == 120.06


def test_a_compensation_is_posted_while_accounting_credits(house, race_either_way):
    """By hand one of three copies is credited; both fit on the invoice."""
    case = steps.bring_to(house, "approved", "compensation", **COMPENSATION)
    outcomes = race_either_way(
        ("finance", steps.post(case)), ("accountant", steps.credit_by_hand(case))
    )
    assert outcomes == ("", "")
    house.work(None, partial(undo_by_hand, case=case))


# ----------------------------------------------------------------------
# Return postage
# ----------------------------------------------------------------------
def reimburse(line_id, amount=12.0):
    def step(env):
        line = env["aftersales.case.line"].browse(line_id)
        options = {"amount": amount, "freight_payer": "reader", "reason": "waybill SF1"}
        return line.action_propose("freight", **options).action_execute()

    return step


def exchange_lines(house, quantities):
    """Return the case and the ids of its lines, of which the copies come back in one parcel."""
    case = steps.open_case(house, house.take_delivery(), quantities)

    def execute(env):
        lines = env["helpdesk.ticket"].browse(case.ticket_id).line_ids
        resolutions = lines.action_propose("exchange")
        resolutions.action_agree("phone")
        resolutions.action_execute()
        assert len(resolutions.sudo().effect_ids.move_ids.picking_id) == 1, "one parcel"
        return lines.ids

    return case, house.work("agent", execute)


def count_postage(house, case):
    def read(env):
        ticket = env["helpdesk.ticket"].browse(case.ticket_id)
        return ticket.refund_ids.mapped("amount")

    return house.look(read)


def test_postage_of_a_line_twice(house, race):
    case, (line_id,) = exchange_lines(house, [COPIES])
    outcomes = race(("agent", reimburse(line_id)), ("colleague", reimburse(line_id)))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert "A parcel is reimbursed once" in "".join(outcomes)
    assert count_postage(house, case) == [12.0]


def test_postage_of_a_parcel_twice(house, race):
    """Two lines, one parcel: nobody else locks both."""
    case, line_ids = exchange_lines(house, [1, 2])
    outcomes = race(*zip(("agent", "colleague"), map(reimburse, line_ids), strict=True))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert count_postage(house, case) == [12.0]


def test_postage_is_executed_twice(house, race):
    """Noted by one, clicked by two: one refund."""
    case, (line_id,) = exchange_lines(house, [COPIES])

    def propose(env):
        line = env["aftersales.case.line"].browse(line_id)
        options = {"amount": 9.0, "freight_payer": "reader", "reason": "waybill SF2"}
        return line.action_propose("freight", **options).id

    case.resolution_id = house.work("agent", propose)
    outcomes = race(("agent", steps.execute(case)), ("colleague", steps.execute(case)))
    assert outcomes == ("", "")
    assert count_postage(house, case) == [9.0]


def test_money_whose_workers_are_killed(house, killer, sound):  # noqa: F811
    """A part of the price, and postage: one credit note, one payment each."""
    case = steps.agree_on(house, "compensation", **COMPENSATION)
    for desk, step in (
        ("agent", "execute"),
        ("approver", "approve"),
        ("finance", "post"),
        ("finance", "pay"),
    ):
        killer.torment(desk, step, case)
    assert money(house, case) == ("paid", 120.06, 120.06)
    exchanged, _line_ids = exchange_lines(house, [COPIES])
    killer.torment("agent", "reimburse", exchanged)
    assert count_postage(house, exchanged) == [12.0]
