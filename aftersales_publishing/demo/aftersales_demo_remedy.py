import base64

from odoo import Command, api, fields, models

PDF_OBJECTS = (
    "<</Type/Catalog/Pages 2 0 R>>",
    "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 595]/Contents 4 0 R"
    "/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>>>>>>>",
)


class AftersalesDemoRemedy(models.AbstractModel):
    """Steps of cases beyond exchange and refund, and what a title has for its readers."""

    _inherit = "aftersales.demo"

    # ------------------------------------------------------------------
    # What a title has for its readers
    # ------------------------------------------------------------------
    @api.model
    def _stock_up(self, product_id, copies):
        """Count things into the stock that are no print run."""
        product = self.env["product.product"].browse(product_id)
        stock = self.env["stock.warehouse"].search(
            [("company_id", "=", self.env.company.id)], limit=1
        )
        if not product.qty_available:
            quants = self.env["stock.quant"].with_context(inventory_mode=True)
            counted = quants.create(
                {
                    "product_id": product.id,
                    "location_id": stock.lot_stock_id.id,
                    "inventory_quantity": copies,
                }
            )
            counted.action_apply_inventory()

    @api.model
    def _prepare_pdf(self, text):
        """Return a PDF of one page with a line of Latin letters, as a binary field takes it."""
        content = f"BT /F 16 Tf 48 520 Td ({text}) Tj ET"
        stream = f"<</Length {len(content)}>>stream\n{content}\nendstream"
        pdf, starts = b"%PDF-1.4\n", []
        for number, body in enumerate((*PDF_OBJECTS, stream), 1):
            starts.append(len(pdf))
            pdf += f"{number} 0 obj{body}endobj\n".encode("latin-1")
        table = "".join(f"{start:010} 00000 n \n" for start in starts)
        size = len(starts) + 1
        pdf += (
            f"xref\n0 {size}\n0000000000 65535 f \n{table}"
            f"trailer<</Size {size}/Root 1 0 R>>\nstartxref\n{len(pdf)}\n%%EOF\n"
        ).encode("latin-1")
        return base64.b64encode(pdf)

    @api.model
    def _fill_pool(self, digital_id, codes):
        """Add codes to the pool of a title, once."""
        digital = self.env["aftersales.digital"].browse(digital_id)
        if not digital.code_ids:
            digital.code_ids = [Command.create({"code": code}) for code in codes]

    # ------------------------------------------------------------------
    # The agent
    # ------------------------------------------------------------------
    def _step_complain_elsewhere(self, ticket, product_id, quantity, defects, **vals):
        """Note copies that the reader bought in a shop: known by their copyright page."""
        found = self.env["aftersales.defect"].search([("code", "in", defects)])
        self._as("agent", self.env["aftersales.case.line"]).create(
            {
                "ticket_id": ticket.id,
                "product_id": product_id,
                "bought_elsewhere": True,
                "quantity": quantity,
                "defect_ids": [Command.set(found.ids)],
                **vals,
            }
        )

    def _step_refuse_copies(self, ticket, quantity, reason):
        self._as("agent", ticket.line_ids).action_refuse(reason, quantity)

    def _step_postage(self, ticket, amount, reason):
        """Reimburse what the reader paid to send the copies back."""
        lines = self._as("agent", ticket.line_ids[:1])
        options = {"amount": amount, "freight_payer": "reader", "reason": reason}
        lines.action_propose("freight", **options).action_execute()

    def _step_waybill(self, ticket, number, carrier_id, paid_by=False):
        """Note the number under which the parcel is on its way."""
        waybill = {"number": number, "carrier_id": carrier_id, "freight_paid_by": paid_by}
        self._as("agent", ticket).waybill_ids = [Command.create(waybill)]

    def _step_platform_paid(self, ticket, platform_id, number, amount, remedy, share=0.0, days=0):
        """Note what the platform paid back to the reader by itself; our share is booked."""
        vals = {
            "platform_id": platform_id,
            "number": number,
            "date": fields.Date.subtract(fields.Date.context_today(self), days=days),
            "amount": amount,
            "platform_share": share,
        }
        remedy = self._as("agent", self.env["aftersales.remedy"]._get(remedy, ticket.company_id))
        records = self._as("agent", self.env["aftersales.platform.refund"])
        records._record_for_lines(vals, self._as("agent", ticket.line_ids), remedy)
        self._step_post_refunds(ticket)

    def _step_post_refunds(self, ticket):
        """Post what is within the agent's limit."""
        self._as("agent", ticket).action_post_refunds()

    # ------------------------------------------------------------------
    # The manager
    # ------------------------------------------------------------------
    def _step_let_through(self, ticket, reason):
        self._as("manager", ticket.line_ids).action_let_through(reason)

    # ------------------------------------------------------------------
    # The warehouse
    # ------------------------------------------------------------------
    def _step_take_late(self, ticket):
        """Take in a parcel of which the remedy has expired."""
        cancelled = ticket.effect_ids.move_ids.picking_id
        self._as("warehouse", self.env["aftersales.returns.table"]).take_late(cancelled[:1].id)

    def _step_to_binder(self, ticket, binder_id):
        """Send the copies to a binder; they have left."""
        repairs = self._get_repairs(ticket)
        repairs.action_send_to_binder(
            self._as("warehouse", self.env["res.partner"]).browse(binder_id)
        )
        self._finish(repairs.out_move_id.picking_id)

    def _step_repaired(self, ticket):
        """Note that the copies are mended: they wait to go home."""
        self._get_repairs(ticket).action_repaired()

    def _get_repairs(self, ticket):
        repairs = self.env["aftersales.repair"].search([("ticket_id", "=", ticket.id)])
        return self._as("warehouse", repairs)

    # ------------------------------------------------------------------
    # Finance
    # ------------------------------------------------------------------
    def _step_approve(self, ticket):
        waiting = ticket.refund_ids.filtered(lambda r: r.state == "to_approve")
        self._as("finance", waiting).action_approve()

    def _step_pay(self, ticket):
        """Post and pay what is approved."""
        refunds = self._as("finance", ticket.refund_ids)
        refunds.filtered(lambda r: r.state == "approved").action_post()
        refunds.filtered(lambda r: r.state == "posted").action_pay()

    @api.model
    def _import_statement(self, platform_id, name, rows):
        """Import a platform's statement; a file that was imported changes nothing.

        :param rows: ``[(number, days ago, amount), …]``
        """
        today = fields.Date.context_today(self)
        rows = [
            (number, fields.Date.subtract(today, days=days), amount)
            for number, days, amount in rows
        ]
        statements = self._as("finance", self.env["aftersales.platform.statement"])
        if not statements.search_count([("name", "=", name)], limit=1):
            statements._import(self.env["aftersales.platform"].browse(platform_id), name, rows)

    # ------------------------------------------------------------------
    # Days between
    # ------------------------------------------------------------------
    def _step_term_over(self, ticket):
        """Look at the terms of the returns as the nightly job would, without its mails."""
        over = ticket.resolution_ids.filtered(lambda r: r.state == "agreed" and r._is_term_over())
        expiring = over.filtered(lambda r: r._may_expire())
        (over - expiring)._mark_overdue()
        expiring._do_expire()
