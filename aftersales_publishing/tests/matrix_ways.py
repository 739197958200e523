"""What the desks do for the matrix where a case runs another way than by order and bank."""

import base64

from odoo import Command, fields
from odoo.exceptions import UserError

from .matrix_books import money
from .matrix_editions import MatrixEditions
from .matrix_later_orders import MatrixLaterOrders
from .matrix_provider import MatrixProvider
from .matrix_shapes import LATER_ORDERS, PAGES_COST, POSTAGE, PRINTED_PRICE

WITH_PAGES = 500
PARTS = {"send_pages": "pages", "send_errata": "errata", "send_extra": "extra", "gift": "gift"}
DIGITALS = {"ebook": "ebook", "new_code": "access"}
MONEY_ELSEWHERE = ("return_refund", "refund_only")


class MatrixWays(MatrixEditions, MatrixLaterOrders, MatrixProvider):
    """Mixed into the matrix: cases of copies bought elsewhere, by platforms, on account …"""

    def _get_sales(self, *origins, remedy=None):
        remedies = (remedy,) if isinstance(remedy, str) else remedy
        return [
            sale
            for sale in self.world.sales
            if sale.combination.origin in origins
            and (not remedies or sale.combination.remedy in remedies)
        ]

    # -- the house ------------------------------------------------------
    def _prepare_ways(self):
        """Readers of shops, a platform, e-books and pages printed anew."""
        for code in ("damaged_copy", "late"):
            self._case_type(code).remedy_ids = False  # every remedy is offered
        Partner = self.env["res.partner"]
        for sale in self.world.sales:
            sale.reader = sale.partner
            if sale.combination.is_elsewhere:
                sale.reader = Partner.create({"name": f"Reader {sale.number}"})
        journal = self.env["account.journal"].create(
            {"name": "Clearing", "type": "bank", "code": "MXP", "company_id": self.company.id}
        )
        self.platform = self.env["aftersales.platform"].create(
            {"name": "Platform", "journal_id": journal.id, "company_id": self.company.id}
        )
        self._prepare_parts(self._get_sales(*self.origins, remedy=PARTS))
        self._prepare_codes(self._get_sales(*self.origins, remedy=DIGITALS))
        self._prepare_editions()
        self._prepare_later_orders()

    def _prepare_parts(self, sales):
        """Pages printed anew, extras and gifts are shipped, errata sheets are mailed."""
        if not sales:
            return
        parts = self._buy("Pages 33 to 64", sales[0], PAGES_COST, WITH_PAGES)
        self.env["aftersales.title.part"].create(
            [
                {
                    "product_tmpl_id": sale.product.product_tmpl_id.id,
                    "kind": PARTS[sale.combination.remedy],
                    "name": "What is missing",
                    **(
                        {"document": base64.b64encode(b"%PDF-1.4\n%%EOF\n")}
                        if sale.combination.remedy == "send_errata"
                        else {"part_product_id": parts.id}
                    ),
                }
                for sale in sales
            ]
        )
        for sale in sales:
            sale.reader.email = "reader@matrix.example"

    def _buy(self, name, sale, cost, copies, **vals):
        """Receive and bill a product of the category of a sale's title; return it."""
        product = self.env["product.product"].create(
            {
                "name": name,
                "type": "consu",
                "is_storable": True,
                "categ_id": sale.product.categ_id.id,
                "standard_price": cost if self.method == "standard" else 0.0,
                "purchase_method": "receive",
                "supplier_taxes_id": [Command.clear()],
                **vals,
            }
        )
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.printer.id,
                "order_line": [
                    Command.create(
                        {"product_id": product.id, "product_qty": copies, "price_unit": cost}
                    )
                ],
            }
        )
        order.button_confirm()
        self._validate(order.picking_ids)
        order.action_create_invoice()
        order.invoice_ids.invoice_date = fields.Date.today()
        order.invoice_ids.action_post()
        return product

    def _prepare_codes(self, sales):
        for sale in sales:
            sale.reader.email = "reader@matrix.example"
        digitals = self.env["aftersales.digital"].create(
            [
                {
                    "product_tmpl_id": sale.product.product_tmpl_id.id,
                    "kind": DIGITALS[sale.combination.remedy],
                    "low_limit": 0,
                }
                for sale in sales
            ]
        )
        self.env["aftersales.digital.code"].create(
            [
                {"digital_id": digital.id, "code": f"{digital.id}-{number}"}
                for digital in digitals
                for number in range(4)
            ]
        )

    # -- agents ---------------------------------------------------------
    def _prepare_elsewhere_vals(self, sale):
        """Return the books of a case without an order, known by their page."""
        return [
            {
                "product_id": sale.product.id,
                "bought_elsewhere": True,
                "printed_price": PRINTED_PRICE,
                "lot_id": sale.get_lot(run).id,
                "quantity": copies,
                "defect_ids": [Command.set(self._defect("loose_leaves").ids)],
            }
            for _line, run, copies in sale.shape.claims
        ]

    @staticmethod
    def _prepare_undelivered_vals(sale):
        """Return the books that wait to be sent."""
        return [
            {
                "product_id": sale.product.id,
                "sale_line_id": sale.lines[line].id,
                "quantity": copies,
            }
            for line, _run, copies in sale.shape.claims
        ]

    @staticmethod
    def _prepare_way_vals(sale):
        """Return what the agent notes on a book for this remedy."""
        if sale.combination.remedy != "new_code":
            return {}
        return {"dead_codes": f"DEAD-{sale.number}-1\nDEAD-{sale.number}-2"}

    def _propose_ways(self):
        """Propose and agree; a platform's money and a refusal are decided at once."""
        resolutions = self.env["aftersales.resolution"].with_user(self.agent)
        for sale in self._get_sales("platform_first"):
            resolutions |= self._record_before_return(sale)
        for sale in self._get_sales("order", "elsewhere", remedy="refusal"):
            sale.ticket.line_ids.with_user(self.agent).action_refuse("The reader spilled tea.")
        with_money = [
            sale
            for sale in self._get_sales("elsewhere")
            if sale.combination.remedy in MONEY_ELSEWHERE
        ]
        if with_money:
            resolutions |= self._propose_money_elsewhere(with_money)
        return resolutions

    def _propose_money_elsewhere(self, sales):
        """A manager proposes money while no safe copy is free."""
        lots = self.env["stock.lot"].union(*(lot for sale in sales for lot in sale.lots.values()))
        lots.with_user(self.quality).action_hold("smudged")
        resolutions = self.env["aftersales.resolution"].with_user(self.agent)
        for remedy in MONEY_ELSEWHERE:
            cases = [sale.ticket for sale in sales if sale.combination.remedy == remedy]
            lines = self.env["helpdesk.ticket"].union(*cases).line_ids
            if lines:
                resolutions |= lines.with_user(self.manager).action_propose(remedy)
        resolutions.action_agree("phone")
        lots.with_user(self.quality).action_release()
        return resolutions

    def _record_before_return(self, sale):
        """The platform pays before the copies are back: the credit note is posted at once."""
        remedy = self.env["aftersales.remedy"]._get(sale.combination.remedy, self.company)
        amount = sum(gross for _net, gross in self.books[sale].get_credits())
        self.env["aftersales.platform.refund"].with_user(self.agent)._record_for_lines(
            self._prepare_record_vals(sale, float(amount)),
            sale.ticket.line_ids.with_user(self.agent),
            remedy.with_user(self.agent),
        )
        refunds = sale.ticket.refund_ids.with_user(self.finance)
        refunds.filtered(lambda r: r.state == "to_approve").action_approve()
        self.assertIs(refunds.action_post(), True)
        return sale.ticket.resolution_ids.with_user(self.agent)

    def _prepare_record_vals(self, sale, amount):
        return {
            "platform_id": self.platform.id,
            "number": f"M-{sale.number}",
            "date": fields.Date.today(),
            "amount": amount,
            "platform_share": 0.0,
        }

    def _show_receipts(self):
        """Readers of shops show what they paid, before anybody speaks of money."""
        receipt = self.env.ref("aftersales_publishing.aftersales_proof_purchase_proof")
        self.env["aftersales.case.proof"].create(
            [
                {"ticket_id": sale.ticket.id, "proof_id": receipt.id, "received": True}
                for sale in self._get_sales("elsewhere", remedy=(*MONEY_ELSEWHERE, *LATER_ORDERS))
            ]
        )

    def _reimburse(self):
        """The reader shows the courier's receipt."""
        sales = self._get_sales(*self.origins, remedy="freight")
        elsewhere = self._get_sales("elsewhere", remedy="freight")
        lines = self.env["aftersales.case.line"].union(
            *(sale.ticket.line_ids[:1] for sale in sales if sale not in elsewhere)
        )
        if lines:
            self._propose_postage(lines, POSTAGE, "reader")
        for sale in elsewhere:
            lines = sale.ticket.line_ids[:1]
            with self.assertRaisesRegex(UserError, "names who is credited"), self.cr.savepoint():
                self._propose_postage(lines, POSTAGE, "reader")
            self._propose_postage(lines, 0.0, "publisher")

    def _propose_postage(self, lines, amount, payer):
        postage = lines.with_user(self.agent).action_propose(
            "freight", amount=amount, freight_payer=payer, reason="waybill"
        )
        self.assertIs(postage.action_execute(), True)

    # -- warehouse ------------------------------------------------------
    def _ship_parts(self):
        """Send pages, extras and gifts by every step of the house."""
        sales = self._get_sales("order", "elsewhere", remedy=PARTS)
        effects = self.env["helpdesk.ticket"].union(*(s.ticket for s in sales)).sudo().effect_ids
        self.world._validate_open(effects.move_ids)

    def _inspect_and_repair(self, resolutions):
        """Put what came back aside, or mend it and send it home."""
        repaired = resolutions.filtered("remedy_id.repairs")
        self._inspect(resolutions - repaired)
        if not repaired:
            return
        self._inspect(repaired, disposition="repair")
        repaired.sudo().repair_ids.with_user(self.warehouse).action_repaired()
        self._end_of_request()
        given_back = repaired.sudo().effect_ids.filtered(lambda e: e.kind == "giveback")
        self._validate(given_back.move_ids.picking_id.with_user(self.warehouse))

    # -- finance --------------------------------------------------------
    def _pay_refunds(self, refunds):
        """Pay what is to be paid: the house by bank, the platform, or nobody."""
        to_pay = refunds.filtered(lambda r: r.state == "posted")
        kept = self._get_refunds("account") & to_pay
        if kept:
            kept.with_user(self.finance).action_keep_on_account("agreed on the phone")
        for sale in self._get_sales("platform"):
            for refund in sale.ticket.refund_ids:
                self._record_paid(sale, refund)
        to_pay -= kept | self._get_refunds("platform")
        self.assertIs(to_pay.with_user(self.finance).action_pay(), True)
        self._ask_providers(to_pay & self._get_refunds("provider"))

    def _get_refunds(self, *origins):
        cases = [sale.ticket for sale in self._get_sales(*origins)]
        return self.env["helpdesk.ticket"].union(*cases).refund_ids

    def _record_paid(self, sale, refund):
        """Record what the platform paid; what an open invoice took is not paid once more."""
        Record = self.env["aftersales.platform.refund"].with_user(self.agent)
        vals = self._prepare_record_vals(sale, refund.amount)
        refund = refund.with_user(self.agent)
        if refund.state == "posted":
            Record._record_for_refund(vals, refund)
            return
        with self.assertRaisesRegex(UserError, "would be a second one"), self.cr.savepoint():
            Record._record_for_refund(vals, refund)

    # -- the figures ----------------------------------------------------
    def _compare_way(self, sale, books):
        effects = sale.ticket.sudo().effect_ids
        pages = effects.filtered(lambda e: e.kind == "part").move_ids.filtered(
            lambda m: m.location_dest_usage == "customer"
        )
        found = (sum(pages.mapped("quantity")), money(sum(pages.mapped("value"))))
        self._differ(sale, "pages", found, books.get_pages())
        self._differ(sale, "codes", len(effects.digital_code_ids), books.get_codes())
        places = self.env["stock.location"].search([("aftersales_without_value", "=", True)])
        quants = self.env["stock.quant"].search(
            [("product_id", "=", sale.product.id), ("location_id", "child_of", places.ids)]
        )
        copies = sum(quants.mapped("quantity"))
        self._differ(sale, "copies without value", copies, books.get_without_value())
        if sale.combination.is_elsewhere:
            owes = money(self._get_receivable(sale.reader))
            self._differ(sale, "reader owes", owes, money(0))
        if not books.is_refused:
            self._compare_edition(sale, books)
            self._compare_later_orders(sale, books)
        if sale.combination.origin.startswith("platform"):
            payments = sale.ticket.refund_ids.sudo().payment_ids
            wrong = payments.filtered(lambda p: p.journal_id != self.platform.journal_id)
            self._differ(sale, "payouts by bank", len(wrong), 0)
