from odoo import Command, fields
from odoo.tests import TransactionCase, new_test_user

ISBNS = ("9787020002207", "9787108006721", "9787532725694", "9780306406157")


class AftersalesCommon(TransactionCase):
    """A publishing house with its printers, titles, print runs, readers and desks.

    Each desk works as its own user: ``cls.agent``, ``cls.warehouse``, ``cls.finance``,
    ``cls.manager``, ``cls.quality``, ``cls.auditor``.
    """

    cost_method = "average"
    chart = None  # of accounts, for a company of its own; else the company that is there

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        if cls.chart:
            cls._found_company()
        cls.company = cls.env.company
        if not cls.company.chart_template:
            cls.env["account.chart.template"].try_loading(
                cls.chart or "generic_coa", company=cls.company, install_demo=False
            )
        cls.company._create_aftersales_settings()
        cls.house = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )
        cls.customers = cls.env.ref("stock.stock_location_customers")
        cls._create_users()
        cls._create_titles()

    # ------------------------------------------------------------------
    # The world
    # ------------------------------------------------------------------
    @classmethod
    def _found_company(cls):
        """Work in a new company of the country of the chart of accounts."""
        country = cls.env["account.chart.template"]._get_chart_template_mapping()[cls.chart]
        company = cls.env["res.company"].create(
            {"name": "Second House", "country_id": country["country_id"]}
        )
        cls.env.user.company_ids |= company
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": company.ids})

    @classmethod
    def _create_users(cls):
        def user(login, *groups):
            return new_test_user(
                cls.env,
                login=f"aftersales_{login}",
                name=login.capitalize(),
                email=f"{login}@house.example",
                lang="en_US",
                groups=",".join(f"aftersales_publishing.group_{group}" for group in groups),
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )

        cls.agent = user("agent", "agent")
        cls.other_agent = user("colleague", "agent")
        cls.warehouse = user("warehouse", "warehouse")
        cls.finance = user("finance", "finance")
        cls.quality = user("quality", "print_quality")
        cls.manager = user("manager", "manager")
        cls.auditor = user("auditor", "auditor")

    @classmethod
    def _create_titles(cls):
        cls.category = cls.env["product.category"].create(
            {
                "name": "Books",
                "property_valuation": "real_time",
                "property_cost_method": cls.cost_method,
            }
        )
        cls.tax = cls.env["account.tax"].create(
            {
                "name": "Book VAT 9 %",
                "amount": 9.0,
                "type_tax_use": "sale",
                "company_id": cls.company.id,
            }
        )
        cls.printer = cls.env["res.partner"].create({"name": "Hongqi Printing", "is_company": True})
        cls.other_printer = cls.env["res.partner"].create(
            {"name": "Xinhua Printing", "is_company": True}
        )
        cls.novel = cls._create_title("A Dream of Red Mansions", ISBNS[0], 59.8)
        cls.atlas = cls._create_title("Atlas of Rivers", ISBNS[1], 128.0)
        cls.reader = cls.env["res.partner"].create(
            {"name": "Li Wei", "email": "li.wei@reader.example"}
        )
        cls.run_1 = cls._print(cls.novel, "NOVEL-1-1", 1, 200, 12.0, cls.printer)
        cls.run_2 = cls._print(cls.novel, "NOVEL-1-2", 2, 200, 14.0, cls.other_printer)

    @classmethod
    def _create_title(cls, name, isbn, price, **vals):
        return cls.env["product.product"].create(
            {
                "name": name,
                "barcode": isbn,
                "type": "consu",
                "is_storable": True,
                "tracking": "lot",
                "categ_id": cls.category.id,
                "list_price": price,
                "invoice_policy": "delivery",
                "purchase_method": "receive",
                "taxes_id": [Command.set(cls.tax.ids)],
                "supplier_taxes_id": [Command.clear()],
                **vals,
            }
        )

    @classmethod
    def _print(cls, product, name, impression, quantity, cost, printer):
        """Receive and bill a print run by a purchase order."""
        lot = cls.env["stock.lot"].create(
            {"name": name, "product_id": product.id, "edition": "1", "impression": impression}
        )
        order = cls.env["purchase.order"].create(
            {
                "partner_id": printer.id,
                "order_line": [
                    Command.create(
                        {"product_id": product.id, "product_qty": quantity, "price_unit": cost}
                    )
                ],
            }
        )
        order.button_confirm()
        move = order.picking_ids.move_ids
        move.move_line_ids.unlink()
        move.move_line_ids = [cls._line_vals(move, lot, quantity)]
        cls._validate(order.picking_ids)
        order.action_create_invoice()
        order.invoice_ids.invoice_date = fields.Date.today()
        order.invoice_ids.action_post()
        return lot

    @classmethod
    def _line_vals(cls, move, lot, quantity):
        return Command.create(
            {
                "picking_id": move.picking_id.id,
                "product_id": move.product_id.id,
                "lot_id": lot.id,
                "quantity": quantity,
                "location_id": move.location_id.id,
                "location_dest_id": move.location_dest_id.id,
            }
        )

    @classmethod
    def _validate(cls, pickings, **context):
        pickings.move_ids.filtered(lambda m: m.state != "cancel").picked = True
        done = pickings.with_context(skip_sms=True, **context).button_validate()
        assert done is True, done
        cls._end_of_request()

    @classmethod
    def _end_of_request(cls):
        """Do what Odoo does before it commits: cases follow their documents."""
        cls.env.cr.flush()

    @classmethod
    def _sell(cls, lots, partner=None, pay=True, invoice=True, deliver=True, **line_vals):
        """Sell copies of print runs to a reader: delivered, invoiced and paid.

        :param lots: ``{lot: copies}``; one order line per title
        :return: the order
        """
        by_title = {}
        for lot, quantity in lots.items():
            by_title.setdefault(lot.product_id, {})[lot] = quantity
        order = cls.env["sale.order"].create(
            {
                "partner_id": (partner or cls.reader).id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": sum(by_lot.values()),
                            **line_vals,
                        }
                    )
                    for product, by_lot in by_title.items()
                ],
            }
        )
        order.action_confirm()
        if deliver:
            cls._deliver(order, by_title)
        if invoice:
            cls._invoice(order, pay=pay)
        return order

    @classmethod
    def _deliver(cls, order, by_title):
        pickings = order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        for move in pickings.move_ids:
            move._do_unreserve()
            unit = move.sale_line_id.product_uom_id
            move.move_line_ids = [
                cls._line_vals(move, lot, unit._compute_quantity(quantity, lot.product_id.uom_id))
                for lot, quantity in by_title[move.product_id].items()
            ]
        cls._validate(pickings)

    @classmethod
    def _invoice(cls, order, pay=True):
        invoice = order._create_invoices()
        invoice.invoice_date = fields.Date.today()
        invoice.action_post()
        if pay:
            cls._pay(invoice)
        return invoice

    @classmethod
    def _pay(cls, invoices):
        cls.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoices.ids
        ).create({})._create_payments()

    # ------------------------------------------------------------------
    # What the desks do
    # ------------------------------------------------------------------
    @classmethod
    def _case(cls, order, lots, case_type="damaged_copy", defects=("loose_leaves",), **vals):
        """Let the agent take in and register a case on delivered copies.

        :param lots: ``{lot: copies}`` complained of
        """
        moves = order.picking_ids.move_ids.filtered(
            lambda m: m.state == "done" and m.location_dest_usage == "customer"
        )
        lines = []
        for lot, quantity in lots.items():
            move = moves.filtered(lambda m, lot=lot: lot in m.move_line_ids.lot_id)[:1]
            lines.append(
                Command.create(
                    {
                        "product_id": lot.product_id.id,
                        "delivery_move_id": move.id,
                        "lot_id": lot.id,
                        "quantity": quantity,
                        "defect_ids": [Command.set([cls._defect(code).id for code in defects])],
                    }
                )
            )
        ticket = (
            cls.env["helpdesk.ticket"]
            .with_user(cls.agent)
            .create(
                {
                    "name": "The book is faulty",
                    "is_aftersales": True,
                    "partner_id": order.partner_id.id,
                    "user_id": cls.agent.id,
                    "case_type_id": cls._case_type(case_type).id,
                    "sale_order_id": order.id,
                    "line_ids": lines,
                    **vals,
                }
            )
        )
        ticket.action_register()
        ticket.proof_ids.received = True
        return ticket

    @classmethod
    def _case_type(cls, code):
        return cls.env["aftersales.case.type"].search([("code", "=", code)], limit=1)

    @classmethod
    def _defect(cls, code):
        return cls.env["aftersales.defect"].search([("code", "=", code)], limit=1)

    def _agree(self, ticket, remedy, quantity=None, **options):
        """Propose, agree and execute as the agent; return the resolutions."""
        lines = ticket.line_ids.with_user(self.agent)
        resolutions = lines.action_propose(remedy, quantity, **options)
        resolutions.action_agree("phone", "agrees")
        result = resolutions.action_execute()
        self.assertIs(result, True)
        return resolutions

    def _receive(self, resolutions, quantity=None):
        """Let the warehouse receive the announced returns, perhaps in part."""
        moves = resolutions.sudo().effect_ids.filtered(lambda e: e.kind == "return").move_ids
        pickings = moves.filtered(lambda m: m.state == "assigned").picking_id
        pickings = pickings.with_user(self.warehouse)
        context = {}
        if quantity is not None:
            pickings.move_ids.move_line_ids.quantity = quantity
            context = {"skip_backorder": True}
        self._validate(pickings, **context)
        return pickings

    def _inspect(self, resolutions, grade="defective", disposition="quarantine", **vals):
        """Let the warehouse inspect what waits for inspection."""
        inspections = resolutions.sudo().inspection_ids.filtered(lambda i: i.state == "draft")
        inspections = inspections.with_user(self.warehouse)
        inspections.write({"grade": grade, "disposition": disposition, **vals})
        inspections.action_done()
        return inspections

    def _pulp(self):
        """Let the manager approve what waits to be pulped, and the warehouse have it destroyed."""
        lists = self.env["aftersales.pulp.list"].search([("state", "=", "draft")])
        lists.with_user(self.manager).action_approve()
        lists.with_user(self.warehouse).action_done()
        return lists

    def _ship(self, resolutions):
        """Let the warehouse ship the replacements that are ready."""
        moves = resolutions.sudo().effect_ids.filtered(lambda e: e.kind == "shipment").move_ids
        pickings = moves.filtered(lambda m: m.state == "assigned").picking_id
        self._validate(pickings.with_user(self.warehouse))
        return pickings

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------
    def _stock(self, lot, location=None):
        """Copies of a print run in a location (default: the shelves of the house)."""
        location = location or self.house.lot_stock_id
        quants = self.env["stock.quant"].search(
            [("lot_id", "=", lot.id), ("location_id", "child_of", location.id)]
        )
        return sum(quants.mapped("quantity"))

    def _quarantined(self, lot):
        return self._stock(lot, self.company.aftersales_quarantine_location_id)

    def _order_figures(self, order):
        line = order.order_line[:1]
        return {
            "ordered": line.product_uom_qty,
            "delivered": line.qty_delivered,
            "invoiced": line.qty_invoiced,
            "to_invoice": line.qty_to_invoice,
            "status": order.invoice_status,
        }

    def _ledger(self, moves):
        """Return ``{account code: balance}`` of the journal items of documents."""
        balances = {}
        for line in moves.line_ids:
            code = line.account_id.code
            balances[code] = round(balances.get(code, 0.0) + line.balance, 2)
        return balances
