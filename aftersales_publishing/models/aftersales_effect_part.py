from odoo import Command, fields, models
from odoo.exceptions import UserError


class AftersalesEffect(models.Model):
    """Send a part of the title: from stock outside of every order, or a PDF by mail (R6.1)."""

    _inherit = "aftersales.effect"

    part_id = fields.Many2one(related="resolution_id.part_id")

    # ------------------------------------------------------------------
    # Shipped: a native transfer to the readers, at the cost of after-sales service
    # ------------------------------------------------------------------
    def _post_part(self):
        """Run the stock rules for the parts; the order knows nothing of them.

        :raises UserError: when not enough of a part are free
        """
        quantities = {effect.resolution_id: effect._get_open_quantity() for effect in self}
        if problems := self.resolution_id._get_part_stock_problems(quantities):
            raise UserError("\n".join(problems))
        self._run_stock_rules()
        self.env["aftersales.event"]._log(
            "part_ready", self, {effect: effect.part_id.name for effect in self}
        )

    def _prepare_procurement(self):
        procurement = super()._prepare_procurement()
        if self.kind != "part":
            return procurement
        product = self.part_id.part_product_id
        return procurement._replace(
            product_id=product,
            product_uom=product.uom_id,
            name=product.display_name,
            origin=self.ticket_id.number,  # an order's name would let Odoo look for the order
        )

    def _prepare_shipment_vals(self):
        vals = super()._prepare_shipment_vals()
        if self.kind == "part":
            vals["aftersales_excluded_lot_id"] = False
        return vals

    def _prepare_sold_vals(self):
        if self.kind == "part":
            return self._prepare_volume_shipment_vals()
        return super()._prepare_sold_vals()

    def _get_readers_location(self):
        if self.kind == "part":
            return self._get_setting("aftersales_customer_location_id")
        return super()._get_readers_location()

    def _get_part_planned(self):
        return self._get_shipment_planned() - self._get_part_back()

    def _get_part_done(self):
        return self._get_shipment_done() - self._get_part_back()

    def _get_part_back(self):
        """Parts that came back by a native return."""
        back = self.move_ids.returned_move_ids.filtered(
            lambda m: m.state == "done" and m.location_id.usage == "customer"
        )
        return sum(back.mapped("quantity"))

    # ------------------------------------------------------------------
    # Mailed: the mail is the fact
    # ------------------------------------------------------------------
    def _post_document(self):
        """Mail the PDFs, each to the reader of its case.

        :raises UserError: when no mail address is known
        """
        if problems := self.resolution_id._get_address_problems():
            raise UserError("\n".join(problems))
        template = self.env.ref("aftersales_publishing.mail_template_document").sudo()
        for effect in self:
            effect._send_document(template)
        self.posted_at = fields.Datetime.now()
        self.env["aftersales.event"]._log(
            "document_sent", self, {effect: effect.part_id.name for effect in self}
        )

    def _send_document(self, template):
        self.ensure_one()
        ticket = self.ticket_id
        attachment = self.env["ir.attachment"].create(self.part_id._prepare_attachment_vals(ticket))
        mail_id = template.send_mail(
            self.id,
            email_values={
                "model": ticket._name,  # read and answered on the case
                "res_id": ticket.id,
                "attachment_ids": [Command.link(attachment.id)],
            },
        )
        self.mail_ids = [Command.link(mail_id)]

    def _mail_again(self):
        self._check_mails_left()
        self._post_document()

    def _check_mails_left(self):
        for effect in self:
            if any(mail.state == "outgoing" for mail in effect.mail_ids):
                raise UserError(
                    self.env._(
                        "%(resolution)s: the mail has not left yet, it waits for the next run of "
                        "the mail queue. Send it again once it has left and did not arrive.",
                        resolution=effect.resolution_id.display_name,
                    )
                )

    def _get_document_planned(self):
        return self._get_document_done()

    def _get_document_done(self):
        """All of it, once a mail waits or has left; none where every mail failed."""
        states = set(self.mail_ids.mapped("state"))
        failed = states and states <= {"exception", "cancel"}
        return 0.0 if failed else self._get_quantity_without_document()

    # ------------------------------------------------------------------
    # Undo, and what did not arrive
    # ------------------------------------------------------------------
    def _has_posted_document(self):
        if self.kind == "part":
            return self._compare(self._get_part_done(), 0.0) > 0
        if self.kind == "document":
            return bool({"sent", "received"} & set(self.mail_ids.mapped("state")))
        return super()._has_posted_document()

    def _do_cancel(self):
        self.mail_ids.filtered(lambda mail: mail.state == "outgoing").state = "cancel"
        return super()._do_cancel()

    def _is_postable(self, again=False):
        """What came back, was cancelled or failed is sent again by an agent, never by itself."""
        return super()._is_postable(again) and (again or not self._was_sent_in_vain())

    def _was_sent_in_vain(self):
        self.ensure_one()
        if self.kind == "document":
            return bool(self.posted_at)
        return self.kind == "part" and (
            any(move.state == "cancel" for move in self.move_ids) or self._get_part_back() > 0
        )

    def _on_changed(self, before):
        result = super()._on_changed(before)
        more = self.filtered(lambda e: e.kind == "part" and e.quantity_done > before[e.id])
        less = self.filtered(
            lambda e: (
                e.kind in ("part", "document")
                and not e.is_cancelled
                and e.quantity_done < before[e.id]
            )
        )
        Event = self.env["aftersales.event"]
        Event._log("part_shipped", more, {effect: effect.part_id.name for effect in more})
        Event._log("part_undone", less, {effect: effect.part_id.name for effect in less})
        return result
