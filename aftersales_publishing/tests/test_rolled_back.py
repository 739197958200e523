from contextlib import suppress
from unittest.mock import patch

from odoo.tests import tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestRolledBack(AftersalesCommon):
    """Demo data that fail to load are taken back; why they failed is what is shown."""

    def test_cases_that_are_no_more(self):
        """Odoo keeps what waits for the commit: nothing complains of the cases it took back."""
        order = self._sell({self.run_1: 1})
        self._end_of_request()
        with suppress(ValueError), self.cr.savepoint(flush=False):  # as Odoo loads demo data
            ticket = self._case(order, {self.run_1: 1})
            self.env.flush_all()
            raise ValueError("the demo data are wrong")
        with patch.object(self.env.registry, "ready", False):
            self._end_of_request()
        self.assertFalse(ticket.exists())
        tasks = self.env["mail.activity"].search(
            [("res_model", "=", ticket._name), ("res_id", "=", ticket.id)]
        )
        self.assertFalse(tasks)
