from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import DeliveryCommon


@tagged("-standard", "-at_install", "post_install", "optional_modules")
class TestFreightCost(DeliveryCommon):
    """What parcels cost, in whose currency, who bears it, and who may see it (R3.3, R6.5)."""

    def _labelled(self, **options):
        ticket, resolution = self._announce(**options)
        resolution.action_get_return_label()
        self._end_of_request()
        return ticket, resolution

    def test_corrected_by_the_bill(self):
        """The carrier's bill says 10.40: the agent corrects it, the log says from what."""
        ticket, resolution = self._labelled()
        freight = ticket.freight_ids.with_user(self.agent)
        freight.amount = 10.4
        self.assertEqual((freight.source, freight.cost), ("entered", 10.4))
        [event] = ticket.event_ids.filtered(lambda e: e.code == "freight_corrected")
        self.assertRegex(event.note, "9.00, Publisher → .*10.40, Publisher")
        freight.paid_by = "insurance"
        self.assertEqual(freight.cost, 0.0, "not ours")
        self._receive(resolution)
        self.assertEqual(freight.amount, 10.4)

    def test_only_amount_and_payer(self):
        ticket, _resolution = self._labelled()
        freight = ticket.freight_ids
        with self.assertRaises(AccessError):
            freight.with_user(self.agent).is_void = True
        for user in (self.finance, self.auditor):
            self.assertEqual(freight.with_user(user).amount, 9.0)
            with self.assertRaises(AccessError):
                freight.with_user(user).amount = 1.0

    def test_no_correction_without_a_trace(self):
        """Whatever a caller's context says, the log keeps what was changed."""
        ticket, _resolution = self._labelled()
        freight = ticket.freight_ids.with_user(self.agent)
        freight.with_context(aftersales_noting_freight=True).amount = 99.0
        self.assertEqual(freight.source, "entered")
        self.assertIn("freight_corrected", self._codes(ticket))
        with self.assertRaises(AccessError):
            freight.write({"amount": 1.0, "source": "carrier"})

    def test_nobody_else_sees_it(self):
        """No amounts for the warehouse, nothing for readers, other companies neither."""
        ticket, _resolution = self._labelled()
        portal = new_test_user(self.env, "freight_reader", "base.group_portal")
        portal.partner_id = self.reader
        elsewhere = self.env["res.company"].create({"name": "Other House"})
        stranger = new_test_user(
            self.env,
            "freight_stranger",
            "aftersales_publishing.group_manager",
            company_id=elsewhere.id,
            company_ids=[Command.set(elsewhere.ids)],
        )
        for user in (self.warehouse, portal, stranger):
            with self.assertRaises(AccessError):
                ticket.freight_ids.with_user(user).read(["amount"])
        with self.assertRaises(AccessError):
            ticket.with_user(self.warehouse).read(["freight_ids"])

    def test_the_case_as_each_desk_sees_it(self):
        """Who may not see freight has no such list; who may not buy labels has no such button."""
        Ticket = self.env["helpdesk.ticket"]
        view = self.env.ref("aftersales_publishing.helpdesk_ticket_view_form_case")
        for user in (self.agent, self.warehouse, self.finance, self.auditor, self.manager):
            arch = Ticket.with_user(user).get_view(view.id, "form")["arch"]
            self.assertEqual("freight_ids" in arch, user != self.warehouse, user.name)
            buys = user in (self.agent, self.manager)
            self.assertEqual("action_get_return_label" in arch, buys, user.name)

    def test_every_desk_opens_the_transfer(self):
        """Odoo's form asks which carriers serve the address, by postcodes that sellers alone read."""
        self.courier.zip_prefix_ids = [Command.create({"name": "100"})]
        _ticket, resolution = self._labelled()
        parcel = self._parcel(resolution)
        desks = (self.agent, self.warehouse, self.finance, self.quality, self.auditor, self.manager)
        for user in desks:
            self.env.invalidate_all()
            carriers = parcel.with_user(user).allowed_carrier_ids
            self.assertNotIn(self.courier, carriers, user.name)
            self.assertIn(self.labeller, carriers, user.name)

    # ------------------------------------------------------------------
    # Currency
    # ------------------------------------------------------------------
    def _euro(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            {"name": "2020-01-01", "rate": 0.8, "currency_id": euro.id}
        )
        return euro

    def _sell_in_euro(self):
        pricelist = self.env["product.pricelist"].create(
            {"name": "EUR", "currency_id": self._euro().id}
        )
        reader = self.reader.copy({"property_product_pricelist": pricelist.id})
        return self._sell({self.run_1: 1}, reader)

    def test_price_lists_are_in_our_currency(self):
        """The reader paid in euros; what the carrier charges us does not change."""
        ticket, _resolution = self._labelled(order=self._sell_in_euro())
        self.assertEqual(ticket.freight_ids.amount, 9.0)
        self.assertEqual(ticket.freight_ids.currency_id, self.company.currency_id)

    def test_services_answer_in_the_currency_of_the_order(self):
        order = self._sell_in_euro()
        ticket, resolution = self._announce(order=order)
        carrier, parcel = self.labeller, self._parcel(resolution)
        self.assertEqual(carrier._convert_freight(8.0, parcel), 8.0, "a price list")
        carrier.flush_recordset()
        self.patch(type(carrier), "_has_price_list", lambda _carrier: False)
        self.assertEqual(carrier._convert_freight(8.0, parcel), 10.0)

    # ------------------------------------------------------------------
    # Pick-up, partial returns
    # ------------------------------------------------------------------
    def test_a_booked_pick_up(self):
        """Our carrier collects it: its price, and its number on the transfer."""
        self.company.aftersales_return_carrier_id = self.courier
        ticket, resolution = self._announce()
        start = fields.Datetime.now() + timedelta(days=1)
        window = {"pickup_start": start, "pickup_end": start + timedelta(hours=2)}
        way = {"return_way": "pick_up", "pickup_booked": True, **window}
        resolution.with_user(self.agent).action_set_return(way, "dp 5")
        self.assertEqual((ticket.freight_ids.cost, ticket.freight_ids.tracking_ref), (12.0, "DP5"))
        self.assertEqual(self._parcel(resolution).carrier_id, self.courier)
        resolution.with_user(self.agent).action_set_return({"return_way": "drop_off"})
        self.assertEqual(ticket.freight_ids.state, "void")

    def test_a_pick_up_booked_before_the_announcement(self):
        """The agent books on the phone, then executes: its price is on the case all the same."""
        self.company.aftersales_return_carrier_id = self.courier
        ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1})
        resolution = ticket.line_ids.with_user(self.agent).action_propose("exchange")
        resolution.action_agree("phone", "agrees")
        start = fields.Datetime.now() + timedelta(days=1)
        window = {"pickup_start": start, "pickup_end": start + timedelta(hours=2)}
        resolution.action_set_return({"return_way": "pick_up", "pickup_booked": True, **window})
        self.assertFalse(ticket.freight_ids)
        resolution.action_execute()
        self.assertEqual((ticket.freight_ids.cost, ticket.freight_ids.way), (12.0, "return"))
        self.assertEqual(self._parcel(resolution).carrier_id, self.courier)

    def test_another_carrier_collects_it(self):
        """The pick-up is booked with somebody else: the first one is void, each has its price."""
        self.company.aftersales_return_carrier_id = self.courier
        ticket, resolution = self._announce()
        start = fields.Datetime.now() + timedelta(days=1)
        window = {"pickup_start": start, "pickup_end": start + timedelta(hours=2)}
        resolution.action_set_return({"return_way": "pick_up", "pickup_booked": True, **window})
        resolution.action_set_return({"return_carrier_id": self.labeller.id})
        costs = {f.carrier_id: (f.state, f.cost) for f in ticket.freight_ids}
        self.assertEqual(costs, {self.courier: ("void", 0.0), self.labeller: ("announced", 9.0)})

    def test_no_pick_up_beside_the_readers_postage(self):
        """The reader's receipt for the parcel is reimbursed: our carrier does not collect it too."""
        self.company.aftersales_return_carrier_id = self.courier
        ticket, resolution = self._announce()
        postage = self._reimburse(ticket)
        start = fields.Datetime.now() + timedelta(days=1)
        window = {"pickup_start": start, "pickup_end": start + timedelta(hours=2)}
        way = {"return_way": "pick_up", "pickup_booked": True, **window}
        booking = resolution.with_user(self.agent)
        with self.assertRaisesRegex(UserError, "own postage .* is reimbursed .receipt"):
            booking.action_set_return(way)
        self.assertFalse(ticket.freight_ids or resolution.pickup_booked)
        postage.action_cancel("sent nothing yet")
        booking.action_set_return(way)
        self.assertEqual(ticket.freight_ids.cost, 12.0)
        booking.action_set_return({"return_due": fields.Date.today() + timedelta(days=9)})

    def test_a_short_parcel(self):
        """One of two came with the label: it is charged once; the rest may get a label of its own."""
        ticket, resolution = self._labelled(copies=2)
        self._receive(resolution, 1)
        self.assertEqual(ticket.freight_ids.mapped("state"), ["charged"])
        self.assertTrue(resolution.can_get_label)
        resolution.with_user(self.agent).action_get_return_label()
        self.assertEqual(len(self.calls), 2)
        self.assertEqual(ticket.freight_ids.mapped("state"), ["charged", "announced"])
        self.assertEqual(sum(ticket.freight_ids.mapped("cost")), 18.0)

    def test_nothing_is_posted(self):
        """Freight is noted, not booked: the carrier's bill is accounting's."""
        order = self._sell({self.run_1: 1})
        entries = self.env["account.move"].search_count([])
        ticket, _resolution = self._labelled(order=order)
        self.assertEqual(self.env["account.move"].search_count([]), entries)
        self.assertFalse(ticket.sudo().refund_ids)
