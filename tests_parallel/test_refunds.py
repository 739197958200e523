"""The same money is approved, credited and paid by several people at once (R6.8, I1, I2)."""

from functools import partial

from . import steps
from .house import COPIES, invoice, move_lot, sell
from .race import Race

AMOUNT = 200.1  # three copies at 58, with tax
COPY = 66.7


def money(house, case):
    """Return the state of the case's refund, what is credited on its invoice and paid out."""

    def read(env):
        currency = env.company.currency_id
        refund = steps.find_refunds(env, case)
        notes = env["account.move"].search(
            [("reversed_entry_id", "=", refund.invoice_id.id), ("state", "=", "posted")]
        )
        payments = notes.matched_payment_ids | refund.payment_ids
        paid = payments.filtered(lambda p: p.state in ("in_process", "paid"))
        credited = currency.round(sum(notes.mapped("amount_total")))
        return refund.state, credited, currency.round(sum(paid.mapped("amount")))

    return house.look(read)


def lines_left_open(house):
    return house.look(
        lambda env: env["account.move"].search_count(
            [("move_type", "=", "out_refund"), ("state", "=", "draft")]
        )
    )


def sell_in_two_parcels(house):
    """Return the ids of an order and of two deliveries of its line, the first of them invoiced."""
    with house.transaction() as env:
        run = env["stock.lot"].browse(house.runs[house.company_ids[0]][0])
        poster = env["product.product"].browse(house.poster_id)
        first = sell(env, run, poster, 1, ordered=2 * COPIES)
        order = first.sale_line_id.order_id
        invoice(env, order)
        second = first.sale_line_id.move_ids - first
        second._do_unreserve()
        move_lot(second, run, COPIES)
        second.picking_id.with_context(skip_backorder=True, skip_sms=True).button_validate()
        return order.id, (first.id, second.id)


def test_two_parcels_of_which_one_is_invoiced(house, race):
    """Three of six copies are invoiced: only one of two refunds of three can be asked for."""
    order_id, delivery_ids = sell_in_two_parcels(house)
    first, second = (
        steps.agree_on(house, "refund_only", delivery_id=delivery_id)
        for delivery_id in delivery_ids
    )
    outcomes = race(("agent", steps.execute(first)), ("colleague", steps.execute(second)))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert "only 0 invoiced copies" in "".join(outcomes)
    with house.transaction() as env:  # the invariants are about orders that are billed
        invoice(env, env["sale.order"].browse(order_id))


def test_a_refund_is_approved_twice(house, race):
    case = steps.bring_to(house, "requested", "refund_only")
    outcomes = race(("approver", steps.approve(case)), ("finance", steps.approve(case)))
    assert outcomes == ("", "")
    events = house.look(
        lambda env: env["aftersales.event"].search_count(
            [("ticket_id", "=", case.ticket_id), ("code", "=", "refund_approved")]
        )
    )
    assert events == 1


def test_a_refund_is_approved_and_refused(house, race_either_way):
    case = steps.bring_to(house, "requested", "refund_only")
    outcomes = race_either_way(("approver", steps.approve(case)), ("finance", steps.refuse(case)))
    assert outcomes[1] == "", outcomes  # an approved refund can still be refused
    assert money(house, case) == ("refused", 0, 0)


def test_a_refund_is_posted_twice(house, race):
    case = steps.bring_to(house, "approved", "refund_only")
    assert race(("finance", steps.post(case)), ("approver", steps.post(case))) == ("", "")
    assert money(house, case) == ("posted", AMOUNT, 0)


def test_two_refunds_of_one_invoice_are_posted(house, race):
    first = steps.bring_to(house, "approved", "refund_only", 1)
    second = steps.bring_to(house, "approved", "refund_only", 2, delivery_id=first.delivery_id)
    outcomes = race(("finance", steps.post(first)), ("approver", steps.post(second)))
    assert outcomes == ("", "")
    assert money(house, first) == ("posted", AMOUNT, 0)


def test_a_refund_is_posted_while_accounting_credits_the_invoice(house, race_either_way):
    """Whoever comes second sees the first; Odoo credits by hand all the same."""
    case = steps.bring_to(house, "approved", "refund_only")
    refused, by_hand = race_either_way(
        ("finance", steps.post(case)), ("accountant", steps.credit_by_hand(case))
    )
    assert by_hand == ""
    state, credited, _paid = money(house, case)
    if refused:
        assert "credited or changed meanwhile" in refused
        assert (state, credited) == ("approved", COPY)
    else:
        assert credit_notes(house, case) == ["refund", "by hand"], "the refund saw no credit note"
    house.work(None, partial(undo_by_hand, case=case))


def credit_notes(house, case):
    """Tell who made the credit notes of the case's invoice, in the order of their ids."""

    def read(env):
        invoice = steps.find_refunds(env, case).invoice_id
        notes = env["account.move"].search([("reversed_entry_id", "=", invoice.id)], order="id")
        return ["refund" if note.aftersales_refund_ids else "by hand" for note in notes]

    return house.look(read)


def undo_by_hand(env, case):
    """Cancel what accounting credited."""
    refund = steps.find_refunds(env, case)
    note = env["account.move"].search(
        [("reversed_entry_id", "=", refund.invoice_id.id), ("id", "!=", refund.credit_note_id.id)]
    )
    note.button_draft()
    note.button_cancel()


def test_a_refund_is_posted_and_refused(house, race_either_way):
    case = steps.bring_to(house, "approved", "refund_only")
    outcomes = race_either_way(("finance", steps.post(case)), ("approver", steps.refuse(case)))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    wanted = ("refused", 0, 0) if outcomes[0] else ("posted", AMOUNT, 0)
    assert money(house, case) == wanted
    assert not lines_left_open(house)


def test_a_refund_is_posted_and_its_remedy_cancelled(house, race_either_way):
    case = steps.bring_to(house, "approved", "refund_only")
    outcomes = race_either_way(("finance", steps.post(case)), ("agent", steps.cancel(case)))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    wanted = ("cancelled", 0, 0) if outcomes[0] else ("posted", AMOUNT, 0)
    assert money(house, case) == wanted


def test_a_refund_is_paid_twice(house, race):
    case = steps.bring_to(house, "posted", "refund_only")
    assert race(("finance", steps.pay(case)), ("approver", steps.pay(case))) == ("", "")
    assert money(house, case) == ("paid", AMOUNT, AMOUNT)


def test_a_refund_is_paid_while_accounting_pays_it(house, race_either_way):
    """Both pay out what is open: never more than the credit note (I2)."""
    case = steps.bring_to(house, "posted", "refund_only")
    outcomes = race_either_way(
        ("finance", steps.pay(case)), ("accountant", steps.pay_by_hand(case))
    )
    assert "" in outcomes
    assert money(house, case) == ("paid", AMOUNT, AMOUNT)


def test_a_refund_is_paid_while_it_is_undone(house, race_in_turn):
    """Paid first, the payment is cancelled with the credit note; undone first, nothing is paid."""
    case = steps.bring_to(house, "posted", "refund_only")
    _paid, undone = race_in_turn(("finance", steps.pay(case)), ("approver", steps.reverse(case)))
    assert undone == ""
    state, _credited, paid = money(house, case)
    assert (state, paid) == ("cancelled", 0)


def test_a_refund_is_undone_twice(house, race):
    """One reversal of the credit note."""
    case = steps.bring_to(house, "posted", "refund_only")
    race(("finance", steps.reverse(case)), ("approver", steps.reverse(case)))
    reversals = house.look(
        lambda env: [
            move.state for move in steps.find_refunds(env, case).credit_note_id.reversal_move_ids
        ]
    )
    assert reversals == ["posted"]


def test_a_refund_is_undone_that_accounting_has_just_reversed(house, sound):
    """Who undoes it late finds it taken back; the other way round, Odoo lets accounting do it."""
    case = steps.bring_to(house, "posted", "refund_only")
    Race(house, "late")(
        ("accountant", steps.take_back_by_hand(case)), ("finance", steps.reverse(case))
    )
    taken = house.look(
        lambda env: sum(
            steps.find_refunds(env, case)
            .credit_note_id.reversal_move_ids.filtered(lambda m: m.state == "posted")
            .mapped("amount_total")
        )
    )
    assert taken == AMOUNT
    assert money(house, case)[2] == 0


def test_a_refund_is_paid_while_it_is_kept_on_account(house, race_in_turn):
    case = steps.bring_to(house, "posted", "refund_only")
    outcomes = race_in_turn(("finance", steps.pay(case)), ("approver", steps.keep_on_account(case)))
    state, _credited, paid = money(house, case)
    assert (state, paid) == (("paid", AMOUNT) if outcomes[1] else ("settled", 0)), outcomes
    if state == "settled":  # what is kept on purpose is open: to the invariants that is no end
        house.work("finance", steps.refund_verb("action_take_off_account")(case))
