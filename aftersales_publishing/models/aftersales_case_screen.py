from odoo import api, fields, models
from odoo.exceptions import UserError

MONEY_ROLES = (
    "aftersales_publishing.group_agent,aftersales_publishing.group_finance,"
    "aftersales_publishing.group_auditor"
)
PHASES_BEFORE_REMEDY = ("intake", "waiting_proof", "triage", "proposal")
FORM = "aftersales_publishing.helpdesk_ticket_view_form_case"


class AftersalesCaseScreen(models.AbstractModel):
    """What the form of a case shows and opens: documents, dialogs, smart buttons.

    Mixed into ``helpdesk.ticket``. Nothing here decides anything: every button ends
    in a verb.
    """

    _name = "aftersales.case.screen"
    _description = "Screen of a Case"

    reader_name = fields.Char(
        "Reader",
        compute="_compute_reader_name",
        help="Of the contact; else as the platform gives it, perhaps masked.",
    )
    order_count = fields.Integer(compute="_compute_documents")
    picking_count = fields.Integer(compute="_compute_documents")
    lot_ids = fields.Many2many("stock.lot", compute="_compute_documents")
    lot_count = fields.Integer(compute="_compute_documents")
    credit_note_ids = fields.Many2many(
        "account.move", compute="_compute_documents", groups=MONEY_ROLES
    )
    credit_note_count = fields.Integer(compute="_compute_documents", groups=MONEY_ROLES)
    refund_count = fields.Integer(compute="_compute_documents", groups=MONEY_ROLES)
    has_copyright_mismatch = fields.Boolean(compute="_compute_has_copyright_mismatch")
    has_volumes = fields.Boolean(compute="_compute_has_volumes", help="A book is a set.")
    has_parts = fields.Boolean(compute="_compute_has_parts", help="A remedy sends a part.")
    duplicate_note = fields.Char(compute="_compute_duplicate_note")
    has_refusals = fields.Boolean(
        compute="_compute_has_refusals", help="Copies are refused, beside others perhaps."
    )
    has_loose_books = fields.Boolean(
        compute="_compute_has_loose_books", help="A book is on no order of ours."
    )
    has_delivered_books = fields.Boolean(compute="_compute_has_loose_books")
    has_exceptions = fields.Boolean(
        compute="_compute_ineligible_note", help="A book is not eligible, or was let through."
    )
    ineligible_note = fields.Char(
        compute="_compute_ineligible_note", help="Copies that cannot be claimed, and why."
    )
    contradiction_note = fields.Char(
        compute="_compute_contradiction_note",
        help="What the warehouse found where it contradicts the reader.",
    )

    taken_back_note = fields.Text(
        compute="_compute_taken_back_note",
        groups=MONEY_ROLES,
        help="What accounting took back of a credit note of the case.",
    )
    refusal_note = fields.Char(
        compute="_compute_refusal_note",
        groups=MONEY_ROLES,
        help="Why finance refused a refund that nothing replaced yet.",
    )

    @api.depends("partner_id.display_name", "partner_name")
    def _compute_reader_name(self):
        for ticket in self:
            ticket.reader_name = ticket.partner_id.display_name or ticket.partner_name

    @api.depends("line_ids.sale_line_id", "line_ids.lot_id", "effect_ids.move_ids")
    def _compute_documents(self):
        # as superuser: not every desk may read, or assign, all of these
        for ticket in self.sudo():
            notes = ticket.refund_ids.credit_note_id
            pickings = ticket.effect_ids.move_ids.picking_id
            put_away = ticket.inspection_ids.move_id
            pickings |= (put_away | put_away.returned_move_ids).picking_id
            orders = ticket.line_ids.sale_line_id.order_id
            lots = ticket.line_ids.lot_id
            ticket.aftersales_order_ids, ticket.order_count = orders, len(orders)
            ticket.picking_ids, ticket.picking_count = pickings, len(pickings)
            ticket.lot_ids, ticket.lot_count = lots, len(lots)
            ticket.credit_note_ids, ticket.credit_note_count = notes, len(notes)
            ticket.refund_count = len(ticket.refund_ids)

    @api.depends("line_ids.copyright_mismatch")
    def _compute_has_copyright_mismatch(self):
        for ticket in self:
            ticket.has_copyright_mismatch = any(ticket.line_ids.mapped("copyright_mismatch"))

    @api.depends("line_ids.has_volumes")
    def _compute_has_volumes(self):
        for ticket in self:
            ticket.has_volumes = any(ticket.line_ids.mapped("has_volumes"))

    @api.depends("line_ids.delivery_move_id", "line_ids.sale_line_id")
    def _compute_has_loose_books(self):
        for ticket in self:
            sold = ticket.line_ids.filtered(lambda ln: ln.delivery_move_id or ln.sale_line_id)
            ticket.has_delivered_books = bool(sold)
            ticket.has_loose_books = bool(ticket.line_ids - sold)

    @api.depends("resolution_ids.state")
    def _compute_has_refusals(self):
        for ticket in self:
            ticket.has_refusals = ticket._has_refusals()

    @api.depends("line_ids.eligibility", "line_ids.eligibility_note", "line_ids.resolved_quantity")
    def _compute_ineligible_note(self):
        for ticket in self:
            answers = set(ticket.line_ids.mapped("eligibility"))
            ticket.has_exceptions = bool(answers & {"not", "exception"})
            ticket.ineligible_note = "; ".join(
                f"{line._get_title()}: {line.eligibility_note}"
                for line in ticket.line_ids
                if line.eligibility == "not" and line._get_unresolved_quantity()
            )

    @api.depends("resolution_ids.part_id")
    def _compute_has_parts(self):
        for ticket in self:
            ticket.has_parts = bool(ticket.resolution_ids.part_id)

    @api.depends("possible_duplicate_ids", "duplicate_id", "phase")
    def _compute_duplicate_note(self):
        for ticket in self:
            shown = not ticket.duplicate_id and ticket.phase in PHASES_BEFORE_REMEDY
            duplicates = ticket.possible_duplicate_ids if shown else ticket.browse()
            ticket.duplicate_note = ", ".join(duplicates.mapped("display_name"))

    @api.depends("inspection_ids.contradiction", "inspection_ids.note", "inspection_ids.grade")
    def _compute_contradiction_note(self):
        grades = dict(
            self.env["aftersales.inspection"]._fields["grade"]._description_selection(self.env)
        )
        for ticket in self:
            ticket.contradiction_note = "; ".join(
                f"{i.quantity:g} × {i.product_id.display_name}: "
                + ", ".join(
                    filter(
                        None,
                        [grades.get(i.grade), i.is_late and self.env._("came too late"), i.note],
                    )
                )
                for i in ticket.inspection_ids
                if i.contradiction == "open"
            )

    @api.depends("refund_ids.state", "refund_ids.credit_note_id.reversal_move_ids.state")
    def _compute_taken_back_note(self):
        for ticket in self:
            notes = [refund._get_taken_back_note() for refund in ticket.sudo().refund_ids]
            ticket.taken_back_note = "\n".join(filter(None, notes))

    @api.depends("refund_ids.state", "refund_ids.reason", "next_step")
    def _compute_refusal_note(self):
        for ticket in self:
            refused = ticket.refund_ids.filtered(lambda r: r.state == "refused")
            shown = refused if ticket.next_step == "refused" else refused[:0]
            ticket.refusal_note = "; ".join(f"{refund.number}: {refund.reason}" for refund in shown)

    # ------------------------------------------------------------------
    # Dialogs: the primary button of each step
    # ------------------------------------------------------------------
    def _open_dialog(self, model, name, **context):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {f"default_{key}": value for key, value in context.items()},
        }

    def _open_reason(self, name, records, verb, question):
        return self._open_dialog(
            "aftersales.reason.wizard",
            name,
            res_model=records._name,
            res_ids=",".join(map(str, records.ids)),
            verb=verb,
            question=question,
        )

    def action_open_delivered(self):
        """Pick what was delivered to the reader."""
        self.ensure_one()
        return self._open_dialog(
            "aftersales.delivered.wizard",
            self.env._("What Was Delivered"),
            ticket_id=self.id,
            partner_id=self.partner_id.id,
            order_id=self.sale_order_id.id,
        )

    def action_open_judge(self):
        """Judge the first line that has no verdict, else the first."""
        self.ensure_one()
        line = self.line_ids.filtered(lambda line: not line.verdict_id)[:1] or self.line_ids[:1]
        if not line:
            raise UserError(
                self.env._("Case %s has no line to judge: add what was delivered.", self.number)
            )
        return line.action_judge()

    def action_open_propose(self):
        """Propose a remedy for the lines that have none."""
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line._get_unresolved_quantity())
        if not lines:
            raise UserError(
                self.env._(
                    "Case %s: every copy has a remedy already. Cancel one to propose another.",
                    self.number,
                )
            )
        return self._open_dialog(
            "aftersales.propose.wizard",
            self.env._("Propose a Remedy"),
            ticket_id=self.id,
            line_ids=lines.ids,
        )

    def action_open_agree(self):
        """Note the reader's answer to the open proposals."""
        self.ensure_one()
        proposed = self.resolution_ids.filtered(lambda r: r.state == "proposed")
        return self._open_dialog(
            "aftersales.agree.wizard",
            self.env._("The Reader's Answer"),
            resolution_ids=proposed.ids,
        )

    def action_execute(self):
        """Execute the agreed remedies of the case."""
        return self.resolution_ids.filtered(lambda r: r.progress == "to_execute").action_execute()

    def action_retry(self):
        """Post again what could not be posted."""
        return self.resolution_ids.filtered(lambda r: r.state == "agreed").action_retry()

    def action_post_refunds(self):
        """Post the approved refunds of the case."""
        return self.refund_ids.filtered(lambda r: r.state == "approved").action_post()

    def action_open_overrule(self):
        """Accept the claim against the inspection."""
        contradicted = self.inspection_ids.filtered(lambda i: i.contradiction == "open")
        return self._open_reason(
            self.env._("Accept the Claim All the Same"),
            contradicted,
            "action_overrule",
            self.env._("Why is the claim accepted against the inspection?"),
        )

    def action_open_give_up(self):
        """Finish with the copies that arrived and were confirmed, or without what finance refused."""
        if self.next_step == "refused":
            return self._open_give_up_refused()
        resolutions = self.resolution_ids.filtered(
            lambda r: r.state == "agreed" and r.progress not in ("done", "to_execute")
        )
        # money beside the copies goes on, or is cancelled, by itself
        resolutions = resolutions.filtered("remedy_id.takes_back") or resolutions
        return self._open_reason(
            self.env._("Finish with What Was Confirmed"),
            resolutions,
            "action_give_up_rest",
            self.env._("Why does the reader get nothing for the other copies?"),
        )

    def _open_give_up_refused(self):
        """End what finance refused, and nothing beside it: cancelled where nothing of it happened."""
        Step = self.env["aftersales.next.step"]
        refused = self.resolution_ids.filtered(
            lambda r: r.state == "agreed" and Step._get_resolution_step(r) == "refused"
        )
        untouched = refused.filtered(lambda r: not any(r.effect_ids.mapped("quantity_done")))
        if untouched:
            return untouched.action_open_cancel()
        return self._open_reason(
            self.env._("Finish without the Refund"),
            refused,
            "action_give_up_rest",
            self.env._("Why does the reader get nothing for the other copies?"),
        )

    def action_open_refuse(self):
        """Ask what the reader is told: by mail, where mails go to the reader."""
        mailed = all(ticket._is_mailed() for ticket in self)
        return self._open_reason(
            self.env._("Refuse the Case"),
            self,
            "action_refuse",
            self.env._("What is the reader told? It is mailed as you write it: use their language.")
            if mailed
            else self.env._("Why is the case refused? No mail goes out: tell the reader yourself."),
        )

    def action_open_cancel(self):
        return self._open_reason(
            self.env._("Cancel the Case"),
            self,
            "action_cancel",
            self.env._("Why is the case cancelled?"),
        )

    def action_open_reopen(self):
        return self._open_reason(
            self.env._("Reopen the Case"),
            self,
            "action_reopen",
            self.env._("Why is the case reopened?"),
        )

    def action_open_object(self):
        return self._open_reason(
            self.env._("The Reader Objects"),
            self,
            "action_object",
            self.env._("What does the reader object?"),
        )

    def action_open_guide(self):
        return self._open_reason(
            self.env._("Give Guidance"),
            self,
            "action_guide",
            self.env._("What was the reader told?"),
        )

    def action_open_duplicate(self):
        """Mark the case as a duplicate of the one it looks like (R1.5)."""
        self.ensure_one()
        action = self.action_open_duplicate_wizard()
        action["name"] = self.env._("Mark as Duplicate")
        action["context"]["default_duplicate_of_id"] = self.possible_duplicate_ids[:1].id
        return action

    def action_take(self):
        """Take the case: I work on it from now on."""
        self._check_role("agent", "manager")
        self.write({"user_id": self.env.uid})
        return True

    # ------------------------------------------------------------------
    # Smart buttons
    # ------------------------------------------------------------------
    @api.model
    def _get_cases_action(self, tickets):
        action = self.env["ir.actions.actions"]._for_xml_id(
            "aftersales_publishing.aftersales_case_action"
        )
        action["domain"] = [("id", "in", tickets.ids)]
        action["context"] = {"default_is_aftersales": True}
        if len(tickets) == 1:
            view = self.env.ref(FORM)
            action.update(views=[(view.id, "form")], res_id=tickets.id)
        return action

    def _open_records(self, name, records):
        action = {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": records._name,
            "view_mode": "list,form",
            "domain": [("id", "in", records.ids)],
            "context": {"create": False},
        }
        if len(records) == 1:
            action.update(view_mode="form", res_id=records.id)
        return action

    def action_view_orders(self):
        return self._open_records(self.env._("Orders"), self.aftersales_order_ids)

    def action_view_pickings(self):
        return self._open_records(self.env._("Transfers"), self.picking_ids)

    def action_view_credit_notes(self):
        return self._open_records(self.env._("Credit Notes"), self.credit_note_ids)

    def action_view_refunds(self):
        return self._open_records(self.env._("Refunds"), self.refund_ids)

    def action_view_lots(self):
        return self._open_records(self.env._("Print Runs"), self.lot_ids)

    def action_view_inspections(self):
        return {
            **self.env["ir.actions.actions"]._for_xml_id(
                "aftersales_publishing.aftersales_inspection_action"
            ),
            "domain": [("ticket_id", "in", self.ids)],
        }

    def action_open_return(self):
        """Open the return that the warehouse has to receive."""
        moves = self.effect_ids.filtered(lambda e: e.kind == "return").move_ids
        pickings = moves.filtered(lambda m: m.state not in ("done", "cancel")).picking_id
        return self._open_records(self.env._("Returns"), pickings or self.picking_ids)

    def action_open_shipment(self):
        """Open the replacement that the warehouse has to ship."""
        moves = self.effect_ids.filtered(lambda e: e.kind in ("shipment", "part")).move_ids
        pickings = moves.filtered(lambda m: m.state not in ("done", "cancel")).picking_id
        return self._open_records(self.env._("Replacements"), pickings or self.picking_ids)
