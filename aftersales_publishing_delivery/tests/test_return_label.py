from contextlib import suppress
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.aftersales_publishing.tests import invariants

from .common import DeliveryCommon


@tagged("-standard", "-at_install", "post_install", "optional_modules")
class TestReturnLabel(DeliveryCommon):
    """The reader gets the carrier's label with the slip and pays nothing (R6.5)."""

    def _get_label(self, resolution, user=None):
        result = resolution.with_user(user or self.agent).action_get_return_label()
        self._end_of_request()
        return result

    def _send_slips(self, resolution):
        resolution.sudo()._send_return_slips()

    # ------------------------------------------------------------------
    # Made
    # ------------------------------------------------------------------
    def test_one_click(self):
        """On the transfer, the case and in the mail; what it costs stands on the case."""
        ticket, resolution = self._announce()
        parcel = self._parcel(resolution)
        self.assertTrue(resolution.can_get_label and ticket.can_get_label)
        self.assertIs(self._get_label(ticket), True)
        self.assertEqual(self.calls, [("label", parcel.name)])
        self.assertEqual((parcel.carrier_id, parcel.carrier_tracking_ref), (self.labeller, "SF100"))
        freight = ticket.freight_ids
        self.assertEqual((freight.way, freight.picking_id), ("return", parcel))
        self.assertEqual((freight.amount, freight.source), (9.0, "price_list"))
        self.assertEqual((freight.paid_by, freight.cost), ("publisher", 9.0))
        label = freight.label_ids
        self.assertEqual((label.res_model, label.res_id), (ticket._name, ticket.id))
        self.assertIn(str(label.id), freight.with_user(self.agent).action_open_label()["url"])
        self.assertIn("label_made", self._codes(ticket))
        self.assertFalse(ticket.can_get_label, "there is one")

    def test_mailed_with_the_slip(self):
        ticket, resolution = self._announce()
        self._get_label(resolution)
        self.assertTrue(resolution.slip_due)
        self._send_slips(resolution)
        [mail] = self._mails(ticket, "your label to send the books back")
        names = mail.attachment_ids.mapped("name")
        self.assertEqual(len(names), 2, names)
        self.assertTrue(any(name.startswith("LabelReturn") for name in names), names)
        self.assertIn("We pay the postage", mail.body_html)
        self.assertIn("SF100", mail.body_html)
        self.assertEqual(mail.recipient_ids, self.reader)

    def test_told_again_with_the_label(self):
        """The slip went alone already: it goes again, with the label."""
        ticket, resolution = self._announce()
        self._send_slips(resolution)
        self.assertFalse(resolution.slip_due)
        self._get_label(resolution)
        self.assertTrue(resolution.slip_due)

    def test_the_returns_table_finds_it(self):
        ticket, resolution = self._announce()
        self._get_label(resolution)
        self.assertEqual(ticket.waybill_ids.number, "SF100")
        self.assertEqual(ticket.waybill_ids.freight_paid_by, "publisher")
        table = self.env["aftersales.returns.table"].with_user(self.warehouse)
        found = table.find(" sf100")
        self.assertEqual(
            (found["kind"], found["parcel"]["id"]), ("one", self._parcel(resolution).id)
        )

    def test_once(self):
        """A double click buys one label; the carrier would charge both."""
        ticket, resolution = self._announce()
        self._get_label(resolution)
        self._get_label(resolution)
        self.assertEqual(len(self.calls), 1)
        self.assertEqual(len(ticket.freight_ids), 1)

    def test_the_warehouse_prints_it(self):
        """Odoo's own button on the transfer leads to the same."""
        ticket, resolution = self._announce()
        parcel = self._parcel(resolution).with_user(self.warehouse)
        self.assertTrue(parcel.is_return_picking, "the native button shows")
        parcel.print_return_label()
        self.assertEqual(ticket.waybill_ids.number, "SF100")
        self.assertEqual(ticket.freight_ids.cost, 9.0)

    def test_the_warehouse_prints_it_once_more(self):
        """The agent has a label already: the carrier is not asked for a second one."""
        ticket, resolution = self._announce()
        self._get_label(resolution)
        parcel = self._parcel(resolution).with_user(self.warehouse)
        with self.assertRaisesRegex(UserError, f"SF100 has a return label.*{ticket.number}"):
            parcel.print_return_label()
        self.assertEqual(len(self.calls), 1)
        ticket.freight_ids.with_user(self.agent).action_void_label()
        parcel.print_return_label()
        self.assertEqual(ticket.freight_ids.mapped("state"), ["void", "announced"])

    def test_the_number_is_answered(self):
        """Some services return number and price; that is what we are charged."""
        self.answer = {"tracking_number": "SFX7, SFX8", "exact_price": 15.5}
        ticket, resolution = self._announce()
        self._get_label(resolution)
        self.assertEqual(set(ticket.waybill_ids.mapped("number")), {"SFX7", "SFX8"})
        self.assertEqual(self._parcel(resolution).carrier_tracking_ref, "SFX7,SFX8")
        self.assertEqual(ticket.freight_ids.amount, 15.5)

    def test_two_titles_in_one_parcel(self):
        """One parcel, one label, whichever row it is asked for."""
        order = self._sell({self.run_1: 1, self.run_2: 1})
        ticket = self._case(order, {self.run_1: 1, self.run_2: 1})
        resolutions = self._agree(ticket, "return_refund")
        self._get_label(resolutions)
        self.assertEqual(len(self.calls), 1)
        self.assertFalse(any(resolutions.mapped("can_get_label")))

    def test_many_cases(self):
        """One service call fails: that case is told, the others have their labels."""
        first, second = (self._announce()[1] for _case in range(2))
        broken, problem = self._parcel(first).name, "Unknown postcode"
        serve = self._serve

        def serve_others(what, pickings):
            if broken in pickings.mapped("name"):
                raise UserError(problem)
            serve(what, pickings)

        self._serve = serve_others
        result = self._get_label(first | second)
        self.assertIn("Unknown postcode", result["params"]["message"])
        self.assertEqual(len(self.calls), 1)
        self.assertFalse(first.ticket_id.freight_ids)
        self.assertTrue(second.ticket_id.freight_ids.has_label)

    # ------------------------------------------------------------------
    # Which carrier
    # ------------------------------------------------------------------
    def test_no_labels(self):
        """The carrier makes none: plain words, and the slip goes alone."""
        self.company.aftersales_return_carrier_id = self.courier
        ticket, resolution = self._announce()
        self.assertFalse(self._parcel(resolution).carrier_id, "the reader chooses one")
        self.assertFalse(ticket.can_get_label)
        self.assertRegex(ticket.label_note, "“Deppon” makes no return labels.*slip goes alone")
        with self.assertRaisesRegex(UserError, f"{ticket.number}.*“Deppon” makes no return labels"):
            self._get_label(resolution)
        self._send_slips(resolution)
        [mail] = self._mails(ticket, "how to send the books back")
        self.assertEqual(len(mail.attachment_ids), 1)

    def test_no_carrier(self):
        self.company.aftersales_return_carrier_id = False
        ticket, resolution = self._announce()
        with self.assertRaisesRegex(UserError, "no carrier is set.*after-sales settings"):
            self._get_label(resolution)

    def test_who_delivered_it(self):
        """Without a setting, the carrier that brought the copies takes them back."""
        self.company.aftersales_return_carrier_id = False
        order = self._sell({self.run_1: 1})
        order.picking_ids.carrier_id = self.labeller
        ticket, resolution = self._announce(order=order)
        self.assertEqual(self._parcel(resolution).carrier_id, self.labeller)
        self._get_label(resolution)
        self.assertEqual(ticket.freight_ids.carrier_id, self.labeller)

    def test_not_to_the_island(self):
        """The house's carrier does not serve the reader's country: the next that does."""
        self.courier.country_ids = self.env.ref("base.fr")
        self.company.aftersales_return_carrier_id = self.courier
        self.reader.country_id = self.env.ref("base.cn")
        order = self._sell({self.run_1: 1})
        order.picking_ids.carrier_id = self.labeller
        _ticket, resolution = self._announce(order=order)
        self.assertEqual(resolution._get_return_carrier(), self.labeller)

    def test_another_carrier_for_the_case(self):
        """The house's courier makes no labels; the agent chooses one who does, before the label."""
        self.company.aftersales_return_carrier_id = self.courier
        ticket, resolution = self._announce()
        self.assertFalse(resolution.can_get_label)
        wizard = self.env["aftersales.return.wizard"].with_user(self.agent)
        wizard = Form(wizard.with_context(default_resolution_ids=resolution.ids))
        wizard.return_carrier_id = self.labeller
        wizard.save().action_save()
        self.assertEqual(self._parcel(resolution).carrier_id, self.labeller)
        self._get_label(resolution)
        self.assertEqual(ticket.freight_ids.carrier_id, self.labeller)
        with self.assertRaisesRegex(UserError, f"{ticket.number}.*SF100.*Cancel it"):
            resolution.action_set_return({"return_carrier_id": self.courier.id})
        ticket.freight_ids.with_user(self.agent).action_void_label()
        resolution.action_set_return({"return_carrier_id": False})
        self.assertFalse(self._parcel(resolution).carrier_id, "the reader chooses who brings it")

    def test_a_carrier_who_does_not_come_there(self):
        self.labeller.country_ids = self.env.ref("base.is")
        self.reader.country_id = self.env.ref("base.cn")
        ticket, resolution = self._announce()
        with self.assertRaisesRegex(UserError, f"{ticket.number}: “SF Express” takes no parcels"):
            resolution.action_set_return({"return_carrier_id": self.labeller.id})

    # ------------------------------------------------------------------
    # In one go with the announcement
    # ------------------------------------------------------------------
    def test_a_label_with_every_slip(self):
        """The house wants it so: no click, one label, one mail."""
        self.company.aftersales_label_at_once = True
        ticket, resolution = self._announce()
        self.assertFalse(self.calls, "no carrier is asked while the agent waits")
        self._run_job()
        self.assertEqual(self.calls, [("label", self._parcel(resolution).name)])
        [mail] = self._mails(ticket, "your label to send the books back")
        self.assertEqual(len(mail.attachment_ids), 2)
        resolution.action_set_return({"return_due": fields.Date.today() + timedelta(days=30)})
        self.assertTrue(resolution.slip_due, "the reader is told again")
        self._run_job()
        self.assertEqual(len(self.calls), 1)

    def test_no_label_with_this_slip(self):
        """The service is down: the slip goes alone, the case says why."""
        self.company.aftersales_label_at_once = True
        self.service_problem = "Service unavailable"
        ticket, resolution = self._announce()
        self._run_job()
        self.assertEqual(len(self._mails(ticket, "send the books back")), 1)
        self.assertFalse(resolution.slip_due or ticket.freight_ids)
        self.assertIn("Service unavailable", " ".join(ticket.sudo().message_ids.mapped("body")))
        self.assertTrue(resolution.can_get_label, "the agent can try again")

    def test_an_answer_that_nobody_expected(self):
        """The carrier's add-on fails by a mistake of its own: the slip goes alone all the same."""
        self.company.aftersales_label_at_once = True
        ticket, resolution = self._announce()

        def fail(what, pickings):
            raise KeyError("labelUrl")

        self._serve = fail
        with mute_logger("odoo.addons.aftersales_publishing_delivery.models"):
            self._run_job()
        self.assertEqual(len(self._mails(ticket, "send the books back")), 1)
        self.assertFalse(resolution.slip_due or ticket.freight_ids)
        self.assertIn("labelUrl", " ".join(ticket.sudo().message_ids.mapped("body")))

    def test_labels_are_kept_case_by_case(self):
        """Carriers charge each one: committed before the next case, and before any slip."""
        self.company.aftersales_label_at_once = True
        tickets = [self._announce()[0] for _case in range(3)]
        mailed, serve = [], self._serve

        def serve_two(what, pickings):
            mailed.extend(mail for t in tickets for mail in self._mails(t, "send the books back"))
            if len(self.calls) == 2:
                raise ConcurrencyError("somebody works on the third")
            serve(what, pickings)

        self._serve = serve_two
        commits = []
        with suppress(ConcurrencyError):
            self._run_job(commits)
        self.assertEqual(commits, [0, 1, 2])
        self._serve = serve
        self._run_job()
        self.assertFalse(mailed, "the slips follow")
        self.assertEqual(len(self.calls), 3, "nobody is asked twice")
        for ticket in tickets:
            [mail] = self._mails(ticket, "your label to send the books back")
            self.assertEqual(len(mail.attachment_ids), 2)

    def test_the_service_is_down(self):
        """Nothing is left of it: no number, no freight, and the case says what failed."""
        self.service_problem = "SF Express does not answer"
        ticket, resolution = self._announce()
        resolution.sudo().slip_due = False
        with self.assertRaisesRegex(UserError, f"{ticket.number}.*does not answer"):
            self._get_label(resolution)
        self.assertFalse(ticket.freight_ids or ticket.waybill_ids or resolution.slip_due)

    def test_nothing_is_awaited(self):
        ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1})
        resolution = self._agree(ticket, "refund_only")
        with self.assertRaisesRegex(UserError, "no copy is awaited"):
            self._get_label(resolution)

    def test_roles(self):
        _ticket, resolution = self._announce()
        for user in (self.warehouse, self.finance, self.auditor):
            with self.assertRaises(AccessError):
                self._get_label(resolution, user)

    # ------------------------------------------------------------------
    # Undone
    # ------------------------------------------------------------------
    def test_the_return_is_cancelled(self):
        """The label is cancelled with the carrier and costs nothing; nothing else is left (I6)."""
        ticket, resolution = self._announce()
        self._get_label(resolution)
        parcel = self._parcel(resolution)
        resolution.with_user(self.agent).action_cancel("keeps it")
        self.assertEqual(self.calls[1:], [("cancel", parcel.name)])
        freight = ticket.freight_ids
        self.assertEqual((freight.state, freight.cost), ("void", 0.0))
        self.assertFalse(parcel.carrier_tracking_ref)
        notes = ticket.event_ids.filtered(lambda e: e.code == "label_voided").mapped("note")
        self.assertEqual(len(notes), 1)
        self.assertIn("SF100", notes[0])
        self.assertEqual(invariants.find_breaches(self.env), [])

    def test_the_warehouse_cancels_the_transfer(self):
        ticket, resolution = self._announce()
        self._get_label(resolution)
        self._parcel(resolution).with_user(self.warehouse).action_cancel()
        self._end_of_request()
        self.assertEqual([what for what, _name in self.calls], ["label", "cancel"])
        self.assertEqual(ticket.freight_ids.state, "void")

    def test_the_carrier_does_not_cancel(self):
        """The remedy is cancelled all the same; the agent is told to call the carrier."""
        ticket, resolution = self._announce()
        self._get_label(resolution)
        self.service_problem = "SF Express does not answer"
        resolution.with_user(self.agent).action_cancel("keeps it")
        self.assertEqual(resolution.state, "cancelled")
        self.assertEqual(ticket.freight_ids.state, "void")
        self.assertRegex(
            ticket.message_ids[0].body, "did not cancel the label.*SF100.*does not answer"
        )

    def test_another_label(self):
        """The label is cancelled alone: the parcel stays announced and may get another one."""
        ticket, resolution = self._announce()
        self._get_label(resolution)
        ticket.freight_ids.with_user(self.agent).action_void_label()
        self.assertEqual(resolution.progress, "waiting_return")
        self._get_label(resolution)
        self.assertEqual(ticket.freight_ids.mapped("state"), ["void", "announced"])
        self.assertEqual(len(ticket.waybill_ids), 2, "a parcel with the old one is found, too")

    def test_one_parcel_of_two_cases(self):
        """Both cases show the label: it is cancelled once, for both."""
        order = self._sell({self.run_1: 2})
        (one, first), (other, second) = (self._announce(order=order) for _case in range(2))
        parcel = self._parcel(first)
        self._parcel(second).move_ids.picking_id = parcel
        self._get_label(first | second)
        freights = (one | other).freight_ids
        self.assertEqual((len(freights), freights.picking_id), (2, parcel))
        self.assertIs(freights.with_user(self.agent).action_void_label(), True)
        self.assertEqual(set(freights.mapped("state")), {"void"})
        self.assertEqual([what for what, _name in self.calls], ["label", "cancel"])

    def test_the_carrier_cancels_one_of_two(self):
        """What was cancelled with the carrier stays so; the other case is named."""
        pairs = [self._announce() for _case in range(2)]
        for _ticket, resolution in pairs:
            self._get_label(resolution)
        freights = pairs[0][0].freight_ids | pairs[1][0].freight_ids
        stuck, serve = freights[1].picking_id.name, self._serve
        problem = "Scanned already"

        def serve_others(what, pickings):
            if stuck in pickings.mapped("name"):
                raise UserError(problem)
            serve(what, pickings)

        self._serve = serve_others
        result = freights.with_user(self.agent).action_void_label()
        self.assertRegex(result["params"]["message"], f"{pairs[1][0].number}.*Scanned already")
        self.assertEqual(freights.mapped("state"), ["void", "announced"])

    def test_a_label_that_was_used_stays(self):
        ticket, resolution = self._announce()
        self._get_label(resolution)
        self._receive(resolution)
        self.assertEqual(ticket.freight_ids.state, "charged")
        with self.assertRaisesRegex(UserError, "none to cancel"):
            ticket.freight_ids.with_user(self.agent).action_void_label()

    # ------------------------------------------------------------------
    # Beside the term and the reader's own postage
    # ------------------------------------------------------------------
    def test_a_label_shows_no_parcel_under_way(self):
        """The reader has it and sends nothing: reminded, then expired, and the label is void."""
        ticket, resolution = self._announce()
        self._get_label(resolution)
        self.assertTrue(resolution.sudo()._is_left_to_reader())
        resolution.sudo()._do_expire()
        self.assertEqual(resolution.state, "expired")
        self.assertEqual(ticket.freight_ids.state, "void")
        ticket.with_user(self.agent).waybill_ids = [(0, 0, {"number": "YT1"})]
        self.assertFalse(resolution.sudo()._is_left_to_reader(), "named by the reader")

    def test_handed_in_with_our_label(self):
        """The reader calls, “handed in with your label”: neither reminded nor expired."""
        ticket, resolution = self._announce()
        self._get_label(resolution)
        row = ticket.with_user(self.agent).waybill_ids
        row.handed_in_on = "2026-11-02"
        self.assertFalse(resolution.sudo()._is_left_to_reader())
        row.handed_in_on = False
        self.assertTrue(resolution.sudo()._is_left_to_reader(), "a mistake")
        resolution.with_user(self.agent).action_set_return({}, waybill="sf 100")
        self.assertTrue(row.handed_in_on, "the reader named the label's number")
        resolution.sudo().return_due = "2026-01-01"
        resolution.sudo()._follow_return_term()
        self.assertEqual((resolution.state, resolution.is_return_overdue), ("agreed", True))
        self.assertEqual(ticket.freight_ids.state, "announced")
        for user in (self.finance, self.auditor):
            with self.assertRaises(AccessError):
                row.with_user(user).handed_in_on = False

    def test_handed_in_on_the_case(self):
        """The agent enters the day on the label's row of the page Parcels."""
        ticket, resolution = self._announce()
        self._get_label(resolution)
        view = "aftersales_publishing.helpdesk_ticket_view_form_case"
        with Form(ticket.with_user(self.agent), view) as form, form.waybill_ids.edit(0) as row:
            row.handed_in_on = "2026-11-02"
        self.assertTrue(ticket.sudo().waybill_ids._get_under_way())

    def test_no_postage_beside_our_label(self):
        """We pay the parcel: a receipt for it is not reimbursed, until the label is cancelled."""
        ticket, resolution = self._announce()
        self._get_label(resolution)
        with self.assertRaisesRegex(UserError, "we pay the return .*SF100"), self.cr.savepoint():
            self._reimburse(ticket)
        ticket.freight_ids.with_user(self.agent).action_void_label()
        self.assertFalse(ticket.waybill_ids.freight_paid_by, "nobody pays it any more")
        self._reimburse(ticket)
        self.assertEqual(ticket.sudo().refund_ids.amount, 8)

    def test_no_label_beside_the_readers_postage(self):
        """The reader sent it and showed the receipt: a label would pay the parcel twice."""
        ticket, resolution = self._announce()
        postage = self._reimburse(ticket)
        self.assertFalse(resolution.can_get_label)
        with self.assertRaisesRegex(UserError, "own postage .* is reimbursed .receipt"):
            self._get_label(resolution)
        parcel = self._parcel(resolution)
        parcel.carrier_id = self.labeller
        with self.assertRaisesRegex(UserError, "own postage .* is reimbursed .receipt"):
            parcel.with_user(self.warehouse).print_return_label()
        self.assertFalse(self.calls, "no label that the carrier would charge")
        postage.action_cancel("sent nothing yet")
        self._get_label(resolution)
        self.assertTrue(ticket.freight_ids.has_label)
