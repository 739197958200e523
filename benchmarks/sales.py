"""Sale data: readers' orders, delivered, invoiced and paid, the same for every contender.

``python -m benchmarks.make_sales`` fills a database that has Odoo's own modules only. Orders have one to
three titles, one to three copies each, some with a discount; titles are lot-tracked, at average cost
with perpetual valuation, each from two print runs of which the first was sold.
"""

from typing import NamedTuple

from odoo import Command, fields

from .history import write_history

ISBNS = ("9787020002207", "9787108006721", "9787532725694")
HISTORY_ISBN = "9780306406157"
ORDERS = {"ordinary": 1290, "history": 110}  # by the stock that is sold: see SaleStore.take
PAST_MOVES = 50_000
CHUNK = 90  # orders confirmed, delivered, invoiced and paid together


class Sale(NamedTuple):
    """The first line of an order, as ids; quantity in the product's unit."""

    order_id: int
    order_name: str
    line_id: int
    move_id: int
    product_id: int
    isbn: str
    lot_id: int
    lot_name: str
    invoice_id: int
    partner_id: int
    quantity: float


class SaleStore:
    """Hands out sales, each once."""

    def __init__(self, env):
        self._rest = {stock: iter(_load(env, stock)) for stock in ORDERS}

    def take(self, number, stock="ordinary"):
        """Return the next sales of a stock: ``ordinary`` titles, or one with a ``history``."""
        return [next(self._rest[stock]) for _i in range(number)]


def _load(env, stock):
    orders = env["sale.order"].search([("client_order_ref", "=", stock)], order="id")
    result = []
    for order in orders:
        line = order.order_line[0]
        move = line.move_ids
        lot = move.move_line_ids.lot_id
        result.append(
            Sale(
                order.id,
                order.name,
                line.id,
                move.id,
                line.product_id.id,
                line.product_id.barcode,
                lot.id,
                lot.name,
                order.invoice_ids.id,
                order.partner_id.id,
                line.product_uom_qty,
            )
        )
    return result


def fill(env):
    """Make titles, print runs, orders and history; commit."""
    house = House(env)
    for number, isbn in enumerate(ISBNS):
        house.print_title(f"Title {number + 1}", isbn, 20.0 + 5 * number)
    past = house.print_title("Title with a history", HISTORY_ISBN, 30.0)
    for start in range(0, ORDERS["ordinary"], CHUNK):
        house.sell("ordinary", house.titles[:-1], min(CHUNK, ORDERS["ordinary"] - start))
        env.cr.commit()
    house.sell("history", past, ORDERS["history"])
    write_history(env, past, PAST_MOVES)
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.cr.commit()


class House:
    """A publisher's warehouse and books."""

    def __init__(self, env):
        self.env = env
        self.company = env.company
        self.titles = env["product.product"]
        self.category = env["product.category"].create(
            {
                "name": "Books",
                "property_valuation": "real_time",
                "property_cost_method": "average",
            }
        )
        self.tax = env["account.tax"].create(
            {"name": "Book VAT 9 %", "amount": 9.0, "type_tax_use": "sale"}
        )
        self.printer = env["res.partner"].create({"name": "Printer", "is_company": True})

    def print_title(self, name, isbn, price):
        """Create a title with two print runs, received and billed; the second is larger."""
        title = self.env["product.product"].create(
            {
                "name": name,
                "barcode": isbn,
                "type": "consu",
                "is_storable": True,
                "tracking": "lot",
                "categ_id": self.category.id,
                "list_price": price,
                "invoice_policy": "delivery",
                "purchase_method": "receive",
                "taxes_id": [Command.set(self.tax.ids)],
                "supplier_taxes_id": [Command.clear()],
            }
        )
        for run, cost in ((1, 6.0), (2, 8.0)):
            self._receive(title, f"{isbn}-{run}", 10_000, cost)
        self.titles |= title
        return title

    def _receive(self, title, lot_name, quantity, cost):
        lot = self.env["stock.lot"].create({"name": lot_name, "product_id": title.id})
        line = {"product_id": title.id, "product_qty": quantity, "price_unit": cost}
        order = self.env["purchase.order"].create(
            {"partner_id": self.printer.id, "order_line": [Command.create(line)]}
        )
        order.button_confirm()
        order.picking_ids.move_ids.move_line_ids.lot_id = lot
        self._validate(order.picking_ids)
        order.action_create_invoice()
        order.invoice_ids.invoice_date = fields.Date.today()
        order.invoice_ids.action_post()

    def sell(self, stock, titles, number):
        """Make orders of these titles: delivered, invoiced and paid."""
        partners = self.env["res.partner"].create(
            [{"name": f"Reader {i}", "email": f"reader.{i}@reader.example"} for i in range(number)]
        )
        orders = self.env["sale.order"].create(
            [
                {
                    "partner_id": partner.id,
                    "client_order_ref": stock,
                    "order_line": [
                        Command.create(vals) for vals in self._prepare_lines(titles, place)
                    ],
                }
                for place, partner in enumerate(partners)
            ]
        )
        orders.action_confirm()
        self._validate(orders.picking_ids)
        invoices = orders._create_invoices(grouped=True)
        invoices.invoice_date = fields.Date.today()
        invoices.action_post()
        self._pay(invoices)

    def _pay(self, invoices):
        """Receive the money: what the wizard does, for all invoices at once."""
        journal = self.env["account.journal"].search([("type", "=", "bank")], limit=1)
        payments = self.env["account.payment"].create(
            [
                {
                    "partner_id": invoice.partner_id.id,
                    "journal_id": journal.id,
                    "amount": invoice.amount_residual,
                    "invoice_ids": [Command.link(invoice.id)],
                }
                for invoice in invoices
            ]
        )
        payments.action_post()
        pairs = [
            (invoice.line_ids + payment.move_id.line_ids).filtered(
                lambda line: line.account_id.account_type == "asset_receivable"
            )
            for invoice, payment in zip(invoices, payments, strict=True)
        ]
        self.env["account.move.line"]._reconcile_plan(pairs)

    def _prepare_lines(self, titles, place):
        return [
            {
                "product_id": title.id,
                "product_uom_qty": 1 + (place + number) % 3,
                "discount": 10.0 if place % 5 == 0 else 0.0,
            }
            for number, title in enumerate(titles[: 1 + place % 3])
        ]

    def _validate(self, pickings):
        pickings.move_ids.picked = True
        done = pickings.with_context(skip_sms=True).button_validate()
        if done is not True or set(pickings.mapped("state")) != {"done"}:
            raise AssertionError(f"transfers could not be validated: {done}")
