from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_amount

from odoo.addons.aftersales_publishing.locking import lock_and_touch
from odoo.addons.aftersales_publishing.models.aftersales_waybill import FREIGHT_PAYERS

WAYS = [
    ("return", "Return"),
    ("shipment", "Replacement"),
    ("part", "Part"),
    ("send_back", "Back to the reader"),
    ("binder", "To the binder"),
]
CORRECTABLE = {"amount", "paid_by"}


class AftersalesFreight(models.Model):
    """What a parcel of a case costs and who pays it (R6.5, R3.3).

    One record for each parcel and case, made when its label is: native transfers are the facts, it
    follows them. A transfer that serves several cases is divided among them. Amounts are what the
    carrier charges us, in the company's currency; readers are never invoiced them.
    """

    _name = "aftersales.freight"
    _inherit = ["aftersales.verb.mixin", "aftersales.decision"]
    _description = "Freight of a Case"
    _order = "id"
    _check_company_auto = True

    ticket_id = fields.Many2one(
        "helpdesk.ticket", "Case", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="ticket_id.company_id", store=True, precompute=True)
    picking_id = fields.Many2one(
        "stock.picking", "Transfer", required=True, index=True, ondelete="cascade"
    )
    way = fields.Selection(WAYS, "Parcel", required=True)
    carrier_id = fields.Many2one("delivery.carrier", ondelete="restrict", check_company=True)
    tracking_ref = fields.Char("Tracking Number", related="picking_id.carrier_tracking_ref")
    has_label = fields.Boolean(help="The carrier made a return label for the reader.")
    label_ids = fields.Many2many("ir.attachment", string="Labels")
    waybill_ids = fields.One2many("aftersales.waybill", "freight_id", "Return Waybills")
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(help="What the carrier charges for the parcel.")
    source = fields.Selection(
        [
            ("carrier", "Told by the carrier"),
            ("price_list", "By the price list"),
            ("unknown", "Not known"),
            ("entered", "Entered"),
        ],
        "Known From",
        required=True,
        default="unknown",
    )
    paid_by = fields.Selection(FREIGHT_PAYERS, required=True, default="publisher")
    is_void = fields.Boolean(help="The label was cancelled, nothing is charged for it.")
    state = fields.Selection(
        [("announced", "Announced"), ("charged", "Travelled"), ("void", "Void")],
        compute="_compute_state",
        store=True,
    )
    cost = fields.Monetary(
        "Our Cost",
        compute="_compute_cost",
        store=True,
        help="What we bear of it. Nothing of a label that is void or that somebody else pays.",
    )
    can_void = fields.Boolean(compute="_compute_can_void")

    _amount_not_negative = models.Constraint(
        "CHECK(amount >= 0)", "Freight cannot be less than zero. Correct the amount."
    )
    _once = models.UniqueIndex(
        "(picking_id, ticket_id) WHERE is_void IS NOT TRUE",
        "The freight of this parcel is on the case already. Reload the page.",
    )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends("way", "picking_id.name")
    def _compute_display_name(self):
        for freight in self:
            freight.display_name = freight.sudo().picking_id.name

    @api.depends("is_void", "picking_id.state")
    def _compute_state(self):
        for freight in self:
            done = freight.picking_id.state == "done"
            freight.state = "void" if freight.is_void else "charged" if done else "announced"

    @api.depends("is_void", "amount", "paid_by")
    def _compute_cost(self):
        for freight in self:
            ours = not freight.is_void and freight.paid_by == "publisher"
            freight.cost = freight.amount if ours else 0.0

    @api.depends("state", "has_label")
    def _compute_can_void(self):
        for freight in self:
            freight.can_void = freight.has_label and freight.state == "announced"

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    def write(self, vals):
        """Let people correct amount and payer by the carrier's bill; the case's log keeps it.

        Whoever says from where an amount is known notes it and corrects nothing.

        :raises AccessError: for anything else
        """
        if not self.env.su and set(vals) - CORRECTABLE:
            raise AccessError(
                self.env._("Of freight only the amount and who pays it can be corrected.")
            )
        if not CORRECTABLE & set(vals) or "source" in vals:
            return super().write(vals)
        before = {freight: freight._describe() for freight in self}
        if "amount" in vals:
            vals = {**vals, "source": "entered"}
        result = super().write(vals)
        self.sudo().waybill_ids._follow_label()
        changed = self.filtered(lambda freight: freight._describe() != before[freight])
        self.env["aftersales.event"]._log(
            "freight_corrected", changed, {f: f"{before[f]} → {f._describe()}" for f in changed}
        )
        return result

    def _describe(self):
        payers = dict(self._fields["paid_by"]._description_selection(self.env))
        amount = format_amount(self.env, self.amount, self.currency_id)
        return f"{self.display_name}: {amount}, {payers[self.paid_by]}"

    # ------------------------------------------------------------------
    # Verbs
    # ------------------------------------------------------------------
    def action_void_label(self):
        """Cancel return labels with their carriers: the reader sends the parcel otherwise.

        A parcel of several cases is cancelled once. What one parcel lacks undoes no other's: carriers
        have cancelled those already.

        :return: ``True``, or a notification of what failed
        :raises UserError: when a parcel is here; where it is one, when the carrier does not cancel it
        """
        self._check_role("agent", "manager")
        freights = self.sudo().filtered(lambda f: not f.is_void)
        lock_and_touch(freights.picking_id)
        freights._check_can_void()
        problems = {}
        for picking, theirs in freights.grouped("picking_id").items():
            self.env.flush_all()
            Event = self.env["aftersales.event"]
            try:
                with self.env.cr.savepoint(flush=False), Event._together():
                    picking._cancel_aftersales_shipment()
                    self.env.flush_all()
            except UserError as error:
                self.env.transaction.clear()
                problems[theirs[:1]] = theirs[:1]._name_problem(str(error))
        if problems and len(freights.picking_id) == 1:
            raise UserError("\n".join(problems.values()))
        return freights._report_problems(problems)

    def _check_can_void(self):
        """Look at all before the first carrier is asked."""
        for freight in self:
            if not freight.can_void:
                raise UserError(
                    self.env._(
                        "Case %(case)s: %(parcel)s has no return label that is not used yet, so "
                        "there is none to cancel.",
                        case=freight.ticket_id.number,
                        parcel=freight.picking_id.name,
                    )
                )

    def action_open_label(self):
        """Download the label, to print it or to send it again.

        :raises UserError: when the carrier gave a number only
        """
        self.check_access("read")
        label = self.sudo().label_ids[:1]
        if not label:
            raise UserError(
                self.env._("%s: the carrier gave a number and no label.", self.display_name)
            )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{label.id}?download=true",
            "target": "download",
        }

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    def _do_void(self, notes=None):
        """Nothing is charged any more; the number stays a waybill of the case.

        :param notes: ``{freight: text}``, where the numbers are gone already
        """
        live = self.filtered(lambda freight: not freight.is_void)
        live.is_void = True
        live.waybill_ids._follow_label()
        self.env["aftersales.event"]._log("label_voided", live, notes or live._get_parcel_notes())

    def _get_parcel_notes(self):
        return {freight: freight._name_parcel() for freight in self}

    def _name_parcel(self):
        """Return transfer, carrier and number in a line, as far as they are known."""
        self.ensure_one()
        parts = (self.picking_id.name, self.carrier_id.name, self.tracking_ref)
        return " · ".join(filter(None, parts))

    def _note_price(self, amount, source):
        """Set what the carrier charges; what a person entered stays."""
        self.filtered(lambda f: f.source != "entered").write({"amount": amount, "source": source})
