import base64
import os
from pathlib import Path
from unittest.mock import patch

from odoo import Command
from odoo.tests import HttpCase, tagged
from odoo.tests.common import ChromeBrowser

from .common import AftersalesCommon

SIGNAL = "screenshot: "
RETURNS_TABLE = "/odoo/aftersales-returns-table"
REFUNDS_TO_APPROVE = "/odoo/aftersales-refunds-to-approve"


class ToursCommon(AftersalesCommon, HttpCase):
    """The desks' users can log in; what they see can be kept.

    With ``AFTERSALES_SCREENSHOTS`` set to a directory the tours leave the pictures of
    the guide there.
    """

    browser_size = "1366x768"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.agent, cls.warehouse, cls.finance):
            user.password = user.login
        cls.reader.name = "Tour Reader"
        cls.order = cls._sell({cls.run_1: 3})

    def _tour(self, name, user, url=None):
        with patch.object(ChromeBrowser, "_handle_console", self._with_screenshots()):
            self.start_tour(url or self._get_url(name), name, login=user.login, timeout=300)

    def _get_url(self, name):
        return {
            "aftersales_agent": "/odoo/aftersales-my-cases",
            "aftersales_warehouse": "/odoo/aftersales-returns",
            "aftersales_finance": REFUNDS_TO_APPROVE,
        }[name]

    def _with_screenshots(self):
        """Return the browser's console handler that also takes pictures when asked."""
        native = ChromeBrowser._handle_console
        folder = os.environ.get("AFTERSALES_SCREENSHOTS")

        def handle(browser, type, args=None, **kwargs):  # noqa: A002
            text = str(args[0].get("value", "")) if args else ""
            if folder and text.startswith(SIGNAL):
                self._save_screenshot(browser, Path(folder) / f"{text.removeprefix(SIGNAL)}.png")
            return native(browser, type, args=args, **kwargs)

        return handle

    def _save_screenshot(self, browser, path):
        future = browser._websocket_send("Page.captureScreenshot", with_future=True)

        def save(done):
            path.write_bytes(base64.b64decode(done.result()["data"]))

        future.add_done_callback(save)


@tagged("post_install", "-at_install")
class TestTours(ToursCommon):
    """Each desk works in the browser, as its own user."""

    def test_agent(self):
        """A reader calls; the exchange is agreed on the phone."""
        self._case(self._sell({self.run_2: 2}), {self.run_2: 1}, "misprint", ["misprint"])
        self._tour("aftersales_agent", self.agent)
        case = self.env["helpdesk.ticket"].search([("name", "=", "Leaves fall out")])
        self.assertEqual(case.line_ids.lot_id, self.run_1)
        self.assertEqual(case.line_ids.sale_line_id, self.order.order_line)
        case.proof_ids.received = True
        self.assertEqual(case.phase, "triage")
        self._tour("aftersales_agent_settles", self.agent, f"/odoo/aftersales-cases/{case.id}")
        self.assertEqual(case.resolution_ids.progress, "waiting_return")
        self.assertEqual(case.line_ids.verdict_id.user_id, self.agent)

    def test_warehouse(self):
        """A parcel is received and inspected, the replacement shipped."""
        case = self._case(self.order, {self.run_1: 1}, "binding")
        resolution = self._agree(case, "exchange")
        self._tour("aftersales_warehouse", self.warehouse)
        self.env.invalidate_all()
        self.assertEqual(resolution.progress, "done")
        self.assertEqual(case.phase, "done")
        self.assertEqual(resolution.sudo().inspection_ids.inspected_by_id, self.warehouse)

    def test_finance(self):
        """A refund above the agent's limit is approved, posted and paid."""
        case = self._case(self.order, {self.run_1: 2}, "binding")
        resolution = self._agree(case, "return_refund")
        self._receive(resolution)
        self._inspect(resolution)
        self._tour("aftersales_finance", self.finance)
        self.env.invalidate_all()
        self.assertEqual(case.refund_ids.state, "paid")
        self.assertEqual(case.phase, "done")

    def test_finance_queue(self):
        """Of five refunds one is refused, the others are approved, posted and paid at once."""
        refunds = self.env["aftersales.refund"]
        for number in range(5):
            reader = self.env["res.partner"].create({"name": f"Queue Reader {number}"})
            case = self._case(self._sell({self.run_1: 2}, partner=reader), {self.run_1: 2})
            self._agree(case, "refund_only")
            refunds |= case.refund_ids
        self._end_of_request()
        self.assertEqual(refunds.mapped("state"), ["to_approve"] * 5)
        self._tour("aftersales_finance_queue", self.finance, REFUNDS_TO_APPROVE)
        self.env.invalidate_all()
        self.assertEqual(refunds.mapped("state"), ["paid"] * 3 + ["refused", "paid"])
        self.assertEqual(refunds.approved_by_id, self.finance)
        self.assertEqual(refunds[3].ticket_id.next_step, "refused")
        self.assertEqual((refunds - refunds[3]).ticket_id.mapped("phase"), ["done"] * 4)

    def test_agent_three_remedies(self):
        """Six copies of one line: three exchanged, two returned for their price, one kept."""
        case = self._case(self._sell({self.run_1: 6}), {self.run_1: 6})
        self.env["aftersales.verdict"].with_user(self.agent).create(
            {
                "line_id": case.line_ids.id,
                "reason": "Packed badly",
                "share_ids": [Command.create({"party": "carrier", "percent": 100.0})],
            }
        )
        url = f"/odoo/aftersales-cases/{case.id}"
        self._tour("aftersales_three_remedies", self.agent, url)
        self.env.invalidate_all()
        settled = case.resolution_ids.sorted("id")
        self.assertEqual(
            [(r.remedy_id.code, r.quantity) for r in settled],
            [("exchange", 3), ("return_refund", 2), ("refund_only", 1)],
        )
        self.assertEqual(settled[:2].mapped("progress"), ["waiting_return"] * 2)
        self._receive(settled)
        self._inspect(settled)
        self._ship(settled)
        refunds = case.refund_ids.with_user(self.finance)
        refunds.filtered(lambda r: r.state == "to_approve").action_approve()
        refunds.filtered(lambda r: r.state == "approved").action_post()
        refunds.filtered(lambda r: r.state == "posted").action_pay()
        self._end_of_request()
        self.assertEqual(settled.mapped("progress"), ["done"] * 3)
        self.assertEqual(case.phase, "done")
        self.assertEqual(case.sale_order_id.order_line.qty_delivered, 4)

    def test_agent_undelivered(self):
        """A reader cannot wait: two copies that were not sent yet are cancelled."""
        order = self._sell({self.run_1: 5}, deliver=False, invoice=False)
        case = (
            self.env["helpdesk.ticket"]
            .with_user(self.agent)
            .create(
                {
                    "name": "Where is my book?",
                    "is_aftersales": True,
                    "partner_id": order.partner_id.id,
                    "case_type_id": self._case_type("late").id,
                    "sale_order_id": order.id,
                }
            )
        )
        url = f"/odoo/aftersales-cases/{case.id}"
        self._tour("aftersales_agent_undelivered", self.agent, url)
        self.env.invalidate_all()
        self.assertEqual(order.order_line.product_uom_qty, 3)
        self.assertEqual(case.phase, "done")

    def test_finance_undoes(self):
        """A refund went to the wrong account: its payment and credit note are undone."""
        case = self._case(self.order, {self.run_1: 1})
        resolution = self._agree(case, "refund_only")
        refund = case.refund_ids.with_user(self.finance)
        refund.action_post()
        refund.action_pay()
        self._end_of_request()
        url = f"/odoo/aftersales-refunds-to-approve/{refund.id}"
        self._tour("aftersales_finance_undoes", self.finance, url)
        self.env.invalidate_all()
        self.assertEqual(refund.state, "cancelled")
        self.assertFalse(refund.sudo().credit_note_id._is_standing_credit())
        self.assertEqual(resolution.progress, "executing")

    def test_returns_table(self):
        """A clerk handles parcels of every kind with scanner and keys, never the mouse (R6.5)."""
        self._print(self.atlas, "ATLAS-1-1", 1, 5, 40.0, self.printer)
        case = self._case(self._sell({self.run_1: 2}), {self.run_1: 2}, "binding")
        resolution = self._agree(case, "exchange")
        case.waybill_ids = [Command.create({"number": "SF-TOUR-1"})]
        other = self.env["res.partner"].create({"name": "Phone Reader", "phone": "139 0000 66-77"})
        others = self._announce_returns(other, 2)
        self._tour("aftersales_returns_table", self.warehouse, RETURNS_TABLE)
        self.env.invalidate_all()
        first, second = case.inspection_ids.sorted("lot_id")
        self.assertEqual(
            (first.lot_id, first.grade, first.wrap), (self.run_1, "defective", "whole")
        )
        self.assertEqual(first.note, "pages 17 to 32 are loose")
        self.assertEqual(first.check_ids.mapped("in_order"), [True])
        self.assertEqual((second.lot_id, second.disposition), (self.run_2, "quarantine"))
        self.assertEqual(case.stray_parcel_ids.line_ids.product_id, self.atlas)
        self.assertEqual(resolution.effect_ids.filtered(lambda e: e.kind == "return").state, "done")
        self.assertEqual(sum(others.inspection_ids.mapped("quantity")), 1)
        stray = self.env["aftersales.stray.parcel"].search([("state", "=", "open")])
        self.assertEqual((stray.waybill, stray.sender), ("EMS-NOBODY", "Mr Wang, 402"))
        self.assertEqual(stray.contents, "1 × Atlas of Rivers, 1 × a letter")

    def test_returns_table_many(self):
        """A hundred parcels in a row, four scans or keys each."""
        cases = self._announce_returns(self.reader, 100, copies=1)
        for number, case in enumerate(cases.sorted("id")):
            case.waybill_ids = [Command.create({"number": f"SF-MANY-{number}"})]
        self._tour("aftersales_returns_table_many", self.warehouse, RETURNS_TABLE)
        self.env.invalidate_all()
        self.assertEqual(cases.inspection_ids.mapped("state"), ["done"] * 100)

    def _announce_returns(self, reader, number, copies=2):
        """Let a reader send copies back, each parcel under a case of its own."""
        order = self._sell({self.run_1: number * copies}, partner=reader)
        cases = self.env["helpdesk.ticket"].browse()
        for _parcel in range(number):
            cases |= self._case(order, {self.run_1: copies}, "binding")
        resolutions = cases.line_ids.with_user(self.agent).action_propose("exchange")
        resolutions.action_agree("phone", "agrees")
        resolutions.action_execute()
        return cases.sudo()
