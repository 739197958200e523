from odoo.tests import tagged

from .common import ISBNS, AftersalesCommon


@tagged("post_install", "-at_install")
class TestQueries(AftersalesCommon):
    """Queries of the hot paths, for one case and for fifty in one batch, as the agent,
    with tracking on. A batch costs a few queries a case, never a multiple of one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": False})
        cls.env["helpdesk.ticket.channel"].create(
            {"name": "Platform T", "company_id": cls.company.id}
        )
        cls.order = cls._sell({cls.run_1: 120})
        cls.order.client_order_ref = "P-1"

    def _items(self, prefix, number):
        return [
            {
                "external_ref": f"{prefix}-{i}",
                "channel": "Platform T",
                "platform_order_ref": "P-1",
                "case_type": "return_no_reason",
                "lines": [{"isbn": ISBNS[0]}],
            }
            for i in range(number)
        ]

    def _submit(self, prefix, number):
        Ticket = self.env["helpdesk.ticket"].with_user(self.agent)
        results = Ticket.aftersales_submit(self._items(prefix, number))
        return Ticket.browse([result["ticket_id"] for result in results])

    def _count(self, queries, verb):
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(queries):
            result = verb()
            self.env.flush_all()
        return result

    def test_submit(self):
        self._submit("warm", 1)
        self._count(70, lambda: self._submit("one", 1))
        self._count(50 * 12, lambda: self._submit("many", 50))

    def test_propose_and_execute(self):
        warm, one, many = (self._submit(f"case-{n}", n) for n in (2, 1, 50))
        resolutions = warm.line_ids.action_propose("exchange")
        resolutions.action_agree()
        resolutions.action_execute()
        first = self._count(70, lambda: one.line_ids.action_propose("exchange"))
        batch = self._count(50 * 10, lambda: many.line_ids.action_propose("exchange"))
        (first | batch).action_agree("phone")
        self._count(135, first.action_execute)
        self._count(50 * 20, batch.action_execute)
        self.assertEqual(set(batch.mapped("progress")), {"waiting_return"})
