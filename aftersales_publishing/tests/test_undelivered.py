from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import ISBNS, AftersalesCommon


@tagged("post_install", "-at_install")
class TestUndelivered(AftersalesCommon):
    """What never arrived: cancel the rest, urge, refund a prepayment, send again (R6.10)."""

    def _case_on_rest(self, order, copies, case_type="late"):
        """Register a case on copies that wait to be sent."""
        ticket = (
            self.env["helpdesk.ticket"]
            .with_user(self.agent)
            .create(
                {
                    "name": "Where is my book?",
                    "is_aftersales": True,
                    "partner_id": order.partner_id.id,
                    "user_id": self.agent.id,
                    "case_type_id": self._case_type(case_type).id,
                    "sale_order_id": order.id,
                    "line_ids": [
                        Command.create(
                            {
                                "product_id": self.novel.id,
                                "sale_line_id": order.order_line[:1].id,
                                "quantity": copies,
                            }
                        )
                    ],
                }
            )
        )
        ticket.action_register()
        ticket.proof_ids.received = True
        return ticket

    def _waiting(self, order):
        return order.order_line._get_undelivered_copies()

    def test_cancel_the_rest(self):
        """Not invoiced yet: the order and its delivery are lowered, nothing else."""
        order = self._sell({self.run_1: 5}, deliver=False, invoice=False)
        ticket = self._case_on_rest(order, 2)
        self.assertEqual(ticket.line_ids.claimable_quantity, 5)
        resolution = self._agree(ticket, "cancel_rest")
        self.assertEqual(resolution.progress, "done")
        self.assertEqual(self._waiting(order), 3)
        self.assertEqual(
            self._order_figures(order),
            {"ordered": 3, "delivered": 0, "invoiced": 0, "to_invoice": 0, "status": "no"},
        )

    def test_what_stays_keeps_its_price(self):
        """The title is dearer today, a discount was typed: neither is looked up anew."""
        self.env.ref("base.group_user")._apply_group(
            self.env.ref("sale.group_discount_per_so_line")
        )
        order = self._sell({self.run_1: 5}, deliver=False, invoice=False, discount=10.0)
        total = order.amount_total
        self.novel.list_price += 20.0
        self._agree(self._case_on_rest(order, 2), "cancel_rest")
        self.env.flush_all()
        self.assertEqual(order.order_line.product_uom_qty, 3)
        self.assertEqual((order.order_line.price_unit, order.order_line.discount), (59.8, 10.0))
        self.assertAlmostEqual(order.amount_total, total * 3 / 5, 2)

    def test_cancel_the_rest_of_a_locked_order(self):
        order = self._sell({self.run_1: 2}, deliver=False, invoice=False)
        order.action_lock()
        self._agree(self._case_on_rest(order, 2), "cancel_rest")
        self.assertTrue(order.locked)
        self.assertEqual(order.picking_ids.state, "cancel")

    def test_refund_a_prepayment(self):
        """Paid before delivery: cancelled and paid back, never billed or sent again."""
        self.novel.invoice_policy = "order"
        order = self._sell({self.run_1: 3}, deliver=False)
        ticket = self._case_on_rest(order, 1, "cancel")
        resolution = self._agree(ticket, "cancel_refund")
        self.assertEqual(self._waiting(order), 2)
        ticket.with_user(self.agent).action_post_refunds()
        self.assertEqual(ticket.refund_ids.credit_note_id.amount_total, 65.18)
        ticket.refund_ids.with_user(self.finance).action_pay()
        self.assertEqual(resolution.progress, "done")
        self.assertEqual(
            self._order_figures(order),
            {"ordered": 2, "delivered": 0, "invoiced": 2, "to_invoice": 0, "status": "invoiced"},
        )
        self._deliver(order, {self.novel: {self.run_1: 2}})
        self.assertEqual(order.order_line.qty_to_invoice, 0)

    def test_what_is_invoiced_is_not_just_cancelled(self):
        """Billed before it is sent: cancelled alone, the copy would stay on the bill."""
        self.novel.invoice_policy = "order"
        order = self._sell({self.run_1: 3}, deliver=False, pay=False)
        lines = self._case_on_rest(order, 1, "cancel").line_ids.with_user(self.agent)
        problem = "is invoiced already.*cancel and refund"
        with self.assertRaisesRegex(UserError, problem), self.cr.savepoint():
            lines.action_propose("cancel_rest")
        self._agree(lines.ticket_id, "cancel_refund")
        lines.ticket_id.action_post_refunds()
        self.assertEqual(order.invoice_ids[0].amount_residual, 130.37)

    def test_invoiced_in_part(self):
        """Two of three copies are billed: the third is cancelled, no more than that."""
        self.novel.invoice_policy = "order"
        order = self._sell({self.run_1: 3}, deliver=False, invoice=False)
        invoice = order._create_invoices()
        invoice.invoice_line_ids.quantity = 2
        with self.assertRaisesRegex(UserError, "is invoiced already"), self.cr.savepoint():
            self._agree(self._case_on_rest(order, 2, "cancel"), "cancel_rest")
        self._agree(self._case_on_rest(order, 1, "cancel"), "cancel_rest")
        figures = self._order_figures(order)
        self.assertEqual((figures["ordered"], figures["to_invoice"]), (2, 0))

    def test_invoiced_meanwhile(self):
        """The bill is written between agreement and execution."""
        self.novel.invoice_policy = "order"
        order = self._sell({self.run_1: 2}, deliver=False, invoice=False)
        lines = self._case_on_rest(order, 1).line_ids.with_user(self.agent)
        resolution = lines.action_propose("cancel_rest")
        resolution.action_agree("phone")
        self._invoice(order)
        with self.assertRaisesRegex(UserError, "is invoiced already"):
            resolution.action_execute()
        self.assertEqual(order.order_line.product_uom_qty, 2)

    def test_cancelled_rest_is_ordered_again(self):
        """The reader changes their mind before finance has paid: as if nothing happened."""
        self.novel.invoice_policy = "order"
        order = self._sell({self.run_1: 3}, deliver=False)
        before = self._order_figures(order)
        ticket = self._case_on_rest(order, 2, "cancel")
        resolution = self._agree(ticket, "cancel_refund")
        resolution.action_cancel("wants them after all")
        self.assertEqual(self._order_figures(order), before)
        self.assertEqual(self._waiting(order), 3)
        self.assertEqual(ticket.refund_ids.state, "cancelled")

    def test_urge(self):
        order = self._sell({self.run_1: 1}, deliver=False, invoice=False)
        ticket = self._case_on_rest(order, 1)
        resolution = self._agree_if_needed(ticket, "urge")
        self.assertEqual(order.picking_ids.priority, "1")
        self.assertIn(ticket.number, order.picking_ids.message_ids[:1].body)
        self.assertEqual(resolution.progress, "done")

    def _agree_if_needed(self, ticket, remedy):
        resolution = ticket.line_ids.with_user(self.agent).action_propose(remedy)
        self.assertEqual(resolution.state, "agreed", "the reader need not be asked")
        resolution.action_execute()
        return resolution

    def test_more_than_waits(self):
        order = self._sell({self.run_1: 1}, deliver=False, invoice=False)
        ticket = self._case_on_rest(order, 2)
        with self.assertRaisesRegex(UserError, "1 wait to be sent"):
            ticket.line_ids.with_user(self.agent).action_propose("cancel_rest")

    def test_sent_meanwhile(self):
        """The parcel leaves between agreement and execution."""
        order = self._sell({self.run_1: 2}, deliver=False, invoice=False)
        resolution = (
            self._case_on_rest(order, 2)
            .line_ids.with_user(self.agent)
            .action_propose("cancel_rest")
        )
        resolution.action_agree("phone")
        self._deliver(order, {self.novel: {self.run_1: 2}})
        with self.assertRaisesRegex(UserError, "0 wait to be sent"):
            resolution.action_execute()
        self.assertEqual(order.order_line.product_uom_qty, 2)

    def test_on_its_way_through_the_house(self):
        """Picked and not yet shipped: refused, and the order stays as it is."""
        self.house.delivery_steps = "pick_ship"
        order = self._sell({self.run_1: 2}, deliver=False, invoice=False)
        self._deliver(order, {self.novel: {self.run_1: 2}})
        self.assertEqual(self._waiting(order), 2, "in the shipping zone")
        resolution = (
            self._case_on_rest(order, 1)
            .line_ids.with_user(self.agent)
            .action_propose("cancel_rest")
        )
        resolution.action_agree("phone")
        with self.assertRaisesRegex(UserError, "on its way"):
            resolution.action_execute()
        self.assertEqual(order.order_line.product_uom_qty, 2)
        self.assertEqual(self._waiting(order), 2)

    def test_lost_parcel_is_sent_again(self):
        """Delivered by the books, never arrived: another copy leaves, the order stays."""
        order = self._sell({self.run_1: 3})
        before = self._order_figures(order)
        ticket = self._case(order, {self.run_1: 1}, "lost", ())
        resolution = self._agree_if_needed(ticket, "reship")
        self.assertEqual(ticket.line_ids.claimable_quantity, 2, "the lost copy is settled")
        self._ship(resolution)
        self.assertEqual(resolution.progress, "done")
        self.assertEqual(self._order_figures(order), before)

    def test_sent_again_is_not_refunded_too(self):
        order = self._sell({self.run_1: 1})
        ticket = self._case(order, {self.run_1: 1}, "lost", ())
        self._agree_if_needed(ticket, "reship")
        other = self._case(order, {self.run_1: 1}, "lost", ())
        with self.assertRaisesRegex(UserError, "only 0 can still be"):
            other.line_ids.with_user(self.agent).action_propose("refund_only")

    def test_delivered_copies_are_not_cancelled(self):
        order = self._sell({self.run_1: 1})
        ticket = self._case(order, {self.run_1: 1}, "late", ())
        with self.assertRaisesRegex(UserError, "not sent yet"):
            ticket.line_ids.with_user(self.agent).action_propose("cancel_rest")

    def test_platform_asks_to_cancel(self):
        """A case that a platform pushes finds the open order line by itself."""
        order = self._sell({self.run_1: 2}, deliver=False, invoice=False)
        (result,) = (
            self.env["helpdesk.ticket"]
            .with_user(self.agent)
            .aftersales_submit(
                [
                    {
                        "order_ref": order.name,
                        "case_type": "cancel",
                        "lines": [{"isbn": ISBNS[0], "quantity": 2}],
                    }
                ]
            )
        )
        self.assertEqual((result["status"], result["errors"]), ("created", []))
        line = self.env["helpdesk.ticket"].browse(result["ticket_id"]).line_ids
        self.assertEqual(line.sale_line_id, order.order_line)
        self.assertFalse(line.delivery_move_id)

    def test_the_dialog_lists_what_waits(self):
        order = self._sell({self.run_1: 5}, deliver=False, invoice=False)
        ticket = self._case_on_rest(order, 1)
        wizard = (
            self.env["aftersales.delivered.wizard"]
            .with_user(self.agent)
            .create({"ticket_id": ticket.id, "order_id": order.id})
        )
        self.assertEqual(wizard.line_ids.claimable_quantity, 5)
        wizard.line_ids.quantity = 2
        wizard.action_add()
        self.assertFalse(ticket.line_ids.delivery_move_id)
        remedies = (
            self.env["aftersales.propose.wizard"]
            .with_user(self.agent)
            .create({"ticket_id": ticket.id, "line_ids": [Command.set(ticket.line_ids.ids)]})
            .offered_ids
        )
        codes = {"urge", "cancel_rest", "cancel_refund", "guidance"}
        self.assertEqual(set(remedies.mapped("code")), codes)
