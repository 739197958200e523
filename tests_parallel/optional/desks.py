"""Store credit, coupons, payment providers, labels: what is done in one transaction."""

import os
import signal
from contextlib import contextmanager
from functools import partial
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError

from .. import steps
from ..house import sell

LOYALTY = "aftersales_publishing_loyalty"
WORTH = 20.0


# ----------------------------------------------------------------------
# Store credit and coupons
# ----------------------------------------------------------------------
def offer_credit(env):
    """Let agents give store credit and a coupon on a damaged copy, up to 50 a case."""
    # an add-on can be imported once Odoo knows where add-ons are
    from odoo.addons.aftersales_publishing.tests import later_orders

    company = env.company
    if not company.aftersales_credit_program_id:
        later_orders.offer_gift_cards(company)
        later_orders.create_ten_off(env).action_offer_in_aftersales()
    company.aftersales_refund_limit = 50.0
    remedies = [
        env.ref(f"{LOYALTY}.aftersales_remedy_{code}") for code in ("store_credit", "coupon")
    ]
    case_type = env.ref("aftersales_publishing.aftersales_case_type_damaged_copy")
    case_type.remedy_ids = [Command.link(remedy.id) for remedy in remedies]


def set_address(delivery_id):
    """Give the reader a mail address: cards are mailed."""

    def step(env):
        order = env["stock.move"].browse(delivery_id).sale_line_id.order_id
        order.partner_id.email = "reader@parallel.example"

    return step


def find_cards(env, case):
    effects = env["aftersales.resolution"].sudo().browse(case.resolution_id).effect_ids
    return effects.loyalty_card_ids


withdraw = steps.verb("action_withdraw_credit", "sent to the wrong reader")
void = steps.verb("action_void_coupon", "sent to the wrong reader")


def order_with_card(house, case):
    """Return the id of a quotation on which the reader redeems the card of the case."""

    def order(env):
        card = find_cards(env, case)
        order = env["sale.order"].create(
            {
                "partner_id": card.partner_id.id,
                "order_line": [
                    Command.create({"product_id": house.poster_id, "product_uom_qty": 100})
                ],
            }
        )
        redeem(order, card)
        return order.id

    return house.work(None, order)


def redeem(order, card):
    """Take what the card is good for off the order."""
    answer = order._try_apply_code(card.code)
    if "error" in answer:
        raise UserError(answer["error"])
    [[coupon, reward]] = answer.items()
    order._apply_program_reward(reward, coupon)


def confirm_order(order_id):
    return lambda env: env["sale.order"].browse(order_id).action_confirm()


# ----------------------------------------------------------------------
# Payment providers
# ----------------------------------------------------------------------
def sell_online(house):
    """Return the id of a move that delivered three copies, which were paid by a provider."""

    def trade(env):
        run = env["stock.lot"].browse(house.runs[house.company_ids[0]][0])
        move = sell(env, run, env["product.product"].browse(house.poster_id), 1)
        order = move.sale_line_id.order_id
        invoice = order._create_invoices()
        invoice.invoice_date = "2026-01-01"
        invoice.action_post()
        provider = env["payment.provider"].search(
            [("code", "=", "demo"), ("company_id", "=", env.company.id)], limit=1
        )
        transaction = env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": env.ref("payment_demo.payment_method_demo").id,
                "amount": invoice.amount_total,
                "currency_id": invoice.currency_id.id,
                "partner_id": order.partner_id.id,
                "operation": "online_direct",
                "invoice_ids": [Command.set(invoice.ids)],
            }
        )
        transaction._set_done()
        transaction._post_process()
        return move.id

    return house.work(None, trade)


def find_children(env, case):
    """Return what providers are, or were, to refund for the case."""
    return steps.find_refunds(env, case).sudo().provider_transaction_ids


def find_paid(env, case):
    """Return the transaction by which the customer paid."""
    transactions = steps.find_refunds(env, case).sudo().invoice_id.transaction_ids
    return transactions.filtered(lambda tx: tx.operation != "refund")


@contextmanager
def provider_at(registry, path, die=None):
    """Let the provider refund what it is asked for, and write it down in a file.

    :param die: ``before`` or ``after`` it has refunded, the power fails
    """

    def send(transaction):
        if die == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        with open(path, "a") as file:
            file.write(f"{transaction.reference}\n")
        if die == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        transaction._set_done()

    with patch.object(registry["payment.transaction"], "_send_refund_request", send):
        yield


def ask_providers(_case):
    """Do what the job does that asks the providers; it commits by itself."""
    return lambda env: env["payment.transaction"].sudo()._cron_ask_providers()


def _ask_the_provider_at(case, die=None):
    def step(env):
        with provider_at(env.registry, case.outside, die):
            return ask_providers(case)(env)

    return step


ask_alone = _ask_the_provider_at
ask_and_die_before = partial(_ask_the_provider_at, die="before")
ask_and_die_after = partial(_ask_the_provider_at, die="after")


def tell_paid(case):
    """Do what the provider's message does that it has refunded."""

    def step(env):
        children = find_children(env, case)
        children._set_done()
        return children._post_process()

    return step


def refund_in_odoo(case):
    """Refund the whole payment with Odoo's own dialog, as accounting does."""

    def step(env):
        payment = find_paid(env, case).payment_id.with_env(env)
        wizard = env["payment.refund.wizard"].create({"payment_id": payment.id})
        return wizard.action_refund()

    return step


provider_paid = steps.refund_verb("action_provider_paid")
pay_otherwise = steps.refund_verb("action_pay_otherwise", "the reader asked for it")


# ----------------------------------------------------------------------
# Red invoices
# ----------------------------------------------------------------------
def give_fapiao(case):
    """Note that a fapiao was issued for the invoice of the case's copies."""

    def step(env):
        move = env["stock.move"].browse(case.delivery_id)
        invoice = move.sale_line_id.invoice_lines.move_id
        invoice.write({"fapiao": f"{move.id:08d}"})  # Odoo takes eight digits

    return step


def find_note(env, case):
    """Return the credit note of the case as finance sees it."""
    return steps.find_refunds(env, case).sudo().credit_note_id.with_env(env)


def enter_red(case, **vals):
    """Write into the list of red invoices."""
    return lambda env: find_note(env, case).write(vals)


# ----------------------------------------------------------------------
# Return labels
# ----------------------------------------------------------------------
def hire_courier(env):
    """Return the carrier of returns, made on first use."""
    company = env.company
    if not company.aftersales_return_carrier_id:
        product = env["product.product"].create({"name": "Courier", "type": "service"})
        company.aftersales_return_carrier_id = env["delivery.carrier"].create(
            {"name": "Courier", "product_id": product.id, "fixed_price": 9.0}
        )
    return company.aftersales_return_carrier_id


@contextmanager
def courier_at(registry, path, meanwhile=lambda: None):
    """Let the courier's service make and cancel labels, and write down in a file what it did.

    :param meanwhile: what happens while the service makes a label
    """
    Carrier = registry["delivery.carrier"]

    def note(what, pickings):
        with open(path, "a") as file:
            file.writelines(f"{what} {picking.id}\n" for picking in pickings)

    def compute_can_generate_return(carriers):
        carriers.can_generate_return = True

    def get_return_label(carrier, pickings, tracking_number=None, origin_date=None):
        note("label", pickings)
        meanwhile()
        name = f"{carrier.get_return_label_prefix()}-SF{pickings.id}-0.pdf"
        pickings.message_post(attachments=[(name, b"%PDF-1")])

    def cancel_shipment(carrier, pickings):
        note("cancel", pickings)

    with (
        patch.object(Carrier, "_compute_can_generate_return", compute_can_generate_return),
        patch.object(Carrier, "fixed_get_return_label", get_return_label, create=True),
        patch.object(Carrier, "fixed_cancel_shipment", cancel_shipment),
    ):
        yield


get_label = steps.verb("action_get_return_label")


def void_label(case):
    def step(env):
        ticket = env["helpdesk.ticket"].browse(case.ticket_id)
        return ticket.freight_ids.action_void_label()

    return step


def get_label_alone(case):
    """Get the label in a process of its own."""

    def step(env):
        with courier_at(env.registry, case.outside):
            return get_label(case)(env)

    return step
