from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_amount

from ..locking import lock_and_touch, touch

BOOKED = ("posted", "settled", "paid")
GONE = ("refused", "cancelled")


class AftersalesPlatformRefund(models.Model):
    """What a sales platform paid back to a reader by itself: its number and shares (R6.9).

    Our share is booked by refunds of the case, against the platform's clearing account; what the
    platform bears is no refund of ours. Where it bears all, the books are kept here: nothing more
    is due for them. Recorded by verbs alone.
    """

    _name = "aftersales.platform.refund"
    _inherit = ["mail.thread", "aftersales.verb.mixin", "aftersales.decision"]
    _description = "Refund by a Platform"
    _order = "date desc, id desc"
    _rec_name = "number"
    _rec_names_search = ["number", "ticket_id.number"]
    _mail_post_access = "read"

    number = fields.Char("Refund Number", required=True, help="The platform's own.", tracking=True)
    platform_id = fields.Many2one("aftersales.platform", required=True, ondelete="restrict")
    company_id = fields.Many2one(related="platform_id.company_id", store=True, precompute=True)
    ticket_id = fields.Many2one(
        "helpdesk.ticket", "Case", required=True, index=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(related="ticket_id.partner_id", string="Reader")
    date = fields.Date(required=True, help="When the platform paid.")
    currency_id = fields.Many2one("res.currency", required=True)
    amount = fields.Monetary(required=True, help="What the reader got.")
    platform_share = fields.Monetary("Borne by the Platform", required=True)
    shop_share = fields.Monetary(
        "Borne by Us",
        compute="_compute_shop_share",
        store=True,
        precompute=True,
        help="What the platform takes off what it owes us.",
    )
    recorded_by_id = fields.Many2one("res.users", required=True, default=lambda s: s.env.user)
    is_cancelled = fields.Boolean(copy=False)
    reason = fields.Char("Why Undone", copy=False)
    # What the platform alone paid in full: neither money nor a copy is due for it any more
    line_ids = fields.Many2many(
        "aftersales.case.line", string="Books", copy=False, ondelete="restrict"
    )
    # What it was booked as
    resolution_ids = fields.One2many("aftersales.resolution", "platform_refund_id", "Remedies")
    refund_ids = fields.One2many("aftersales.refund", "platform_refund_id", "Refunds")
    booked_amount = fields.Monetary("Booked", compute="_compute_booking", store=True)
    state = fields.Selection(
        [("recorded", "To Book"), ("booked", "Booked"), ("cancelled", "Undone")],
        compute="_compute_booking",
        store=True,
        index=True,
        tracking=True,
        help="Booked: our share is on posted credit notes.",
    )
    # What the platform's statement says
    statement_line_ids = fields.One2many(
        "aftersales.platform.statement.line", "platform_refund_id", "On Statements"
    )
    statement_amount = fields.Monetary("On the Statement", compute="_compute_matching", store=True)
    statement_difference = fields.Monetary(
        "Difference",
        compute="_compute_matching",
        store=True,
        help="What the statement took off more than our share.",
    )
    matching = fields.Selection(
        [
            ("missing", "Not on a statement"),
            ("differs", "Differs"),
            ("matched", "Matched"),
            ("nothing", "Nothing due"),
        ],
        "Statement",
        compute="_compute_matching",
        store=True,
        index=True,
        help="Nothing due: undone, or borne by the platform alone.",
    )

    _number_once = models.UniqueIndex(
        "(platform_id, number) WHERE is_cancelled IS NOT TRUE",
        "This refund of the platform is recorded already. Look it up under Platform Refunds.",
    )
    _shares_positive = models.Constraint(
        "CHECK(amount > 0 AND platform_share >= 0 AND platform_share <= amount)",
        "The platform bears at least nothing and at most the whole refund.",
    )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends("number", "platform_id.name")
    def _compute_display_name(self):
        for record in self:
            record.display_name = f"{record.platform_id.name} {record.number}"

    @api.depends("amount", "platform_share")
    def _compute_shop_share(self):
        for record in self:
            record.shop_share = record.amount - record.platform_share

    @api.depends("shop_share", "is_cancelled", "refund_ids.state", "refund_ids.amount")
    def _compute_booking(self):
        for record in self:
            booked = record.refund_ids.filtered(lambda r: r.state in BOOKED)
            record.booked_amount = sum(booked.mapped("amount"))
            left = record.shop_share - record.booked_amount
            done = record.currency_id.compare_amounts(left, 0.0) <= 0
            record.state = "booked" if done else "recorded"
            if record.is_cancelled:
                record.state = "cancelled"

    @api.depends("shop_share", "is_cancelled", "statement_line_ids.amount")
    def _compute_matching(self):
        for record in self:
            lines = record.statement_line_ids
            record.statement_amount = sum(lines.mapped("amount"))
            difference = record.currency_id.round(record.statement_amount - record.shop_share)
            record.statement_difference = difference if lines else 0.0
            due = record.shop_share and not record.is_cancelled
            if not lines:
                record.matching = "missing" if due else "nothing"
            else:
                record.matching = "differs" if difference else "matched"

    # ------------------------------------------------------------------
    # Record
    # ------------------------------------------------------------------
    @api.model
    def _record_for_lines(self, vals, lines, remedy=None):
        """Record a refund for lines of a case; what they still need is decided and executed.

        Lines that have a remedy with money keep it: the platform paid it. The others get
        ``remedy``, also those that were refused: the platform decided otherwise. The copies may
        come back later or never: they are credited at once. Where the platform bears all, nothing
        is decided: the copies it paid in full are kept from remedies.

        :param vals: ``platform_id``, ``number``, ``date``, ``amount``, ``platform_share``
        :param lines: ``aftersales.case.line`` of one case
        :param remedy: ``aftersales.remedy`` for the lines that have none
        :raises UserError: naming what forbids it; then nothing is recorded
        """
        self._check_role("agent")
        lines.check_access("read")
        lines.ticket_id._check_may_decide()
        lines_sudo = lines.sudo()
        lock_and_touch(lines_sudo)
        live = lines_sudo._get_live_resolutions()
        lock_and_touch(live)
        lock_and_touch(live.effect_ids.refund_line_ids.refund_id)
        with self._all_or_nothing():
            record = self.sudo()._create_checked({**vals, "ticket_id": lines.ticket_id.id})
            record._check_currency(lines_sudo)
            if record.shop_share:
                record._cover_lines(lines, lines_sudo._get_payable_by_platform(), remedy)
            else:
                record._keep_from_remedies(lines_sudo)
        record.ticket_id._sync_phase()
        return record.with_env(self.env)

    def _cover_lines(self, lines, paid, remedy):
        """Let our share pay remedies with money, and decide on copies that have none or are refused.

        :param paid: live resolutions with money of the lines
        """
        lines.sudo()._get_live_resolutions()._withdraw_refusals()
        self.ticket_id.filtered(lambda ticket: ticket.phase == "refused")._resume()
        rest = lines.filtered(lambda line: line._get_unresolved_quantity())
        self._check_lines(lines.sudo(), paid, rest, remedy)
        paid._pay_by_platform(self)
        if rest:
            rest._settle_by_platform(self, remedy)

    def _keep_from_remedies(self, lines):
        """Note the books that the platform alone paid in full: they are not paid again.

        A goodwill below the price takes nothing away; what was settled before stays as it is.
        """
        lock_and_touch(lines.delivery_move_id)
        giving = lines._get_live_resolutions().filtered(
            lambda r: r.remedy_id.credits or r.remedy_id.ships
        )
        pending = giving.filtered(lambda r: r.progress != "done")
        settled = (giving - pending).filtered(lambda r: not r.remedy_id.asks_amount).line_id
        todo = pending.line_id | lines.filtered(
            lambda line: line not in settled or line._get_unresolved_quantity()
        )
        left = todo._get_unrefunded(self.currency_id)
        left += sum(pending.filtered("remedy_id.credits").mapped("amount"))
        if todo and self._pays_whole(left, sum(todo.mapped("quantity"))):
            self._check_without_remedy(pending.line_id)
            self.line_ids = todo

    @api.model
    def _search_paying_whole(self, domain):
        """Return the records, on ``sudo()``, that pay books of this domain in full by themselves."""
        return self.sudo().search([("is_cancelled", "=", False), *domain])

    @contextmanager
    def _all_or_nothing(self):
        """Leave nothing of what raises an error, whoever catches it."""
        self.env.flush_all()
        Event = self.env["aftersales.event"]
        try:
            with self.env.cr.savepoint(flush=False), Event._together():
                yield
                self.env.flush_all()
        except UserError:
            self.env.transaction.clear()
            raise

    @api.model
    def _record_for_refund(self, vals, refund):
        """Record that the platform paid a refund that was asked for, or posted, here.

        :param vals: see :meth:`_record_for_lines`
        :raises UserError: when the refund was paid already, or is above what the platform paid, or
            when an agent records it who refused the case and the reader objected
        """
        self._check_role("agent", "finance")
        refund.ensure_one().check_access("read")
        if not self._has_role("finance"):
            refund.ticket_id._check_may_decide()
        refund_sudo = refund.sudo()
        lock_and_touch(refund_sudo)
        lock_and_touch(refund_sudo.credit_note_id)
        with self._all_or_nothing():
            record = self.sudo()._create_checked({**vals, "ticket_id": refund.ticket_id.id})
            refund_sudo._attach_platform(record)
        record.ticket_id._sync_phase()
        return record.with_env(self.env)

    def _create_checked(self, vals):
        """Create a record and find it on statements; say whose case the number is on."""
        number = (vals["number"] or "").strip()
        platform = self.env["aftersales.platform"].browse(vals["platform_id"])
        ticket = self.env["helpdesk.ticket"].browse(vals["ticket_id"])
        if platform.company_id != ticket.company_id:
            raise UserError(
                self.env._(
                    "Case %(case)s belongs to %(company)s, platform %(platform)s does not. Choose "
                    "a platform of the case's company.",
                    case=ticket.number,
                    company=ticket.company_id.name,
                    platform=platform.name,
                )
            )
        touch(platform)  # an import meanwhile finds the record, or its rows are found here
        self._check_number(platform, number)
        record = self.create({**vals, "number": number, "currency_id": platform.currency_id.id})
        record._find_on_statements()
        self.env["aftersales.event"]._log("platform_refunded", record, record._describe())
        return record

    def _check_currency(self, lines):
        """Refuse books that were sold in another currency: the amounts cannot be compared."""
        for line in lines:
            if (currency := line._get_sold_currency()) != self.currency_id:
                raise UserError(
                    self.env._(
                        "Case %(case)s: “%(title)s” was sold in %(currency)s, %(record)s is in "
                        "%(other)s. Choose the platform whose clearing journal is in %(currency)s, "
                        "or set one up (Platforms, Sales Platforms).",
                        case=line.ticket_id.number,
                        title=line._get_title(),
                        currency=currency.name,
                        record=self.display_name,
                        other=self.currency_id.name,
                    )
                )

    def _check_number(self, platform, number):
        if not number:
            raise UserError(self.env._("Enter the refund number that the platform shows."))
        other = self.search(
            [
                ("platform_id", "=", platform.id),
                ("number", "=", number),
                ("is_cancelled", "=", False),
                ("id", "not in", self.ids),
            ],
            limit=1,
        )
        if other:
            raise UserError(
                self.env._(
                    "Refund %(number)s of %(platform)s is recorded on case %(case)s already. Check "
                    "the number, or undo that record first.",
                    number=number,
                    platform=platform.name,
                    case=other.ticket_id.number,
                )
            )

    def _check_lines(self, lines, paid, rest, remedy):
        """Refuse lines for which the platform's money would be a second remedy."""
        self._check_without_remedy(lines - paid.line_id - rest.sudo())
        if rest and not remedy:
            raise UserError(
                self.env._(
                    "Case %s: say whether the copies come back, by choosing a remedy.",
                    self.ticket_id.number,
                )
            )

    def _check_without_remedy(self, lines):
        for line in lines:
            names = line._get_live_resolutions().remedy_id.mapped("name")
            raise UserError(
                self.env._(
                    "Case %(case)s: “%(title)s” already has the remedy “%(remedy)s”. Cancel it "
                    "first, then record what the platform paid.",
                    case=self.ticket_id.number,
                    title=line._get_title(),
                    remedy=", ".join(names),
                )
            )

    def _describe(self):
        self.ensure_one()
        total, ours = (
            format_amount(self.env, amount, self.currency_id)
            for amount in (self.amount, self.shop_share)
        )
        return self.env._(
            "%(record)s, %(total)s, of which we bear %(ours)s",
            record=self.display_name,
            total=total,
            ours=ours,
        )

    def _get_left(self):
        """Return what of our share no refund of the case takes yet."""
        self.ensure_one()
        live = self.refund_ids.filtered(lambda r: r.state not in GONE)
        return self.currency_id.round(self.shop_share - sum(live.mapped("amount")))

    def _pays_whole(self, amount, copies):
        """Whether the reader has ``amount`` in full, with what the platform bears of it.

        The prices of single copies are rounded: a cent a copy is no difference.
        """
        self.ensure_one()
        paid = self._get_left() + self.platform_share + self.currency_id.rounding * copies
        return self.currency_id.compare_amounts(paid, amount) >= 0

    # ------------------------------------------------------------------
    # Statements
    # ------------------------------------------------------------------
    def _find_on_statements(self):
        for record in self:
            self.env["aftersales.platform.statement.line"].sudo().search(
                [
                    ("platform_id", "=", record.platform_id.id),
                    ("number", "=", record.number),
                    ("platform_refund_id", "=", False),
                ]
            ).platform_refund_id = record

    def action_correct_number(self, number):
        """Correct a mistyped number; the statement is searched for it again.

        :raises UserError: when another record has the number
        """
        self._check_role("agent", "finance")
        self.ensure_one()
        record = self.sudo()
        touch(record.platform_id)
        lock_and_touch(record)
        record._check_live()
        number = (number or "").strip()
        record._check_number(record.platform_id, number)
        note = f"{record.number} → {number}"
        record.statement_line_ids.platform_refund_id = False
        record.number = number
        record._find_on_statements()
        self.env["aftersales.event"]._log("platform_corrected", record, note)
        return True

    # ------------------------------------------------------------------
    # Undo
    # ------------------------------------------------------------------
    def action_undo(self, reason):
        """Undo records made by mistake: booked refunds are reversed, statements un-matched.

        The remedies stay; they can be executed in the ordinary way, or cancelled.

        :raises AccessError: when an agent undoes what is booked
        """
        self._check_role("agent", "finance")
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the record is undone."))
        if not self._has_role("finance"):
            self.ticket_id._check_may_decide()
        records = self.sudo()
        lock_and_touch(records)
        lock_and_touch(records.resolution_ids)
        lock_and_touch(records.refund_ids)
        todo = records.filtered(lambda record: not record.is_cancelled)
        standing = todo.refund_ids.filtered(lambda r: r.state in BOOKED)
        if standing:
            if not self._has_role("finance"):
                raise AccessError(
                    self.env._(
                        "%s is booked. A finance approver has to undo it.",
                        ", ".join(standing.platform_refund_id.mapped("display_name")),
                    )
                )
            standing.with_env(self.env).action_reverse(reason)
        todo._do_cancel(reason)
        todo.ticket_id._sync_phase()
        return True

    def _check_live(self):
        for record in self.filtered("is_cancelled"):
            raise UserError(
                self.env._("%s was undone. Record the refund anew.", record.display_name)
            )

    def _do_cancel(self, reason):
        """Withdraw what is not posted and let go of remedies and statements."""
        todo = self.filtered(lambda record: not record.is_cancelled)
        todo.write({"is_cancelled": True, "reason": reason})
        todo.statement_line_ids.platform_refund_id = False
        todo.refund_ids.filtered(lambda r: r.state not in (*BOOKED, *GONE)).line_ids._do_cancel()
        todo.resolution_ids._release_platform()
        self.env["aftersales.event"]._log("platform_undone", todo, reason)

    # ------------------------------------------------------------------
    # Screen
    # ------------------------------------------------------------------
    def action_open_correct_number(self):
        """Ask for the number as the platform shows it."""
        return self.env["helpdesk.ticket"]._open_reason(
            self.env._("Correct the Number"),
            self,
            "action_correct_number",
            self.env._("What is the refund number on the platform?"),
        )

    def action_open_undo(self):
        """Ask why the record is undone."""
        return self.env["helpdesk.ticket"]._open_reason(
            self.env._("Undo the Record"),
            self,
            "action_undo",
            self.env._("Why is it undone? Its credit note is reversed, its statement un-matched."),
        )

    def action_view_case(self):
        """Open the case."""
        return self.env["helpdesk.ticket"]._get_cases_action(self.ticket_id)

    def action_view_refunds(self):
        """Open the refunds that book our share."""
        return self.env["helpdesk.ticket"]._open_records(self.env._("Refunds"), self.refund_ids)
