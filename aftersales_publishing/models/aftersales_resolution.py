from odoo import api, fields, models
from odoo.exceptions import UserError

from ..locking import lock_and_touch, own
from .aftersales_refund_allocation import CreditRequest

AGREED_BY = [
    ("agent", "Noted by the agent"),
    ("phone", "On the phone"),
    ("mail", "By mail"),
    ("portal", "On the portal"),
    ("platform", "On the sales platform"),
    ("not_needed", "Not needed"),
]
LIVE_STATES = ("proposed", "agreed")


class AftersalesResolution(models.Model):
    """The decision for one case line: one remedy for a number of copies (R6.1, R6.2).

    The state is typed by the verbs; how far the decision is carried out is derived
    from its effects. Nobody has write rights: the verbs are the only entry.
    """

    _name = "aftersales.resolution"
    _inherit = ["aftersales.verb.mixin", "aftersales.decision", "aftersales.change.hook"]
    _description = "Resolution"
    _order = "ticket_id, id"
    _followed_field = "progress"

    line_id = fields.Many2one(
        "aftersales.case.line",
        "Case Line",
        index="btree_not_null",
        ondelete="restrict",
        help="Empty for the guidance of an enquiry that is not about a book.",
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        "Case",
        required=True,
        index=True,
        ondelete="restrict",
        help="Of the line, unless there is none.",
    )
    company_id = fields.Many2one(related="ticket_id.company_id", store=True)
    product_id = fields.Many2one(related="line_id.product_id", store=True)
    volume_id = fields.Many2one(related="line_id.volume_id")
    lot_id = fields.Many2one(related="line_id.lot_id")
    remedy_id = fields.Many2one("aftersales.remedy", required=True, ondelete="restrict")
    quantity = fields.Float(required=True, digits="Product Unit")
    product_uom_id = fields.Many2one(related="line_id.product_uom_id")
    advance = fields.Boolean(
        "Advance Replacement",
        help="The replacement leaves before the reader's copy is back.",
    )
    amount = fields.Monetary(
        "Refund",
        help="What the reader gets back, tax included, as proposed.",
        groups="aftersales_publishing.group_agent,"
        "aftersales_publishing.group_finance,aftersales_publishing.group_auditor",
    )
    currency_id = fields.Many2one("res.currency")
    state = fields.Selection(
        [
            ("proposed", "Proposed"),
            ("agreed", "Agreed"),
            ("declined", "Declined"),
            ("refused", "Refused"),
            ("expired", "Expired"),
            ("cancelled", "Cancelled"),
        ],
        default="proposed",
        required=True,
        index=True,
    )
    progress = fields.Selection(
        [
            ("to_execute", "To execute"),
            ("waiting_return", "Waiting for the return"),
            ("to_inspect", "To inspect"),
            ("contradicted", "Contradicted"),
            ("to_approve", "To approve"),
            ("executing", "Executing"),
            ("partly_done", "Partly done"),
            ("done", "Done"),
        ],
        compute="_compute_progress",
        store=True,
        index=True,
    )
    agreed_by = fields.Selection(AGREED_BY)
    agreed_at = fields.Datetime()
    agree_note = fields.Char("Note of the Agreement")
    executed_by_id = fields.Many2one("res.users")
    closing_reason = fields.Char()
    effect_ids = fields.One2many("aftersales.effect", "resolution_id", "Effects")
    inspection_ids = fields.One2many("aftersales.inspection", "resolution_id", "Inspections")

    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0)", "A remedy is proposed for at least one copy."
    )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends("remedy_id", "quantity", "product_id", "line_id.volume_id")
    def _compute_display_name(self):
        for resolution in self:
            name = f"{resolution.ticket_id.number}: {resolution.remedy_id.name}"
            if resolution.line_id:
                name += f" {resolution.quantity:g} × {resolution.line_id._get_title()}"
            resolution.display_name = name

    @api.depends(
        "state",
        "effect_ids.state",
        "effect_ids.quantity_done",
        "effect_ids.is_cancelled",
        "effect_ids.refund_line_ids.refund_id.state",
        "inspection_ids.state",
        "inspection_ids.contradiction",
    )
    def _compute_progress(self):
        for resolution in self:
            resolution.progress = resolution._get_progress()

    def _get_progress(self):
        self.ensure_one()
        if self.state != "agreed":
            return False
        effects = self.effect_ids.filtered(lambda e: not e.is_cancelled)
        if not effects:
            return "to_execute"
        inspections = self.inspection_ids
        if any(i.contradiction == "open" for i in inspections):
            return "contradicted"
        if any(i.state == "draft" for i in inspections):
            return "to_inspect"
        states = set(effects.mapped("state"))
        if states == {"done"}:
            return "done"
        refunds = effects.refund_line_ids.refund_id
        if any(r.state in ("draft", "to_approve") for r in refunds):
            return "to_approve"
        if any(e.state in ("ready", "open") for e in effects if e.kind != "return"):
            return "executing"
        received = any(e.quantity_done for e in effects if e.kind == "return")
        return "partly_done" if received else "waiting_return"

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        """Take the case from the line.

        Not a precomputed field: computing it on a new record would leave that record, without
        an id, among the resolutions of the case until the cache is emptied.
        """
        for vals in vals_list:
            if line_id := vals.get("line_id"):
                vals["ticket_id"] = self.env["aftersales.case.line"].browse(line_id).ticket_id.id
        return super().create(vals_list)

    # ------------------------------------------------------------------
    # Verbs
    # ------------------------------------------------------------------
    @api.model
    def _propose(self, vals_list):
        """Create proposals and check each; see ``aftersales.case.line.action_propose``.

        The lines are locked and touched: two agents never propose for the same copies.

        :raises UserError: all problems together, each naming case and title
        """
        resolutions = self.sudo()._create_proposals(vals_list)
        resolutions.ticket_id._sync_phase()
        return resolutions.with_env(self.env)

    @api.model
    def _settle(self, vals_list, by, note):
        """Propose, note the agreement and execute at once: the reader is on the phone (R6.2).

        :param by: one of the keys of ``AGREED_BY``
        :return: ``True``, or a notification naming what could not be executed
        :raises UserError: all problems together, each naming case and title
        """
        with self.env["aftersales.event"]._together():
            resolutions = self.sudo()._create_proposals(vals_list)
            resolutions.filtered(lambda r: r.state == "proposed")._do_agree(by, note)
            return resolutions._execute(checked=True)

    @api.model
    def _create_proposals(self, vals_list):
        line_ids = [vals["line_id"] for vals in vals_list if vals.get("line_id")]
        lock_and_touch(self.env["aftersales.case.line"].sudo().browse(line_ids))
        resolutions = self.create(vals_list)
        own(resolutions)
        credits = resolutions._get_credits()
        allocation = credits._allocate_credit()
        if problems := resolutions._get_proposal_problems(credits, allocation):
            raise UserError("\n".join(problems))
        credits._set_estimated_amount(allocation)
        self.env["aftersales.event"]._log(
            "proposed", resolutions, {r: r.display_name for r in resolutions}
        )
        resolutions.filtered(lambda r: not r.remedy_id.needs_agreement)._do_agree(
            "not_needed", False
        )
        return resolutions

    def action_agree(self, by="agent", note=None):
        """Note that the reader agrees (R6.2).

        :param by: one of the keys of ``AGREED_BY``
        :raises UserError: naming each resolution that is no longer proposed
        """
        self._check_role("agent", "manager")
        if by not in dict(AGREED_BY):
            raise UserError(self.env._("Unknown way of agreeing: %s", by))
        self.sudo()._do_agree(by, note)
        self.ticket_id.sudo()._sync_phase()
        return True

    def action_decline(self, reason=None):
        """Note that the reader declines the proposal."""
        self._check_role("agent", "manager")
        self.ticket_id._check_may_decide()
        declined = self.sudo()._transition(("proposed",), "declined")
        declined.closing_reason = reason
        self.env["aftersales.event"]._log("declined", declined, reason)
        declined.ticket_id._sync_phase()
        return True

    def action_execute(self):
        """Create the effects of agreed resolutions and post what can be posted now.

        Safe to call twice: a resolution that has effects is left alone. Delivery
        moves are locked and touched, so whoever claims the same copies meanwhile is
        serialized; claimable copies and creditable amounts are checked again (R6.4).

        :return: ``True``, or a notification naming what could not be executed when
            several resolutions were given
        :raises UserError: the problem of a single resolution
        """
        self._check_role("agent", "manager")
        return self.sudo()._execute()

    def _execute(self, checked=False):
        """See :meth:`action_execute`; runs on ``sudo()``.

        :param checked: the claims were checked in this transaction, just before
        """
        lock_and_touch(self)
        lock_and_touch(self.line_id.delivery_move_id)
        lock_and_touch(self.line_id._get_undelivered().sale_line_id)
        todo = self.filtered(lambda r: not r.effect_ids.filtered(lambda e: not e.is_cancelled))
        todo._check_agreed()
        result = todo._post_and_report(lambda records: records._do_execute(checked))
        todo.ticket_id._sync_phase()
        return result

    def action_cancel(self, reason=None):
        """Cancel resolutions of which nothing has been carried out yet (I6).

        Announced returns, waiting replacements and unposted refunds are cancelled
        with them: nothing is left in stock or ledger. A refused case of which copies are
        refused no more is open again.

        :raises UserError: when copies already came back, left or were credited
        """
        self._check_role("agent", "manager")
        self.ticket_id._check_may_decide()
        resolutions = self.sudo()
        lock_and_touch(resolutions)
        for resolution in resolutions.filtered("effect_ids"):
            resolution._check_nothing_done()
        resolutions.effect_ids._do_cancel()
        cancelled = resolutions._transition(LIVE_STATES, "cancelled")
        cancelled.closing_reason = reason
        self.env["aftersales.event"]._log("resolution_cancelled", cancelled, reason)
        refusals = cancelled.filtered(lambda r: r._is_refusal())
        refusals.ticket_id.filtered(lambda t: t.phase == "refused")._resume()
        cancelled.ticket_id._sync_phase()
        return True

    def action_give_up_rest(self, reason=None):
        """Finish with the copies that arrived and were confirmed.

        For a short parcel, or after a contradiction: the open rest of the return is
        cancelled and no replacement or refund is given for it.

        :raises UserError: when nothing was confirmed yet (cancel the remedy instead)
        """
        self._check_role("agent", "manager")
        self.ticket_id._check_may_decide()
        resolutions = self.sudo()
        lock_and_touch(resolutions)
        for resolution in resolutions:
            resolution._do_give_up_rest(reason)
        resolutions.ticket_id._sync_phase()
        return True

    def action_retry(self):
        """Post again what could not be posted, after its cause was mended."""
        self._check_role("agent", "manager", "finance")
        resolutions = self.sudo()
        lock_and_touch(resolutions)
        result = resolutions._post_and_report(lambda r: r._advance(again=True))
        resolutions.ticket_id._sync_phase()
        return result

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    def _get_resolved_quantity(self):
        """Return the copies that get something; return postage is paid beside their remedy."""
        resolving = self.filtered(lambda r: not r.remedy_id.reimburses_freight)
        return sum(resolving.mapped("quantity"))

    def _do_agree(self, by, note):
        agreed = self._transition(("proposed",), "agreed")
        agreed.write(
            {
                "agreed_by": by,
                "agreed_at": fields.Datetime.now(),
                **({"agree_note": note} if note else {}),
            }
        )
        self.env["aftersales.event"]._log("agreed", agreed, {r: r.agree_note for r in agreed})

    def _do_execute(self, checked=False):
        """Check again under the lock, create the effects and post what is ready."""
        if not checked:
            self._check_claims()
        self.executed_by_id = self.env.user
        self._start_effects()

    def _start_effects(self):
        """Create the effects, for who executed before where a parcel came late."""
        self.env["aftersales.effect"].create(
            [
                resolution._prepare_effect_vals(remedy_effect)
                for resolution in self
                for remedy_effect in resolution._get_remedy_effects()
            ]
        )
        self.env["aftersales.event"]._log("execution_started", self)
        self._advance()

    def _get_remedy_effects(self):
        """Return the effects of the remedy that this decision has."""
        self.ensure_one()
        return self.remedy_id.effect_ids

    def _prepare_effect_vals(self, remedy_effect):
        self.ensure_one()
        return {
            "resolution_id": self.id,
            "kind": remedy_effect.kind,
            "quantity": self._get_stock_quantity(),
            "compensates_in_full": remedy_effect.kind in ("credit", "shipment")
            and self._compensates_in_full(),
        }

    def _advance(self, again=False):
        """Post every effect that has become ready. Runs on ``sudo()``."""
        self.effect_ids._post_ready(again)

    def _do_give_up_rest(self, reason):
        self.ensure_one()
        self._transition(("agreed",), "agreed")
        if any(i.state == "draft" for i in self.inspection_ids):
            raise UserError(
                self.env._(
                    "%(resolution)s: copies wait for inspection. Inspect them first.",
                    resolution=self.display_name,
                )
            )
        confirmed = self._get_confirmed_quantity()
        if not confirmed and not any(self.effect_ids.mapped("quantity_done")):
            raise UserError(
                self.env._(
                    "%(resolution)s: no copy arrived yet. Cancel the remedy instead.",
                    resolution=self.display_name,
                )
            )
        self.inspection_ids.filtered(lambda i: i.contradiction == "open").contradiction = "upheld"
        self.effect_ids._do_limit(confirmed)
        self.env["aftersales.event"]._log("given_up", self, reason)

    def _get_confirmed_quantity(self):
        """Copies that came back, are still here and whose claim the inspection confirmed (R6.6)."""
        self.ensure_one()
        returns = self.effect_ids.filtered(lambda e: e.kind == "return" and not e.is_cancelled)
        confirmed = self.inspection_ids.filtered(lambda i: i.state == "done" and i.confirmed)
        kept = sum(effect._get_return_done() for effect in returns)
        sent_back = sum(effect._get_sent_back_quantity() for effect in returns)
        return max(0.0, min(sum(confirmed.mapped("quantity")) - sent_back, kept))

    def _get_stock_quantity(self):
        """The quantity in the product's unit."""
        self.ensure_one()
        if not self.line_id:
            return self.quantity
        return self.line_id._get_quantity_in_stock_unit(self.quantity)

    def _compensates_in_full(self):
        """Whether the reader gets the whole price or a copy without sending theirs back."""
        self.ensure_one()
        remedy = self.remedy_id
        if remedy.takes_back or remedy.concerns_undelivered or remedy.asks_amount:
            return False
        return remedy.ships or (remedy.credits and remedy.credit_share >= 100.0)

    def _get_warehouse(self):
        line = self.line_id
        return (
            line.sale_line_id.warehouse_id
            or line.delivery_move_id.warehouse_id
            or self.env["stock.warehouse"].search(
                [("company_id", "=", self.company_id.id)], limit=1
            )
        )

    def _get_safe_quantity(self):
        """Free copies of the title that may replace the reader's (never stored)."""
        self.ensure_one()
        line = self.line_id
        title = line._get_replacement()
        if not title:
            return 0.0
        return self.env["stock.quant"]._get_safe_quantity(
            title, self._get_warehouse().lot_stock_id, line._get_excluded_lot()
        )

    def _allocate_credit(self):
        """Return ``[(shares, missing), …]``: see ``aftersales.refund._allocate``."""
        return self.env["aftersales.refund"]._allocate(
            [r._get_credit_request(r._get_stock_quantity()) for r in self]
        )

    def _get_credit_request(self, quantity, requested=0.0):
        """Return the request to credit ``quantity`` copies, in the product's unit.

        :param requested: of an agreed amount, what was requested already
        """
        self.ensure_one()
        line, remedy = self.line_id, self.remedy_id
        settles = remedy.takes_back or remedy.concerns_undelivered or self._compensates_in_full()
        return CreditRequest(
            line.sale_line_id,
            quantity,
            self.credit_percent if remedy.asks_amount else remedy.credit_share,
            line.volume_id.sudo(),
            (line.delivery_move_id.sudo(), line.lot_id.sudo()),
            settles,
            remedy.asks_amount,
            self.amount - requested if remedy.asks_amount else 0.0,
        )

    def _set_estimated_amount(self, allocation):
        for resolution, (shares, _missing) in zip(self, allocation, strict=True):
            resolution.amount = sum(share.gross for share in shares)
            currency = shares[0].invoice_line.currency_id
            resolution.currency_id = currency or resolution.company_id.currency_id

    def _on_changed(self, before):
        """Log finished remedies, whoever finished them."""
        done = self.filtered(lambda r: r.progress == "done")
        self.env["aftersales.event"]._log("resolution_done", done)
