from odoo import Command, api, fields, models


class AftersalesDemoVerdict(models.AbstractModel):
    """Steps of the demo's cases before a verdict: copies bought elsewhere, questions, samples."""

    _inherit = "aftersales.demo"

    def _step_complain_elsewhere(self, ticket, product_id, defects, where, **page):
        """Note a copy that was bought elsewhere, with its copyright page."""
        found = self.env["aftersales.defect"].search([("code", "in", defects)])
        self._as("agent", self.env["aftersales.case.line"]).create(
            {
                "ticket_id": ticket.id,
                "product_id": product_id,
                "quantity": 1,
                "defect_ids": [Command.set(found.ids)],
                "bought_elsewhere": True,
                "bought_at": where,
                **page,
            }
        )

    def _step_ask(self, ticket, partner_id, question, days):
        """Ask a partner; no mail leaves a demo."""
        self._enquire(ticket, question, days, partner_id=partner_id)

    def _step_appraise(self, ticket, question, days):
        """Send a sample to print quality."""
        self._enquire(ticket, question, days, kind="appraisal")

    @api.model
    def _enquire(self, ticket, question, days, **vals):
        self._as("agent", self.env["aftersales.enquiry"]).create(
            {
                "ticket_id": ticket.id,
                "line_id": ticket.line_ids[:1].id,
                "question": question,
                "due": fields.Date.add(fields.Date.today(), days=days),
                **vals,
            }
        )
