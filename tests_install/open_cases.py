"""Leave a case at every step of its way. Run inside `odoo shell`.

Raise AssertionError if a case ends before it has come to its step.
"""

from tests_install.next_steps import Desks

env = globals()["env"]  # given by `odoo shell`

EXCHANGE = ("await_proof", "judge", "propose", "await_reader", "execute")
EXCHANGE += ("receive", "inspect", "decide", "ship")
REFUND = ("register", "execute", "receive", "inspect", "approve", "post_refund", "pay", False)
COMPENSATION = ("execute", "approve", "post_refund", "pay")
PICK_UP = ("book_pickup", "receive")


def main():
    """Open the cases on copies of the company's delivered orders."""
    company = env.company
    company.aftersales_refund_limit = 0.0  # finance decides on every refund
    desks = Desks(env, company)
    tracked, untracked = (find_copies(company, tracking) for tracking in ("lot", "none"))
    for step in EXCHANGE:
        grade = "as_new" if step == "decide" else "defective"
        advance_to(desks, desks.open_case(tracked.pop(), "binding", "exchange", grade), step)
    for step in REFUND:
        advance_to(desks, desks.open_case(untracked.pop(), "binding", "return_refund"), step)
    for step in COMPENSATION:
        advance_to(desks, desks.open_case(tracked.pop(), "binding", "compensation"), step)
    for step in PICK_UP:
        ticket = desks.open_case(untracked.pop(), "binding", "return_refund", way="pick_up")
        advance_to(desks, ticket, step)
    env.cr.commit()


def find_copies(company, tracking):
    """Return the delivery move of every copy whose order was delivered in full."""
    moves = env["stock.move"].search(
        [
            ("company_id", "=", company.id),
            ("state", "=", "done"),
            ("sale_line_id.order_id.delivery_status", "=", "full"),
            ("product_id.tracking", "=", tracking),
        ]
    )
    return [move for move in moves for _copy in range(int(move.quantity))]


def advance_to(desks, ticket, step):
    """Go on with the case until that step is the next one."""
    while ticket.next_step != step:
        assert desks.go_on(ticket), (ticket.name, step)


main()
