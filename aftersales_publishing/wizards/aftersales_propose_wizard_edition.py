from odoo import api, fields, models


class AftersalesProposeWizard(models.TransientModel):
    """What the new edition costs and what is left to pay, before the reader agrees (R6.1)."""

    _inherit = "aftersales.propose.wizard"

    edition_note = fields.Text("New Edition", compute="_compute_edition_note")

    @api.depends("remedy_id", "line_ids", "quantity")
    def _compute_edition_note(self):
        for wizard in self:
            wizard.edition_note = wizard.remedy_id.sells_edition and wizard._get_edition_note()

    def _get_edition_note(self):
        lines = self.line_ids._origin
        Resolution = self.env["aftersales.resolution"].sudo()
        proposals = Resolution.concat(*map(self._draft_proposal, lines))
        for proposal, newest in zip(proposals, lines._get_new_editions().values(), strict=True):
            proposal.edition_product_id = newest
        allocation = proposals._allocate_credit()
        if problems := proposals._get_credit_problems(allocation):
            return "\n".join(problems)
        return "\n".join(
            proposal._get_edition_note(shares)
            for proposal, (shares, _missing) in zip(proposals, allocation, strict=True)
        )
