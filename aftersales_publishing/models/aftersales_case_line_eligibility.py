from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import format_date

from .aftersales_decision import without_defaults
from .aftersales_title_promise import NO_RETURN

EXCEPTION = {"exception_reason", "exception_by_id"}
CLAIM_FACTS = ("signed_on", "media_opened", "code_used")  # told by the reader, noted by agents


class AftersalesCaseLine(models.Model):
    """Whether the reader may claim the copy: in time, not excluded, not misused (R1.6).

    Nothing is stored: the answer follows from the day the case came in, from the delivery, the
    title and the verdict, so a date that passes changes it by itself.
    """

    _inherit = "aftersales.case.line"

    signed_on = fields.Date(
        "Signed For On",
        help="When the reader got the copy, if another day than the delivery says; of a copy "
        "bought elsewhere, when it was bought.",
    )
    media_opened = fields.Boolean(
        "Audio or Software Opened", help="Its seal is broken. The wrap of a book does not count."
    )
    code_used = fields.Boolean("Access Code Used", help="Scratched free or entered.")
    no_return = fields.Selection(NO_RETURN, compute="_compute_eligibility", compute_sudo=True)
    eligibility = fields.Selection(
        [
            ("eligible", "Eligible"),
            ("not", "Not eligible"),
            ("exception", "Let through"),
        ],
        compute="_compute_eligibility",
        compute_sudo=True,
    )
    eligibility_note = fields.Char(
        "Why",
        compute="_compute_eligibility",
        compute_sudo=True,
        help="Until when the copy can be claimed, or why it cannot.",
    )
    eligible_until = fields.Date(
        compute="_compute_eligibility",
        compute_sudo=True,
        help="The last day on which the copy can be claimed. Empty: for ever, or never.",
    )
    exception_reason = fields.Char(
        "Why Let Through", readonly=True, copy=False, help="A manager made an exception."
    )
    exception_by_id = fields.Many2one(
        "res.users", "Let Through By", readonly=True, copy=False, ondelete="restrict"
    )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends(
        "product_id.product_tmpl_id.categ_id",
        "sale_line_id",
        "delivery_move_id.date",
        "signed_on",
        "bought_elsewhere",
        "media_opened",
        "code_used",
        "exception_reason",
        "verdict_id.share_ids.party",
        "ticket_id.registered_at",
        "ticket_id.case_type_id.claim_policy",
        "ticket_id.case_type_id.claim_days",
        "ticket_id.case_type_id.is_without_reason",
    )
    @api.depends_context("lang")
    def _compute_eligibility(self):
        for company, lines in self.grouped("company_id").items():
            titles = lines.product_id.product_tmpl_id
            promises = self.env["aftersales.title.promise"]._get_promises(titles._origin, company)
            for line in lines:
                promise = promises.get(
                    line.product_id.product_tmpl_id._origin, self.env["aftersales.title.promise"]
                )
                line._set_eligibility(promise)

    def _set_eligibility(self, promise):
        days = self._get_claim_days(promise)
        signed = self._get_signed_on() if days else False
        until = signed + timedelta(days=days) if signed else False
        problem = self._get_claim_problem(promise, days, signed, until)
        self.no_return = promise.no_return
        self.eligible_until = until
        if not problem:
            self.eligibility = "eligible"
            self.eligibility_note = (
                self.env._("Until %s", format_date(self.env, until))
                if until
                else self.env._("For ever")
            )
        elif self.exception_reason:
            self.eligibility = "exception"
            self.eligibility_note = self.exception_reason
        else:
            self.eligibility = "not"
            self.eligibility_note = problem

    def _get_claim_days(self, promise):
        """Return the days of the window, 0 for ever: of the title where its copies are faulty."""
        case_type = self.ticket_id.case_type_id
        if case_type.claim_policy == "window":
            return case_type.claim_days
        return promise.exchange_days if case_type.family == "product" else 0

    def _get_signed_on(self):
        """Return the day on which the reader signed: noted, else that of the delivery."""
        if self.signed_on or not self.delivery_move_id:
            return self.signed_on
        return self._get_local_day(self.delivery_move_id.date)

    def _get_local_day(self, moment):
        """Return the day of a moment where the house is: a parcel at six is not of yesterday."""
        zone = self.company_id.sudo()._get_aftersales_timezone()
        return pytz.utc.localize(moment).astimezone(pytz.timezone(zone)).date()

    def _get_claim_problem(self, promise, days, signed, until):
        """Say in plain words why the copy cannot be claimed, or nothing."""
        case_type = self.ticket_id.case_type_id
        if case_type.claim_policy == "none":
            return self.env._("“%s” gives readers no claim.", case_type.name)
        if case_type.is_without_reason:
            if reason := self._get_exclusion(promise):
                return reason
        elif self._is_misused():
            return self.env._("The reader damaged or misused the copy.")
        if not days:
            return False
        if not signed:
            return self._get_undated_problem()
        if self._get_claimed_on() > until:
            return self.env._(
                "The %(days)s days from the day after signing (%(signed)s) ended on %(until)s.",
                days=days,
                signed=format_date(self.env, signed),
                until=format_date(self.env, until),
            )
        return False

    def _get_undated_problem(self):
        """What was not sent was not signed for; of other copies somebody has to say when."""
        if self.sale_line_id and not self.delivery_move_id:
            return False
        return self.env._("Not known when the reader got the copy: note the date.")

    def _get_claimed_on(self):
        """Return the day the case came in; it stays in time however long it takes."""
        return self._get_local_day(self.ticket_id.registered_at or fields.Datetime.now())

    def _get_exclusion(self, promise):
        """Say why the copy is not returned without a reason, if so."""
        if self.bought_elsewhere:
            return self.env._("Bought elsewhere: the shop takes copies back without a reason.")
        if promise.no_return == "periodical":
            return self.env._("Periodicals are not taken back without a reason.")
        if promise.no_return == "media" and self.media_opened:
            return self.env._("Opened audio or software is not taken back without a reason.")
        if promise.no_return == "code" and self.code_used:
            return self.env._("A copy with a used code is not taken back without a reason.")
        return False

    def _is_misused(self):
        """Whether the verdict that holds gives all the responsibility to the reader."""
        return set(self.verdict_id.share_ids.mapped("party")) == {"reader"}

    # ------------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------------
    @api.constrains("signed_on", "delivery_move_id")
    def _check_signed_on(self):
        """Nobody signs before the parcel comes, nor complains before they signed."""
        for line in self.filtered("signed_on"):
            move = line.delivery_move_id.sudo()
            first = line._get_local_day(move.date) if move else line.signed_on
            last = line._get_claimed_on()
            if not first <= line.signed_on <= last:
                raise ValidationError(
                    self.env._(
                        "Case %(case)s: the reader cannot have signed for “%(title)s” on "
                        "%(signed)s. Note a day from %(first)s (delivery) to %(last)s (the case "
                        "came in).",
                        case=line.ticket_id.number,
                        title=line.product_id.display_name,
                        signed=format_date(self.env, line.signed_on),
                        first=format_date(self.env, first) if move else "—",
                        last=format_date(self.env, last),
                    )
                )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_exception_vals(vals)
        clean = without_defaults(self, EXCEPTION)
        return super(AftersalesCaseLine, clean).create(vals_list)

    def write(self, vals):
        self._check_exception_vals(vals)
        if {"product_id", "delivery_move_id", "bought_elsewhere"} & vals.keys():
            # an exception was made for that copy, not for another
            excepted = self.filtered("exception_reason")
            excepted.sudo().write(dict.fromkeys(EXCEPTION, False))
        names = [name for name in CLAIM_FACTS if name in vals]
        if names:
            self._check_no_live_resolution()
        before = {line: line._tell_claim_facts(names) for line in self} if names else {}
        result = super().write(vals)
        self._log_claim_facts(names, before)
        return result

    def _tell_claim_facts(self, names):
        """Return the facts in words, ``{label: value}``."""
        self.ensure_one()
        return {
            self._fields[name]._description_string(self.env): (
                format_date(self.env, self[name]) if name == "signed_on" else self[name] and "✓"
            )
            or "—"
            for name in names
        }

    def _log_claim_facts(self, names, before):
        """Log what was changed after the case was registered: it decides about the claim."""
        notes = {}
        for line, old in before.items():
            changes = [
                f"{label}: {old[label]} → {value}"
                for label, value in line._tell_claim_facts(names).items()
                if value != old[label]
            ]
            if changes and line.ticket_id.registered_at:
                notes[line] = f"{line.display_name}: {', '.join(changes)}"
        if notes:
            self.env["aftersales.event"]._log("facts_changed", self.browse().concat(*notes), notes)

    def _check_exception_vals(self, vals):
        if EXCEPTION & vals.keys() and not self.env.su:
            raise AccessError(
                self.env._("Only a manager lets a copy through, with the button and a reason.")
            )

    # ------------------------------------------------------------------
    # Verb
    # ------------------------------------------------------------------
    def action_let_through(self, reason):
        """Let copies through that are not eligible, as an exception (破例, R1.6).

        Also copies bought elsewhere for which another case paid, though they are eligible.
        Safe to call twice: what is eligible, or was let through, is left alone.

        :raises AccessError: when the user is no manager
        :raises UserError: without a reason
        """
        self._check_role("manager")
        self.ticket_id._check_reason(reason)
        self.ticket_id._check_may_decide()
        lines = self.sudo().filtered(
            lambda line: (
                line.eligibility == "not" or (line.bought_elsewhere and not line.exception_reason)
            )
        )
        self.env["aftersales.event"]._log(
            "let_through",
            lines,
            {line: f"{line.display_name}: {line.eligibility_note} → {reason}" for line in lines},
        )
        lines.write({"exception_reason": reason, "exception_by_id": self.env.uid})
        return True

    def action_open_let_through(self):
        """Ask why the copy is let through."""
        return self.ticket_id._open_reason(
            self.env._("Let Through"),
            self,
            "action_let_through",
            self.env._("Why is an exception made for this reader?"),
        )
