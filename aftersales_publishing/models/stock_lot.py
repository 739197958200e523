from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..locking import lock_out, touch


class StockLot(models.Model):
    """A lot is a print run: one impression of one edition, from one printer (R4.1)."""

    _inherit = "stock.lot"

    # Print run
    edition = fields.Char(help="Edition of the text, for example “3” or “Revised”.")
    impression = fields.Integer(
        help="Which printing of this edition the copies come from (1 is the first)."
    )
    printer_id = fields.Many2one(
        "res.partner",
        index="btree_not_null",
        ondelete="restrict",
        help="Who printed the run. Filled from the purchase order when the run is received.",
    )
    binder_id = fields.Many2one(
        "res.partner",
        index="btree_not_null",
        ondelete="restrict",
        help="Who bound the run, where that was not the printer.",
    )
    print_date = fields.Date(string="Printed on")
    printed_quantity = fields.Float(
        string="Printed quantity",
        digits="Product Unit",
        help="Copies printed, including those never delivered to stock.",
    )
    print_order_ref = fields.Char(
        string="Print order number", help="Number of the order given to the printer."
    )
    # Hold
    on_hold = fields.Boolean(
        string="On hold",
        tracking=True,
        copy=False,
        help="Copies of a held print run are not reserved and cannot be delivered.",
    )
    hold_reason = fields.Char(string="Reason for the hold", tracking=True, copy=False)
    # Cases
    aftersales_ticket_count = fields.Integer(
        "Cases", compute="_compute_aftersales_ticket_count", compute_sudo=True
    )

    _held_idx = models.Index("(product_id) WHERE on_hold IS TRUE")

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------

    def _compute_aftersales_ticket_count(self):
        counts = dict(
            self.env["aftersales.case.line"]._read_group(
                [("lot_id", "in", self.ids)], ["lot_id"], ["ticket_id:count_distinct"]
            )
        )
        for lot in self:
            lot.aftersales_ticket_count = counts.get(lot, 0)

    def _compute_purchase_order_ids(self):
        """Whoever may not read purchases (an agent) still reads the print run."""
        if self.env["purchase.order.line"].has_access("read"):
            return super()._compute_purchase_order_ids()
        lots_sudo = self.sudo()  # even to assign nothing takes the right to read purchases
        lots_sudo.purchase_order_ids = False
        lots_sudo.purchase_order_count = 0
        return None

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("on_hold") for vals in vals_list):
            self._check_can_hold()
        return super().create(vals_list)

    def write(self, vals):
        if "on_hold" in vals or "hold_reason" in vals:
            self._check_can_hold()
        return super().write(vals)

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_view_aftersales_tickets(self):
        """Open the cases about copies of the print runs."""
        lines = self.env["aftersales.case.line"].search([("lot_id", "in", self.ids)])
        return self.env["helpdesk.ticket"]._get_cases_action(lines.ticket_id)

    def action_open_hold_wizard(self):
        """Ask why the print runs are put on hold."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Put on hold"),
            "res_model": "aftersales.hold.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_lot_ids": self.ids},
        }

    def action_hold(self, reason):
        """Stop the print runs on their way to readers, at once (R4.3).

        What is reserved for readers is unreserved; what is already delivered is not touched.
        Nothing is moved: bring the copies to quarantine with an ordinary transfer. Runs already
        on hold are skipped.

        :param reason: text shown wherever the hold stops somebody
        :raise AccessError: for users who may not judge print quality
        :raise UserError: without a reason
        """
        self._check_can_hold()
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why the print run is put on hold."))
        lots_sudo = self.sudo().filtered(lambda lot: not lot.on_hold)
        if not lots_sudo:
            return
        lots_sudo._serialize_reservations()
        lots_sudo.write({"on_hold": True, "hold_reason": reason})
        freed = lots_sudo._unreserve_outgoing()
        for lot_sudo in lots_sudo:
            quantity, transfers = freed.get(lot_sudo, (0, ""))
            body = self.env._("Put on hold: %(reason)s", reason=reason)
            if quantity:
                body = self.env._(
                    "Put on hold: %(reason)s. %(quantity)s reserved copies were freed: "
                    "%(transfers)s",
                    reason=reason,
                    quantity=f"{quantity:g}",
                    transfers=transfers,
                )
            lot_sudo.message_post(body=body)

    def action_release(self):
        """Let the print runs be delivered again. Runs that are not on hold are skipped."""
        self._check_can_hold()
        lots_sudo = self.sudo().filtered("on_hold")
        if not lots_sudo:
            return
        reasons = {lot: lot.hold_reason for lot in lots_sudo}
        lots_sudo.write({"on_hold": False, "hold_reason": False})
        for lot_sudo, reason in reasons.items():
            lot_sudo.message_post(
                body=self.env._("Released from hold (%(reason)s)", reason=reason or "-")
            )
        lots_sudo._reserve_waiting_replacements()

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _check_can_hold(self):
        user = self.env.user
        if not (
            self.env.su
            or user.has_group("aftersales_publishing.group_print_quality")
            or user.has_group("aftersales_publishing.group_manager")
        ):
            raise AccessError(
                self.env._(
                    "Only print quality or an after-sales manager may hold or release a print "
                    "run. Ask one of them, or ask an administrator for the role."
                )
            )

    def _serialize_reservations(self):
        """Let every reservation of these runs come before the hold, which frees it, or see it.

        A reservation changes a quant, or opens one where another transaction holds it: the first
        meets the touched quants, the second refers to a locked lot.
        """
        lock_out(self)
        touch(self.env["stock.quant"].search([("lot_id", "in", self.ids)]))

    def _unreserve_outgoing(self):
        """Free what is reserved of these lots for readers or other companies.

        :return: {lot: (copies freed in the product's unit, names of the transfers)}
        """
        lines = self.env["stock.move.line"].search(
            [
                ("lot_id", "in", self.ids),
                ("state", "not in", ("done", "cancel", "draft")),
                ("location_id.usage", "in", ("internal", "transit")),
            ]
        )
        lines = lines.filtered(
            lambda line: (
                line.move_id._aftersales_takes_away(line.location_dest_id)
                and line.move_id._aftersales_avoids(line.lot_id)
            )
        )
        freed = {}
        for lot, lot_lines in lines.grouped("lot_id").items():
            names = sorted({name for name in lot_lines.move_id.mapped("reference") if name})
            freed[lot] = sum(lot_lines.mapped("quantity_product_uom")), ", ".join(names)
        moves = lines.move_id
        lines.unlink()
        # picked without a line, a move would never be reserved again
        moves.filtered(lambda move: move.picked and not move.move_line_ids).picked = False
        return freed

    def _reserve_waiting_replacements(self):
        """Reserve again what after-sales cases wait for, now that the runs are free."""
        waiting = self.env["stock.move"].search(
            [
                ("aftersales_effect_id", "!=", False),
                ("product_id", "in", self.product_id.ids),
                ("state", "in", ("confirmed", "partially_available")),
                ("location_id.usage", "=", "internal"),
            ]
        )
        waiting._action_assign()
