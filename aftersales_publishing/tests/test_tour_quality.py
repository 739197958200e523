from odoo.tests import tagged

from .test_tours import ToursCommon


@tagged("post_install", "-at_install")
class TestTourQuality(ToursCommon):
    """Print quality works in the browser: an alarm, the run, its printer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.quality.password = cls.quality.login

    def test_an_alarm(self):
        """Six of sixty copies came back with loose leaves: the run is held, and that is noted."""
        self._sell({self.run_2: 40})
        ticket = self._case(self._sell({self.run_1: 57}), {self.run_1: 6}, "binding")
        resolution = self._agree(ticket, "return_refund")
        self._receive(resolution)
        self._inspect(resolution)
        self.env["stock.lot"]._cron_check_alarms()
        alarm = self.env["aftersales.run.alarm"].search([("lot_id", "=", self.run_1.id)])
        self._end_of_request()
        self._tour("aftersales_quality", self.quality, "/odoo/aftersales-run-alarms")
        url = f"/odoo/aftersales-run-alarms/{alarm.id}"
        self._tour("aftersales_quality_holds", self.quality, url)
        self.env.invalidate_all()
        self.assertEqual((alarm.state, alarm.done_by_id), ("done", self.quality))
        self.assertEqual(self.run_1.hold_reason, "Leaves come loose")
        self._tour("aftersales_quality_compares", self.quality, "/odoo/aftersales-printers")
        self.printer.email = "works@hongqi.example"
        self._tour("aftersales_quality_stops", self.quality, "/odoo/aftersales-print-runs")
        self.env.invalidate_all()
        self.assertEqual(self.run_1.stop_print_ids.state, "sent")
