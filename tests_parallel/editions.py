"""The new edition against the price difference: what the desks do, each in one transaction."""

from datetime import timedelta

from odoo import fields

from . import steps
from .house import _receive_run

NAME = "A Dream of Red Mansions, 2nd ed."
DUE = 41.4  # three copies for 70 instead of 58, with tax


def print_next(env, house):
    """Bring out the title of the house anew, once, and put copies on the shelf."""
    old = env["stock.lot"].browse(house.runs[house.company_ids[0]][0]).product_id
    new = env["product.product"].search([("name", "=", NAME)], limit=1)
    if new:
        return new
    new = old.copy({"name": NAME, "list_price": 70.0})
    lot = env["stock.lot"].create({"name": "Second edition", "product_id": new.id})
    _receive_run(env, lot)
    env["aftersales.next.edition"].create({"product_id": old.id, "next_product_id": new.id})
    return new


def agree_on(house, quantity=3, delivery_id=None):
    """Agree with a reader on the new edition for copies of the old one."""
    with house.transaction() as env:
        print_next(env, house)
    return steps.agree_on(
        house, "new_edition", quantity, delivery_id=delivery_id, case_type="wrong_edition"
    )


def bring_to(house, point):
    """Return a case of three copies whose new edition got as far as that.

    :param point: ``approved``: the credit is; ``awaited``: the difference is; ``paid``: it was;
        ``shipped``: the new edition left
    """
    case = agree_on(house)
    way = [
        ("agent", steps.execute),
        ("warehouse", steps.receive),
        ("warehouse", steps.inspect),
        ("approver", steps.approve),
    ]
    if point != "approved":
        way.append(("finance", steps.post))
    if point in ("paid", "shipped"):
        way.append(("finance", receive_difference))
    if point == "shipped":
        way.append(("packer", ship))
    for desk, make_step in way:
        house.work(desk, make_step(case))
    return case


def find_orders(env, case):
    """Return the orders of the new edition, cancelled ones too."""
    return steps.find_refunds(env, case).sudo().edition_order_ids


def find_live(env, case):
    return find_orders(env, case).filtered(lambda order: order.state != "cancel")


def find_bank(env):
    return env["account.journal"].search(
        [("type", "=", "bank"), ("company_id", "=", env.company.id)], order="id", limit=1
    )


# ----------------------------------------------------------------------
# Desks
# ----------------------------------------------------------------------
def receive_difference(case):
    """Book what the reader paid."""

    def step(env):
        resolution = env["aftersales.resolution"].browse(case.resolution_id)
        return resolution.action_receive_difference(find_bank(env))

    return step


refund_instead = steps.verb("action_refund_edition", "wants the money")
remind = steps.verb("action_remind_difference")
order_again = steps.verb("action_retry")


def cancel_order(case):
    """Cancel the order as a salesman does."""
    return lambda env: find_orders(env, case)._action_cancel()


def offer_again(case):
    """Set the cancelled order to a quotation again, as a salesman does."""
    return lambda env: find_orders(env, case).action_draft()


def make_overdue(case):
    """Let the day pass until which the difference was to be paid."""

    def step(env):
        find_orders(env, case).validity_date = fields.Date.today() - timedelta(days=9)

    return step


def follow_term(_case):
    """Do what the job of overdue differences does."""
    return lambda env: env["sale.order"].sudo()._cron_difference_overdue()


def ship(case):
    """Send the new edition."""

    def step(env):
        picking = find_live(env, case).picking_ids.with_user(env.user)
        picking.move_ids.picked = True
        return picking.with_context(skip_backorder=True, skip_sms=True).button_validate()

    return step


def bill(case):
    """Invoice the order: the invoice takes the credit and the payment (set-off)."""

    def step(env):
        invoices = find_live(env, case).with_env(env)._create_invoices()
        invoices.invoice_date = fields.Date.today()
        return invoices.action_post()

    return step
