"""Plays the combinations of the matrix in Odoo, all of them together, desk by desk."""

from odoo import Command, fields

from .matrix_shapes import (
    LATER_RECEIPT,
    OVERPAID,
    RATE_AT_SALE,
    RATE_TODAY,
    RECEIPTS,
    STANDARD_COST,
)


class Sale:
    """One combination and its records."""

    def __init__(self, number, combination):
        self.number = number
        self.combination = combination
        self.shape = combination.shape
        self.invoices = self.ticket = self.order = self.product = self.partner = None
        self.lots = {}
        self.problem = None

    def get_lot(self, run):
        """Return the lot of a run; an empty one where the title has none."""
        return self.lots.get(run) or self.product.env["stock.lot"]


class MatrixWorld:
    """Titles, receipts, orders, deliveries, invoices and payments of all sales."""

    def __init__(self, test, combinations, cost_method):
        self.test = test
        self.env = test.env
        self.company = test.company
        self.cost_method = cost_method
        self.sales = [Sale(i, combination) for i, combination in enumerate(combinations)]
        self.sold_on = fields.Date.subtract(fields.Date.today(), days=10)

    def play(self):
        """Sell everything: from the print run to the paid invoice."""
        self._prepare_houses()
        self._prepare_money()
        self._create_titles()
        self._receive(RECEIPTS)
        self._create_orders()
        self._invoice_down_payments()
        self._refresh_statistics()
        self._deliver_and_invoice()
        self._refresh_statistics()
        self._pay()
        self._refresh_statistics()
        self._receive([LATER_RECEIPT])
        self._change_since()

    def _refresh_statistics(self):
        """Tell PostgreSQL how many rows there are now: autovacuum doesn't see this transaction."""
        self.env.flush_all()
        self.env.cr.execute(
            "ANALYZE account_move, account_move_line, account_partial_reconcile, account_payment,"
            " sale_order, sale_order_line, stock_move, stock_move_line, stock_picking, stock_quant"
        )

    # -- the house ------------------------------------------------------
    def _prepare_houses(self):
        house = self.test.house
        others = self.env["stock.warehouse"].create(
            [
                {"name": "Other House", "code": "MOH"},
                {
                    "name": "House of Two Steps",
                    "code": "MH2",
                    "reception_steps": "two_steps",
                    "delivery_steps": "pick_ship",
                },
                {
                    "name": "House of Three Steps",
                    "code": "MH3",
                    "reception_steps": "three_steps",
                    "delivery_steps": "pick_pack_ship",
                },
            ]
        )
        self.houses = dict(zip(("one", "other", "two", "three"), (house, *others), strict=True))

    def get_house(self, shape):
        """Return the warehouse that a shape delivers from."""
        return self.houses["other" if shape.other_house else shape.steps]

    def _prepare_money(self):
        currency = self.env["res.currency"].create({"name": "MTX", "symbol": "M", "rounding": 0.01})
        self.env["res.currency.rate"].create(
            [
                {"currency_id": currency.id, "name": day, "rate": rate}
                for day, rate in (
                    (self.sold_on, RATE_AT_SALE),
                    (fields.Date.today(), RATE_TODAY),
                )
            ]
        )
        self.foreign_prices = self.env["product.pricelist"].create(
            {"name": "Foreign", "currency_id": currency.id}
        )
        self.home_prices = self.env["product.pricelist"].create(
            {"name": "Home", "currency_id": self.company.currency_id.id}
        )
        self.taxes = {}
        self.bank = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )

    def _get_tax(self, rate, included):
        if (rate, included) not in self.taxes:
            self.taxes[rate, included] = self.env["account.tax"].create(
                {
                    "name": f"Matrix {rate} {included}",
                    "amount": rate,
                    "type_tax_use": "sale",
                    "price_include_override": "tax_included" if included else "tax_excluded",
                    "company_id": self.company.id,
                }
            )
        return self.taxes[rate, included]

    # -- titles and receipts --------------------------------------------
    def _create_titles(self):
        category = self.env["product.category"].create(
            {
                "name": "Matrix",
                "property_valuation": "real_time",
                "property_cost_method": {"lot": "average"}.get(self.cost_method, self.cost_method),
            }
        )
        products = self.env["product.product"].create(
            [
                {
                    "name": f"Title {sale.number}",
                    "type": "consu",
                    "is_storable": True,
                    "tracking": "lot" if sale.shape.tracked else "none",
                    "lot_valuated": self.cost_method == "lot" and sale.shape.tracked,
                    "categ_id": category.id,
                    "standard_price": STANDARD_COST if self.cost_method == "standard" else 0.0,
                    "invoice_policy": sale.combination.policy,
                    "purchase_method": "receive",
                    "taxes_id": [Command.set([self._get_tax(*tax).id for tax in sale.shape.taxes])],
                    "supplier_taxes_id": [Command.clear()],
                }
                for sale in self.sales
            ]
        )
        for sale, product in zip(self.sales, products, strict=True):
            sale.product = product
        runs = sorted({run for run, *_others in (*RECEIPTS, LATER_RECEIPT)})
        tracked = [sale for sale in self.sales if sale.shape.tracked]
        lots = iter(
            self.env["stock.lot"].create(
                [
                    {"name": f"{run}-{sale.number}", "product_id": sale.product.id}
                    for sale in tracked
                    for run in runs
                ]
            )
        )
        for sale in tracked:
            sale.lots = {run: next(lots) for run in runs}

    def _receive(self, receipts):
        """Receive and bill; one purchase order per house and receipt."""
        for run, copies, cost in receipts:
            for house in self.houses.values():
                sales = [sale for sale in self.sales if self.get_house(sale.shape) == house]
                if sales:
                    self._receive_run(sales, house, run, copies, cost)

    def _receive_run(self, sales, house, run, copies, cost):
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.test.printer.id,
                "picking_type_id": house.in_type_id.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": sale.product.id,
                            "product_qty": copies,
                            "price_unit": cost,
                        }
                    )
                    for sale in sales
                ],
            }
        )
        order.button_confirm()
        lots = {sale.product: sale.get_lot(run) for sale in sales}
        for line in order.picking_ids.move_line_ids:
            line.lot_id = lots[line.product_id]
        self.test._validate(order.picking_ids)
        self._validate_open(order.order_line.move_ids.move_dest_ids)
        order.action_create_invoice()
        bill = order.invoice_ids
        bill.invoice_date = fields.Date.today()
        bill.action_post()

    def _validate_open(self, moves):
        """Validate the following steps of a chain."""
        while moves := moves.filtered(lambda m: m.state not in ("done", "cancel")):
            self.test._validate(moves.picking_id)
            moves |= moves.move_dest_ids

    # -- orders ---------------------------------------------------------
    def _create_orders(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {sale.number}"} for sale in self.sales]
        )
        dozen = self.env.ref("uom.product_uom_dozen")
        orders = self.env["sale.order"].create(
            [
                {
                    "partner_id": partner.id,
                    "warehouse_id": self.get_house(sale.shape).id,
                    "pricelist_id": (
                        self.foreign_prices if sale.shape.foreign else self.home_prices
                    ).id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": sale.product.id,
                                "product_uom_qty": line.quantity,
                                "product_uom_id": dozen.id
                                if sale.shape.unit == 12
                                else sale.product.uom_id.id,
                                "price_unit": line.price,
                                "discount": line.discount,
                            }
                        )
                        for line in sale.shape.lines
                    ],
                }
                for sale, partner in zip(self.sales, partners, strict=True)
            ]
        )
        for sale, order, partner in zip(self.sales, orders, partners, strict=True):
            sale.order, sale.partner = order, partner
            sale.lines = order.order_line
            if sale.shape.order_discount:
                self.env["sale.order.discount"].create(
                    {
                        "sale_order_id": order.id,
                        "discount_type": "so_discount",
                        "discount_percentage": sale.shape.order_discount / 100.0,
                    }
                ).action_apply_discount()
        orders.action_confirm()

    def _invoice_down_payments(self):
        for sale in self.sales:
            if sale.shape.down_payment:
                self.env["sale.advance.payment.inv"].create(
                    {
                        "sale_order_ids": [Command.set(sale.order.ids)],
                        "advance_payment_method": "percentage",
                        "amount": sale.shape.down_payment,
                    }
                ).create_invoices()
                invoice = sale.order.invoice_ids
                invoice.invoice_date = self.sold_on
                invoice.action_post()
                self._register({invoice: invoice.amount_residual})

    # -- deliveries and invoices ----------------------------------------
    def _deliver_and_invoice(self):
        for sale in self.sales:
            sale.invoices = self.env["account.move"]
            sale.deliveries = {}
        for number in range(max(sale.shape.deliveries for sale in self.sales)):
            sales = [sale for sale in self.sales if number < sale.shape.deliveries]
            self._deliver([s for s in sales if not s.combination.is_undelivered], number)
            due = [s for s in sales if number + s.shape.invoices >= s.shape.deliveries]
            self._invoice([s for s in due if s.combination.is_invoiced])
        locked = self.env["sale.order"].union(*(s.order for s in self.sales if s.shape.locked))
        locked.action_lock()

    def deliver_rest(self):
        """Send what still waits, once its case is closed."""
        waiting = self.env["stock.move"]
        for sale in self.sales:
            if sale.combination.is_undelivered:
                for move in self._get_open_moves(sale):
                    move._do_unreserve()
                    copies = move.product_uom_qty
                    move.move_line_ids = [self.test._line_vals(move, sale.get_lot("A"), copies)]
                    waiting |= move
        if waiting:
            self.test._validate(waiting.picking_id)

    def _deliver(self, sales, number):
        first_moves = self.env["stock.move"]
        for sale in sales:
            for move in self._get_open_moves(sale):
                index = list(sale.lines).index(move.sale_line_id)
                lots = sale.shape.lines[index].lots
                if sale.shape.deliveries > 1:
                    lots = lots[number : number + 1]
                move._do_unreserve()
                move.move_line_ids = [
                    self.test._line_vals(move, sale.get_lot(run), copies) for run, copies in lots
                ]
                first_moves |= move
        self.test._validate(first_moves.picking_id, skip_backorder=True)
        self._validate_open(first_moves.move_dest_ids)
        for sale in sales:
            moves = sale.lines.move_ids.filtered(lambda m: m._is_delivery_to_reader())
            for move in moves:
                index = list(sale.lines).index(move.sale_line_id)
                for lot in move.move_line_ids.lot_id or [self.env["stock.lot"]]:
                    sale.deliveries.setdefault((index, lot), move)

    def _get_open_moves(self, sale):
        """Return the moves that start the way to the customer."""
        return sale.lines.move_ids.filtered(
            lambda m: m.state not in ("done", "cancel") and not m.move_orig_ids
        )

    def _invoice(self, sales):
        """Invoice what is delivered and not invoiced yet."""
        orders = self.env["sale.order"].union(*(sale.order for sale in sales))
        created = orders._create_invoices(final=True)
        for sale in sales:
            invoice = created & sale.order.invoice_ids
            self._limit_to_delivered(sale, invoice)
            sale.invoices |= invoice
        created.invoice_date = self.sold_on
        created.action_post()

    def _limit_to_delivered(self, sale, invoice):
        """An invoice of each delivery, also where the order is invoiced as a whole."""
        if sale.shape.invoices == 1 or sale.invoices or sale.combination.policy != "order":
            return
        for line in invoice.invoice_line_ids:
            line.quantity = line.sale_line_ids.qty_delivered

    # -- payments -------------------------------------------------------
    def _pay(self):
        amounts = {}
        for sale in self.sales:
            for invoice in sale.invoices.filtered("amount_residual"):
                amount = {
                    "unpaid": 0.0,
                    "partly": invoice.currency_id.round(invoice.amount_residual / 2),
                    "paid": invoice.amount_residual,
                    "overpaid": invoice.amount_residual + OVERPAID,
                }[sale.combination.payment]
                if amount:
                    amounts[invoice] = amount
        online = {
            invoice: amounts.pop(invoice)
            for sale in self.sales
            if sale.combination.origin == "provider"
            for invoice in sale.invoices
            if invoice in amounts
        }
        self._register(amounts)
        self.test._pay_online(online)

    def _register(self, amounts):
        """Post payments of ``{invoice: amount}`` and set them off against the invoices."""
        payments = self.env["account.payment"].create(
            [
                {
                    "payment_type": "inbound",
                    "partner_type": "customer",
                    "partner_id": invoice.partner_id.id,
                    "amount": amount,
                    "currency_id": invoice.currency_id.id,
                    "date": self.sold_on,
                    "journal_id": self.bank.id,
                    "invoice_ids": [Command.set(invoice.ids)],
                }
                for invoice, amount in amounts.items()
            ]
        )
        payments.action_post()
        self.env["account.move.line"]._reconcile_plan(
            [
                (invoice.line_ids + payment.move_id.line_ids).filtered(
                    lambda line: line.account_type == "asset_receivable"
                )
                for invoice, payment in zip(amounts, payments, strict=True)
            ]
        )

    def _change_since(self):
        for sale in self.sales:
            if sale.shape.archived == "product":
                sale.product.active = False
            elif sale.shape.archived == "customer":
                sale.partner.active = False
