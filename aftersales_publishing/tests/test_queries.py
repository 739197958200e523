from odoo import Command, fields
from odoo.tests import tagged

from .common import ISBNS, AftersalesCommon

BATCH = 50
# Queries of a step for all its cases: submit, propose, agree, execute, receive, grade, inspect, …
EXCHANGE_WARM = (150, 70, 25, 130, 215, 15, 175, 135)  # … ship; ORM caches still empty
EXCHANGE_1 = (78, 53, 22, 103, 126, 5, 136, 115)
EXCHANGE_MANY = (125, 100, 22, 360, 630, 5, 1050, 425)
REFUND_WARM = (150, 70, 25, 140, 215, 15, 95, 250, 290)  # … approve and post, pay
REFUND_1 = (78, 56, 22, 108, 130, 5, 75, 198, 226)
REFUND_MANY = (125, 100, 22, 365, 635, 5, 80, 705, 1890)


@tagged("post_install", "-at_install")
class TestQueries(AftersalesCommon):
    """Queries of every step, for one case and for fifty in one batch, by its own desk and with
    tracking on. A batch costs a few queries a case, never a multiple of one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.orders = cls._sell_many(BATCH + 3)
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": False})
        cls.orders = cls.env["sale.order"].browse(cls.orders.ids)

    @classmethod
    def _sell_many(cls, number):
        """Sell two copies to each of ``number`` readers; one invoice each, paid."""
        readers = cls.env["res.partner"].create(
            [{"name": f"Reader {i}", "email": f"reader.{i}@reader.example"} for i in range(number)]
        )
        line = {"product_id": cls.novel.id, "product_uom_qty": 2}
        orders = cls.env["sale.order"].create(
            [{"partner_id": reader.id, "order_line": [Command.create(line)]} for reader in readers]
        )
        orders.action_confirm()
        cls._deliver(orders, {cls.novel: {cls.run_1: 2}})
        invoices = orders._create_invoices(grouped=True)
        invoices.invoice_date = fields.Date.today()
        invoices.action_post()
        cls.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoices.ids
        ).create({"group_payment": False})._create_payments()
        return orders

    def _items(self, orders):
        return [
            {
                "external_ref": order.name,
                "partner_id": order.partner_id.id,
                "order_ref": order.name,
                "case_type": "damaged_copy",
                "lines": [{"isbn": ISBNS[0], "quantity": 2, "lot": self.run_1.name}],
            }
            for order in orders
        ]

    def _count(self, queries, user, records, verb):
        """Let a user do ``verb`` on records with an empty cache; check the queries to the end."""
        self._end_of_request()
        self.env.invalidate_all()
        records = records.with_user(user).browse(records.ids)
        with self.assertQueryCount(queries):
            result = verb(records)
            self._end_of_request()
        return result

    def _play(self, remedy, orders, queries):
        """Take cases through the house; ``queries`` are those of each step, in its order."""
        limits = iter(queries)
        items = self._items(orders)
        Ticket = self.env["helpdesk.ticket"]

        def step(user, records, verb):
            return self._count(next(limits), user, records, verb)

        results = step(self.agent, Ticket, lambda t: t.aftersales_submit(items))
        lines = Ticket.browse([result["ticket_id"] for result in results]).line_ids
        resolutions = step(self.agent, lines, lambda ln: ln.action_propose(remedy))
        step(self.agent, resolutions, lambda r: r.action_agree("phone"))
        step(self.agent, resolutions, lambda r: r.action_execute())
        effects = resolutions.sudo().effect_ids
        step(self.warehouse, self._pickings(effects, "return"), self._validate_counted)
        inspections = resolutions.sudo().inspection_ids
        step(self.warehouse, inspections, lambda i: i.write({"grade": "defective"}))
        step(self.warehouse, inspections, lambda i: i.action_done())
        if remedy == "exchange":
            step(self.warehouse, self._pickings(effects, "shipment"), self._validate_counted)
        else:
            refunds = effects.refund_line_ids.refund_id
            step(self.finance, refunds, lambda r: r.action_approve_and_post())
            step(self.finance, refunds, lambda r: r.action_pay())
        self.assertEqual(set(resolutions.mapped("progress")), {"done"})

    @staticmethod
    def _pickings(effects, kind):
        return effects.filtered(lambda effect: effect.kind == kind).move_ids.picking_id

    @staticmethod
    def _validate_counted(pickings):
        pickings.move_ids.picked = True
        return pickings.with_context(skip_sms=True).button_validate()

    def test_refund(self):
        self._play("return_refund", self.orders[:2], REFUND_WARM)
        self._play("return_refund", self.orders[2], REFUND_1)
        self._play("return_refund", self.orders[3:], REFUND_MANY)

    def test_exchange(self):
        self._play("exchange", self.orders[:2], EXCHANGE_WARM)
        self._play("exchange", self.orders[2], EXCHANGE_1)
        self._play("exchange", self.orders[3:], EXCHANGE_MANY)
