"""Finish cases on orders that are older than the add-on. Run inside `odoo shell`.

Raise AssertionError if an old ticket was touched or a case can't be finished.
"""

from odoo import Command

env = globals()["env"]  # given by `odoo shell`


def main():
    """Check the old tickets, then finish a case in each company."""
    tickets = env["helpdesk.ticket"].search([])
    assert tickets, "the tickets of before are gone"
    assert not any(tickets.mapped("is_aftersales")), "a ticket of before became a case"
    for company in env["res.company"].search([]):
        desks = {role: make_user(company, role) for role in ("agent", "warehouse", "finance")}
        finish(company, desks)
    env.cr.commit()


def make_user(company, role):
    """Return a user of the company who sits at one desk."""
    return env["res.users"].create(
        {
            "name": f"{role} of {company.name}",
            "login": f"{role}-{company.id}",
            "company_id": company.id,
            "company_ids": [Command.set(company.ids)],
            "group_ids": [Command.link(env.ref(f"aftersales_publishing.group_{role}").id)],
        }
    )


def finish(company, desks):
    """Exchange the tracked book and refund the untracked one of a paid order."""
    order = paid_order(company)
    moves = order.picking_ids.move_ids.filtered(lambda move: move.state == "done")
    tracked = moves.filtered(lambda move: move.product_id.tracking == "lot")
    ticket = register(order, tracked + (moves - tracked), desks["agent"])
    agree(ticket)
    take_back(ticket, desks["warehouse"])
    ship(ticket, tracked.move_line_ids.lot_id, desks["warehouse"])
    refund(ticket, desks["finance"])
    assert ticket.phase == "done", (ticket.phase, ticket.next_step)
    assert not any(order.order_line.mapped("qty_to_invoice")), "the order would be billed again"
    empty_quarantine(company)


def paid_order(company):
    """Return the company's first order that is paid."""
    paid = ("invoice_ids.payment_state", "in", ("paid", "in_payment"))
    domain = [("company_id", "=", company.id), paid]
    return env["sale.order"].search(domain, order="id", limit=1)


def register(order, moves, agent):
    """Return the registered case of one copy of each delivered book, with its proof."""
    case_type = env["aftersales.case.type"].search([("code", "=", "binding")])
    defect = env.ref("aftersales_publishing.aftersales_defect_loose_leaves")
    copies = [
        Command.create(
            {
                "product_id": move.product_id.id,
                "delivery_move_id": move.id,
                "lot_id": move.move_line_ids.lot_id[:1].id,
                "quantity": 1,
                "defect_ids": [Command.link(defect.id)],
            }
        )
        for move in moves
    ]
    vals = {
        "name": "Leaves fall out",
        "is_aftersales": True,
        "partner_id": order.partner_id.id,
        "case_type_id": case_type.id,
        "line_ids": copies,
    }
    ticket = env["helpdesk.ticket"].with_user(agent).create(vals)
    ticket.action_register()
    ticket.proof_ids.received = True
    return ticket


def agree(ticket):
    """Agree on an exchange of the first book and a refund of the second; announce both."""
    exchange = ticket.line_ids[0].action_propose("exchange")
    resolutions = exchange | ticket.line_ids[1].action_propose("return_refund")
    resolutions.action_agree("phone")
    assert resolutions.action_execute() is True


def take_back(ticket, clerk):
    """Receive the copies and put them into quarantine."""
    returns = ticket.effect_ids.move_ids.picking_id.with_user(clerk)
    returns.move_ids.picked = True
    assert returns.button_validate() is True
    inspections = ticket.sudo().inspection_ids.with_user(clerk)
    inspections.write({"grade": "defective", "disposition": "quarantine"})
    inspections.action_done()


def ship(ticket, defective, clerk):
    """Send the replacement, which must be of another print run."""
    shipments = ticket.sudo().effect_ids.filtered(lambda effect: effect.kind == "shipment")
    shipment = shipments.move_ids.picking_id.with_user(clerk)
    shipment.move_ids.picked = True
    assert shipment.button_validate() is True
    shipped = shipment.move_line_ids.lot_id
    assert shipped and not shipped & defective, shipped.mapped("name")


def refund(ticket, accountant):
    """Approve the refunds where it needs that, post and pay them."""
    refunds = ticket.sudo().refund_ids.with_user(accountant)
    refunds.filtered(lambda record: record.state == "to_approve").action_approve()
    refunds.action_post()
    refunds.action_pay()
    assert refunds.mapped("state") == ["paid"], refunds.mapped("state")


def empty_quarantine(company):
    """Take what is in quarantine out of stock: the house has to before the add-on may go."""
    quarantine = company.aftersales_quarantine_location_id
    quants = env["stock.quant"].search([("location_id", "child_of", quarantine.id)])
    for quant in quants.with_context(inventory_mode=True):
        quant.inventory_quantity = 0
        quant.action_apply_inventory()


main()
