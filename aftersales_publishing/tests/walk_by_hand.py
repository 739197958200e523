from odoo import fields

from .walk_step import step


class WalkByHand:
    """What people do in Odoo's own screens, beside our verbs."""

    # ------------------------------------------------------------------
    # By hand: stock
    # ------------------------------------------------------------------
    @step("_find_moved", by_hand=True)
    def return_by_hand(self, pickings):
        """Return copies of any transfer to or from a reader by Odoo's own wizard."""
        picking = self.choose("picking", pickings)
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_model="stock.picking", active_id=picking.id)
            .create({})
        )
        wizard.product_return_moves.quantity = self.choose("copies", (1, 2))
        made = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        if self.choose("validate", (True, False)):
            self._validate(made)
        return self._get_picking_orders(picking)

    @step("_find_not_ours", weight=2, by_hand=True)
    def finish_by_hand(self, pickings):
        """Validate or cancel a transfer that is no replacement and no return of ours."""
        picking = self.choose("picking", pickings)
        if self.choose("cancel", (False, True)):
            picking.action_cancel()
        else:
            self._validate(picking)
        return self._get_picking_orders(picking)

    def _get_picking_orders(self, pickings):
        return pickings.move_ids.sale_line_id.order_id

    @step("_find_ours", by_hand=True)
    def cancel_ours_by_hand(self, pickings):
        """Cancel a return or a replacement of ours in inventory."""
        picking = self.choose("picking", pickings)
        picking.action_cancel()
        return self._get_others_orders(picking)

    @step("_find_ours", by_hand=True)
    def reserve_again(self, pickings):
        """Unreserve a replacement and let Odoo reserve again."""
        picking = self.choose("picking", pickings)
        picking.do_unreserve()
        picking.action_assign()

    # ------------------------------------------------------------------
    # By hand: orders and invoices
    # ------------------------------------------------------------------
    @step("_find_orders", by_hand=True)
    def change_order(self, orders):
        """Order more or less, lock or unlock, invoice what can be invoiced."""
        order = self.choose("order", orders)
        what = self.choose("what", ("more", "less", "lock", "invoice"))
        line = order.order_line[0]
        if what == "lock":
            getattr(order, "action_unlock" if order.locked else "action_lock")()
            return None
        if what == "invoice":
            self.house._invoice(order, pay=False)
        else:
            line.product_uom_qty += 1 if what == "more" else -1
        return order

    @step("_find_orders", by_hand=True)
    def credit_by_hand(self, orders):
        """Credit an invoice in full or one copy of it, by Odoo's own wizard."""
        invoices = orders.invoice_ids.filtered(
            lambda move: move.move_type == "out_invoice" and move.state == "posted"
        )
        invoice = self.choose("invoice", invoices)
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id})
        )
        note = self.env["account.move"].browse(wizard.refund_moves()["res_id"])
        if self.choose("part", (True, False)):
            note.invoice_line_ids[0].quantity = 1
            note.invoice_line_ids[1:].unlink()
        note.action_post()
        return orders.filtered(lambda order: invoice in order.invoice_ids)

    @step("_find_notes", by_hand=True)
    def change_note_by_hand(self, notes):
        """Reset, cancel, post again or reverse one of our credit notes."""
        note = self.choose("note", notes)
        how = self.choose("how", ("button_draft", "button_cancel", "action_post", "reverse"))
        if how == "reverse":
            note._reverse_moves([{"date": fields.Date.today()}], cancel=True)
        else:
            getattr(note, how)()
        return note.aftersales_refund_ids.line_ids.invoice_line_id.sale_line_ids.order_id

    # ------------------------------------------------------------------
    # By hand: payments
    # ------------------------------------------------------------------
    @step("_find_open_documents", by_hand=True)
    def pay_by_hand(self, documents):
        """Pay an open invoice or pay out a credit note by Odoo's own wizard, perhaps in part."""
        document = self.choose("document", documents)
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=document.ids)
            .create({})
        )
        if self.choose("part", (False, True)):
            wizard.amount = wizard.currency_id.round(wizard.amount / 2)
        wizard._create_payments()

    @step("_find_payouts", by_hand=True)
    def change_payment_by_hand(self, payments):
        """Draft, cancel, reject or confirm a payout of ours."""
        how = self.choose("how", ("action_draft", "action_cancel", "action_reject", "action_post"))
        getattr(self.choose("payment", payments), how)()
