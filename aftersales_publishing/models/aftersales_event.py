from contextlib import contextmanager
from weakref import WeakKeyDictionary

from odoo import api, fields, models
from odoo.exceptions import AccessError

_waiting = WeakKeyDictionary()  # {cursor: values of what is logged inside a block of _together}

EVENTS = [
    ("submitted", "Case received"),
    ("acknowledged", "Acknowledged to the reader"),
    ("proof_requested", "Proof requested"),
    ("proof_received", "Proof received"),
    ("level_changed", "Complaint level changed"),
    ("judged", "Responsibility judged"),
    ("asked", "Somebody asked"),
    ("answered", "Answer noted"),
    ("enquiry_withdrawn", "Question withdrawn"),
    ("piracy_reported", "Pirated copy reported to the rights department"),
    ("proposed", "Remedy proposed"),
    ("agreed", "Reader agreed"),
    ("declined", "Reader declined"),
    ("execution_started", "Execution started"),
    ("return_ready", "Return announced"),
    ("slip_sent", "Return slip mailed to the reader"),
    ("pickup_booked", "Pick-up booked with the carrier"),
    ("term_extended", "Term of the return changed"),
    ("reminded", "Reader reminded of the return"),
    ("return_overdue", "Return overdue"),
    ("expired", "Remedy expired"),
    ("revived", "Expired remedy carried out after all"),
    ("received", "Copies received"),
    ("unexpected", "Unexpected copies in the parcel"),
    ("stray_linked", "Ownerless parcel linked"),
    ("inspected", "Copies inspected"),
    ("contradicted", "Inspection contradicts the claim"),
    ("put_elsewhere", "Copies put somewhere else"),
    ("pulped", "Copies pulped"),
    ("overruled", "Contradiction overruled"),
    ("given_up", "Missing copies given up"),
    ("shipment_ready", "Replacement announced"),
    ("shipped", "Replacement shipped"),
    ("part_ready", "Part announced"),
    ("part_shipped", "Part shipped"),
    ("document_sent", "Document mailed to the reader"),
    ("digital_sent", "E-book or code mailed to the reader"),
    ("digital_voided", "Code or link of the reader is void"),
    ("digital_downloaded", "E-book downloaded for the first time"),
    ("part_undone", "What was sent came back or failed"),
    ("refund_requested", "Refund requested"),
    ("refund_approved", "Refund approved"),
    ("refund_refused", "Refund refused by finance"),
    ("approval_voided", "Approval of the refund is void"),
    ("credited", "Credit note posted"),
    ("credit_undone", "Credit note no longer valid"),
    ("refund_undone", "Refund undone by finance"),
    ("paid", "Refund paid"),
    ("settled", "Refund set off against the open invoice"),
    ("kept_on_account", "Refund kept on the customer's account"),
    ("taken_off_account", "Refund taken off the customer's account"),
    ("payment_undone", "Payment no longer valid"),
    ("provider_asked", "Payment provider to refund"),
    ("provider_failed", "Payment provider did not refund"),
    ("provider_confirmed", "Payment provider's refund confirmed by finance"),
    ("provider_surplus", "Payment provider refunded more than was due"),
    ("freight_noted", "Return postage noted"),
    ("platform_refunded", "Refunded by the platform"),
    ("platform_corrected", "Number of the platform's refund corrected"),
    ("platform_undone", "Record of the platform's refund undone"),
    ("guided", "Guidance given"),
    ("rest_cancelled", "Undelivered copies cancelled"),
    ("urged", "Delivery urged"),
    ("repair_started", "Repair started"),
    ("repair_term", "Day of the repair changed"),
    ("binder_sent", "Copies left for the binder"),
    ("binder_back", "Copies back from the binder"),
    ("repaired", "Copies repaired"),
    ("not_repairable", "Copies cannot be repaired"),
    ("repair_undone", "Result of the repair taken back"),
    ("repair_overdue", "Repair overdue"),
    ("unrepaired", "Copies go home as they are"),
    ("repair_replaced", "Another remedy instead of the repair"),
    ("give_back_ready", "Way back to the reader announced"),
    ("given_back", "Reader's copies sent home"),
    ("edition_ordered", "New edition ordered against the credit"),
    ("difference_reminded", "Reader reminded of the price difference"),
    ("difference_overdue", "Price difference overdue"),
    ("difference_paid", "Price difference received"),
    ("difference_stuck", "Price difference paid, order not confirmed"),
    ("edition_shipped", "New edition shipped"),
    ("difference_paid_back", "Price difference paid back"),
    ("edition_ended", "Refund instead of the new edition"),
    ("sent_back", "Copies announced to go back to the reader"),
    ("resolution_cancelled", "Remedy cancelled"),
    ("resolution_done", "Remedy finished"),
    ("facts_changed", "Facts that decide a claim changed"),
    ("let_through", "Exception made for a copy"),
    ("copies_refused", "Copies refused"),
    ("refused", "Case refused"),
    ("objected", "Reader objected"),
    ("cancelled", "Case cancelled"),
    ("closed", "Case closed"),
    ("reopened", "Case reopened"),
    ("failed", "A step could not be posted"),
]


class AftersalesEvent(models.Model):
    """One line of the case's log: what happened, when, by whom, on which record.

    Append-only. Clocks, the reader's timeline and the dossier read it, so nobody,
    administrators included, may change or delete a line (R8.2, R11.1).
    """

    _name = "aftersales.event"
    _inherit = ["aftersales.decision"]
    _description = "After-sales Event"
    _order = "at desc, id desc"
    _rec_name = "code"

    ticket_id = fields.Many2one(
        "helpdesk.ticket", "Case", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="ticket_id.company_id", store=True, precompute=True)
    code = fields.Selection(EVENTS, "Event", required=True, index=True)
    at = fields.Datetime(required=True, default=fields.Datetime.now)
    user_id = fields.Many2one("res.users", "By", required=True, default=lambda self: self.env.user)
    res_model = fields.Char("Record Model")
    res_id = fields.Many2oneReference("Record", model_field="res_model")
    note = fields.Char()

    def write(self, vals):  # pylint: disable=method-required-super
        raise AccessError(self.env._("The event log of a case cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(self.env._("The event log of a case cannot be deleted."))

    @api.model
    def _log(self, code, records, note=None):
        """Append ``code`` once for every record of ``records``.

        :param records: records with a ``ticket_id``, or tickets themselves
        :param note: one text for all, or ``{record: text}``
        """
        is_ticket = records._name == "helpdesk.ticket"
        vals_list = [
            {
                "ticket_id": record.id if is_ticket else record.ticket_id.id,
                "code": code,
                "at": fields.Datetime.now(),
                "user_id": self.env.uid,
                "res_model": record._name,
                "res_id": record.id,
                "note": note.get(record) if isinstance(note, dict) else note,
            }
            for record in records
        ]
        if self.env.cr in _waiting:
            _waiting[self.env.cr] += vals_list
        else:
            self.sudo().create(vals_list)

    @api.model
    @contextmanager
    def _together(self):
        """Append what is logged inside with one statement at the end; nothing of what raises.

        A verb logs several things of a case. Of blocks within each other the outermost appends.
        """
        cr = self.env.cr
        is_inner = cr in _waiting
        waiting = _waiting.setdefault(cr, [])
        before = len(waiting)
        try:
            yield
        except BaseException:
            del waiting[before:]
            raise
        finally:
            if not is_inner:
                del _waiting[cr]
        if not is_inner:
            self.sudo().create(waiting)
