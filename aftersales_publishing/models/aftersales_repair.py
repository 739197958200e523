from odoo import api, fields, models
from odoo.exceptions import UserError

from ..background import apart
from ..locking import lock_and_touch

OPEN_STATES = ("todo", "sending", "away", "back")
HERE_STATES = ("todo", "back")


class AftersalesRepair(models.Model):
    """Copies of a reader to be mended, by the house or by a binder (R6.1).

    Opened when the inspection confirmed the claim; one for the copies of a print run that came
    together, split where they end differently. Where the copies are is told by the native
    transfers to and from the binder; what became of them is noted by the warehouse. Quantities
    are in the product's unit.
    """

    _name = "aftersales.repair"
    _inherit = ["aftersales.verb.mixin", "aftersales.decision", "aftersales.change.hook"]
    _description = "Repair of Readers' Copies"
    _order = "due, id"
    _rec_name = "product_id"
    _followed_field = "state"

    inspection_id = fields.Many2one(
        "aftersales.inspection", required=True, index=True, ondelete="restrict"
    )
    effect_id = fields.Many2one("aftersales.effect", required=True, index=True, ondelete="restrict")
    resolution_id = fields.Many2one(related="effect_id.resolution_id", store=True, index=True)
    ticket_id = fields.Many2one(
        related="effect_id.ticket_id", store=True, index=True, string="Case"
    )
    case_number = fields.Char(related="ticket_id.number", string="Case Number")
    company_id = fields.Many2one(related="effect_id.company_id", store=True)
    return_move_id = fields.Many2one(related="inspection_id.move_line_id.move_id")
    product_id = fields.Many2one(related="inspection_id.product_id", store=True, string="Title")
    lot_id = fields.Many2one(related="inspection_id.lot_id", store=True, string="Print Run")
    claim = fields.Char(related="inspection_id.claim")
    finding = fields.Char(related="inspection_id.note", help="What the inspection noted.")
    quantity = fields.Float(required=True, digits="Product Unit")
    # Where, until when
    binder_id = fields.Many2one(
        "res.partner", index="btree_not_null", ondelete="restrict", help="Empty: our own house."
    )
    out_move_id = fields.Many2one(
        "stock.move", "Way to the Binder", index="btree_not_null", ondelete="set null"
    )
    back_move_id = fields.Many2one(
        "stock.move", "Way Back", index="btree_not_null", ondelete="set null"
    )
    # followed by way of the moves' own link: no other move of the house asks for its repair
    move_ids = fields.One2many("stock.move", "aftersales_repair_id", "Moves")
    due = fields.Date(index=True, help="Until when the copies are to be repaired.")
    is_overdue = fields.Boolean(help="The day has passed and the agent has to decide.")
    # What became of them
    result = fields.Selection([("repaired", "Repaired"), ("failed", "Not repairable")])
    result_note = fields.Char("Why Not")
    result_by_id = fields.Many2one("res.users", "Noted By")
    result_at = fields.Datetime("Noted On")
    outcome = fields.Selection(
        [("unrepaired", "Sent back as it is"), ("instead", "Another remedy instead")],
        help="What the agent decided about a copy that cannot be repaired.",
    )
    is_cancelled = fields.Boolean()
    state = fields.Selection(
        [
            ("todo", "To repair"),
            ("sending", "Goes to the binder"),
            ("away", "At the binder"),
            ("back", "Back from the binder"),
            ("repaired", "Repaired"),
            ("failed", "Not repairable"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
    )
    can_reopen = fields.Boolean(compute="_compute_can_reopen")

    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0)", "A repair is about at least one copy."
    )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends("result", "is_cancelled", "out_move_id", "back_move_id", "move_ids.state")
    def _compute_state(self):
        for repair in self:
            repair.state = repair._get_state()

    def _get_state(self):
        self.ensure_one()
        if self.is_cancelled:
            return "cancelled"
        if self.result:
            return self.result
        if self.out_move_id.state in (False, "cancel"):
            return "todo"
        if self.out_move_id.state != "done":
            return "sending"
        return "back" if self.back_move_id.state == "done" else "away"

    @api.depends("result", "outcome", "resolution_id.effect_ids.quantity_done")
    def _compute_can_reopen(self):
        for repair in self:
            repair.can_reopen = (
                bool(repair.result)
                and repair.outcome != "instead"
                and not repair.is_cancelled
                and not repair.sudo()._get_given_back()
            )

    def _get_given_back(self):
        """Copies of the same remedy that left for the reader."""
        gives = self.resolution_id.effect_ids.filtered(lambda e: e.kind == "giveback")
        return sum(gives.mapped("quantity_done"))

    # ------------------------------------------------------------------
    # Verbs
    # ------------------------------------------------------------------
    def action_repaired(self):
        """Note that the copies are mended: their way back to the reader is announced at once.

        Of many, those that are at the binder or have a result already are told and left out.

        :return: ``True``, or a notification for the web client
        :raises UserError: where it is a single one
        """
        self._check_role("warehouse", "manager")
        repairs = self.sudo()._lock()
        todo = repairs.filtered(lambda r: r.state != "repaired")
        problems = todo._get_result_problems()
        todo -= todo.browse().concat(*problems)
        todo._note_result("repaired", False)
        self.env["aftersales.event"]._log("repaired", todo)
        todo._go_on()
        return repairs._report_problems(problems)

    def action_not_repairable(self, reason):
        """Note that the copies cannot be mended; the agent decides what the reader gets.

        Of many, those that are at the binder or have a result already are told and left out.

        :return: ``True``, or a notification for the web client
        :raises UserError: without a reason; where it is a single one
        """
        self._check_role("warehouse", "manager")
        reason = (reason or "").strip()
        if not reason:
            raise UserError(
                self.env._("Say why the copies cannot be repaired; the agent reads it.")
            )
        repairs = self.sudo()._lock()
        todo = repairs.filtered(lambda r: r.state != "failed")
        problems = todo._get_result_problems()
        todo -= todo.browse().concat(*problems)
        todo._note_result("failed", reason)
        self.env["aftersales.event"]._log("not_repairable", todo, reason)
        todo._go_on()
        todo.resolution_id._tell_not_repairable()
        return repairs._report_problems(problems)

    def action_reopen(self):
        """Take a result back that was noted by mistake, before the copies left for the reader.

        Of many, those that were sent back or got another remedy are told and left out.

        :return: ``True``, or a notification for the web client
        :raises UserError: where it is a single one
        """
        self._check_role("agent", "warehouse", "manager")
        repairs = self.sudo()._lock()
        todo = repairs.filtered("result")
        problems = {
            repair: self.env._(
                "%s: the copies went back to the reader or got another remedy, so the "
                "result stays. Open a new case on the delivery instead.",
                repair._get_label(),
            )
            for repair in todo
            if not repair.can_reopen
        }
        todo -= todo.browse().concat(*problems)
        failed = todo.filtered(lambda repair: repair.result == "failed")
        todo.resolution_id._withdraw_give_back()
        todo.write({"result": False, "result_note": False, "outcome": False})
        self.env["aftersales.event"]._log("repair_undone", todo)
        todo._go_on()
        # who was told that the copies cannot be repaired reads until when they are
        failed.resolution_id._tell_repair_term()
        return repairs._report_problems(problems)

    def action_split(self):
        """Take one copy into a repair of its own: the copies end differently."""
        self._check_role("warehouse", "manager")
        repairs = self.sudo()._lock()
        for repair in repairs.filtered(lambda r: r.state in HERE_STATES):
            if repair.product_id.uom_id.compare(repair.quantity, 1.0) > 0:
                repair._split(1.0)
        return True

    def action_set_due(self, due):
        """Agree on another day; readers are told where it is later than before (R8.6).

        Of many, those whose repair is over are told and left out.

        :return: ``True``, or a notification for the web client
        :raises UserError: when the day has passed; where it is a single one
        """
        self._check_role("agent", "warehouse", "manager")
        repairs = self.sudo()._lock()
        due = fields.Date.to_date(due)
        problems = repairs._get_due_problems(due)
        todo = repairs - repairs.browse().concat(*problems)
        todo._set_due(due)
        todo.ticket_id._sync_phase()
        return repairs._report_problems(problems)

    def _get_due_problems(self, due):
        """Return ``{repair: message}`` of those for which no such day can be agreed on."""
        problems = {}
        for repair in self:
            if repair.state not in OPEN_STATES:
                problems[repair] = self.env._(
                    "%s: it is over, no day is left to agree on.", repair._get_label()
                )
            elif not due or due < repair.company_id._get_aftersales_today():
                problems[repair] = self.env._(
                    "%s: choose today or a later day, until when it is repaired.",
                    repair._get_label(),
                )
        return problems

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    def _lock(self):
        lock_and_touch(self.resolution_id)
        lock_and_touch(self)
        return self

    def _goes_home(self):
        """Whether the copies are ready for their reader: mended, or sent back as they are."""
        return self.state == "repaired" or (self.state == "failed" and self.outcome == "unrepaired")

    def _get_label(self):
        self.ensure_one()
        return self.env._(
            "Case %(case)s: %(quantity)g × “%(title)s”",
            case=self.ticket_id.number,
            quantity=self.quantity,
            title=self.product_id.display_name,
        )

    def _get_result_problems(self):
        """Return ``{repair: message}`` of those that can have no result now."""
        states = dict(self._fields["state"]._description_selection(self.env))
        return {
            repair: self.env._(
                "%(repair)s is “%(state)s”. Take the copies in from the binder first, or "
                "take the result back.",
                repair=repair._get_label(),
                state=states[repair.state],
            )
            for repair in self
            if repair.state not in HERE_STATES
        }

    def _note_result(self, result, note):
        self.write(
            {
                "result": result,
                "result_note": note,
                "result_by_id": self.env.uid,
                "result_at": fields.Datetime.now(),
                "is_overdue": False,
            }
        )

    def _go_on(self):
        """Prepare what the result releases; where that fails, the case says why."""
        problems = self.resolution_id._post_in_batches(lambda r: r._advance())
        self.ticket_id._note_problems(problems)
        self.ticket_id._sync_phase()
        return True

    def _split(self, quantity):
        """Take copies into a repair of their own, at the same place; return it."""
        self.ensure_one()
        rest = self.copy({"quantity": quantity})
        self.quantity -= quantity
        return rest

    def _set_due(self, due):
        later = self.filtered(lambda r: not r.due or r.due < due)
        self.write({"due": due, "is_overdue": False})
        self.env["aftersales.event"]._log("repair_term", self, fields.Date.to_string(due))
        later.resolution_id._tell_repair_term()
        self.ticket_id._follow_repair_term()

    # ------------------------------------------------------------------
    # In the background
    # ------------------------------------------------------------------
    @api.model
    def _cron_overdue(self):
        """Give repairs whose day has passed to the agents, once."""
        candidates = self.search(
            [
                ("state", "in", OPEN_STATES),
                ("is_overdue", "=", False),
                # in the east of Greenwich the day began earlier
                ("due", "<=", fields.Date.today()),
            ]
        )
        for company, repairs in candidates.grouped("company_id").items():
            today = company._get_aftersales_today()
            late = repairs.filtered(lambda r, today=today: r.due < today)
            late.with_company(company)._mark_overdue()

    def _mark_overdue(self):
        """Mark what is late case by case; one broken case must not hold up the others."""
        free = self.try_lock_for_update(allow_referencing=True)
        for ticket, late in free.grouped("ticket_id").items():
            with apart(self.env, late, "not marked as overdue"):
                late.is_overdue = True
                self.env["aftersales.event"]._log(
                    "repair_overdue", late, {r: fields.Date.to_string(r.due) for r in late}
                )
                ticket._sync_phase()

    def _on_changed(self, before):
        """Log where the copies are, whoever moved them."""
        Event = self.env["aftersales.event"]
        Event._log("binder_sent", self.filtered(lambda r: r.state == "away"))
        Event._log("binder_back", self.filtered(lambda r: r.state == "back"))
