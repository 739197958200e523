from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .test_elsewhere import ElsewhereCommon
from .test_repair import RepairDesk
from .test_sets import SetsCommon


@tagged("post_install", "-at_install")
class TestRepairElsewhere(RepairDesk, ElsewhereCommon):
    """A copy from a bookshop is repaired like any other: no order of ours knows of it (R1.2)."""

    def _take_in(self):
        ticket = self._case_elsewhere()
        resolution = self._agree(ticket, "repair")
        self._receive(resolution)
        self._inspect(resolution, disposition="repair")
        return ticket, resolution

    def test_it_goes_home(self):
        entries = self.env["account.move"].search_count([])
        ticket, resolution = self._take_in()
        self.assertEqual(self._stock(self.run_1, self._workshop()), 1)
        self._repairs(ticket).action_repaired()
        home = self._send_home(resolution)
        self.assertEqual(home.location_dest_id, self.readers)
        self.assertEqual((ticket.phase, self._stock(self.run_1, self._workshop())), ("done", 0))
        self.assertEqual(self.env["account.move"].search_count([]), entries)
        self.assertSound()

    def test_exchanged_instead(self):
        """It cannot be mended: another one leaves at the cost of after-sales service."""
        ticket, _resolution = self._take_in()
        self._repairs(ticket).action_not_repairable("torn")
        ticket.with_user(self.agent).action_exchange_instead()
        self._end_of_request()
        exchange = ticket.resolution_ids.filtered(lambda r: r.state == "agreed")
        self._ship(exchange)
        place = self.house.aftersales_quarantine_location_id._get_aftersales_without_value()
        self.assertEqual((ticket.phase, self._stock(self.run_1, place)), ("done", 1))
        self.assertEqual(self._stock(self.run_1, self._workshop()), 0)
        self.assertSound()


@tagged("post_install", "-at_install")
class TestRepairVolume(RepairDesk, SetsCommon):
    """One volume of a set is bound anew; the order knows only sets (R6.3)."""

    def _take_in(self, order):
        ticket = self._case_on(order, volume=2)
        resolution = self._agree(ticket, "repair")
        self._receive_volume(resolution)
        self._inspect(resolution, disposition="repair")
        return ticket, resolution

    def test_it_goes_home(self):
        order = self._sell({self.epic_run: 1})
        before = self._order_figures(order)
        ticket, resolution = self._take_in(order)
        with self.assertRaisesRegex(UserError, "can still be"), self.cr.savepoint():
            self._propose(order, "exchange", volume=2)
        self._repairs(ticket).action_repaired()
        home = self._send_home(resolution)
        self.assertEqual(home.move_line_ids.lot_id, self.part_run_1)
        self.assertEqual((ticket.phase, self._order_figures(order)), ("done", before))
        self.assertSound()
        self._settle(order, "exchange", volume=2)  # it can be claimed again
        self.assertEqual(self._order_figures(order), before)
        self.assertSound()

    def test_exchanged_instead(self):
        order = self._sell({self.epic_run: 1})
        before = self._order_figures(order)
        ticket, resolution = self._take_in(order)
        self._repairs(ticket).action_not_repairable("torn")
        ticket.with_user(self.agent).action_exchange_instead()
        self._end_of_request()
        self._ship(ticket.resolution_ids - resolution)
        self.assertEqual((ticket.phase, self._order_figures(order)), ("done", before))
        self.assertSound()


@tagged("post_install", "-at_install")
class TestRepairRemedy(RepairDesk, ElsewhereCommon):
    """What a manager may configure: a repair is nothing beside an exchange or a refund."""

    def test_nothing_beside_it(self):
        remedy = self.env["aftersales.remedy"]._get("repair")
        for kind in ("shipment", "credit"):
            with self.assertRaisesRegex(ValidationError, "goes back to its reader"):
                with self.cr.savepoint():
                    self.env["aftersales.remedy.effect"].with_user(self.manager).create(
                        {"remedy_id": remedy.id, "kind": kind}
                    )

    def test_incomplete(self):
        """Without the way home nobody proposes it."""
        remedy = self.env["aftersales.remedy"]._get("repair")
        remedy.effect_ids.filtered(lambda e: e.kind == "giveback").unlink()
        ticket = self._case_elsewhere()
        with self.assertRaisesRegex(UserError, "is incomplete"):
            self._propose(ticket, "repair")

    def test_the_days(self):
        with self.assertRaisesRegex(ValidationError, "count from zero"):
            self.company.aftersales_binder_days = -1
