import base64
import os
from pathlib import Path
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tests.common import ChromeBrowser

from .common import AftersalesCommon

SIGNAL = "screenshot: "


@tagged("post_install", "-at_install")
class TestTours(AftersalesCommon, HttpCase):
    """Each desk works in the browser, as its own user.

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
            self.start_tour(url or self._get_url(name), name, login=user.login, timeout=120)

    def _get_url(self, name):
        return {
            "aftersales_agent": "/odoo/aftersales-my-cases",
            "aftersales_warehouse": "/odoo/aftersales-returns",
            "aftersales_finance": "/odoo/aftersales-refunds-to-approve",
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
