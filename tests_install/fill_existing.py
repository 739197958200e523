"""Fill a database that has never seen the add-on: a house at work. Run inside `odoo shell`.

Two companies with their charts of accounts, books with and without print runs, orders delivered and
invoiced, some paid, some not, and tickets in several stages.
"""

from odoo import Command

env = globals()["env"]  # given by `odoo shell`


def main():
    """Make the companies and what happened in them."""
    first = env.ref("base.main_company")
    second = env["res.company"].create(
        {"name": "Second House", "currency_id": env.ref("base.CNY").id}
    )
    env.ref("base.CNY").active = True
    env["account.chart.template"].try_loading("generic_coa", second)
    env["stock.warehouse"].create({"name": second.name, "code": "SH", "company_id": second.id})
    env.user.company_ids = [Command.link(second.id)]
    for company in (first, second):
        fill(env(context={"allowed_company_ids": company.ids}))
    env.cr.commit()


def fill(env):
    """Sell books of the company and take complaints about some."""
    reader = env["res.partner"].create({"name": f"Reader of {env.company.name}"})
    books = make_books(env)
    orders = [sell(env, reader, books, paid=paid) for paid in (True, True, True, True, False)]
    open_backorder = sell(env, reader, books, deliver=1)
    make_tickets(env, reader, [*orders, open_backorder])


def make_books(env):
    """Return two books in stock: one whose print runs are known, one untracked."""
    category = env["product.category"].create(
        {
            "name": f"Books of {env.company.name}",
            "property_cost_method": "fifo",
            "property_valuation": "real_time",
        }
    )
    books = env["product.product"].create(
        [
            {
                "name": f"{title} ({env.company.name})",
                "type": "consu",
                "is_storable": True,
                "tracking": tracking,
                "list_price": 58,
                "standard_price": 15,
                "categ_id": category.id,
                "invoice_policy": policy,
                "company_id": env.company.id,
            }
            for title, tracking, policy in (
                ("Tracked", "lot", "delivery"),
                ("Untracked", "none", "order"),
            )
        ]
    )
    warehouse = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
    for book in books:
        lots = env["stock.lot"]
        if book.tracking == "lot":
            lots = lots.create([{"name": f"2026-{run}", "product_id": book.id} for run in (1, 2)])
        for lot in lots or [lots]:
            quant = env["stock.quant"].with_context(inventory_mode=True)
            quant.create(
                {
                    "product_id": book.id,
                    "lot_id": lot.id,
                    "location_id": warehouse.lot_stock_id.id,
                    "inventory_quantity": 100,
                }
            ).action_apply_inventory()
    return books


def sell(env, reader, books, deliver=3, paid=False):
    """Sell three of each book, deliver them or a part, invoice what can be."""
    order = env["sale.order"].create(
        {
            "partner_id": reader.id,
            "order_line": [
                Command.create({"product_id": book.id, "product_uom_qty": 3}) for book in books
            ],
        }
    )
    order.action_confirm()
    for move in order.picking_ids.move_ids:
        move.quantity = deliver
        move.picked = True
    order.picking_ids.with_context(skip_backorder=True).button_validate()
    invoice = order._create_invoices()
    invoice.action_post()
    if paid:
        register = env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        register.create({}).action_create_payments()
    return order


def make_tickets(env, reader, orders):
    """Take complaints by the helpdesk alone, in each of its stages."""
    team = env["helpdesk.ticket.team"].create({"name": f"Service of {env.company.name}"})
    stages = env["helpdesk.ticket.stage"].search([])
    env["helpdesk.ticket"].create(
        [
            {
                "name": f"Complaint about {orders[number % len(orders)].name}",
                "description": "<p>A page is torn.</p>",
                "partner_id": reader.id,
                "team_id": team.id,
                "stage_id": stage.id,
                "company_id": env.company.id,
            }
            for number, stage in enumerate(stages)
        ]
    )


main()
