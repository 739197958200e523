"""What the story prints: plain text, cases by their platform's reference."""

from collections import Counter

from .desks import find_cases
from .plan import PLANS

WIDTH = 100


def print_answers(complaints, answers):
    """Tell what Odoo answered to the platform's export."""
    counts = Counter(answer["status"] for answer in answers)
    summary = ", ".join(f"{count} {status}" for status, count in counts.items())
    _heading(f"The platform's export: {len(complaints)} complaints, {summary}")
    for complaint, answer in zip(complaints, answers, strict=True):
        print(
            f"{answer['external_ref']}  {answer['status']:8}  {answer['number'] or '—':8}"
            f"  {complaint['subject']}"
        )
        for error in answer["errors"]:
            print(f"            {error['code']}: {error['message']}")
    _heading("The days")


def print_day(day, steps, broken):
    """Tell how many steps each desk did, and whether the figures are right."""
    done = ", ".join(f"{desk} {count}" for desk, count in steps.items())
    print(f"day {day:2}: steps of {done}; invariants {'broken' if broken else 'ok'}")
    for line in broken:
        print(f"        {line}")


def print_check(rule, broken):
    """Tell whether a rule holds."""
    print(f"{rule:75} {'BROKEN' if broken else 'ok'}")
    for line in broken:
        print(f"    {line}")


def print_cases(env):
    """Tell of each case what moved, what was booked and what became of the order."""
    for ticket_id in find_cases(env).values():
        ticket = env["helpdesk.ticket"].browse(ticket_id)
        _heading(f"{ticket.external_ref}  {ticket.number}  {ticket.name}")
        print(
            f"phase {ticket.phase}"
            + (f": {ticket.closing_reason}" if ticket.closing_reason else "")
        )
        for resolution in ticket.resolution_ids.sorted("id"):
            _print_resolution(resolution)
        _print_moves(ticket)
        _print_entries(ticket)
        for order in ticket.aftersales_order_ids:
            _print_order(order)
    _heading("The figures")


def _print_resolution(resolution):
    print(
        f"  {resolution.remedy_id.name}, {resolution.quantity:g} × "
        f"{resolution.product_id.name or 'the enquiry'}: {resolution.state}"
        + (f", {resolution.progress}" if resolution.progress else "")
        + (f" ({resolution.closing_reason})" if resolution.closing_reason else "")
    )


def _print_moves(ticket):
    inspections = ticket.inspection_ids
    moves = ticket.line_ids.delivery_move_id | ticket.effect_ids.move_ids
    moves |= inspections.move_id | inspections.scrap_id.move_ids
    moves |= ticket.effect_ids.move_ids.returned_move_ids  # sent back to the reader
    if moves:
        print("  moves by print run")
    for move in moves.sorted(lambda move: (move.date, move.id)):
        for line in move.move_line_ids:
            way = f"{line.location_id.complete_name} → {line.location_dest_id.complete_name}"
            print(
                f"    {move.date:%m-%d}  {move.reference:16} {line.lot_id.name:9}"
                f" {line.quantity:4g}  {way}  {move.state}"
            )
        if move.state == "cancel":
            print(f"    {move.date:%m-%d}  {move.reference:16} {'':9} {0:4}  cancelled")


def _print_entries(ticket):
    refunds = ticket.refund_ids
    entries = refunds.credit_note_id | refunds.payment_ids.move_id
    entries |= ticket.inspection_ids.scrap_id.move_ids.account_move_id
    if entries:
        print("  journal items")
    for entry in entries.sorted("id"):
        for item in entry.line_ids:
            account = f"{item.account_id.code} {item.account_id.name}"
            print(
                f"    {entry.date:%m-%d}  {entry.name:16} {account:30}"
                f" {item.debit:10.2f} {item.credit:10.2f}"
            )


def _print_order(order):
    print(f"  order {order.name} ({order.client_order_ref}): {order.invoice_status}")
    for line in order.order_line:
        print(
            f"    {line.product_id.name}: ordered {line.product_uom_qty:g}, delivered "
            f"{line.qty_delivered:g}, invoiced {line.qty_invoiced:g}, to invoice "
            f"{line.qty_to_invoice:g}"
        )


def find_surprises(env):
    """Return what came out other than planned: phases, and money to the cent."""
    surprises = []
    cases = find_cases(env)
    for ref, plan in PLANS.items():
        ticket = env["helpdesk.ticket"].browse(cases.get(ref, []))
        paid = ticket.refund_ids.filtered(lambda refund: refund.state in ("paid", "settled"))
        came = (ticket.phase, f"{sum(paid.credit_note_id.mapped('amount_total')):.2f}")
        if came != (plan.phase, plan.refund):
            surprises.append(f"{ref}: {came} instead of {(plan.phase, plan.refund)}")
    return surprises


def _heading(text):
    print(f"\n{text}\n{'-' * WIDTH}")
