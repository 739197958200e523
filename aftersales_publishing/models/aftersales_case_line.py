from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class AftersalesCaseLine(models.Model):
    """One title, lot and quantity complained of (R1.2)."""

    _name = "aftersales.case.line"
    _inherit = ["aftersales.verb.mixin"]
    _description = "Case Line"
    _order = "ticket_id, sequence, id"
    _check_company_auto = True

    ticket_id = fields.Many2one(
        "helpdesk.ticket", "Case", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(related="ticket_id.company_id", store=True, precompute=True)
    # The copy
    product_id = fields.Many2one(
        "product.product",
        "Title",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    sale_line_id = fields.Many2one(
        "sale.order.line",
        "Order Line",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    order_id = fields.Many2one(related="sale_line_id.order_id", string="Order")
    delivery_move_id = fields.Many2one(
        "stock.move",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    delivery_id = fields.Many2one(related="delivery_move_id.picking_id", string="Delivery")
    delivered_at = fields.Datetime(related="delivery_move_id.date", string="Delivered")
    lot_id = fields.Many2one(
        "stock.lot",
        "Print Run",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('product_id', '=', product_id)]",
        help="The lot that was delivered, as inventory knows it.",
    )
    lot_edition = fields.Char(related="lot_id.edition", string="Edition Delivered")
    lot_impression = fields.Integer(related="lot_id.impression", string="Impression Delivered")
    lot_print_date = fields.Date(related="lot_id.print_date", string="Printed On")
    printer_id = fields.Many2one(related="lot_id.printer_id", string="Printer")
    sent_product_id = fields.Many2one(
        "product.product",
        "Title Sent by Mistake",
        ondelete="restrict",
        check_company=True,
        domain="[('id', '!=', product_id), ('is_storable', '=', True)]",
        help="What came instead of the title ordered; it comes back as itself.",
    )
    quantity = fields.Float(
        default=1.0, required=True, digits="Product Unit", help="Copies complained of."
    )
    product_uom_id = fields.Many2one(
        "uom.uom",
        "Unit",
        compute="_compute_product_uom_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        ondelete="restrict",
    )
    claimable_quantity = fields.Float(
        compute="_compute_claimable_quantity",
        digits="Product Unit",
        help="Copies of this delivery and print run that neither came back, nor are "
        "announced, nor were paid back; of an order line without delivery, the copies that wait "
        "to be sent. In the unit of the line.",
    )
    # The complaint
    defect_ids = fields.Many2many("aftersales.defect", string="Defects")
    note = fields.Text("What the reader says")
    erratum_ids = fields.One2many("aftersales.erratum", "line_id", "Errata")
    # The copyright page, as the reader reads it
    edition = fields.Char(help="Edition as printed on the copyright page.")
    impression = fields.Integer(help="Impression as printed on the copyright page.")
    print_date = fields.Date(help="Print date as printed on the copyright page.")
    copyright_mismatch = fields.Char(
        compute="_compute_copyright_mismatch",
        help="Where the copyright page differs from the delivered print run. "
        "The page outranks the lot: it is noted, never refused.",
    )
    # What was decided
    verdict_ids = fields.One2many("aftersales.verdict", "line_id", "Verdicts")
    verdict_id = fields.Many2one("aftersales.verdict", compute="_compute_verdict_id", store=True)
    verdict_summary = fields.Char(related="verdict_id.display_name", string="Responsible")
    resolution_ids = fields.One2many("aftersales.resolution", "line_id", "Resolutions")
    resolved_quantity = fields.Float(
        compute="_compute_resolved_quantity",
        digits="Product Unit",
        help="Copies for which a remedy is proposed, agreed or done.",
    )

    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0)", "The quantity of a case line must be above zero."
    )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends("product_id")
    def _compute_product_uom_id(self):
        for line in self:
            line.product_uom_id = line.product_id.uom_id

    @api.depends("product_id", "volume_id", "lot_id", "quantity")
    def _compute_display_name(self):
        for line in self:
            parts = [line._get_title() or ""]
            if line.lot_id:
                parts.append(line.lot_id.name)
            line.display_name = " · ".join(parts) + f" × {line.quantity:g}"

    @api.depends("sale_line_id", "delivery_move_id", "lot_id", "volume_id", "product_uom_id")
    def _compute_claimable_quantity(self):
        delivered = self.filtered("delivery_move_id")
        (self - delivered).claimable_quantity = 0.0
        for line in self._get_undelivered():
            line.claimable_quantity = line.product_id.uom_id._compute_quantity(
                line.sale_line_id.sudo()._get_undelivered_copies(), line.product_uom_id, round=False
            )
        claims = {line._get_claim() for line in delivered}
        claimable = self.env["aftersales.balance"]._get_claimable(claims)
        for line in delivered:
            line.claimable_quantity = line.product_id.uom_id._compute_quantity(
                claimable[line._get_claim()], line.product_uom_id, round=False
            )

    @api.depends("edition", "impression", "print_date", "lot_id")
    def _compute_copyright_mismatch(self):
        for line in self:
            lot = line.lot_id
            differences = []
            for name in ("edition", "impression", "print_date"):
                if line[name] and lot[name] and line[name] != lot[name]:
                    label = self._fields[name]._description_string(self.env)
                    differences.append(f"{label}: {line[name]} ≠ {lot[name]}")
            line.copyright_mismatch = ", ".join(differences)

    @api.depends("verdict_ids.superseded_by_id")
    def _compute_verdict_id(self):
        for line in self:
            line.verdict_id = line.verdict_ids.filtered(
                lambda verdict: not verdict.superseded_by_id
            )[:1]

    @api.depends("resolution_ids.state", "resolution_ids.quantity")
    def _compute_resolved_quantity(self):
        for line in self:
            line.resolved_quantity = line._get_live_resolutions()._get_resolved_quantity()

    # ------------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------------
    @api.constrains("product_id", "sale_line_id", "delivery_move_id", "lot_id")
    def _check_same_copy(self):
        for line in self:
            move = line.delivery_move_id.sudo()
            # a volume of a set is delivered under the order line of the set
            for record in (move or line.sale_line_id.sudo(), line.lot_id.sudo()):
                if record and record.product_id != line.product_id:
                    raise ValidationError(
                        self.env._(
                            "Case %(case)s: %(record)s is not about “%(title)s”. Pick "
                            "the delivery of the title complained of.",
                            case=line.ticket_id.number,
                            record=record.display_name,
                            title=line.product_id.display_name,
                        )
                    )
            if move and not move._is_delivery_to_reader():
                raise ValidationError(
                    self.env._(
                        "Case %(case)s: %(move)s did not bring the book to a reader, or gave back "
                        "copies that had been returned. Pick the delivery that brought them first.",
                        case=line.ticket_id.number,
                        move=move.picking_id.name or move.display_name,
                    )
                )
            if move and line.sale_line_id and move.sale_line_id != line.sale_line_id:
                raise ValidationError(
                    self.env._(
                        "Case %(case)s: delivery %(delivery)s does not belong to order "
                        "%(order)s. Pick a delivery of that order.",
                        case=line.ticket_id.number,
                        delivery=move.picking_id.name,
                        order=line.sale_line_id.sudo().order_id.name,
                    )
                )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        moves = (
            self.env["stock.move"]
            .sudo()
            .browse(
                vals["delivery_move_id"]
                for vals in vals_list
                if vals.get("delivery_move_id") and not vals.get("sale_line_id")
            )
        )
        order_line = {move.id: move.sale_line_id.id for move in moves}
        for vals in vals_list:
            if order_line.get(vals.get("delivery_move_id")):
                vals["sale_line_id"] = order_line[vals["delivery_move_id"]]
        return super().create(vals_list)

    def write(self, vals):
        facts = {
            "ticket_id",
            "product_id",
            "sale_line_id",
            "delivery_move_id",
            "lot_id",
            "product_uom_id",
            "sent_product_id",
            "volume_id",
        }
        if facts & vals.keys():
            self._check_no_live_resolution()
        result = super().write(vals)
        if "quantity" in vals:
            self._check_quantity_covers_resolutions()
        return result

    def _relabel_unit(self, uom_id):
        """Change the name of the unit, not the copies, also of lines with a live remedy."""
        return super().write({"product_uom_id": uom_id})  # pylint: disable=super-method-mismatch

    @api.ondelete(at_uninstall=False)
    def _unlink_without_resolution(self):
        self._check_no_live_resolution()

    def _check_no_live_resolution(self):
        for line in self:
            if line._get_live_resolutions():
                raise UserError(
                    self.env._(
                        "Case %(case)s: a remedy for %(line)s is proposed or agreed. "
                        "Cancel it first, then change the line.",
                        case=line.ticket_id.number,
                        line=line.display_name,
                    )
                )

    def _check_quantity_covers_resolutions(self):
        for line in self:
            if line.product_uom_id.compare(line.resolved_quantity, line.quantity) > 0:
                raise UserError(
                    self.env._(
                        "Case %(case)s: remedies for %(resolved)g copies of "
                        "“%(title)s” are proposed, the line cannot name fewer.",
                        case=line.ticket_id.number,
                        resolved=line.resolved_quantity,
                        title=line.product_id.display_name,
                    )
                )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_judge(self):
        """Open the form of a new verdict on the line (R3.1)."""
        self.ensure_one()
        self._check_role("agent", "manager", "print_quality")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Judge Responsibility"),
            "res_model": "aftersales.verdict",
            "view_mode": "form",
            "views": [
                (self.env.ref("aftersales_publishing.aftersales_verdict_view_form_new").id, "form")
            ],
            "target": "new",
            "context": {"default_line_id": self.id},
        }

    def action_open_form(self):
        """Open the line in a dialog: copyright page, errata and verdicts."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_open_propose(self):
        """Open the dialog in which the agent picks the remedy."""
        self.ensure_one()
        self._check_role("agent", "manager")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Propose a Remedy"),
            "res_model": "aftersales.propose.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_line_ids": self.ids, "default_ticket_id": self.ticket_id.id},
        }

    def action_propose(self, remedy, quantity=None, **options):
        """Propose ``remedy`` for the lines (R6.1).

        :param remedy: ``aftersales.remedy`` record or its code
        :param quantity: in the unit of the line; the open rest of each line if left out
        :param options: ``advance`` (bool): the replacement leaves before the copy is back;
            ``part`` (``aftersales.title.part`` or its id): which one is sent, where there are several;
            ``amount`` (with tax, in the currency of the invoice) or ``percent`` (of what was paid)
            and ``reason`` of a compensation, per line; ``amount``, ``reason`` and ``freight_payer``
            of return postage
            ``return_way``: ``drop_off`` or ``pick_up``
        :return: the new ``aftersales.resolution`` records, in the order of the lines
        :raises UserError: naming case and remedy: not offered for the type of the case, quantity
            beyond the line or beyond what was delivered, nothing invoiced to refund, no safe copy
            to send
        """
        vals_list = self._prepare_proposals(remedy, quantity, **options)
        return self.env["aftersales.resolution"]._propose(vals_list)

    def action_settle(self, remedy, quantity=None, by="phone", note=None, **options):
        """Propose, note that the reader agrees and execute, in one step (R6.2).

        :param by: how the reader agreed, one of the keys of ``AGREED_BY``
        :param note: what the reader said
        :return: ``True``, or a notification naming what could not be executed
        :raises UserError: as :meth:`action_propose` and ``aftersales.resolution.action_execute``
        """
        vals_list = self._prepare_proposals(remedy, quantity, **options)
        return self.env["aftersales.resolution"]._settle(vals_list, by, note)

    def _prepare_proposals(self, remedy, quantity=None, **options):
        self._check_role("agent", "manager")
        self.ticket_id._check_may_decide()
        remedy = self.env["aftersales.remedy"]._get(remedy, self.company_id)
        self._check_offered(remedy)
        vals_list = []
        for line in self:
            wanted = line._get_quantity_to_resolve(remedy, quantity)
            if line.product_uom_id.compare(wanted, 0.0) <= 0:
                raise UserError(
                    self.env._(
                        "Case %(case)s: a remedy for every copy of “%(title)s” is proposed "
                        "already. Cancel one to propose another.",
                        case=line.ticket_id.number,
                        title=line.product_id.display_name,
                    )
                )
            vals_list.append(
                {
                    "line_id": line.id,
                    "remedy_id": remedy.id,
                    "quantity": wanted,
                    "advance": bool(options.get("advance")) and remedy.may_advance,
                    "return_way": options.get("return_way") or "drop_off",
                    "part_id": line._choose_part(remedy, options.get("part")).id,
                    "digital_id": line._choose_digital(remedy).id,
                    **line._prepare_money_vals(remedy, options),
                }
            )
        return vals_list

    def _check_offered(self, remedy):
        """Check that the type of each case offers the remedy and has the order it asks for (R6.1).

        Guidance as an answer to an enquiry is a verb of the case and free to all types.
        """
        problems = []
        for ticket in self.ticket_id:
            names = {
                "case": ticket.number,
                "remedy": remedy.name,
                "type": ticket.case_type_id.name or "—",
            }
            if remedy not in ticket.case_type_id._get_offered(ticket.company_id):
                problems.append(
                    self.env._(
                        "Case %(case)s: “%(remedy)s” is not offered for “%(type)s”. Propose "
                        "another remedy, correct the case type, or let a manager add it to the "
                        "offered remedies of the type (Configuration, Case Types).",
                        **names,
                    )
                )
            elif ticket.case_type_id.needs_order and not ticket._names_order():
                problems.append(
                    self.env._(
                        "Case %(case)s: “%(type)s” is about an order, and none is named. Pick what "
                        "was delivered or name the order before you propose “%(remedy)s”.",
                        **names,
                    )
                )
        if problems:
            raise UserError("\n".join(problems))

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    def _get_live_resolutions(self):
        return self.resolution_ids.filtered(lambda r: r.state in ("proposed", "agreed"))

    def _get_unresolved_quantity(self):
        """Return the copies for which no remedy is proposed, agreed or done, in the line's unit."""
        self.ensure_one()
        return self._get_rest(self.resolved_quantity)

    def _get_unresolved_beside(self, live):
        """Return the same, of the live resolutions of the whole case: they are read once."""
        self.ensure_one()
        own = live.filtered(lambda resolution: resolution.line_id == self)
        return self._get_rest(own._get_resolved_quantity())

    def _get_rest(self, resolved):
        quantity = self.quantity - resolved
        return quantity if self.product_uom_id.compare(quantity, 0.0) > 0 else 0.0

    def _get_undelivered(self):
        """Return the lines about goods that were ordered and not delivered (R6.10)."""
        return self.filtered(
            lambda line: (
                line.sale_line_id
                and not line.delivery_move_id
                and line.product_id.type != "service"
            )
        )

    def _is_part_of_set(self):
        """Whether the copy was sold as a component of a kit: the kit has the price, the copy none."""
        self.ensure_one()
        return bool(self.sale_line_id) and self.sale_line_id.product_id != self.product_id

    def _get_excluded_lot(self):
        """The print run that a replacement must not come from, if any.

        The defects tell; where none is named, a complaint about the product's quality
        makes its print run suspect, a wrong delivery does not.
        """
        self.ensure_one()
        return self.lot_id if self._is_run_suspect() else self.lot_id[:0]

    def _is_run_suspect(self):
        self.ensure_one()
        if self.defect_ids:
            return any(self.defect_ids.mapped("concerns_run"))
        return self.ticket_id.case_type_id.family == "product"

    def _get_quantity_in_stock_unit(self, quantity):
        self.ensure_one()
        return self.product_uom_id._compute_quantity(quantity, self.product_id.uom_id)
