from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ..locking import lock_and_touch
from .aftersales_case_line_money import FREIGHT_PAYERS


class AftersalesResolution(models.Model):
    """The reader's return postage: who paid it, and never reimbursed twice (R6.5).

    It stands beside the remedy that takes the copies back. Postage that somebody else paid is
    noted, so that nobody reimburses it later.
    """

    _inherit = "aftersales.resolution"

    freight_payer = fields.Selection(FREIGHT_PAYERS, "Postage Paid By")
    can_reimburse = fields.Boolean(compute="_compute_can_reimburse")

    @api.depends("state", "line_id.resolution_ids.state", "effect_ids.is_cancelled")
    def _compute_can_reimburse(self):
        """Copies that come back, and nothing said about their postage yet."""
        for resolution in self.sudo():
            live = resolution.line_id._get_live_resolutions()
            resolution.can_reimburse = bool(
                resolution in resolution.line_id._get_taking_back()
                and resolution._get_freight_remedy()
                and not any(r.remedy_id.reimburses_freight for r in live)
            )

    def _get_freight_remedy(self):
        """Return the remedy for return postage that the type of the case offers, if any."""
        self.ensure_one()
        offered = self.ticket_id.case_type_id._get_offered(self.ticket_id.company_id)
        return offered.filtered("reimburses_freight")[:1]

    def action_open_freight(self):
        """Open the dialog with which return postage is reimbursed or noted."""
        self.ensure_one()
        action = self.line_id.action_open_propose()
        action["name"] = self.env._("Return Postage")
        action["context"]["default_remedy_id"] = self._get_freight_remedy().id
        return action

    def _get_freight_note(self):
        """Tell where the postage is booked: off what the order charged, the rest our expense."""
        line = self.line_id
        if not line:
            return False
        last, freight_lines = line._get_last_invoice_line(), line._get_freight_invoice_lines()
        currency = last.currency_id
        if not last:
            return False
        invoiced = self.env["aftersales.balance"]._get_invoiced(freight_lines)
        Refund = self.env["aftersales.refund"]
        Refund._count_pending(Refund._search_live_lines(freight_lines), invoiced)
        charged = sum(
            balance.creditable_gross
            for freight_line, balance in invoiced.items()
            if freight_line.currency_id == currency
        )
        credited = currency.round(min(self.amount, max(0.0, charged)))
        expense = currency.round(self.amount - credited)
        notes = []
        if credited:
            notes.append(
                self.env._(
                    "%s off the postage that the order charged.",
                    format_amount(self.env, credited, currency),
                )
            )
        if expense:
            notes.append(
                self.env._(
                    "%s at our expense, beside the invoice.",
                    format_amount(self.env, expense, currency),
                )
            )
        return " ".join(notes)

    def action_cancel(self, reason=None):
        """Cancel, unless postage of the return was decided on: that is to be cancelled first.

        Postage that was credited stays, the reader did pay it: the parcel may be lost.

        :raises UserError: also then
        """
        for line in self.filtered("remedy_id.takes_back").line_id.sudo():
            postage = line._get_live_resolutions().filtered("remedy_id.reimburses_freight") - self
            postage = postage.filtered(
                lambda r: not any(e._has_posted_document() for e in r.effect_ids)
            )
            if postage and line._get_taking_back() and not line._get_taking_back() - self:
                raise UserError(
                    self.env._(
                        "Case %(case)s: the return postage of “%(title)s” was decided on. Cancel "
                        "that first, then the return.",
                        case=line.ticket_id.number,
                        title=line._get_title(),
                    )
                )
        return super().action_cancel(reason)

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    def _get_parcel_postage(self):
        """Return the live decisions to reimburse the postage of the parcels that are awaited."""
        lines = self._get_return_pickings().move_ids.aftersales_effect_id.line_id
        return lines._get_live_resolutions().filtered(lambda r: r.freight_payer == "reader")

    @api.model
    def _create_proposals(self, vals_list):
        """Serialize whoever reimburses the postage of the same parcel."""
        Remedy = self.env["aftersales.remedy"]
        line_ids = [
            vals["line_id"]
            for vals in vals_list
            if vals.get("line_id") and Remedy.browse(vals["remedy_id"]).reimburses_freight
        ]
        lock_and_touch(self.env["aftersales.case.line"].sudo().browse(line_ids)._get_returns())
        proposals = super()._create_proposals(vals_list)
        for resolution in proposals.filtered("remedy_id.reimburses_freight"):
            invoice_line = resolution.line_id._get_last_invoice_line()
            currency = invoice_line.currency_id or resolution.company_id.currency_id
            resolution.currency_id = currency
        return proposals

    # ------------------------------------------------------------------
    # What forbids it
    # ------------------------------------------------------------------
    def _get_claim_problems(self):
        return super()._get_claim_problems() + self._get_freight_problems()

    def _get_freight_problems(self):
        """Postage of copies that do not come back, was paid before, or is above the limit."""
        freight = self.filtered("remedy_id.reimburses_freight")
        others = freight._get_other_freight()
        problems = []
        for resolution in freight:
            line = resolution.line_id
            names = {"case": resolution.ticket_id.number, "title": line._get_title()}
            if not line._get_taking_back():
                problems.append(
                    self.env._(
                        "Case %(case)s: no copy of “%(title)s” comes back, so there is no return "
                        "postage. Execute an exchange or a return first.",
                        **names,
                    )
                )
                continue
            earlier = others.filtered(
                lambda r, line=line, me=resolution: (
                    r != me
                    and (r.line_id == line or r.line_id._get_returns() & line._get_returns())
                )
            )
            if earlier:
                problems.append(earlier[0]._get_paid_before_message(names))
            elif resolution.freight_payer == "reader":
                problems += resolution._get_postage_problems(names)
        return problems

    def _get_other_freight(self):
        """Return all live decisions about the postage of the same lines and parcels."""
        if not self:
            return self
        returns = self.line_id._get_returns()
        return self.search(
            [
                ("remedy_id.reimburses_freight", "=", True),
                ("state", "in", ("proposed", "agreed")),
                "|",
                ("line_id", "in", self.line_id.ids),
                ("line_id.resolution_ids.effect_ids.move_ids.picking_id", "in", returns.ids),
            ]
        )

    def _get_paid_before_message(self, names):
        self.ensure_one()
        payer = dict(self._fields["freight_payer"]._description_selection(self.env))
        names = {
            **names,
            "other": self.ticket_id.number,
            "payer": payer[self.freight_payer],
            "reason": self.credit_reason,
        }
        if self.freight_payer == "reader":
            return self.env._(
                "Case %(case)s: the return postage of “%(title)s” is reimbursed already in case "
                "%(other)s (%(reason)s). A parcel is reimbursed once; cancel that first if it was "
                "wrong.",
                **names,
            )
        return self.env._(
            "Case %(case)s: the return postage of “%(title)s” was paid by somebody else: %(payer)s "
            "(%(reason)s, case %(other)s). Nothing is reimbursed for it; cancel that note first if it "
            "was wrong.",
            **names,
        )

    def _get_postage_problems(self, names):
        self.ensure_one()
        invoice_line = self.line_id._get_last_invoice_line()
        if self.line_id.bought_elsewhere:
            return [
                self.env._(
                    "Case %(case)s: “%(title)s” was bought elsewhere, no invoice of ours names who is "
                    "credited. Have the postage paid in accounting, and note here that we paid it.",
                    **names,
                )
            ]
        if not invoice_line:
            return [
                self.env._(
                    "Case %(case)s: “%(title)s” was not invoiced yet, so there is nobody to credit "
                    "the postage to. Have it invoiced first.",
                    **names,
                )
            ]
        company = self.company_id
        limit, currency = company.aftersales_freight_limit, invoice_line.currency_id
        amount = currency._convert(self.amount, company.currency_id, company)
        if self._is_let_by_manager():
            return []
        if not limit or company.currency_id.compare_amounts(amount, limit) <= 0:
            return []
        return [
            self.env._(
                "Case %(case)s: return postage of %(amount)s is above what is reimbursed for a "
                "parcel (%(limit)s). Lower it, or let a manager propose it.",
                amount=format_amount(self.env, self.amount, currency),
                limit=format_amount(self.env, limit, company.currency_id),
                **names,
            )
        ]
