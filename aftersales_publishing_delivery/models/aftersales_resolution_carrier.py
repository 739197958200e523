import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.aftersales_publishing.background import RETRIED
from odoo.addons.aftersales_publishing.locking import lock_and_touch

_logger = logging.getLogger(__name__)


class AftersalesResolution(models.Model):
    """Who carries a parcel back: chosen for the case, named on the transfer, priced (R6.5)."""

    _inherit = "aftersales.resolution"

    return_carrier_id = fields.Many2one(
        "delivery.carrier",
        "Carrier of the Return",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        domain="[('company_id', 'in', (False, company_id))]",
        help="Makes the label of this return, or collects it. Empty: the carrier of returns in the "
        "settings, else whoever delivered the copies.",
    )

    @api.model
    def _get_settable(self):
        return *super()._get_settable(), "return_carrier_id"

    # ------------------------------------------------------------------
    # Agree
    # ------------------------------------------------------------------
    def _check_return_vals(self, vals):
        result = super()._check_return_vals(vals)
        if "return_carrier_id" in vals:
            carrier = self.env["delivery.carrier"].browse(vals["return_carrier_id"])
            for resolution in self.filtered(lambda r: r.return_carrier_id != carrier):
                address = vals.get("pickup_partner_id", resolution.pickup_partner_id.id)
                resolution._check_may_carry(carrier, self.env["res.partner"].browse(address))
        return result

    def _check_may_carry(self, carrier, pickup_partner):
        """Refuse a carrier that does not come to the reader, or beside a label that is paid."""
        self.ensure_one()
        number = self.ticket_id.number
        labels = self._get_return_pickings()._get_live_freight().filtered("has_label")
        if labels:
            raise UserError(
                self.env._(
                    "Case %(case)s: %(parcel)s has a return label already. Cancel it on page "
                    "Parcels, then choose another carrier.",
                    case=number,
                    parcel=labels[0]._name_parcel(),
                )
            )
        sender = pickup_partner or self.ticket_id._get_shipping_partner()
        if carrier and not carrier._get_serving(sender, self.company_id):
            raise UserError(
                self.env._(
                    "Case %(case)s: “%(carrier)s” takes no parcels from %(address)s. Choose another "
                    "carrier, or none: then the house's carrier of returns is taken.",
                    case=number,
                    carrier=carrier.name,
                    address=sender.display_name,
                )
            )

    def _do_set_return(self, vals):
        """One carrier for all that is in a parcel; a pick-up that is booked has its price."""
        result = super()._do_set_return(vals)
        pickings = self._get_return_pickings()
        chosen = "return_carrier_id" in vals
        if chosen:
            others = pickings.move_ids.aftersales_effect_id.resolution_id - self
            others.return_carrier_id = self.return_carrier_id
        self._follow_return_carrier(pickings._get_without_label(), chosen)
        return result

    def _follow_return_carrier(self, pickings, chosen=False):
        """Name the carrier on announced parcels, and note what a pick-up costs.

        :param pickings: those without a label
        :param chosen: the agent chose just now; else the carrier that they have stays
        """
        self.ensure_one()
        carrier = self._get_return_carrier()
        booked = self.return_way == "pick_up" and self.pickup_booked and carrier
        changed = pickings.filtered(lambda p: chosen and p.carrier_id and p.carrier_id != carrier)
        (changed if booked else pickings)._get_live_freight()._do_void()
        if booked:
            (changed | pickings.filtered(lambda p: not p.carrier_id)).carrier_id = carrier
            pickings._note_aftersales_freight()
        elif chosen:
            pickings.carrier_id = carrier if carrier.can_generate_return else False

    def _note_booked_pickups(self):
        """Note what pick-ups cost that were booked before the return was announced."""
        for resolution in self:
            if resolution.return_way == "pick_up" and resolution.pickup_booked:
                resolution._follow_return_carrier(resolution._get_return_pickings())

    # ------------------------------------------------------------------
    # In one go
    # ------------------------------------------------------------------
    @api.model
    def _cron_returns(self):
        """Where the house wants it so, the slips go with the carriers' labels straight away.

        The labels come first, each case in a transaction of its own: what a carrier charged is
        kept, whatever becomes of the mail and of other cases.
        """
        domain = self._get_label_domain()
        found = self.search(domain, order="ticket_id, id")
        without = found._get_return_pickings()._get_without_label()
        todo = found.filtered(lambda r: r._get_return_pickings() & without)
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(todo))
        for case in todo._by_case(1):
            case._do_in_background(domain, "_get_labels_at_once")
            if not Cron._commit_progress(len(case)):
                return None
        return super()._cron_returns()

    @api.model
    def _get_label_domain(self):
        wanted = Domain("company_id.aftersales_label_at_once", "=", True)
        return self._get_slip_domain() & wanted & Domain("return_way", "!=", "pick_up")

    def _get_labels_at_once(self):
        """Get the labels that can be had, one by one; of the others the case says why not.

        All that is written is locked first: nothing that was charged is rolled back for it.
        """
        pickings = self._get_return_pickings()
        lock_and_touch(self.ticket_id)
        lock_and_touch(pickings)
        for picking in pickings._get_without_label():
            theirs = self.filtered(lambda r, p=picking: p in r._get_return_pickings())
            if theirs[:1]._get_label_problem():
                continue  # the page Parcels says so
            self.env.flush_all()
            Event = self.env["aftersales.event"]
            try:
                with self.env.cr.savepoint(flush=False), Event._together():
                    theirs._do_get_label(picking)
                    self.env.flush_all()
            except RETRIED:
                raise
            except Exception as error:  # of the carrier's add-on, whatever it raises
                self.env.transaction.clear()
                if not isinstance(error, UserError):
                    _logger.exception("%s: no return label", picking)
                theirs.ticket_id._note_problems({theirs[:1]: theirs[:1]._name_problem(str(error))})

    def _note_background_problem(self, verb, error):
        """Without the label the slip goes alone."""
        if verb != "_get_labels_at_once":
            return super()._note_background_problem(verb, error)
        return self.ticket_id._note_problems({r: r._name_problem(str(error)) for r in self})
