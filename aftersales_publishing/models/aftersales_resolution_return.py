from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..locking import lock_and_touch

RETURN_WAYS = [("drop_off", "The reader sends it"), ("pick_up", "A carrier collects it")]
SETTABLE = (
    "return_way",
    "pickup_start",
    "pickup_end",
    "pickup_partner_id",
    "pickup_booked",
    "return_due",
)


class AftersalesResolution(models.Model):
    """How and until when the reader's copies come back (R6.5).

    The native return is the parcel; its number is on the slip. What is agreed about its way
    is kept with the decision, where it can be agreed before the return is announced.
    """

    _inherit = "aftersales.resolution"

    takes_back = fields.Boolean(related="remedy_id.takes_back")
    return_way = fields.Selection(RETURN_WAYS, "How It Comes Back", default="drop_off")
    pickup_start = fields.Datetime("Pick-up From")
    pickup_end = fields.Datetime("Pick-up Until")
    pickup_partner_id = fields.Many2one(
        "res.partner",
        "Pick-up Address",
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: where the case's parcels go.",
    )
    pickup_booked = fields.Boolean(help="The carrier knows where and when to collect the parcel.")
    return_due = fields.Date(help="Until when the reader is to send the copies back.")
    return_reminded = fields.Integer(help="How many of the reminders were due and are written.")
    is_return_overdue = fields.Boolean(help="The term is over and the agent has to decide.")
    returned_late = fields.Boolean(
        help="The parcel came when the remedy had expired: the agent decides after the inspection."
    )
    slip_due = fields.Boolean(help="The reader is still to be told how the copies come back.")
    slip_sent_at = fields.Datetime("Return Slip Sent")
    can_set_return = fields.Boolean(compute="_compute_can_set_return")
    can_print_slip = fields.Boolean(compute="_compute_can_set_return")

    _slip_due_index = models.Index("(id) WHERE slip_due")
    _return_due_index = models.Index("(return_due) WHERE return_due IS NOT NULL")
    _pickup_window = models.Constraint(
        "CHECK(pickup_start IS NULL OR pickup_end IS NULL OR pickup_end > pickup_start)",
        "The pick-up ends before it begins. Correct its time.",
    )

    @api.depends("state", "takes_back", "effect_ids.state")
    def _compute_can_set_return(self):
        for resolution in self:
            open_returns = resolution.sudo()._get_open_returns()
            live = resolution.state in ("proposed", "agreed") and resolution.takes_back
            resolution.can_print_slip = bool(open_returns)
            resolution.can_set_return = live and bool(open_returns or not resolution.effect_ids)

    def _get_open_returns(self):
        """Return the announced returns of which copies are still awaited."""
        return self.effect_ids.filtered(lambda e: e.kind == "return" and e.state == "open")

    def _get_return_pickings(self):
        """Return the native returns in which copies are still awaited."""
        moves = self._get_open_returns().move_ids
        return moves.filtered(lambda m: m.state not in ("done", "cancel")).picking_id

    # ------------------------------------------------------------------
    # Verbs
    # ------------------------------------------------------------------
    def action_set_return(self, vals, waybill=None, carrier=None):
        """Agree how and until when the copies come back; the reader is told again.

        :param vals: of ``return_way``, ``pickup_start``, ``pickup_end``, ``pickup_partner_id``,
            ``pickup_booked``, ``return_due`` and what add-ons bring; what is left out stays
        :param waybill: number that the carrier gave; kept with the case
        :param carrier: its ``res.partner``
        :raises UserError: naming each remedy that takes nothing back or has its copies, or when a
            booked pick-up has no time, or the term has passed already
        """
        self._check_role("agent", "manager")
        resolutions = self.sudo()
        lock_and_touch(resolutions)
        resolutions._check_return_settable()
        settable = self._get_settable()
        vals = {name: value for name, value in vals.items() if name in settable}
        resolutions._check_return_vals(vals)
        for resolution in resolutions:
            resolution._do_set_return(vals)
        resolutions._keep_return_waybill(waybill, carrier)
        resolutions.ticket_id._sync_phase()
        return True

    def action_print_return_slip(self):
        """Print the slips of the announced returns."""
        self._check_role("agent", "warehouse", "manager", "auditor")
        pickings = self.sudo()._get_return_pickings()
        if not pickings:
            raise UserError(
                self.env._(
                    "%s: no copy is awaited, so there is no return slip. Announce the return first.",
                    ", ".join(self.mapped("display_name")),
                )
            )
        report = self.env.ref("aftersales_publishing.aftersales_return_slip_report")
        return report.report_action(pickings.sudo(False), config=False)

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    @api.model
    def _get_settable(self):
        """Return the names of what can be agreed about the way back."""
        return SETTABLE

    def _check_return_settable(self):
        for resolution in self.filtered(lambda r: not r.can_set_return):
            raise UserError(
                self.env._(
                    "%s: no copy is to come back any more, so there is nothing to agree about its "
                    "way.",
                    resolution.display_name,
                )
            )

    def _check_return_vals(self, vals):
        for resolution in self:
            wanted = {name: vals.get(name, resolution[name]) for name in ("return_way", *vals)}
            window = all(vals.get(n, resolution[n]) for n in ("pickup_start", "pickup_end"))
            if wanted["return_way"] == "pick_up" and wanted.get("pickup_booked") and not window:
                raise UserError(
                    self.env._(
                        "%s: say from when until when the carrier collects the parcel; the reader "
                        "is told.",
                        resolution.display_name,
                    )
                )
            due = fields.Date.to_date(vals.get("return_due"))
            if due and due != resolution.return_due:
                resolution._check_due_ahead(due)

    def _check_due_ahead(self, due):
        if due < self.company_id._get_aftersales_today():
            raise UserError(
                self.env._(
                    "%s: the term cannot end in the past. Choose a later day.", self.display_name
                )
            )

    def _do_set_return(self, vals):
        self.ensure_one()
        before = {name: self[name] for name in self._get_settable()}
        self.write(vals)
        if self.return_way != "pick_up":
            self.pickup_booked = False
        changed = {name for name in before if self[name] != before[name]}
        if changed and self._get_open_returns():
            self.slip_due = True
        Event = self.env["aftersales.event"]
        if "return_due" in changed:
            self.write({"is_return_overdue": False, "return_reminded": 0})
            Event._log("term_extended", self, fields.Date.to_string(self.return_due) or "—")
        if "pickup_booked" in changed and self.pickup_booked:
            Event._log("pickup_booked", self, fields.Datetime.to_string(self.pickup_start))

    def _keep_return_waybill(self, number, carrier):
        if not number:
            return
        waybills = self.env["aftersales.waybill"].sudo()
        number = waybills._normalize(number)
        for ticket in self.ticket_id:
            known = ticket.waybill_ids.filtered(lambda waybill: waybill.number == number)
            vals = {"carrier_id": carrier.id} if carrier else {}
            if known:
                known.write(vals)
            else:
                waybills.create({"ticket_id": ticket.id, "number": number, **vals})

    def _start_return_term(self):
        """Start the term when the return is announced; the reader is told by the next job."""
        for company, resolutions in self.grouped("company_id").items():
            days = company.aftersales_return_days
            due = company._get_aftersales_today() + timedelta(days=days) if days else False
            resolutions.write(
                {
                    "return_due": due,
                    "return_reminded": 0,
                    "is_return_overdue": False,
                    "slip_due": True,
                }
            )
