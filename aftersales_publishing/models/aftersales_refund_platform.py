from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ..tools.money import apportion
from .aftersales_refund import PENDING_STATES


class AftersalesRefund(models.Model):
    """A refund that a sales platform made: booked against its account, never paid again (R6.9)."""

    _inherit = "aftersales.refund"

    platform_refund_id = fields.Many2one(
        "aftersales.platform.refund",
        "Paid by the Platform",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The platform paid the reader: it is set off against what the platform owes us.",
    )

    has_platforms = fields.Boolean(
        compute="_compute_has_platforms", compute_sudo=True, help="The house sells on platforms."
    )

    @api.depends("company_id")
    def _compute_has_platforms(self):
        companies = self._get_companies_on_platforms()
        for refund in self:
            refund.has_platforms = refund.company_id in companies

    @api.model
    def _get_companies_on_platforms(self):
        """Return the companies that sell on platforms."""
        groups = self.env["aftersales.platform"].sudo()._read_group([], ["company_id"])
        return self.env["res.company"].union(*(company for (company,) in groups))

    # ------------------------------------------------------------------
    # Record
    # ------------------------------------------------------------------
    def _attach_platform(self, record):
        """Note that the platform paid these; those that are posted are cleared at once.

        :param record: ``aftersales.platform.refund`` with enough of our share left
        """
        for refund in self:
            refund._check_attachable(record)
            if refund.state != "posted":
                refund._lower_to(record)
            refund.platform_refund_id = record
        posted = self.filtered(lambda r: r.state == "posted")
        if posted:
            posted._do_pay()

    def _check_attachable(self, record):
        self.ensure_one()
        left = record._get_left()
        names = {"refund": self.number, "record": record.display_name}
        problem = False
        if self.platform_refund_id:
            problem = self.env._(
                "Refund %(refund)s: %(other)s is recorded for it already.",
                other=self.platform_refund_id.display_name,
                **names,
            )
        elif self.state in ("paid", "settled"):
            problem = self.env._(
                "Refund %(refund)s is paid or set off already, so %(record)s would be a second one. "
                "Undo the refund first, or have the platform's money claimed back.",
                **names,
            )
        elif self.state not in (*PENDING_STATES, "posted"):
            problem = self.env._(
                "Refund %(refund)s was refused or cancelled. Record what the platform paid on the "
                "case.",
                **names,
            )
        elif self.currency_id != record.currency_id:
            problem = self.env._(
                "Refund %(refund)s is in %(currency)s, %(record)s in %(other)s. Choose the "
                "platform whose clearing journal has the currency of the invoice.",
                currency=self.currency_id.name,
                other=record.currency_id.name,
                **names,
            )
        elif self.currency_id.compare_amounts(left, 0.0) <= 0:
            problem = self.env._(
                "%(record)s is taken in full by other refunds, nothing is left for refund "
                "%(refund)s. Correct the amounts.",
                **names,
            )
        elif self.state == "posted" and self.currency_id.compare_amounts(self.amount, left) > 0:
            problem = self.env._(
                "Refund %(refund)s is posted over %(amount)s, of %(record)s we bear %(left)s. "
                "Correct the amounts, or undo the refund and record it on the case.",
                amount=format_amount(self.env, self.amount, self.currency_id),
                left=format_amount(self.env, left, self.currency_id),
                **names,
            )
        if problem:
            raise UserError(problem)

    def _lower_to(self, record):
        """Lower a pending refund to our share of what the platform paid; finance decides again
        (R6.8)."""
        self.ensure_one()
        amount = record._get_left()
        if self.currency_id.compare_amounts(self.amount, amount) <= 0:
            return
        approver = self.approved_by_id
        whole = record._pays_whole(self.amount, sum(self.line_ids.mapped("quantity")))
        lines = self.line_ids
        rounding = self.currency_id.rounding
        nets = [
            self.currency_id.round(line.amount_untaxed * amount / self.amount) for line in lines
        ]
        parts = apportion(amount, lines.mapped("amount"), rounding)
        for line, net, gross in zip(lines, nets, parts, strict=True):
            line.write({"amount_untaxed": net, "amount": gross})
        if not whole:
            lines.effect_id._keep_claimable()
        if not approver:
            self._decide_by_limit()

    # ------------------------------------------------------------------
    # Request
    # ------------------------------------------------------------------
    @api.model
    def _request(self, shares_by_effect):
        by_record = {}
        for effect, shares in shares_by_effect.items():
            if record := effect.resolution_id.platform_refund_id:
                by_record.setdefault(record, {})[effect] = shares
        for record, own in by_record.items():
            self._fit(record, own)
        return super()._request(shares_by_effect)

    @api.model
    def _fit(self, record, shares_by_effect):
        """Lower what is to be credited to our share of what the platform paid.

        :param shares_by_effect: ``{effect: [CreditShare, …]}``, changed in place
        """
        shares = [share for own in shares_by_effect.values() for share in own]
        left, total = record._get_left(), sum(share.gross for share in shares)
        currencies = {share.invoice_line.currency_id for share in shares}
        problem = False
        if currencies - {record.currency_id}:
            problem = self.env._(
                "%(record)s is in %(currency)s, the invoice in %(other)s. Choose the platform whose "
                "clearing journal has the currency of the invoice.",
                record=record.display_name,
                currency=record.currency_id.name,
                other=", ".join(sorted(currency.name for currency in currencies)),
            )
        elif record.currency_id.compare_amounts(left, 0.0) <= 0:
            problem = self.env._(
                "%s is taken in full by other refunds, nothing is left for these copies. Choose "
                "fewer books, or correct the amounts.",
                record.display_name,
            )
        if problem:
            raise UserError(problem)
        if record.currency_id.compare_amounts(total, left) <= 0:
            return
        if not record._pays_whole(total, sum(share.stock_quantity for share in shares)):
            self.env["aftersales.effect"].union(*shares_by_effect)._keep_claimable()
        rounding = record.currency_id.rounding
        parts = apportion(left, [share.gross for share in shares], rounding)
        for share, gross in zip(shares, parts, strict=True):
            share.net = record.currency_id.round(share.net * gross / (share.gross or 1.0))
            share.gross = gross

    def _get_request_key(self):
        return (*super()._get_request_key(), self.platform_refund_id)

    @api.model
    def _prepare_request_key(self, effect, share):
        key = super()._prepare_request_key(effect, share)
        return (*key, effect.resolution_id.platform_refund_id)

    @api.model
    def _prepare_vals(self, *key):
        *key, record = key
        vals = super()._prepare_vals(*key)
        return {**vals, "platform_refund_id": record.id}

    # ------------------------------------------------------------------
    # Credit note and clearing
    # ------------------------------------------------------------------
    def _check_not_contradicted(self):
        """What the platform paid is paid: the books say so, whatever the inspection finds."""
        return super(
            AftersalesRefund, self.filtered(lambda r: not r.platform_refund_id)
        )._check_not_contradicted()

    def _do_post(self):
        """Post; what the platform paid is set off against its account in the same step."""
        result = super()._do_post()
        cleared = self.filtered(lambda r: r.platform_refund_id and r.state == "posted")
        if cleared:
            cleared._do_pay()
        return result

    def _check_bank_accounts(self):
        return super(
            AftersalesRefund, self.filtered(lambda r: not r.platform_refund_id)
        )._check_bank_accounts()

    def _prepare_payment_vals(self):
        vals = super()._prepare_payment_vals()
        record = self.platform_refund_id
        if not record:
            return vals
        return {
            **vals,
            "journal_id": record.platform_id.journal_id.id,
            "partner_bank_id": False,
            "memo": f"{record.display_name} ({record.date}) · {vals['memo']}",
        }

    def _create_payments(self):
        """Draft payments; those of a platform straight on its clearing account."""
        payments = super()._create_payments()
        for refund, payment in zip(self, payments, strict=True):
            if platform := refund.platform_refund_id.platform_id:
                payment.outstanding_account_id = platform._get_clearing_account()
        return payments

    def action_keep_on_account(self, note):
        """Refuse to keep on account what the reader has from the platform already."""
        if paid := self.filtered("platform_refund_id"):
            raise UserError(
                self.env._(
                    "%s: the platform paid the reader, so nothing is left for the customer's "
                    "account. Use “Clear with the Platform”.",
                    ", ".join(paid.mapped("number")),
                )
            )
        return super().action_keep_on_account(note)

    # ------------------------------------------------------------------
    # Undo
    # ------------------------------------------------------------------
    def action_reverse(self, reason):
        """Undo; a platform's refund of which nothing is booked any more is undone with it."""
        result = super().action_reverse(reason)
        records = self.sudo().platform_refund_id
        records.filtered(
            lambda record: all(r.state in ("refused", "cancelled") for r in record.refund_ids)
        )._do_cancel(reason)
        self.sudo().ticket_id._sync_phase()
        return result

    # ------------------------------------------------------------------
    # Screen
    # ------------------------------------------------------------------
    def action_open_platform_refund(self):
        """Ask for the number and the shares of what the platform paid."""
        self.ensure_one()
        return self.env["helpdesk.ticket"]._open_dialog(
            "aftersales.platform.refund.wizard",
            self.env._("Paid by a Platform"),
            ticket_id=self.ticket_id.id,
            refund_id=self.id,
        )

    def action_view_platform_refund(self):
        """Open what the platform paid."""
        return self.env["helpdesk.ticket"]._open_records(
            self.env._("Platform Refund"), self.platform_refund_id
        )
