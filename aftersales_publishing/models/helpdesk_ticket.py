from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .aftersales_case_phase import CLOSED_PHASES
from .aftersales_case_screen import MONEY_ROLES
from .aftersales_decision import without_defaults
from .aftersales_next_step import STEP_SELECTION
from .helpdesk_ticket_stage import PHASES

LEVELS = [("1", "I"), ("2", "II"), ("3", "III")]
LEVEL_LABELS = dict(LEVELS)
# Written by the verbs only, never by hand, import or API
PROTECTED = {
    "phase",
    "next_step",
    "next_deadline",
    "closing_reason",
    "registered_at",
    "is_objected",
}


class HelpdeskTicket(models.Model):
    """The case: an after-sales ticket with a reader, a type and lines.

    Only what identifies a case lives here. Tickets that are no cases
    (``is_aftersales`` unset) are never touched.
    """

    _name = "helpdesk.ticket"
    _inherit = [
        "helpdesk.ticket",
        "aftersales.tracking",
        "aftersales.verb.mixin",
        "aftersales.case.phase",
        "aftersales.case.objection",
        "aftersales.case.screen",
        "aftersales.case.step",
    ]

    is_aftersales = fields.Boolean("After-sales Case", index="btree_not_null")
    case_type_id = fields.Many2one(
        "aftersales.case.type",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        check_company=True,
    )
    complaint_level = fields.Selection(
        LEVELS,
        compute="_compute_complaint_level",
        store=True,
        readonly=False,
        copy=False,
        help="I is the gravest. Proposed by the case type; raised by hand with a reason.",
    )
    level_reason = fields.Char("Reason for the Level", copy=False)
    case_guidance = fields.Text(related="case_type_id.guidance", string="What to Ask First")
    needs_lines = fields.Boolean(related="case_type_id.needs_lines")
    proposed_level = fields.Selection(related="case_type_id.complaint_level")
    phase = fields.Selection(PHASES, copy=False, index="btree_not_null", readonly=True)
    next_step = fields.Selection(STEP_SELECTION, copy=False, index="btree_not_null", readonly=True)
    next_deadline = fields.Date(copy=False, index="btree_not_null", readonly=True)
    closing_reason = fields.Char(copy=False, readonly=True)
    registered_at = fields.Datetime(copy=False, readonly=True)
    # People: the reader is partner_id (R1.7)
    partner_phone = fields.Char(related="partner_id.phone", string="Phone")
    shipping_partner_id = fields.Many2one(
        "res.partner", "Ship To", help="Where a replacement goes; empty: to the reader."
    )
    payee_partner_id = fields.Many2one(
        "res.partner", "Payee", help="Who gets the money; empty: who was invoiced."
    )
    # Where it comes from
    external_ref = fields.Char("Reference of the Channel", copy=False)
    platform_order_ref = fields.Char("Platform Order", copy=False, index="btree_not_null")
    sale_order_id = fields.Many2one(
        "sale.order",
        "Order",
        check_company=True,
        copy=False,
        help="Only preselects what was delivered; the lines say what the case is about.",
    )
    wish_id = fields.Many2one("aftersales.remedy", "Reader's Wish", copy=False)
    # What hangs on it
    line_ids = fields.One2many("aftersales.case.line", "ticket_id", "Case Lines")
    proof_ids = fields.One2many("aftersales.case.proof", "ticket_id", string="Proof of the Case")
    resolution_ids = fields.One2many("aftersales.resolution", "ticket_id", "Resolutions")
    effect_ids = fields.One2many("aftersales.effect", "ticket_id", "Effects")
    inspection_ids = fields.One2many("aftersales.inspection", "ticket_id", "Inspections")
    refund_ids = fields.One2many("aftersales.refund", "ticket_id", "Refunds", groups=MONEY_ROLES)
    event_ids = fields.One2many("aftersales.event", "ticket_id", "Events")
    aftersales_order_ids = fields.Many2many(
        "sale.order", compute="_compute_documents", string="Orders"
    )
    picking_ids = fields.Many2many(
        "stock.picking", compute="_compute_documents", string="Transfers"
    )
    possible_duplicate_ids = fields.Many2many(
        "helpdesk.ticket", compute="_compute_possible_duplicate_ids"
    )

    _external_ref_once = models.UniqueIndex(
        "(company_id, COALESCE(channel_id, 0), external_ref) "
        "WHERE external_ref IS NOT NULL AND is_aftersales",
        "This reference of the channel is a case already.",
    )
    _partner_index = models.Index("(partner_id) WHERE is_aftersales")
    _deadline_index = models.Index(
        "(company_id, next_step, next_deadline) WHERE next_step IS NOT NULL"
    )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends("case_type_id")
    def _compute_complaint_level(self):
        for ticket in self:
            proposed = ticket.case_type_id.complaint_level
            # never silently lowered (R2.3)
            if proposed and proposed < (ticket.complaint_level or "9"):
                ticket.complaint_level = proposed

    @api.model
    def _read_group_stage_ids(self, stages, domain):
        """The board of the cases has a column per phase, and no stage without one."""
        if not self.env.context.get("default_is_aftersales"):
            return super()._read_group_stage_ids(stages, domain)
        team = self.env.company.sudo().aftersales_team_id
        return (stages | team._get_applicable_stages()).filtered("phase").sorted()

    def _compute_display_name(self):
        """A case that has no number yet is just “New”."""
        result = super()._compute_display_name()
        self.filtered(lambda t: t.is_aftersales and t.number == "/").display_name = False
        return result

    @api.depends("partner_id", "platform_order_ref", "line_ids.product_id")
    def _compute_possible_duplicate_ids(self):
        """Same reader and title still open, or the same platform order (R1.5, R1.7)."""
        for ticket in self:
            ticket.possible_duplicate_ids = self.env["aftersales.intake"]._find_duplicates(ticket)

    # ------------------------------------------------------------------
    # Onchange
    # ------------------------------------------------------------------
    @api.onchange("case_type_id")
    def _onchange_case_type_id(self):
        """The type names the case, as long as nobody else did, and its team."""
        if not self.is_aftersales or not self.case_type_id:
            return
        if self.name in (False, "", self._get_default_subject(), self._origin.case_type_id.name):
            self.name = self.case_type_id.name
        if self.case_type_id.team_id:
            self.team_id = self.case_type_id.team_id

    @api.onchange("sale_order_id")
    def _onchange_sale_order_id(self):
        if self.is_aftersales and self.sale_order_id and not self.partner_id:
            self.partner_id = self.sale_order_id.partner_id

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model
    def default_get(self, fields):
        """A case starts with the company's after-sales team, not with the user's first."""
        if self.env.context.get("default_is_aftersales"):
            team = self.env.company.sudo().aftersales_team_id
            context = {"default_team_id": team.id, **self.env.context}
            case = self.with_context(**context) if team else self
            start = {"phase": "intake", "next_step": "register"}
            return {
                **super(HelpdeskTicket, case).default_get(fields),
                **{name: value for name, value in start.items() if name in fields},
            }
        return super().default_get(fields)

    @api.model_create_multi
    def create(self, vals_list):
        default = self.env.context.get("default_is_aftersales")
        cases = [vals for vals in vals_list if vals.get("is_aftersales", default)]
        for vals in vals_list:
            self._check_protected(vals)
        for vals in cases:
            self._set_case_defaults(vals)
        company_ids = [vals["company_id"] for vals in cases]
        self.env["ir.sequence"]._number("helpdesk.ticket.sequence", "number", cases, company_ids)
        return super(HelpdeskTicket, without_defaults(self, PROTECTED)).create(vals_list)

    def _creation_subtype(self):
        """A new case is a task for one person and needs no message to all: it is only noted."""
        if self.is_aftersales:
            return self.env["mail.message.subtype"]
        return super()._creation_subtype()

    @api.model
    def _set_case_defaults(self, vals):
        company = self.env["res.company"].browse(vals.get("company_id") or self.env.company.id)
        case_type = self.env["aftersales.case.type"].browse(vals.get("case_type_id"))
        vals["is_aftersales"] = True
        vals["phase"], vals["next_step"] = "intake", "register"
        vals.setdefault("company_id", company.id)
        vals["description"] = vals.get("description") or ""
        vals["name"] = vals.get("name") or case_type.name or self._get_default_subject()
        if not vals.get("team_id"):
            vals["team_id"] = (case_type.team_id or company.sudo().aftersales_team_id).id
        team = self.env["helpdesk.ticket.team"].browse(vals["team_id"])
        stage = self._get_phase_stage(team, "intake")
        if stage:
            vals["stage_id"] = stage.id
            vals["next_deadline"] = self._get_deadline(stage)

    @api.model
    def _get_default_subject(self):
        return self.env._("After-sales case")

    def write(self, vals):
        cases = self.filtered("is_aftersales")
        self._check_protected(vals)
        self._check_stays_what_it_is(vals)
        if cases:
            if vals.get("duplicate_id"):  # ends in verbs that run under sudo
                cases._check_role("agent", "manager")
            if "description" in vals:  # required by helpdesk, not by a case
                vals = {**vals, "description": vals["description"] or ""}
            if vals.get("user_id"):
                cases._check_may_decide(self.env["res.users"].browse(vals["user_id"]))
            cases._check_stage(vals)
            cases._check_level(vals)
        result = super().write(vals)
        if cases and vals.get("duplicate_id"):
            cases._close("cancelled", "cancelled", self.env._("Duplicate"))
        if cases and {"team_id", "case_type_id", "line_ids"} & vals.keys():
            cases.sudo()._sync_phase()
        return result

    def _check_stays_what_it_is(self, vals):
        """A ticket never becomes a case or stops being one; a case with remedies stays
        in its company, whose limits and journals it was decided under."""
        if "is_aftersales" in vals and any(
            ticket.is_aftersales != bool(vals["is_aftersales"]) for ticket in self
        ):
            raise UserError(
                self.env._("A ticket does not become a case, nor stop being one: open a new one.")
            )
        moved = self.filtered(
            lambda t: "company_id" in vals and t.company_id.id != vals["company_id"]
        )
        if moved.sudo().resolution_ids:
            raise UserError(
                self.env._("A case with remedies stays in its company: open a new one there.")
            )

    @api.model
    def _check_protected(self, vals):
        if forbidden := PROTECTED & vals.keys():
            raise AccessError(
                self.env._(
                    "%s is set by the steps of the case, not by hand.", ", ".join(sorted(forbidden))
                )
            )

    def _check_stage(self, vals):
        """A case is not dragged to another phase: a verb takes it there."""
        stage = self.env["helpdesk.ticket.stage"].browse(vals.get("stage_id") or [])
        for ticket in self:
            if stage.phase and stage.phase != ticket.phase and not vals.get("duplicate_id"):
                phases = dict(self._fields["phase"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "Case %(case)s is in phase “%(phase)s” and gets to “%(target)s” by "
                        "its next step, not by dragging: open it and use the highlighted "
                        "button (%(step)s).",
                        case=ticket.number,
                        phase=phases[ticket.phase],
                        target=phases[stage.phase],
                        step=dict(self._fields["next_step"]._description_selection(self.env)).get(
                            ticket.next_step, self.env._("Reopen")
                        ),
                    )
                )

    def _check_level(self, vals):
        """A level is raised with a reason and lowered, or taken away, by a manager only (R2.3)."""
        if "complaint_level" not in vals:
            return
        level = vals["complaint_level"]
        case_type = self.env["aftersales.case.type"].browse(vals.get("case_type_id") or [])
        for ticket in self.filtered(lambda t: t.complaint_level and t.complaint_level != level):
            before = ticket.complaint_level
            proposed = level and case_type.complaint_level == level < before
            if not proposed and not vals.get("level_reason"):
                raise UserError(
                    self.env._("Case %s: say why the complaint level is changed.", ticket.number)
                )
            if not level or level > before:
                ticket._check_role("manager")
            change = f"{LEVEL_LABELS[before]} → {LEVEL_LABELS.get(level, '—')}"
            note = ": ".join(filter(None, [change, vals.get("level_reason")]))
            self.env["aftersales.event"]._log("level_changed", ticket, note)

    @api.ondelete(at_uninstall=False)
    def _unlink_never_once_registered(self):
        for ticket in self.filtered("registered_at"):
            raise UserError(self.env._("Case %s is registered: cancel it instead.", ticket.number))

    # ------------------------------------------------------------------
    # Verbs
    # ------------------------------------------------------------------
    @api.model
    def aftersales_submit(self, vals_list):
        """Take in cases from any channel; see :meth:`aftersales.intake._submit`."""
        return self.env["aftersales.intake"]._submit(vals_list)

    def action_register(self):
        """Register complete cases: acknowledged, timed, given to whoever acts (R1.4).

        :raises UserError: naming what is missing on each case
        """
        self._check_role("agent", "manager")
        self.env["aftersales.intake"]._take_in(self.filtered(lambda t: t.phase == "intake"))
        return True

    def action_request_proof(self):
        """Ask the reader for the proof that is missing (R1.3)."""
        self._check_role("agent", "manager")
        self.env["aftersales.intake"]._request_proof(self)
        return True

    def action_guide(self, note):
        """Answer an enquiry: the remedy *guidance*, given at once (R2.6).

        :param note: what the reader was told
        :raises UserError: without a note
        """
        self._check_role("agent", "manager")
        self._check_reason(note)
        self._check_may_decide()
        remedy = self.env["aftersales.remedy"]._get("guidance", self.company_id)
        vals_list = []
        for ticket in self:
            common = {"ticket_id": ticket.id, "remedy_id": remedy.id, "agree_note": note}
            vals_list += [
                {**common, "line_id": line.id, "quantity": line.quantity}
                for line in ticket.line_ids.filtered(lambda line: not line.resolved_quantity)
            ] or [{**common, "quantity": 1.0}]
        return self.env["aftersales.resolution"]._propose(vals_list).action_execute()

    def action_refuse(self, reason):
        """Refuse cases with a reason that the reader is told; open proposals end.

        What is settled or refused already stays so: then the other copies are refused, each line
        by itself (:meth:`aftersales.case.line.action_refuse`). Readers are mailed the reason once,
        as it was written. A case that a channel pushes and that cannot be helped is answered
        to the channel, not by mail.

        :raises UserError: without a reason, or while a remedy is being executed
        """
        self._check_role("agent", "manager")
        self._check_reason(reason)
        self._check_may_decide()
        settled = self.filtered(lambda ticket: ticket._is_part_settled())
        if settled:
            settled._refuse_rest(reason)
        refused = (self - settled).filtered(lambda ticket: ticket.phase != "refused")
        refused._close("refused", "refused", reason, "refused")
        refused.sudo()._mail_refusal()
        return True

    def action_cancel(self, reason=None):
        """Cancel cases: withdrawn by the reader, or entered by mistake."""
        self._check_role("agent", "manager")
        self._check_may_decide()
        self._close("cancelled", "cancelled", reason, "cancelled")
        return True

    def action_close(self):
        """Close cases that need no (further) remedy.

        :raises UserError: naming each case with a remedy that is not finished
        """
        self._check_role("agent", "manager")
        self._check_may_decide()
        for ticket in self.sudo():
            unfinished = ticket.resolution_ids.filtered(
                lambda r: r.state in ("proposed", "agreed") and r.progress != "done"
            )
            if unfinished:
                raise UserError(
                    self.env._(
                        "Case %(case)s cannot be closed: %(remedy)s is not finished. Finish "
                        "or cancel it first.",
                        case=ticket.number,
                        remedy=unfinished[0].display_name,
                    )
                )
        cases = self.sudo().filtered(lambda t: t.phase not in CLOSED_PHASES)
        cases._set_phase("done")
        self.env["aftersales.event"]._log("closed", cases)
        return True

    def action_reopen(self, reason):
        """Reopen closed cases.

        :raises UserError: without a reason
        """
        self._check_role("agent", "manager")
        self._check_reason(reason)
        cases = self.filtered(lambda t: t.phase in CLOSED_PHASES)
        self.env["aftersales.event"]._log("reopened", cases, reason)
        cases._reopen()
        return True

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------
    def _write_unguarded(self, vals):
        """Write what only the verbs may write."""
        return super().write(vals)  # pylint: disable=super-method-mismatch

    def _names_order(self):
        """Whether the order is known: by a line, by hand or as the platform numbers it."""
        self.ensure_one()
        return bool(self.line_ids.sale_line_id or self.sale_order_id or self.platform_order_ref)

    def _check_reason(self, reason):
        if not (reason or "").strip():
            raise UserError(self.env._("Give a reason."))

    def _note_problems(self, problems):
        """Tell the agents in the chatter what could not be posted and why."""
        for resolution, message in problems.items():
            resolution.ticket_id.message_post(body=message, subtype_xmlid="mail.mt_note")
        if problems:
            records = self.env["aftersales.resolution"].concat(*problems)
            self.env["aftersales.event"]._log("failed", records, problems)

    # ------------------------------------------------------------------
    # People
    # ------------------------------------------------------------------
    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """An activity subscribes its user; the task of a desk does not (``HAND_ON``)."""
        if self.env.context.get("aftersales_not_following"):
            return True
        return super().message_subscribe(partner_ids, subtype_ids)

    def _get_shipping_partner(self):
        """Where the case's parcels go: named, else of the order, else the reader."""
        self.ensure_one()
        return (
            self.shipping_partner_id
            or self.line_ids.sale_line_id.order_id.partner_shipping_id[:1]
            or self.partner_id
        )

    def _get_payee(self, invoice):
        """Who gets the money back: named, else who was invoiced, else the reader."""
        self.ensure_one()
        return self.payee_partner_id or invoice.partner_id or self.partner_id
