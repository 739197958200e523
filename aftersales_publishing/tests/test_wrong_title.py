from odoo.tests import tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestWrongTitle(AftersalesCommon):
    """We sent an atlas for a novel: it comes back as itself, the novel follows (R6.11)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.atlas_run = cls._print(cls.atlas, "ATLAS-1-1", 1, 50, 40.0, cls.printer)

    def _announced(self, remedy="exchange", copies=1):
        order = self._sell({self.run_1: 2})
        ticket = self._case(order, {self.run_1: copies}, "wrong_title", ())
        ticket.line_ids.sent_product_id = self.atlas
        return order, ticket, self._agree(ticket, remedy)

    def test_exchanged(self):
        """Shelves, values and order are as if the right book had been sent at once."""
        value = self.atlas.total_value + self.novel.total_value
        order, ticket, resolution = self._announced()
        before = self._order_figures(order)
        self.assertEqual(self._free(self.atlas_run), 49, "the copy that is away is not for sale")
        self._receive(resolution)
        self.assertEqual(self._quarantined(self.atlas_run), 1)
        self.assertEqual(self._order_figures(order), before)
        self._inspect(resolution, grade="as_new", disposition="restock")
        self._ship(resolution)
        self.assertEqual((resolution.progress, ticket.phase), ("done", "done"))
        self.assertEqual(self._order_figures(order), before)
        self.assertEqual(self._stock(self.atlas_run), 50)
        sold = 2 * 13.0  # average of the two runs
        self.assertEqual(self._stock(self.run_1) + self._stock(self.run_2), 398)
        self.assertAlmostEqual(self.atlas.total_value + self.novel.total_value, value - sold, 2)

    def test_refunded(self):
        """The reader wants the money for the novel and sends the atlas back."""
        order, ticket, resolution = self._announced("return_refund")
        self._receive(resolution)
        self._inspect(resolution, grade="as_new", disposition="restock")
        ticket.with_user(self.agent).action_post_refunds()
        self.assertEqual(ticket.refund_ids.amount, 65.18)
        self.assertEqual(
            self._order_figures(order),
            {"ordered": 1, "delivered": 1, "invoiced": 1, "to_invoice": 0, "status": "invoiced"},
        )
        self.assertEqual(self._stock(self.atlas_run), 50)

    def test_claimed_once(self):
        """While the atlas is on its way, the novel cannot be claimed a second time."""
        _order, ticket, resolution = self._announced(copies=2)
        self.assertEqual(ticket.line_ids.claimable_quantity, 0)
        self._receive(resolution)
        ticket.line_ids.invalidate_recordset()
        self.assertEqual(ticket.line_ids.claimable_quantity, 0)

    def test_cancelled_before_it_came(self):
        _order, ticket, resolution = self._announced()
        resolution.action_cancel("keeps the atlas")
        self.assertEqual(self._free(self.atlas_run), 50)
        ticket.line_ids.invalidate_recordset()
        self.assertEqual(ticket.line_ids.claimable_quantity, 2)

    def _free(self, lot):
        quants = self.env["stock.quant"].search(
            [("lot_id", "=", lot.id), ("location_id", "child_of", self.house.lot_stock_id.id)]
        )
        return sum(quant.quantity - quant.reserved_quantity for quant in quants)
