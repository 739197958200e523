from odoo.tests import tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestSentBack(AftersalesCommon):
    """Two copies come back, one of them stained by the reader: it is sent back to its owner."""

    def test_not_upheld_copy_goes_back_to_the_reader(self):
        """One copy is refunded, the other returned natively: case and order are finished (R6.6)."""
        order = self._sell({self.run_1: 2})
        ticket = self._case(order, {self.run_1: 2})
        resolution = self._agree(ticket, "return_refund")
        self._receive(resolution)
        waiting = ticket.inspection_ids.with_user(self.warehouse)
        waiting.action_split()
        good, stained = ticket.inspection_ids.with_user(self.warehouse).sorted("id")
        good.grade = "defective"
        stained.grade = "reader_damage"
        (good | stained).action_done()
        resolution.action_give_up_rest("wine stains on the second copy")
        ticket.with_user(self.agent).action_post_refunds()
        ticket.refund_ids.with_user(self.finance).action_pay()
        self.assertEqual(ticket.phase, "done")

        self._send_back(stained.move_line_id.move_id, 1)
        self.assertEqual((resolution.progress, ticket.phase), ("done", "done"))
        self.assertEqual(
            self._order_figures(order),
            {"ordered": 1, "delivered": 1, "invoiced": 1, "to_invoice": 0, "status": "invoiced"},
        )

    def test_sent_back_by_mistake_is_awaited_again(self):
        """A copy whose claim was confirmed belongs to the house: its return is open again."""
        order = self._sell({self.run_1: 1})
        ticket = self._case(order, {self.run_1: 1})
        resolution = self._agree(ticket, "exchange")
        self._receive(resolution)
        self._inspect(resolution)
        self._send_back(ticket.inspection_ids.move_line_id.move_id, 1)
        self.assertNotEqual(resolution.progress, "done")

    def test_resolutions_of_the_case_right_after_proposing(self):
        """The case knows its new proposals in the same transaction, each with its id."""
        ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1})
        self.assertFalse(ticket.resolution_ids)
        proposed = ticket.line_ids.action_propose("exchange")
        self.assertEqual(ticket.resolution_ids, proposed)

    def _send_back(self, move, quantity):
        """Return copies of a receipt by Odoo's own wizard."""
        wizard = self.env["stock.return.picking"].with_context(
            active_model="stock.picking", active_id=move.picking_id.id
        )
        wizard = wizard.create({})
        wizard.product_return_moves.quantity = quantity
        self._validate(self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"]))
