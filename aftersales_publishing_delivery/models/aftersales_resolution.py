from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.aftersales_publishing.locking import lock_and_touch


class AftersalesResolution(models.Model):
    """The carrier's return label for the parcel that a reader sends (R6.5)."""

    _inherit = "aftersales.resolution"

    can_get_label = fields.Boolean(compute="_compute_can_get_label", compute_sudo=True)

    @api.depends("state", "effect_ids.state", "ticket_id.freight_ids.state")
    def _compute_can_get_label(self):
        without = self._get_return_pickings()._get_without_label()
        for resolution in self:
            awaited = resolution._get_return_pickings() & without
            resolution.can_get_label = bool(awaited) and not resolution._get_label_problem()

    # ------------------------------------------------------------------
    # Verbs
    # ------------------------------------------------------------------
    def action_get_return_label(self):
        """Have the carrier make the return labels of the announced parcels; mail them.

        Each is attached to the case and goes to the reader with the return slip; the parcel is found
        by its number. A parcel that has a label gets no second one.

        :return: ``True``, or a notification of what failed
        :raises UserError: naming the case where it is one, and what to do
        """
        self._check_role("agent", "manager")
        resolutions = self.sudo()
        # before the carrier is asked: whoever cancels waits, and nothing that was charged is repeated
        lock_and_touch(resolutions)
        pickings = resolutions._get_return_pickings()
        if not pickings:
            raise UserError(
                self.env._(
                    "%s: no copy is awaited, so there is no return label. Announce the return "
                    "first.",
                    ", ".join(self.mapped("display_name")),
                )
            )
        lock_and_touch(pickings)
        problems = {}
        for picking in pickings._get_without_label():
            theirs = resolutions.filtered(lambda r, p=picking: p in r._get_return_pickings())
            # never halved and tried again like other batches: carriers charge every label they make
            self.env.flush_all()
            Event = self.env["aftersales.event"]
            try:
                with self.env.cr.savepoint(flush=False), Event._together():
                    theirs._do_get_label(picking)
                    self.env.flush_all()
            except UserError as error:
                self.env.transaction.clear()
                problems[theirs[:1]] = theirs[:1]._name_problem(str(error))
        return resolutions._report_label_problems(problems)

    def _report_label_problems(self, problems):
        """Raise the problem of a single case: nothing else happened that would be lost."""
        if problems and len(self.ticket_id) == 1:
            raise UserError("\n".join(problems.values()))
        return self._report_problems(problems)

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    def _do_get_label(self, picking):
        """Get the label of one parcel by the native way, as the warehouse would."""
        if problem := self[:1]._get_label_problem():
            raise UserError(problem)
        picking.carrier_id = self[:1]._get_return_carrier()
        picking.print_return_label()
        self.slip_due = True

    def _get_return_carrier(self):
        """Return the carrier that we pay for returns: the one chosen for the case, else the house's,
        else who delivered the copies.

        None, where none of them serves the address from which the parcel comes.
        """
        resolution = self[:1]
        known = (
            resolution.return_carrier_id
            | resolution.company_id.aftersales_return_carrier_id
            | resolution.line_id.delivery_move_id.picking_id.carrier_id
        )
        sender = resolution.pickup_partner_id or resolution.ticket_id._get_shipping_partner()
        return known._get_serving(sender, resolution.company_id)

    def _get_label_problem(self):
        """Say why there can be no return label, or nothing."""
        self.ensure_one()
        carrier = self._get_return_carrier()
        if not carrier:
            return self.env._(
                "Case %s: no carrier is set that takes returns from the reader's address, so the "
                "return slip goes alone. A manager chooses the carrier of returns in the "
                "after-sales settings.",
                self.ticket_id.number,
            )
        if not carrier.can_generate_return:
            return self.env._(
                "Case %(case)s: “%(carrier)s” makes no return labels, so the return slip goes "
                "alone.",
                case=self.ticket_id.number,
                carrier=carrier.name,
            )
        return self._get_postage_problem()

    def _get_postage_problem(self):
        """Say why we pay no label of this parcel, or nothing."""
        self.ensure_one()
        if postage := self._get_parcel_postage():
            return self.env._(
                "Case %(case)s: the reader's own postage of this parcel is reimbursed "
                "(%(reason)s), so it needs no label. If it was not sent, cancel that first.",
                case=self.ticket_id.number,
                reason=postage[0].credit_reason,
            )
        return False

    def _check_return_vals(self, vals):
        """No pick-up at our cost beside the reader's own postage of the parcel (R6.5)."""
        result = super()._check_return_vals(vals)
        for resolution in self:
            booked = vals.get("pickup_booked", resolution.pickup_booked)
            newly = not (resolution.return_way == "pick_up" and resolution.pickup_booked)
            way = vals.get("return_way", resolution.return_way)
            if not (way == "pick_up" and booked and newly and resolution._get_return_carrier()):
                continue
            if postage := resolution._get_parcel_postage():
                raise UserError(
                    self.env._(
                        "Case %(case)s: the reader's own postage of this parcel is reimbursed "
                        "(%(reason)s), so it is not collected at our cost. If it was not sent, "
                        "cancel that first.",
                        case=resolution.ticket_id.number,
                        reason=postage[0].credit_reason,
                    )
                )
        return result

    def _keep_return_waybill(self, number, carrier):
        """The number of a pick-up stands on the transfer too; that of a label was handed in."""
        result = super()._keep_return_waybill(number, carrier)
        if number:
            number = self.env["aftersales.waybill"]._normalize(number)
            pickings = self._get_return_pickings().filtered(lambda p: not p.carrier_tracking_ref)
            pickings.carrier_tracking_ref = number
            self._note_handed_in(number)
        return result

    def _note_handed_in(self, number):
        """The reader names the number of our label: the parcel is under way."""
        sent = self.filtered(lambda r: r.return_way != "pick_up").ticket_id.waybill_ids
        labels = sent.filtered(lambda w: w.number == number and w.freight_id and not w.handed_in_on)
        for company, waybills in labels.grouped("company_id").items():
            waybills.handed_in_on = company._get_aftersales_today()

    # ------------------------------------------------------------------
    # What forbids it
    # ------------------------------------------------------------------
    def _get_freight_problems(self):
        """Nobody is reimbursed for a parcel that travels on a label of ours (R6.5)."""
        problems = super()._get_freight_problems()
        for resolution in self.filtered(lambda r: r.freight_payer == "reader"):
            freights = resolution.line_id._get_returns()._get_live_freight()
            ours = freights.filtered(lambda f: f.paid_by == "publisher")[:1]
            if ours:
                problems.append(
                    self.env._(
                        "Case %(case)s: we pay the return of “%(title)s” ourselves (%(parcel)s), "
                        "so nothing is reimbursed. If the reader paid another carrier, cancel "
                        "the label or the pick-up first.",
                        case=resolution.ticket_id.number,
                        title=resolution.line_id._get_title(),
                        parcel=ours._name_parcel(),
                    )
                )
        return problems
