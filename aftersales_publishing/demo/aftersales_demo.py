from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.tools import SQL

MODULE = "aftersales_publishing"


class AftersalesDemo(models.AbstractModel):
    """How the documents of the demo come about: printed, sold, delivered, paid.

    The XML files beside say *what* there is; a receipt or a delivery by print run can't be said
    in records, so they call these functions. Nothing else does, and all are private. Each makes
    its document once, however often the demo is loaded.
    """

    _name = "aftersales.demo"
    _description = "Functions of the Demo Data"

    # ------------------------------------------------------------------
    # The house
    # ------------------------------------------------------------------
    @api.model
    def _prepare_company(self):
        """Give the company what the documents need: demo data come before the install hook."""
        company = self.env.company
        if not company.chart_template:
            self.env["account.chart.template"].try_loading(
                "generic_coa", company=company, install_demo=False
            )
        company._create_aftersales_settings()
        self._once("tax_books", self._create_tax)

    def _create_tax(self):
        """Create the VAT on books, booked where the company books its sales tax."""
        company = self.env.company
        country = company.account_fiscal_country_id
        group = self.env["account.tax.group"].create(
            {"name": "VAT 增值税", "company_id": company.id, "country_id": country.id}
        )
        return self.env["account.tax"].create(
            {
                "name": "9% VAT on books 图书增值税",
                "invoice_label": "9% VAT",
                "amount": 9.0,
                "type_tax_use": "sale",
                "price_include_override": "tax_included",  # the price printed on the cover
                "company_id": company.id,
                "country_id": country.id,
                "tax_group_id": group.id,
                "invoice_repartition_line_ids": self._prepare_repartition(),
                "refund_repartition_line_ids": self._prepare_repartition(),
            }
        )

    def _prepare_repartition(self):
        account = self.env.company.account_sale_tax_id.invoice_repartition_line_ids.account_id[:1]
        return [
            Command.create({"repartition_type": "base"}),
            Command.create({"repartition_type": "tax", "account_id": account.id}),
        ]

    @api.model
    def _set_language(self, partner_ids, code):
        """Let people read and write a language, if the database knows it."""
        if code in dict(self.env["res.lang"].get_installed()):
            self.env["res.partner"].browse(partner_ids).lang = code

    # ------------------------------------------------------------------
    # Print runs
    # ------------------------------------------------------------------
    @api.model
    def _print(self, name, printer_id, runs, days_ago):
        """Order print runs, receive and bill them.

        :param name: external id of the purchase order
        :param runs: ``[(lot, copies, cost of a copy), …]``
        """
        lots = self.env["stock.lot"].browse(lot_id for lot_id, _copies, _cost in runs)
        at = self._ago(days_ago)

        def create():
            return self.env["purchase.order"].create(
                {
                    "partner_id": printer_id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": lot.product_id.id,
                                "product_qty": copies,
                                "price_unit": cost,
                                "date_planned": at,
                            }
                        )
                        for lot, (_id, copies, cost) in zip(lots, runs, strict=True)
                    ],
                }
            )

        order = self._once(name, create)
        if order.state == "draft":
            # the cost noted when a title is entered would outrank receipts that are older
            costs = self.env["product.value"].search([("product_id", "in", lots.product_id.ids)])
            costs.filtered(lambda cost: cost.date > at).date = at - timedelta(days=1)
            order.button_confirm()
            order.write({"date_order": at, "date_approve": at})
            for move, lot in zip(order.order_line.move_ids, lots, strict=True):
                self._move_copies(move, {lot: move.product_uom_qty})
            self._finish(order.picking_ids, at)
            order.action_create_invoice()
            order.invoice_ids.write({"invoice_date": at.date(), "ref": f"{name}-{at:%Y%m%d}"})
            order.invoice_ids.action_post()

    # ------------------------------------------------------------------
    # Orders
    # ------------------------------------------------------------------
    @api.model
    def _sell(self, name, partner_id, copies, days_ago, paid=True, discount=0.0, **vals):
        """Sell copies of print runs: confirmed, delivered, invoiced and perhaps paid.

        :param name: external id of the order
        :param copies: ``{lot: copies}``
        :param days_ago: when it was ordered; delivered the next day, invoiced with the delivery
        :param vals: other values of the order
        """
        lots = {self.env["stock.lot"].browse(lot): number for lot, number in copies.items()}
        by_title = {}
        for lot, number in lots.items():
            by_title.setdefault(lot.product_id, {})[lot] = number

        def create():
            lines = [
                {
                    "product_id": title.id,
                    "product_uom_qty": sum(by_lot.values()),
                    "discount": discount,
                }
                for title, by_lot in by_title.items()
            ]
            lines = [Command.create(line) for line in lines]
            return self.env["sale.order"].create(
                {"partner_id": partner_id, "order_line": lines, **vals}
            )

        order = self._once(name, create)
        if order.state == "draft":
            order.action_confirm()
            order.date_order = self._ago(days_ago)
            for move in order.picking_ids.move_ids:
                self._move_copies(move, by_title[move.product_id])
            self._finish(order.picking_ids, self._ago(days_ago - 1))
            self._invoice(order, self._ago(days_ago - 1), paid)

    def _invoice(self, order, at, paid):
        invoice = order._create_invoices()
        invoice.invoice_date = at.date()
        invoice.action_post()
        if paid:
            wizard = self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=invoice.ids
            )
            wizard.create({"payment_date": at.date()})._create_payments()

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------
    @api.model
    def _once(self, name, create):
        """Return the record with this external id; call ``create`` if there is none yet."""
        xml_id = f"{MODULE}.{name}"
        record = self.env.ref(xml_id, raise_if_not_found=False)
        if not record:
            record = create()
            self.env["ir.model.data"]._update_xmlids(
                [{"xml_id": xml_id, "record": record, "noupdate": True}]
            )
        return record

    @api.model
    def _ago(self, days):
        return fields.Datetime.now() - timedelta(days=days)

    @api.model
    def _move_copies(self, move, by_lot):
        """Let a move carry these print runs instead of those Odoo has reserved."""
        move._do_unreserve()
        move.move_line_ids = [Command.clear()] + [
            Command.create(
                {
                    "picking_id": move.picking_id.id,
                    "product_id": move.product_id.id,
                    "lot_id": lot.id,
                    "quantity": number,
                    "location_id": move.location_id.id,
                    "location_dest_id": move.location_dest_id.id,
                }
            )
            for lot, number in by_lot.items()
        ]

    @api.model
    def _finish(self, pickings, at=None):
        """Validate transfers; say that it was done at that time."""
        pickings.move_ids.picked = True
        pickings.with_context(skip_sms=True, skip_backorder=True).button_validate()
        if at:
            pickings.write({"date_done": at})
            pickings.move_ids.write({"date": at})
            pickings.move_line_ids.write({"date": at})

    @api.model
    def _shift(self, records, columns, days):
        """Move dates into the past, also those that the ORM keeps for itself."""
        self.env.flush_all()
        assignments = [
            SQL(
                "%(column)s = %(column)s - %(days)s * interval '1 day'",
                column=SQL.identifier(column),
                days=days,
            )
            for column in columns
        ]
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET %s WHERE id = ANY(%s)",
                SQL.identifier(records._table),
                SQL(", ").join(assignments),
                list(records.ids),
            )
        )
        records.invalidate_recordset(columns, flush=False)
