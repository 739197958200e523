from odoo.tests import tagged

from odoo.addons.aftersales_publishing.tests.test_repair import RepairDesk

from .common import DeliveryCommon


@tagged("-standard", "-at_install", "post_install", "optional_modules")
class TestRepairParcel(RepairDesk, DeliveryCommon):
    """A copy to be mended travels with a carrier: to the binder and home (R6.1, R6.5)."""

    def _take_in(self):
        ticket, resolution = self._announce("repair")
        self._receive(resolution)
        self._inspect(resolution, disposition="repair")
        return ticket, resolution

    def test_home_by_courier(self):
        """The warehouse sets carrier and number; the reader is told, the case has the freight."""
        ticket, resolution = self._take_in()
        self._repairs(ticket).action_repaired()
        home = resolution.sudo().effect_ids.filtered(lambda e: e.kind == "giveback").move_ids
        home.picking_id.write({"carrier_id": self.courier.id, "carrier_tracking_ref": "DP9"})
        self._send_home(resolution)
        self.assertEqual((ticket.freight_ids.way, ticket.freight_ids.cost), ("send_back", 12.0))
        self.assertEqual(resolution.progress, "done")
        [mail] = self._mails(ticket, "your parcel is under way")
        self.assertIn("DP9", mail.body_html)

    def test_to_the_binder_by_courier(self):
        """Our cost as well, but no parcel of the reader's: the number is not mailed."""
        ticket, _resolution = self._take_in()
        bindery = self.env["res.partner"].create({"name": "Daxing Bindery", "is_company": True})
        repair = self._repairs(ticket)
        repair.action_send_to_binder(bindery)
        self._go(repair.sudo().out_move_id)
        out = repair.sudo().out_move_id.picking_id
        out.write({"carrier_id": self.courier.id, "carrier_tracking_ref": "DP8"})
        self.assertEqual((ticket.freight_ids.way, ticket.freight_ids.cost), ("binder", 12.0))
        self.assertEqual(repair.state, "away")
        self.assertFalse(self._mails(ticket, "under way"))
