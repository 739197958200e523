from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ..tools.isbn import normalize_isbn


class AftersalesDeliveredWizard(models.TransientModel):
    """Offer what was delivered to the reader, by delivery and print run (R1.2), and what of
    their orders still waits to be sent (R6.10).

    Scanning (or typing) an ISBN, a lot or an order number finds the copy: the order
    is opened, or one copy more of the title is taken.
    """

    _name = "aftersales.delivered.wizard"
    _inherit = ["barcodes.barcode_events_mixin"]
    _description = "What Was Delivered"

    ticket_id = fields.Many2one("helpdesk.ticket", "Case", required=True)
    company_id = fields.Many2one(related="ticket_id.company_id")
    partner_id = fields.Many2one("res.partner", "Reader")
    has_volumes = fields.Boolean(compute="_compute_has_volumes")
    order_id = fields.Many2one(
        "sale.order",
        domain="[('state', '=', 'sale'), ('company_id', '=', company_id)]",
    )
    scan = fields.Char(help="ISBN, print run (lot) or order number; a scanner works too.")
    scan_message = fields.Char(readonly=True)
    line_ids = fields.One2many(
        "aftersales.delivered.wizard.line",
        "wizard_id",
        "Delivered Copies",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    @api.depends("partner_id", "order_id")
    def _compute_line_ids(self):
        for wizard in self:
            wizard.line_ids = [Command.clear()] + [
                Command.create(vals) for vals in wizard._prepare_lines()
            ]

    @api.depends("line_ids.has_volumes")
    def _compute_has_volumes(self):
        for wizard in self:
            wizard.has_volumes = any(wizard.line_ids.mapped("has_volumes"))

    def _prepare_lines(self, limit=80):
        """Return values of what waits to be sent and of the delivered copies, newest first, of
        the chosen order or of all orders of the reader."""
        self.ensure_one()
        if not (self.order_id or self.partner_id):
            return []
        self.ticket_id.check_access("read")  # the moves are read under sudo
        domain = Domain("company_id", "=", self.company_id.id)
        if self.order_id:
            domain &= Domain("sale_line_id.order_id", "=", self.order_id.id)
        else:
            commercial = self.partner_id.commercial_partner_id
            domain &= Domain("sale_line_id.order_id.partner_id", "child_of", commercial.id)
        Move = self.env["stock.move"].sudo()
        delivered = domain & Move._get_delivered_domain()
        moves = Move.search(delivered, order="date desc, id desc", limit=limit)
        waiting = Move.search(domain & Domain("state", "not in", ("done", "cancel")), limit=limit)
        waiting = waiting.sale_line_id._get_undelivered_moves()
        pairs = [
            (move, lot)
            for move in moves
            for lot in dict.fromkeys(line.lot_id for line in move.move_line_ids)
        ]
        return [{"move_id": move.id} for move in waiting] + [
            {"move_id": move.id, "lot_id": lot.id} for move, lot in pairs
        ]

    @api.onchange("scan")
    def _onchange_scan(self):
        if self.scan:
            self.on_barcode_scanned(self.scan)
            self.scan = False

    def on_barcode_scanned(self, barcode):
        """Find what was scanned: an order, else a title or lot among the lines."""
        code = barcode.strip()
        self.scan_message = False
        order = self.env["sale.order"].search(
            [
                ("state", "=", "sale"),
                ("company_id", "=", self.company_id.id),
                "|",
                ("name", "=ilike", code),
                ("client_order_ref", "=", code),
            ],
            limit=1,
        )
        if order:
            self.order_id = order
            return
        isbn = normalize_isbn(code)
        for line in self.line_ids:
            product = line.product_id
            codes = {product.barcode, product.default_code, line.lot_id.name}
            if code in codes or (isbn and isbn in map(normalize_isbn, codes)):
                if line.quantity < line.claimable_quantity:
                    line.quantity += 1
                    return
        self.scan_message = self.env._(
            "Nothing delivered to this reader matches “%s” (or all of it is claimed).", code
        )

    def action_add(self):
        """Add the chosen copies to the case.

        :raises UserError: when none was chosen, or more than can be claimed
        """
        self.ensure_one()
        chosen = self.line_ids.filtered("quantity")
        if not chosen:
            raise UserError(self.env._("Enter how many copies of a title are complained of."))
        for line in chosen:
            line._check_quantity()
        self.env["aftersales.case.line"].create(
            [vals for line in chosen for vals in line._prepare_case_lines()]
        )
        if self.order_id and not self.ticket_id.sale_order_id:
            self.ticket_id.sale_order_id = self.order_id
        return {"type": "ir.actions.act_window_close"}
