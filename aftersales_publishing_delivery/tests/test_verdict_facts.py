from odoo import Command
from odoo.tests import tagged

from .common import DeliveryCommon


@tagged("post_install", "-at_install")
class TestVerdictFacts(DeliveryCommon):
    """Who carried the copy is known to verdicts and their rules (R3.1, R3.2)."""

    def test_carrier(self):
        order = self._sell({self.run_1: 1})
        order.picking_ids.write({"carrier_id": self.courier.id, "carrier_tracking_ref": "DP100"})
        line = self._case(order, {self.run_1: 1}, "damaged_copy", ["torn"]).line_ids
        self.assertIn("Carrier: Deppon, DP100", line.known_facts)
        self.assertFalse(line.proposal_rule_id)
        rule = self.env["aftersales.verdict.rule"].create(
            {
                "name": "Deppon tears them",
                "domain": f"[('delivery_id.carrier_id', '=', {self.courier.id})]",
                "explanation": "Every third parcel of theirs arrives open.",
                "share_ids": [Command.create({"party": "carrier", "percent": 100.0})],
            }
        )
        line.invalidate_recordset()
        self.assertEqual(line.proposal_rule_id, rule)
