from odoo import models


class AftersalesCaseLine(models.Model):
    """Who carried the copy is a fact for the verdict (R3.1)."""

    _inherit = "aftersales.case.line"

    def _get_facts(self):
        facts = super()._get_facts()
        delivery = self.delivery_id
        carrier = ", ".join(filter(None, [delivery.carrier_id.name, delivery.carrier_tracking_ref]))
        if carrier:
            facts.append(("carrier", self.env._("Carrier"), carrier))
        return facts
