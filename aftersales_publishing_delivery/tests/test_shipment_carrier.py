from odoo import Command
from odoo.tests import tagged

from odoo.addons.aftersales_publishing.tests import invariants

from .common import DeliveryCommon


@tagged("-standard", "-at_install", "post_install", "optional_modules")
class TestShipmentCarrier(DeliveryCommon):
    """Replacements travel as the copies came; the order pays nothing for them (R6.5, I4)."""

    def _exchange(self, order, copies=1):
        ticket, resolution = self._announce(order=order, copies=copies)
        self._receive(resolution)
        self._inspect(resolution)
        return ticket, resolution

    def _sell_with(self, carrier, copies=1, **vals):
        """Sell copies with a delivery method, as a web shop does."""
        order = self.env["sale.order"].create(
            {
                "partner_id": self.reader.id,
                "order_line": [
                    Command.create({"product_id": self.novel.id, "product_uom_qty": copies})
                ],
            }
        )
        order.set_delivery_line(carrier, 5.0)
        order.action_confirm()
        self._deliver(order, {self.novel: {self.run_1: copies}})
        self._invoice(order)
        return order

    def _outgoing(self, resolution, kind="shipment"):
        effects = resolution.sudo().effect_ids.filtered(lambda e: e.kind == kind)
        return effects.move_ids.picking_id

    def test_as_the_copies_came(self):
        """The reader's carrier, its price on the case, its number on the case and in a mail."""
        ticket, resolution = self._exchange(self._sell_with(self.courier))
        shipment = self._outgoing(resolution)
        self.assertEqual(shipment.carrier_id, self.courier)
        shipment.with_user(self.warehouse).carrier_tracking_ref = "DP77"
        self._ship(resolution)
        freight = ticket.freight_ids
        self.assertEqual((freight.way, freight.state), ("shipment", "charged"))
        self.assertEqual((freight.cost, freight.tracking_ref), (12.0, "DP77"))
        [mail] = self._mails(ticket, "your parcel is under way")
        self.assertIn("DP77", mail.body_html)
        self.assertIn("Deppon", mail.body_html)
        self.assertIn("tracking_told", self._codes(ticket))

    def test_the_number_comes_later(self):
        """The courier scans the parcel in the evening; a corrected number is told again."""
        ticket, resolution = self._exchange(self._sell_with(self.courier))
        shipment = self._ship(resolution)
        self.assertFalse(self._mails(ticket, "under way"))
        for number in ("DP1", "DP1", "DP2"):
            shipment.with_user(self.warehouse).carrier_tracking_ref = number
        self.assertEqual(len(self._mails(ticket, "under way")), 2)
        self.assertEqual(len(ticket.freight_ids), 1)

    def test_odoo_tells_the_number(self):
        """The house has Odoo mail its deliveries: the reader gets no second mail beside that."""
        self.company.stock_move_email_validation = True
        ticket, resolution = self._exchange(self._sell_with(self.courier))
        shipment = self._outgoing(resolution)
        shipment.with_user(self.warehouse).carrier_tracking_ref = "DP77"
        self._ship(resolution)
        self.assertIn("DP77", " ".join(shipment.message_ids.mapped("body")), "Odoo has written")
        self.assertFalse(self._mails(ticket, "under way"))
        shipment.with_user(self.warehouse).carrier_tracking_ref = "DP78"
        [mail] = self._mails(ticket, "under way")
        self.assertIn("DP78", mail.body_html, "a corrected number is told by us")

    def test_odoo_tells_somebody_else(self):
        """Sent to the school: the reader, who has another address, is written by us."""
        self.company.stock_move_email_validation = True
        ticket, resolution = self._exchange(self._sell_with(self.courier))
        shipment = self._outgoing(resolution)
        shipment.partner_id = self.env["res.partner"].create(
            {"name": "School", "email": "office@school.example"}
        )
        shipment.with_user(self.warehouse).carrier_tracking_ref = "DP77"
        self._ship(resolution)
        self.assertEqual(len(self._mails(ticket, "under way")), 1)

    def test_odoo_mails_before_the_number_is_known(self):
        """The courier scans the parcel in the evening: Odoo's mail named no number, ours does."""
        self.company.stock_move_email_validation = True
        ticket, resolution = self._exchange(self._sell_with(self.courier))
        shipment = self._ship(resolution)
        shipment.with_user(self.warehouse).carrier_tracking_ref = "DP77"
        self.assertEqual(len(self._mails(ticket, "under way")), 1)

    def test_the_house_decides(self):
        """Who delivered the copies is not known: the carrier of replacements."""
        self.company.aftersales_shipment_carrier_id = self.courier
        _ticket, resolution = self._exchange(self._sell({self.run_1: 1}))
        self.assertEqual(self._outgoing(resolution).carrier_id, self.courier)

    def test_no_carrier(self):
        """Nobody says who: shipped as before, and nothing is noted."""
        ticket, resolution = self._exchange(self._sell({self.run_1: 1}))
        self._ship(resolution)
        self.assertFalse(self._outgoing(resolution).carrier_id or ticket.freight_ids)

    def test_three_steps(self):
        """Picked, packed, shipped: the last step has carrier and freight, once."""
        self.house.delivery_steps = "pick_pack_ship"
        self.company.aftersales_shipment_carrier_id = self.courier
        order = self._sell({self.run_1: 1}, deliver=False, invoice=False)
        for _step in range(3):
            self._deliver(order, {self.novel: {self.run_1: 1}})
        self._invoice(order)
        ticket, resolution = self._exchange(order)
        for _step in range(3):
            self._ship(resolution)
        self.assertEqual(resolution.progress, "done")
        self.assertEqual((len(ticket.freight_ids), ticket.freight_ids.cost), (1, 12.0))

    # ------------------------------------------------------------------
    # The order
    # ------------------------------------------------------------------
    def test_real_cost_is_not_charged(self):
        """A carrier invoiced at real cost writes nothing onto the order for a replacement."""
        self.courier.invoice_policy = "real"
        order = self._sell_with(self.courier)
        before = self._all_lines(order)
        ticket, resolution = self._exchange(order)
        self._ship(resolution)
        self.assertEqual(ticket.freight_ids.cost, 12.0)
        self.assertEqual(self._all_lines(order), before)
        self.assertEqual(invariants.find_breaches(self.env), [])

    def test_sent_back_is_not_charged(self):
        """Copies that go back to the reader: the same, whoever sets the carrier."""
        self.courier.invoice_policy = "real"
        order = self._sell_with(self.courier)
        before = self._all_lines(order)
        ticket, resolution = self._exchange(order)
        resolution.with_user(self.agent).action_send_back("changed their mind")
        back = order.picking_ids.filtered(lambda p: p.origin.endswith("(back to the reader)"))
        back.carrier_id = self.courier
        self._validate(back)
        self.assertEqual(self._all_lines(order), before)
        self.assertEqual((ticket.freight_ids.way, ticket.freight_ids.cost), ("send_back", 12.0))

    def test_ordinary_deliveries_are_charged(self):
        """What readers order is invoiced at real cost as Odoo does it."""
        self.courier.invoice_policy = "real"
        order = self._sell_with(self.courier)
        self.assertEqual(order.order_line.filtered("is_delivery").price_unit, 12.0)

    def _all_lines(self, order):
        return [
            (line.name, line.product_uom_qty, line.price_unit, line.qty_delivered)
            for line in order.order_line
        ]

    def test_free_shipping_costs_us(self):
        """The order was large enough for free shipping: the carrier still charges us."""
        self.courier.write({"free_over": True, "amount": 1.0})
        ticket, resolution = self._exchange(self._sell_with(self.courier))
        self._ship(resolution)
        self.assertEqual(ticket.freight_ids.cost, 12.0)

    def test_what_it_costs_by_rules(self):
        """By the weight of the parcel, not of the whole order; without our margin."""
        self.novel.weight = 2.0
        rules = self._create_carrier(
            "Post",
            0.0,
            delivery_type="base_on_rule",
            margin=0.5,
            price_rule_ids=[
                Command.create(
                    {
                        "variable": "weight",
                        "operator": ">=",
                        "max_value": 0,
                        "list_base_price": 3.0,
                        "list_price": 1.5,
                        "variable_factor": "weight",
                    }
                )
            ],
        )
        ticket = self._case(self._sell_with(rules, copies=5), {self.run_1: 2})
        resolution = self._agree(ticket, "exchange")
        self._receive(resolution)
        self._inspect(resolution)
        self._ship(resolution)
        self.assertEqual(ticket.freight_ids.cost, 9.0)

    def test_no_rule_for_the_parcel(self):
        """The price list has nothing for it: it is shipped, and the price is to be entered."""
        rules = self._create_carrier("Post", 0.0, delivery_type="base_on_rule")
        order = self._sell({self.run_1: 1})
        self.company.aftersales_shipment_carrier_id = rules
        ticket, resolution = self._exchange(order)
        self._ship(resolution)
        self.assertEqual((ticket.freight_ids.source, resolution.progress), ("unknown", "done"))

    # ------------------------------------------------------------------
    # Parts, several parcels
    # ------------------------------------------------------------------
    def test_a_part(self):
        """A missing signature: the same carrier, its cost, and no line on the order."""
        product = self.env["product.product"].create(
            {"name": "Signature 3", "type": "consu", "is_storable": True}
        )
        self.env["stock.quant"]._update_available_quantity(product, self.house.lot_stock_id, 5)
        self.env["aftersales.title.part"].create(
            {
                "product_tmpl_id": self.novel.product_tmpl_id.id,
                "kind": "pages",
                "name": "Signature 3",
                "part_product_id": product.id,
            }
        )
        order = self._sell_with(self.courier)
        before = self._all_lines(order)
        ticket = self._case(order, {self.run_1: 1}, "pages")
        resolution = self._agree(ticket, "send_pages")
        parcel = self._outgoing(resolution, "part")
        self.assertEqual(parcel.carrier_id, self.courier)
        self._validate(parcel.with_user(self.warehouse))
        self.assertEqual((ticket.freight_ids.way, ticket.freight_ids.cost), ("part", 12.0))
        self.assertEqual(self._all_lines(order), before)

    def test_two_parcels(self):
        """The rest of a replacement leaves later: each parcel has its own freight."""
        ticket, resolution = self._exchange(self._sell_with(self.courier, copies=2), copies=2)
        shipment = self._outgoing(resolution)
        shipment.move_ids.move_line_ids.quantity = 1
        self._validate(shipment.with_user(self.warehouse), skip_backorder=True)
        self.assertEqual(ticket.freight_ids.mapped("cost"), [12.0])
        self._ship(resolution)
        self.assertEqual(ticket.freight_ids.mapped("cost"), [12.0, 12.0])
        self.assertEqual(len(ticket.freight_ids.picking_id), 2)

    def test_two_cases_in_one_parcel(self):
        """Two cases of one order leave together: what the parcel costs is divided by copies."""
        order = self._sell_with(self.courier, copies=3)
        one, three = (self._case(order, {self.run_1: n}) for n in (1, 2))
        resolutions = self._agree(one, "exchange") | self._agree(three, "exchange")
        self._receive(resolutions)
        self._inspect(resolutions)
        shipment = self._outgoing(resolutions)
        if len(shipment) > 1:
            shipment[1].move_ids.picking_id = shipment[0]
            shipment = shipment[0]
        self._validate(shipment.with_user(self.warehouse))
        self.assertEqual((one.freight_ids.cost, three.freight_ids.cost), (4.0, 8.0))

    def test_cancelled_with_the_carrier(self):
        """Odoo's own button on the transfer: what is cancelled costs nothing."""
        order = self._sell_with(self.labeller)
        ticket, resolution = self._exchange(order)
        shipment = self._ship(resolution)
        shipment.carrier_tracking_ref = "SF9"
        shipment.cancel_shipment()
        self.assertEqual(self.calls, [("cancel", shipment.name)])
        self.assertEqual((ticket.freight_ids.state, ticket.freight_ids.cost), ("void", 0.0))
        shipment.send_to_shipper()
        self.assertEqual(ticket.freight_ids.mapped("cost"), [0.0, 9.0])
