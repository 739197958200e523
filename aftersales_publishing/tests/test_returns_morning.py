from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import tagged

from .test_tours import ToursCommon

PRINTS = {
    "aftersales_publishing.report_acceptance",
    "aftersales_publishing.report_defect_label",
}


@tagged("post_install", "-at_install")
class TestReturnsMorning(ToursCommon):
    """A returns clerk comes in, sees what waits, and handles it with scanner and keys (R6.5, R6.6).

    Announced: a parcel as it should be, a wrong title that we sent, a short one whose rest comes by
    the next van, an overdue one, one that was refused at the door. Besides, one of which the remedy
    has expired, and one that nobody knows.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.atlas_run = cls._print(cls.atlas, "ATLAS-1-1", 1, 5, 40.0, cls.printer)

    def _announce(self, name, phone=None, copies=1, remedy="exchange", case_type="binding", **vals):
        """Let a reader send copies of the novel back."""
        reader = self.env["res.partner"].create({"name": name, "phone": phone})
        order = self._sell({self.run_1: copies}, partner=reader)
        case = self._case(order, {self.run_1: copies}, case_type, **vals)
        return case.sudo(), self._agree(case, remedy).sudo()

    def _let_term_pass(self, resolution, days):
        """Let the reader be so many days late, and the nightly job see it."""
        resolution.return_due = fields.Date.today() - timedelta(days=days)
        resolution._follow_return_term()
        self._end_of_request()

    def _announce_wrong_title(self):
        """We sent an atlas for the novel; it is to come back."""
        reader = self.env["res.partner"].create({"name": "Title Reader", "phone": "139 0000 6601"})
        order = self._sell({self.run_1: 1}, partner=reader)
        case = self._case(order, {self.run_1: 1}, "wrong_title", ())
        case.line_ids.sent_product_id = self.atlas
        return case.sudo(), self._agree(case, "exchange").sudo()

    def test_morning(self):
        normal, _resolution = self._announce("Morning Reader")
        normal.waybill_ids = [Command.create({"number": "SF-MORNING"})]
        wrong_title, _resolution = self._announce_wrong_title()
        short, _resolution = self._announce("Short Reader", "139 0000 6602", copies=2)
        overdue, resolution = self._announce("Overdue Reader", "139 0000 6603")
        self._let_term_pass(resolution, 3)
        late, expired = self._announce("Late Reader", "139 0000 6604")
        self._let_term_pass(expired, 20)
        self.assertEqual(expired.state, "expired")
        refused, _resolution = self._announce(
            "Refusing Reader",
            remedy="return_refund",
            case_type="refused_parcel",
            platform_order_ref="TM-REFUSED",
        )
        strays = self.env["aftersales.stray.parcel"]
        strays.with_user(self.warehouse).create({"waybill": "EMS-YESTERDAY", "sender": "no name"})
        with self._printer() as printed:
            self._tour("aftersales_returns_morning", self.warehouse, "/odoo")
        self.env.invalidate_all()
        self.assertEqual(set(printed), PRINTS)
        cases = normal | wrong_title | short | overdue | late | refused
        self.assertEqual(set(cases.inspection_ids.mapped("state")), {"done"})
        self.assertEqual(cases.inspection_ids.inspected_by_id, self.warehouse)
        self.assertEqual(self._stock(self.atlas_run), 5, "the atlas is on its shelf again")
        pulp_list = short.inspection_ids.pulp_list_id
        self.assertEqual((pulp_list.state, pulp_list.quantity), ("draft", 2))
        self.assertEqual(late.next_step, "decide", "the agent decides about what came too late")
        self.assertEqual(refused.inspection_ids.disposition, "restock")
        stray = strays.search([("waybill", "=", "YT-NOBODY")])
        self.assertEqual((stray.contents, stray.sender), ("1 × Atlas of Rivers", "Chengdu, Liu"))

    @contextmanager
    def _printer(self):
        """Give the names of the reports that are printed, instead of drawing them."""
        printed = []

        def render(report, ref, res_ids=None, data=None):
            printed.append(report._get_report(ref).report_name)
            return b"%PDF-1.4 slip", "pdf"

        with patch.object(self.env.registry["ir.actions.report"], "_render_qweb_pdf", render):
            yield printed
