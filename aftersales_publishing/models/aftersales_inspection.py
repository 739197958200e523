from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..locking import lock_and_touch
from .aftersales_tracking import QUIET

GRADES = [
    ("as_new", "As new"),
    ("hurt", "Hurt"),
    ("defective", "Defective"),
    ("reader_damage", "Damaged by the reader"),
    ("not_ours", "Not ours"),
    ("pirated", "Pirated"),
]
DISPOSITIONS = [
    ("restock", "Restock"),
    ("hurt", "Hurt stock"),
    ("quarantine", "Keep in quarantine"),
    ("pulp", "Pulp"),
]
PROPOSED_DISPOSITIONS = {"as_new": "restock", "hurt": "hurt"}  # of the others: quarantine
CONTRADICTING_GRADES = ("reader_damage", "not_ours", "pirated")


class AftersalesInspection(models.Model):
    """What came back: copies of one lot, their grade and where they go (R6.6).

    Opened when the warehouse receives a return; the inspections of a received line
    always add up to what was received. A contradiction brings the case back to the
    agent before a replacement leaves or money moves.
    """

    _name = "aftersales.inspection"
    _inherit = ["aftersales.verb.mixin", "aftersales.decision"]
    _description = "Inspection of Returned Copies"
    _order = "state desc, received_at, id"
    _rec_name = "product_id"

    effect_id = fields.Many2one("aftersales.effect", required=True, index=True, ondelete="restrict")
    resolution_id = fields.Many2one(related="effect_id.resolution_id", store=True, index=True)
    line_id = fields.Many2one(related="effect_id.line_id")
    ticket_id = fields.Many2one(
        related="effect_id.ticket_id", store=True, index=True, string="Case"
    )
    case_number = fields.Char(related="ticket_id.number", string="Case Number")
    company_id = fields.Many2one(related="effect_id.company_id", store=True)
    move_line_id = fields.Many2one(
        "stock.move.line", required=True, index=True, ondelete="restrict"
    )
    picking_id = fields.Many2one(related="move_line_id.picking_id", string="Return")
    received_at = fields.Datetime(default=fields.Datetime.now, required=True)
    product_id = fields.Many2one(related="move_line_id.product_id", store=True, string="Title")
    lot_id = fields.Many2one("stock.lot", "Print Run")
    claimed_lot_id = fields.Many2one(related="effect_id.lot_id", string="Claimed Print Run")
    has_other_lot = fields.Boolean(
        compute="_compute_has_other_lot", help="Another print run came back than was claimed."
    )
    proof_attachment_ids = fields.Many2many(
        "ir.attachment", compute="_compute_proof_attachment_ids", string="Photos"
    )
    quantity = fields.Float(
        required=True, digits="Product Unit", help="Copies, in the product's unit."
    )
    claim = fields.Char(compute="_compute_claim", help="What the reader complains of.")
    grade = fields.Selection(GRADES)
    disposition = fields.Selection(
        DISPOSITIONS, compute="_compute_disposition", store=True, readonly=False
    )
    contradicts = fields.Boolean(
        compute="_compute_contradicts",
        store=True,
        readonly=False,
        help="The copy is not what the reader complained of: the case goes back to the "
        "agent before anything is sent or paid.",
    )
    is_late = fields.Boolean(
        related="resolution_id.returned_late",
        help="It came when the remedy had expired: the agent decides about it.",
    )
    note = fields.Char()
    state = fields.Selection(
        [("draft", "To inspect"), ("done", "Inspected")], default="draft", required=True, index=True
    )
    contradiction = fields.Selection(
        [("open", "Open"), ("overruled", "Overruled"), ("upheld", "Upheld")]
    )
    overruled_by_id = fields.Many2one("res.users", "Claim Accepted By", readonly=True)
    confirmed = fields.Boolean(compute="_compute_confirmed")
    inspected_by_id = fields.Many2one("res.users")
    inspected_at = fields.Datetime()
    move_id = fields.Many2one("stock.move", "Put-away Move", ondelete="set null")
    scrap_id = fields.Many2one("stock.scrap", ondelete="set null")
    quantity_in_quarantine = fields.Float(
        "In Quarantine",
        compute="_compute_quantity_in_quarantine",
        digits="Product Unit",
        help="Copies that were kept in quarantine, or are there again since the warehouse "
        "returned the transfer that put them away.",
    )

    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0)", "An inspection is about at least one copy."
    )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends("effect_id.line_id.defect_ids", "effect_id.line_id.note")
    def _compute_claim(self):
        for inspection in self:
            line = inspection.effect_id.sudo().line_id
            defects = ", ".join(line.defect_ids.mapped("name"))
            inspection.claim = defects or line.note or line.ticket_id.case_type_id.name

    @api.depends("lot_id", "effect_id.lot_id")
    def _compute_has_other_lot(self):
        for inspection in self:
            claimed = inspection.claimed_lot_id
            # a single volume of a set, and a wrong title, have print runs of their own
            inspection.has_other_lot = (
                claimed.product_id == inspection.product_id and inspection.lot_id != claimed
                if claimed
                else False
            )

    def _compute_proof_attachment_ids(self):
        for inspection in self:
            inspection.proof_attachment_ids = inspection.sudo().ticket_id.proof_ids.attachment_ids

    @api.depends("grade", "contradicts")
    def _compute_disposition(self):
        """Propose where it goes; a copy in dispute stays at hand until it is decided."""
        for inspection in self:
            if inspection.grade:
                inspection.disposition = (
                    "quarantine"
                    if inspection.contradicts
                    else PROPOSED_DISPOSITIONS.get(inspection.grade, "quarantine")
                )

    @api.depends("grade")
    def _compute_contradicts(self):
        for inspection in self:
            inspection.contradicts = (
                inspection.is_late or inspection.grade in CONTRADICTING_GRADES
            ) or (
                inspection.grade == "as_new"  # the case is read only where its type matters
                and "as_new"
                in self._get_contradicting_grades(
                    inspection.effect_id.sudo().ticket_id.case_type_id
                )
            )

    @api.model
    def _get_contradicting_grades(self, case_type, is_late=False):
        """Return the grades that contradict a claim: a faulty book is not as new.

        Of a parcel that came too late, all: the agent decides.
        """
        if is_late:
            return tuple(dict(GRADES))
        if case_type.family == "product":
            return ("as_new", *CONTRADICTING_GRADES)
        return CONTRADICTING_GRADES

    @api.depends("disposition", "quantity", "state", "scrap_id", "move_id.returned_move_ids.state")
    def _compute_quantity_in_quarantine(self):
        for inspection in self:
            stays = (
                inspection.state == "draft"
                or inspection.disposition == "quarantine"
                or inspection._awaits_pulping()
            )
            inspection.quantity_in_quarantine = (
                inspection.quantity if stays else inspection._get_put_away_undone()
            )

    def _get_put_away_undone(self):
        """Copies that the warehouse brought back to quarantine from where they were put away."""
        put_away = self.sudo().move_id
        undone = put_away.returned_move_ids.filtered(
            lambda move: move.state == "done" and move.location_dest_id == put_away.location_id
        )
        return sum(undone.mapped("quantity"))

    @api.depends("contradiction")
    def _compute_confirmed(self):
        for inspection in self:
            inspection.confirmed = inspection.contradiction in (False, "overruled")

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    def write(self, vals):
        """The warehouse notes grade, disposition and quantity; facts stay facts."""
        if not self.env.su:
            if forbidden := vals.keys() - self._get_editable():
                raise UserError(
                    self.env._("%s cannot be changed on an inspection.", ", ".join(forbidden))
                )
            for inspection in self.filtered(lambda i: i.state == "done"):
                raise UserError(
                    self.env._(
                        "Case %(case)s: %(title)s is inspected already and cannot be "
                        "changed. Tell the agent of the case.",
                        case=inspection.sudo().ticket_id.number,
                        title=inspection.product_id.display_name,
                    )
                )
            if "quantity" in vals:
                self._split(vals["quantity"])
        return super().write(vals)

    @api.model
    def _get_editable(self):
        """Return the names of the fields that the warehouse types."""
        return {"grade", "disposition", "contradicts", "note", "quantity"}

    def _split(self, quantity):
        """Keep the sum: what is taken from the inspection gets one of its own, returned."""
        rests = self.browse()
        for inspection in self:
            rest = inspection.quantity - quantity
            compare = inspection.product_id.uom_id.compare
            if compare(rest, 0.0) < 0 or compare(quantity, 0.0) <= 0:
                raise UserError(
                    self.env._(
                        "Case %(case)s: between one and %(quantity)g copies of %(title)s "
                        "can be inspected in this line. Copies beyond that were not "
                        "received: correct the receipt first.",
                        case=inspection.sudo().ticket_id.number,
                        quantity=inspection.quantity,
                        title=inspection.product_id.display_name,
                    )
                )
            if compare(rest, 0.0) > 0:
                rests |= inspection.sudo().copy(
                    {"quantity": rest, "grade": False, "disposition": False, "note": False}
                )
        return rests

    # ------------------------------------------------------------------
    # Verbs
    # ------------------------------------------------------------------
    def action_done(self):
        """Confirm the inspections: put the copies away and go on with the case.

        What the inspection releases (replacement, refund) is prepared at once; where
        that is not possible, the case says why and the agent is told.

        :raises UserError: naming each case whose copies have no grade or disposition, or are
            no longer in quarantine
        """
        self._check_role("warehouse", "manager")
        with self.env["aftersales.event"]._together():
            self.sudo()._do_inspect()
        return True

    def _do_inspect(self):
        """See :meth:`action_done`; runs on ``sudo()``."""
        lock_and_touch(self)
        lock_and_touch(self.resolution_id)
        todo = self.filtered(lambda i: i.state == "draft")
        todo._check_complete()
        todo._check_at_hand()
        todo._put_away()
        todo.write(
            {
                "state": "done",
                "inspected_by_id": self.env.uid,
                "inspected_at": fields.Datetime.now(),
            }
        )
        contradicting = todo.filtered(lambda i: i.contradicts or i.is_late)
        contradicting.contradiction = "open"
        contradicting._void_approvals()
        Event = self.env["aftersales.event"]
        Event._log("inspected", todo)
        Event._log("contradicted", contradicting, {i: i.note for i in contradicting})
        problems = todo.resolution_id._post_in_batches(lambda r: r._advance())
        todo.ticket_id._note_problems(problems)
        todo.ticket_id._sync_phase()

    def _get_grades(self):
        """Tell in a few words what came back: “2 Defective, 1 to inspect”."""
        labels = dict(self._fields["grade"]._description_selection(self.env))
        return ", ".join(
            f"{sum(group.mapped('quantity')):g} {labels.get(grade) or self.env._('to inspect')}"
            for grade, group in self.grouped("grade").items()
        )

    def _void_approvals(self):
        """Let finance decide again on refunds of what the inspection contradicts (R6.8)."""
        refunds = self.resolution_id.effect_ids.refund_line_ids.refund_id
        lock_and_touch(refunds)
        refunds._void_approvals(self.env._("The inspection contradicts the claim."))

    def action_split(self):
        """Take one copy into an inspection of its own: the copies of a parcel differ."""
        self._check_role("warehouse")
        for inspection in self.filtered(lambda i: i.state == "draft"):
            if inspection.product_id.uom_id.compare(inspection.quantity, 1.0) > 0:
                inspection.quantity -= 1.0
        return True

    def action_view_case(self):
        """Open the case."""
        return self.env["helpdesk.ticket"]._get_cases_action(self.ticket_id)

    def action_view_return(self):
        """Open the return in which the copies came back."""
        return self.env["helpdesk.ticket"]._open_records(self.env._("Returns"), self.picking_id)

    def action_overrule(self, reason):
        """Accept the claim against the inspection, with a reason.

        :raises UserError: without a reason
        """
        self._check_role("agent", "manager")
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the claim is accepted all the same."))
        inspections = self.sudo()
        inspections.ticket_id._check_may_decide()
        lock_and_touch(inspections.resolution_id)
        todo = inspections.filtered(lambda i: i.contradiction == "open")
        todo.write({"contradiction": "overruled", "overruled_by_id": self.env.uid})
        # whoever lets a late parcel count after all asks for its money
        todo.resolution_id.filtered("returned_late").executed_by_id = self.env.user
        self.env["aftersales.event"]._log("overruled", todo, reason)
        problems = todo.resolution_id._post_in_batches(lambda r: r._advance())
        todo.ticket_id._note_problems(problems)
        todo.ticket_id._sync_phase()
        return True

    def _check_complete(self):
        incomplete = self.filtered(lambda i: not i.grade or not i.disposition)
        if incomplete:
            raise UserError(
                "\n".join(
                    self.env._(
                        "Case %(case)s: give %(title)s a grade and say where it goes.",
                        case=inspection.ticket_id.number,
                        title=inspection.product_id.display_name,
                    )
                    for inspection in incomplete
                )
            )

    def _check_at_hand(self):
        """Refuse to put away copies that somebody sent back or moved by hand meanwhile."""
        leaving = self.filtered(
            lambda i: i.disposition != "quarantine" and i.product_id.is_storable
        )
        groups = leaving.grouped(
            lambda i: (i.product_id, i.move_line_id.location_dest_id, i.lot_id)
        )
        for (title, place, lot), inspections in groups.items():
            quants = self.env["stock.quant"]._gather(title, place, lot_id=lot, strict=True)
            at_hand, wanted = sum(quants.mapped("quantity")), sum(inspections.mapped("quantity"))
            if title.uom_id.compare(wanted, at_hand) > 0:
                raise UserError(
                    self.env._(
                        "Case %(case)s: %(at_hand)g copies of %(title)s (print run %(lot)s) are in "
                        "quarantine, %(wanted)g are to be put away: the others were sent back or "
                        "moved. Bring them back, or choose “Keep in quarantine”.",
                        case=", ".join(inspections.ticket_id.mapped("number")),
                        at_hand=at_hand,
                        title=title.display_name,
                        lot=lot.name or "—",
                        wanted=wanted,
                    )
                )

    # ------------------------------------------------------------------
    # Put away
    # ------------------------------------------------------------------
    def _put_away(self):
        """Post the dispositions natively, each kind in one batch; pulping waits for approval."""
        for disposition, inspections in self.grouped("disposition").items():
            if disposition == "pulp":
                self.env["aftersales.pulp.list"]._gather(inspections)
            elif disposition != "quarantine":
                inspections._move_out_of_quarantine()

    def _get_put_away_location(self):
        self.ensure_one()
        if self.disposition == "hurt":
            return self.company_id._get_aftersales_setting("aftersales_hurt_location_id")
        return self.resolution_id._get_warehouse().lot_stock_id

    def _move_out_of_quarantine(self):
        groups = self.grouped(
            lambda i: (i.resolution_id._get_warehouse(), i._get_put_away_location())
        )
        pickings = (
            self.env["stock.picking"]
            .with_context(**QUIET)
            .create(
                [
                    {
                        "picking_type_id": warehouse.int_type_id.id,
                        "company_id": warehouse.company_id.id,
                        "origin": ", ".join(sorted(set(group.ticket_id.mapped("number")))),
                        "location_id": group[0].move_line_id.location_dest_id.id,
                        "location_dest_id": location.id,
                    }
                    for (warehouse, location), group in groups.items()
                ]
            )
        )
        for picking, group in zip(pickings, groups.values(), strict=True):
            moves = self.env["stock.move"].create(
                [inspection._prepare_put_away_vals(picking) for inspection in group]
            )
            for inspection, move in zip(group, moves, strict=True):
                inspection.move_id = move
        pickings.action_confirm()
        pickings.move_ids.picked = True
        pickings.move_ids._action_done()

    def _prepare_put_away_vals(self, picking):
        locations = {
            "location_id": self.move_line_id.location_dest_id.id,
            "location_dest_id": picking.location_dest_id.id,
        }
        product = {"product_id": self.product_id.id, "company_id": self.company_id.id}
        return {
            **locations,
            **product,
            "picking_id": picking.id,
            "picking_type_id": picking.picking_type_id.id,
            "product_uom": self.product_id.uom_id.id,
            "product_uom_qty": self.quantity,
            "origin": self.ticket_id.number,
            "move_line_ids": [
                Command.create(
                    {
                        **locations,
                        **product,
                        "picking_id": picking.id,
                        "product_uom_id": self.product_id.uom_id.id,
                        "lot_id": self.lot_id.id,
                        "quantity": self.quantity,
                        "picked": True,
                    }
                )
            ],
        }

    def _scrap(self):
        scraps = self.env["stock.scrap"].create(
            [
                {
                    "product_id": inspection.product_id.id,
                    "product_uom_id": inspection.product_id.uom_id.id,
                    "lot_id": inspection.lot_id.id,
                    "scrap_qty": inspection.quantity,
                    "company_id": inspection.company_id.id,
                    "location_id": inspection.move_line_id.location_dest_id.id,
                    "scrap_location_id": inspection.company_id._get_aftersales_setting(
                        "aftersales_pulp_location_id"
                    ).id,
                    "origin": inspection.ticket_id.number,
                }
                for inspection in self
            ]
        )
        for inspection, scrap in zip(self, scraps, strict=True):
            inspection.scrap_id = scrap
        scraps.do_scrap()
