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
    order = env["sale.order"].search(
        [
            ("company_id", "=", company.id),
            ("invoice_ids.payment_state", "in", ("paid", "in_payment")),
        ],
        order="id",
        limit=1,
    )
    moves = order.picking_ids.move_ids.filtered(lambda move: move.state == "done")
    tracked = moves.filtered(lambda move: move.product_id.tracking == "lot")
    untracked = moves - tracked
    other_runs = env["stock.lot"].search([("product_id", "=", tracked.product_id.id)])
    case_type = env["aftersales.case.type"].search([("code", "=", "binding")])
    ticket = (
        env["helpdesk.ticket"]
        .with_user(desks["agent"])
        .create(
            {
                "name": "Leaves fall out",
                "is_aftersales": True,
                "partner_id": order.partner_id.id,
                "case_type_id": case_type.id,
                "line_ids": [
                    Command.create(
                        {
                            "product_id": move.product_id.id,
                            "delivery_move_id": move.id,
                            "lot_id": move.move_line_ids.lot_id[:1].id,
                            "quantity": 1,
                            "defect_ids": [
                                Command.link(
                                    env.ref(
                                        "aftersales_publishing.aftersales_defect_loose_leaves"
                                    ).id
                                )
                            ],
                        }
                    )
                    for move in (tracked, untracked)
                ],
            }
        )
    )
    ticket.action_register()
    ticket.proof_ids.received = True
    exchange = ticket.line_ids[0].action_propose("exchange")
    refund = ticket.line_ids[1].action_propose("return_refund")
    (exchange | refund).action_agree("phone")
    assert (exchange | refund).action_execute() is True
    returns = ticket.effect_ids.move_ids.picking_id.with_user(desks["warehouse"])
    returns.move_ids.picked = True
    assert returns.button_validate() is True
    inspections = ticket.sudo().inspection_ids.with_user(desks["warehouse"])
    inspections.write({"grade": "defective", "disposition": "quarantine"})
    inspections.action_done()
    shipment = ticket.sudo().effect_ids.filtered(lambda e: e.kind == "shipment").move_ids.picking_id
    shipment = shipment.with_user(desks["warehouse"])
    shipment.move_ids.picked = True
    assert shipment.button_validate() is True
    assert shipment.move_line_ids.lot_id in other_runs - tracked.move_line_ids.lot_id
    refunds = ticket.sudo().refund_ids.with_user(desks["finance"])
    refunds.filtered(lambda r: r.state == "to_approve").action_approve()
    refunds.action_post()
    refunds.action_pay()
    assert refunds.mapped("state") == ["paid"], refunds.mapped("state")
    assert ticket.phase == "done", (ticket.phase, ticket.next_step)
    lines = order.order_line
    assert not any(lines.mapped("qty_to_invoice")), "the order would be billed again"
    # the house empties its quarantine before it may let the add-on go
    quants = env["stock.quant"].search(
        [("location_id", "child_of", company.aftersales_quarantine_location_id.id)]
    )
    for quant in quants.with_context(inventory_mode=True):
        quant.inventory_quantity = 0
        quant.action_apply_inventory()


main()
