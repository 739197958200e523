from odoo import api, fields, models
from odoo.tools import float_compare

from ..locking import lock_and_touch


class AftersalesEffect(models.Model):
    """One thing that a resolution does: take back, ship, send a part, credit, urge, guide …

    Native documents are the facts. How much of an effect is announced and done is
    computed from them, so it follows whoever changes them. Every kind has a poster
    ``_post_<kind>`` and three figures ``_get_<kind>_planned``, ``_get_<kind>_done``
    and, where it waits for the inspection, its released quantity. A glue add-on
    brings a new kind with ``selection_add`` and these methods.

    All quantities are in the product's unit.
    """

    _name = "aftersales.effect"
    _inherit = ["aftersales.verb.mixin", "aftersales.decision", "aftersales.change.hook"]
    _description = "Effect of a Resolution"
    _order = "resolution_id, id"
    _followed_field = "quantity_done"

    resolution_id = fields.Many2one(
        "aftersales.resolution", required=True, index=True, ondelete="restrict"
    )
    line_id = fields.Many2one(related="resolution_id.line_id", store=True, index=True)
    ticket_id = fields.Many2one(
        related="resolution_id.ticket_id", store=True, index=True, string="Case"
    )
    company_id = fields.Many2one(related="resolution_id.company_id", store=True)
    kind = fields.Selection(
        [
            ("return", "Take back"),
            ("shipment", "Ship"),
            ("part", "Send a part"),
            ("document", "Mail a document"),
            ("cancellation", "Cancel the rest"),
            ("credit", "Credit"),
            ("freight", "Return postage"),
            ("urge", "Urge"),
            ("guidance", "Guidance"),
        ],
        required=True,
    )
    product_id = fields.Many2one(related="line_id.product_id", string="Title")
    product_uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    delivery_move_id = fields.Many2one(
        related="line_id.delivery_move_id", store=True, index="btree_not_null"
    )
    lot_id = fields.Many2one(related="line_id.lot_id", store=True, string="Print Run")
    quantity = fields.Float(required=True, digits="Product Unit")
    compensates_in_full = fields.Boolean(
        help="The reader got the whole price or another copy without sending this one back: "
        "it cannot be claimed again."
    )
    is_cancelled = fields.Boolean()
    posted_at = fields.Datetime(help="For effects without a document: when it was done.")
    # Facts
    move_ids = fields.One2many("stock.move", "aftersales_effect_id", "Moves")
    refund_line_ids = fields.One2many("aftersales.refund.line", "effect_id", "Refund Lines")
    inspection_ids = fields.One2many("aftersales.inspection", "effect_id", "Inspections")
    mail_ids = fields.Many2many("mail.mail", string="Mails", groups="base.group_system")
    # Progress, derived
    quantity_released = fields.Float(
        compute="_compute_quantity_released", store=True, digits="Product Unit"
    )
    quantity_planned = fields.Float(compute="_compute_progress", store=True, digits="Product Unit")
    quantity_done = fields.Float(compute="_compute_progress", store=True, digits="Product Unit")
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("ready", "Ready"),
            ("open", "Open"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_progress",
        store=True,
        index=True,
    )

    _kind_once = models.UniqueIndex(
        "(resolution_id, kind) WHERE is_cancelled IS NOT TRUE",
        "This remedy is being executed already. Reload the page.",
    )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends("kind", "resolution_id")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for effect in self:
            effect.display_name = (
                f"{kinds[effect.kind]} ({effect.quantity_done:g}/{effect.quantity:g})"
            )

    @api.depends(
        "quantity",
        "resolution_id.advance",
        "resolution_id.returned_late",
        "resolution_id.effect_ids.is_cancelled",
        "resolution_id.effect_ids.move_ids.state",
        "resolution_id.effect_ids.move_ids.quantity",
        "resolution_id.effect_ids.move_ids.returned_move_ids.state",
        "resolution_id.effect_ids.move_ids.returned_move_ids.quantity",
        "resolution_id.inspection_ids.state",
        "resolution_id.inspection_ids.quantity",
        "resolution_id.inspection_ids.contradiction",
    )
    def _compute_quantity_released(self):
        for effect in self:
            effect.quantity_released = effect._get_released_quantity()

    @api.depends(
        "kind",
        "quantity",
        "quantity_released",
        "is_cancelled",
        "posted_at",
        "move_ids.state",
        "move_ids.quantity",
        "move_ids.product_uom_qty",
        "move_ids.returned_move_ids.state",
        "move_ids.returned_move_ids.quantity",
        "inspection_ids.quantity",
        "inspection_ids.contradiction",
        "refund_line_ids.quantity",
        "refund_line_ids.refund_id.state",
        "mail_ids.state",
    )
    def _compute_progress(self):
        for effect in self:
            effect.quantity_planned = getattr(effect, f"_get_{effect.kind}_planned")()
            effect.quantity_done = getattr(effect, f"_get_{effect.kind}_done")()
            effect.state = effect._get_state()

    def _get_state(self):
        self.ensure_one()
        if self.is_cancelled:
            return "cancelled"
        if self._compare(self.quantity_done, self.quantity) >= 0:
            return "done"
        if self._compare(self.quantity_planned, self.quantity_done) > 0:
            return "open"
        if self._compare(self.quantity_released, self.quantity_planned) > 0:
            return "ready"
        return "waiting"

    def _get_released_quantity(self):
        """Copies for which the effect may happen: inspected ones, unless it leads."""
        self.ensure_one()
        resolution = self.resolution_id
        remedy = resolution.remedy_id
        leads = (self.kind == "shipment" and resolution.advance) or (
            self.kind == "credit" and not remedy.credit_after_inspection
        )
        waits = (
            remedy.takes_back and self.kind != "return" and (resolution.returned_late or not leads)
        )
        if not waits:
            return self.quantity
        return min(self.quantity, resolution._get_confirmed_quantity())

    # ------------------------------------------------------------------
    # Verbs
    # ------------------------------------------------------------------
    def action_post(self):
        """Post what is ready of these effects; safe to call twice.

        :raises UserError: naming the case, why it cannot be posted and the remedy
        """
        self._check_role("agent", "manager", "finance")
        effects = self.sudo()
        lock_and_touch(effects.resolution_id)
        result = effects._post_and_report(lambda records: records._post_ready())
        effects.ticket_id._sync_phase()
        return result

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    def _post_ready(self, again=False):
        """Post the ready effects kind by kind, each kind in one batch.

        :param again: announce a return again of which the warehouse cancelled the rest
        """
        for kind in dict(self._fields["kind"].selection):
            ready = self.filtered(lambda e, kind=kind: e.kind == kind and e._is_postable(again))
            if ready:
                getattr(ready, f"_post_{kind}")()

    def _is_postable(self, again=False):
        """Ready and not cancelled; a rest that will not come is not announced by itself."""
        given_up = self.kind == "return" and self.move_ids and not again
        return not self.is_cancelled and not given_up and self._get_open_quantity() > 0

    def _get_open_quantity(self):
        """Released and not yet announced, in the product's unit."""
        self.ensure_one()
        quantity = self.quantity_released - self.quantity_planned
        return quantity if self._compare(quantity, 0.0) > 0 else 0.0

    def _compare(self, quantity, other):
        """Compare quantities in the product's unit; guidance has no product."""
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        return float_compare(quantity, other, precision_digits=digits)

    def _has_posted_document(self):
        """Whether something happened that only a native reversal undoes."""
        self.ensure_one()
        if self.kind == "return":  # what was sent back to the reader is undone
            return self._has_copies_back()
        if self.kind in ("guidance", "urge", "cancellation"):
            return False  # nothing to undo, or undone with the remedy
        notes = self.refund_line_ids.refund_id.credit_note_id
        return any(m.state == "done" for m in self.move_ids) or any(
            note._is_standing_credit() for note in notes
        )

    def _do_cancel(self):
        """Cancel open documents; call it after ``_check_nothing_done``."""
        self._cancel_open_moves()
        self._restore_rest()
        self.refund_line_ids._do_cancel()
        self.is_cancelled = True

    def _cancel_open_moves(self):
        self.move_ids.filtered(lambda m: m.state not in ("done", "cancel"))._action_cancel()

    def _do_limit(self, confirmed):
        """Lower the effects to what came back and was confirmed."""
        for effect in self.filtered(lambda e: not e.is_cancelled):
            quantity = effect.quantity_done
            if effect.kind == "return":
                effect._cancel_open_moves()
            else:
                quantity = max(confirmed, effect.quantity_planned)
            if any(r.state == "refused" for r in effect.refund_line_ids.refund_id):
                quantity = effect.quantity_planned  # finance refused the rest
            if quantity:
                effect.quantity = min(effect.quantity, quantity)  # perhaps more came back
            else:
                effect.is_cancelled = True

    # ------------------------------------------------------------------
    # Guidance: nothing to post, the answer is the effect (R2.6)
    # ------------------------------------------------------------------
    def _post_guidance(self):
        self.posted_at = fields.Datetime.now()
        self.env["aftersales.event"]._log("guided", self)

    def _get_guidance_planned(self):
        return self._get_quantity_without_document()

    def _get_guidance_done(self):
        return self._get_quantity_without_document()

    def _get_quantity_without_document(self):
        """Figures of an effect that no document shows: all of it, once it is posted."""
        self.ensure_one()
        return self.quantity if self.posted_at else 0.0

    def _get_setting(self, name):
        return self.company_id._get_aftersales_setting(name)
