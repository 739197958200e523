import re

from odoo import Command, models
from odoo.exceptions import UserError

from odoo.addons.aftersales_publishing.locking import lock_and_touch

MODULE = "aftersales_publishing_delivery"


class StockPicking(models.Model):
    """Return labels of the parcels that readers send back (R6.5)."""

    _inherit = "stock.picking"

    def _get_aftersales_returns(self):
        """Return the returns of cases among these transfers."""
        return self.filtered(
            lambda p: any(e.kind == "return" for e in p.sudo().move_ids.aftersales_effect_id)
        )

    def _get_without_label(self):
        """Return those that have no live label."""
        labelled = self.sudo()._get_live_freight().filtered("has_label").picking_id
        return self - labelled

    def _check_may_get_label(self):
        """One label a parcel, and none where the reader's own postage is paid (R6.5).

        Whoever asks, by the case or by Odoo's own button: carriers charge every label they make.

        :raises UserError: naming the parcel and what to do
        """
        lock_and_touch(self)
        for freight in self._get_live_freight().filtered("has_label")[:1]:
            raise UserError(
                self.env._(
                    "%(parcel)s has a return label already, and the carrier would charge another "
                    "one. Print the one that is attached to the transfer, or let an agent cancel "
                    "it on case %(case)s, page Parcels.",
                    parcel=freight._name_parcel(),
                    case=freight.ticket_id.number,
                )
            )
        for resolution in self.move_ids.aftersales_effect_id.resolution_id:
            if problem := resolution._get_postage_problem():
                raise UserError(problem)

    # ------------------------------------------------------------------
    # Keep
    # ------------------------------------------------------------------
    def _keep_aftersales_label(self, answer, labels_before, ref_before):
        """Keep a new label: on the case, as waybill, with its freight.

        :param answer: ``{"tracking_number", "exact_price"}`` as far as the carrier returned them
        :raises UserError: when it gave neither a label nor a number
        """
        self.ensure_one()
        self.invalidate_recordset(["return_label_ids"])
        labels = self.return_label_ids - labels_before
        numbers = self._get_label_numbers(answer, labels, ref_before)
        if not labels and not numbers:
            raise UserError(
                self.env._(
                    "%(parcel)s: “%(carrier)s” gave no return label. Try again, or let the return "
                    "slip go alone.",
                    parcel=self.name,
                    carrier=self.carrier_id.name,
                )
            )
        if numbers:
            self.carrier_tracking_ref = ",".join(numbers)
        self._note_aftersales_price(answer.get("exact_price"))
        for freight in self._get_live_freight():
            self._attach_label(freight, labels, numbers)

    def _get_label_numbers(self, answer, labels, ref_before):
        """Return the numbers: as answered, else as noted on the transfer, else of the files."""
        told = answer.get("tracking_number")
        if not told and (self.carrier_tracking_ref or "") != ref_before:
            told = self.carrier_tracking_ref
        if told:
            return [number.strip() for number in told.split(",") if number.strip()]
        prefix = self.carrier_id.get_return_label_prefix()
        named = [
            re.match(r"-?([^.]+?)(-\d{1,2})?(\.\w+)?$", label.name.removeprefix(prefix))
            for label in labels
        ]
        return list(dict.fromkeys(match[1] for match in named if match))

    def _attach_label(self, freight, labels, numbers):
        """Attach the label to the case: its agents read it there, it is mailed from there."""
        ticket = freight.ticket_id
        copies = self.env["ir.attachment"].browse()
        for label in labels:
            copies |= label.copy({"res_model": ticket._name, "res_id": ticket.id})
        freight.write({"has_label": True, "label_ids": [Command.set(copies.ids)]})
        for number in numbers:
            self.env["aftersales.waybill"]._keep_label(freight, number)
        self.env["aftersales.event"]._log("label_made", freight, freight._name_parcel())

    # ------------------------------------------------------------------
    # Void
    # ------------------------------------------------------------------
    def _void_cancelled_labels(self):
        """Void the freight of parcels that are not sent; what the carrier refuses, the case says."""
        freights = self._get_live_freight().filtered(lambda f: f.picking_id.state == "cancel")
        for picking in freights.picking_id:
            theirs = freights.filtered(lambda f, p=picking: f.picking_id == p)
            notes = theirs._get_parcel_notes()
            self.env.flush_all()
            Event = self.env["aftersales.event"]
            try:
                # what follows the documents waits
                with self.env.cr.savepoint(flush=False), Event._together():
                    picking._cancel_aftersales_shipment()
                    self.env.flush_all()
            except UserError as error:
                self.env.transaction.clear()
                for freight in theirs:
                    freight.ticket_id.message_post(
                        body=self.env._(
                            "The carrier did not cancel the label of %(parcel)s: %(error)s Call "
                            "the carrier.",
                            parcel=notes[freight],
                            error=error,
                        ),
                        subtype_xmlid="mail.mt_note",
                    )
                theirs._do_void(notes)

    def _cancel_aftersales_shipment(self):
        """Cancel a shipment with its carrier; where nobody has been told of it, it is just void."""
        self.ensure_one()
        freights = self._get_live_freight()
        notes = freights._get_parcel_notes()
        try:
            if self.carrier_id and self.carrier_tracking_ref:
                self.cancel_shipment()
        except NotImplementedError:  # carriers without a service: the number was typed by hand
            self.carrier_tracking_ref = False
        freights._do_void(notes)

    # ------------------------------------------------------------------
    # Mails
    # ------------------------------------------------------------------
    def _get_live_labels(self):
        """Return the labels that go with the return slip."""
        return self.sudo()._get_live_freight().label_ids

    def _get_return_template(self, name):
        """The mail of a parcel with a label says that nothing is to be paid."""
        if name == "mail_template_return_slip" and self._get_live_labels():
            return self.env.ref(f"{MODULE}.mail_template_return_label")
        return super()._get_return_template(name)

    def _prepare_return_mail_vals(self, template):
        vals = super()._prepare_return_mail_vals(template)
        if labels := self._get_live_labels():
            attachments = template.attachment_ids | labels
            vals["attachment_ids"] = [Command.link(attachment.id) for attachment in attachments]
        return vals
