from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..locking import lock_and_touch
from .aftersales_case_phase import CLOSED_PHASES

ASKERS = ("agent", "manager", "print_quality")
TYPED = {"ticket_id", "line_id", "kind", "user_id", "partner_id", "question", "due"}
TOLD = {"state", "answer", "answered_by_id", "answered_at", "asked_by_id"}


class AftersalesEnquiry(models.Model):
    """A question of a case to another department or partner, with a day (调查核实, R3.4).

    A colleague gets a task, a partner a mail without any data of the reader. The answer becomes a
    fact of the case. An *appraisal* goes with a sample to print quality, whose verdict answers it.
    """

    _name = "aftersales.enquiry"
    _inherit = [
        "aftersales.verb.mixin",
        "aftersales.decision",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _description = "Enquiry of a Case"
    _order = "due, id"
    _check_company_auto = True

    ticket_id = fields.Many2one(
        "helpdesk.ticket", "Case", required=True, index=True, ondelete="restrict"
    )
    case_number = fields.Char(related="ticket_id.number", string="Number", related_sudo=True)
    company_id = fields.Many2one(related="ticket_id.company_id", store=True, precompute=True)
    line_id = fields.Many2one(
        "aftersales.case.line",
        "Book",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('ticket_id', '=', ticket_id)]",
        help="Empty: the question is about the whole case.",
    )
    kind = fields.Selection(
        [("question", "Question"), ("appraisal", "Appraisal")], default="question", required=True
    )
    user_id = fields.Many2one(
        "res.users",
        "Colleague",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Gets a task; whoever it is answers without any other right on cases.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="Printer, binder, carrier, … Gets a mail; the reader is not named in it.",
    )
    holder = fields.Char("Held By", compute="_compute_holder", store=True)
    question = fields.Text(required=True)
    known = fields.Text(
        "What Is Known",
        compute="_compute_known",
        compute_sudo=True,
        help="Title, print run and defects: what somebody needs to answer, and no more.",
    )
    due = fields.Date("Answer By", required=True, default=lambda self: self._get_default_due())
    state = fields.Selection(
        [("open", "Waiting"), ("answered", "Answered"), ("withdrawn", "Withdrawn")],
        default="open",
        required=True,
        readonly=True,
        index=True,
        tracking=True,
    )
    asked_by_id = fields.Many2one("res.users", readonly=True, default=lambda self: self.env.user)
    answer = fields.Text(readonly=True)
    answered_by_id = fields.Many2one("res.users", "Answer Noted By", readonly=True)
    answered_at = fields.Datetime("Answered On", readonly=True)
    has_address = fields.Boolean(compute="_compute_has_address")
    can_answer = fields.Boolean(compute="_compute_can_answer")

    _open_index = models.Index("(company_id, due) WHERE state = 'open'")

    @api.model
    def _get_default_due(self):
        return fields.Date.add(fields.Date.context_today(self), days=3)

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends("ticket_id.number", "holder")
    def _compute_display_name(self):
        for enquiry in self:
            number = enquiry.sudo().ticket_id.number or ""
            enquiry.display_name = f"{number}: {enquiry.holder or ''}"

    @api.depends("kind", "user_id", "partner_id")
    def _compute_holder(self):
        for enquiry in self:
            asked = enquiry.user_id.name or enquiry.partner_id.display_name
            quality = enquiry.kind == "appraisal" and self.env._("Print quality")
            enquiry.holder = asked or quality

    @api.depends("line_id", "ticket_id")
    def _compute_known(self):
        for enquiry in self:
            lines = enquiry.line_id or enquiry.ticket_id.line_ids
            enquiry.known = "\n".join(enquiry._tell_copy(line) for line in lines)

    def _tell_copy(self, line):
        """Tell title, print run and defects of a copy; neither reader nor order (R13.3)."""
        parts = [
            line._get_title(),
            line.lot_id.name,
            line.lot_id.printer_id.name,
            ", ".join(line.defect_ids.mapped("name")),
            line._tell_page(),
        ]
        return " · ".join(filter(None, parts))

    @api.depends("partner_id.email")
    def _compute_has_address(self):
        for enquiry in self:
            enquiry.has_address = bool(enquiry.partner_id.email)

    @api.depends("state", "user_id")
    @api.depends_context("uid")
    def _compute_can_answer(self):
        may = self._has_role(*ASKERS)
        for enquiry in self:
            enquiry.can_answer = enquiry.state == "open" and (
                may or enquiry.user_id == self.env.user
            )

    # ------------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------------
    @api.constrains("kind", "user_id", "partner_id", "line_id", "ticket_id")
    def _check_asked(self):
        for enquiry in self:
            number = enquiry.ticket_id.number
            asked = bool(enquiry.user_id) + bool(enquiry.partner_id)
            if enquiry.kind == "question" and asked != 1:
                raise ValidationError(
                    self.env._("Case %s: ask either one colleague or one partner.", number)
                )
            if enquiry.kind == "appraisal" and (enquiry.partner_id or not enquiry.line_id):
                raise ValidationError(
                    self.env._("Case %s: name the book that print quality is to appraise.", number)
                )
            if enquiry.line_id and enquiry.line_id.ticket_id != enquiry.ticket_id:
                raise ValidationError(
                    self.env._("Case %s: the book is of another case. Choose one of it.", number)
                )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        """Ask: the colleague gets a task, the partner a mail (R3.4).

        :param vals_list: dicts of ``ticket_id``, ``question``, ``due`` (date), one of ``user_id``
            and ``partner_id``, and perhaps ``line_id`` and ``kind``
        :raises UserError: without a case, or when it is closed
        """
        # created under sudo: no command may reach messages or tasks of other records
        vals_list = [
            {name: value for name, value in vals.items() if name in TYPED} for vals in vals_list
        ]
        if not all(vals.get("ticket_id") for vals in vals_list):
            raise UserError(self.env._("Name the case that the enquiry is about (ticket_id)."))
        tickets = self.env["helpdesk.ticket"].browse(vals["ticket_id"] for vals in vals_list)
        tickets._check_role(*ASKERS)
        for ticket in tickets.filtered(lambda ticket: ticket.phase in CLOSED_PHASES):
            raise UserError(
                self.env._("Case %s is closed. Reopen it before you ask.", ticket.number)
            )
        enquiries = super(AftersalesEnquiry, self.sudo()).create(vals_list)
        enquiries._assign_appraisals()
        enquiries._tell_asked()
        notes = {enquiry: f"{enquiry.holder}: {enquiry.question}" for enquiry in enquiries}
        self.env["aftersales.event"]._log("asked", enquiries, notes)
        enquiries.ticket_id._sync_phase()
        return enquiries.with_env(self.env)

    def write(self, vals):
        if not self.env.su and (TYPED | TOLD) & vals.keys():
            raise UserError(
                self.env._(
                    "An enquiry that went out is not changed. Note its answer, or withdraw it and "
                    "ask anew."
                )
            )
        return super().write(vals)

    def _assign_appraisals(self):
        """Give appraisals to the least busy of print quality, where nobody is named."""
        Step = self.env["aftersales.next.step"]
        type_id = Step._get_id("mail_activity_enquiry")
        open_ones = self.filtered(lambda e: e.kind == "appraisal" and not e.user_id)
        for company, enquiries in open_ones.grouped("company_id").items():
            load = Step._get_load("print_quality", company, type_id)
            for enquiry in enquiries:
                user_id = min(load, key=lambda user_id: (load[user_id], user_id), default=None)
                if user_id:
                    load[user_id] += 1
                    enquiry.user_id = user_id

    def _tell_asked(self):
        """Give colleagues a task and mail partners; runs on ``sudo()``."""
        for enquiry in self.filtered("user_id"):
            enquiry.activity_schedule(
                "aftersales_publishing.mail_activity_enquiry",
                enquiry.due,
                summary=enquiry.case_number,
                note=enquiry.question,
                user_id=enquiry.user_id.id,
            )
        mailed = self.filtered(lambda enquiry: enquiry.partner_id.email)
        if mailed:
            self.env.ref("aftersales_publishing.mail_template_enquiry").sudo().send_mail_batch(
                mailed.ids
            )

    # ------------------------------------------------------------------
    # Verbs
    # ------------------------------------------------------------------
    def action_answer(self, answer):
        """Note the answer: it becomes a fact of the case (R3.4).

        Whoever was asked may answer, and those who ask. Safe to call twice: what is answered stays.

        :raises AccessError: for anybody else
        :raises UserError: without an answer, or when the enquiry was withdrawn
        """
        if any(enquiry.user_id != self.env.user for enquiry in self.sudo()):
            self._check_role(*ASKERS)
        self.check_access("read")
        self.sudo().ticket_id._check_reason(answer)
        self.sudo()._end("answered", "answered", answer)
        return True

    def action_withdraw(self, reason):
        """Withdraw a question that is no longer needed.

        :raises UserError: without a reason, or when it is answered
        """
        self._check_role(*ASKERS)
        self.sudo().ticket_id._check_reason(reason)
        self.sudo()._end("withdrawn", "enquiry_withdrawn", reason)
        return True

    def _end(self, state, code, text):
        """Close open enquiries with what was said; runs on ``sudo()``."""
        lock_and_touch(self)
        ended = self._transition(("open",), state)
        ended.write(
            {
                "answer": text,
                "answered_by_id": self.env.uid,
                "answered_at": fields.Datetime.now(),
            }
        )
        ended.activity_unlink(["aftersales_publishing.mail_activity_enquiry"])
        notes = {enquiry: f"{enquiry.holder}: {text}" for enquiry in ended}
        self.env["aftersales.event"]._log(code, ended, notes)
        ended.ticket_id._sync_phase()

    # ------------------------------------------------------------------
    # Screens
    # ------------------------------------------------------------------
    def action_open_answer(self):
        return self.env["helpdesk.ticket"]._open_reason(
            self.env._("Note the Answer"),
            self,
            "action_answer",
            self.env._("What is the answer to “%s”?", ", ".join(self.mapped("question"))),
        )

    def action_open_withdraw(self):
        return self.env["helpdesk.ticket"]._open_reason(
            self.env._("Withdraw the Question"),
            self,
            "action_withdraw",
            self.env._("Why is it no longer needed?"),
        )

    def action_judge(self):
        """Judge the copy that was sent for appraisal; the verdict answers the enquiry."""
        self.ensure_one()
        return self.line_id.action_judge()
