from odoo import api, fields, models

from .account_move import RED_STATES


class AftersalesRefund(models.Model):
    """The fapiao that a refund is about, and the red invoice it takes (R6.8)."""

    _inherit = "aftersales.refund"

    fapiao = fields.Char(compute="_compute_fapiao", compute_sudo=True, help="Of the invoice.")
    fapiao_date = fields.Date("Fapiao Issued On", compute="_compute_fapiao", compute_sudo=True)
    red_state = fields.Selection(
        RED_STATES,
        "Red Invoice",
        compute="_compute_red",
        compute_sudo=True,
        search="_search_red_state",
    )
    red_number = fields.Char("Confirmation Sheet", compute="_compute_red", compute_sudo=True)

    @api.depends("invoice_id")
    def _compute_fapiao(self):
        """Not related fields: Odoo would look for refunds at every change of any invoice."""
        for refund in self:
            refund.fapiao = refund.invoice_id.fapiao
            refund.fapiao_date = refund.invoice_id.aftersales_fapiao_date

    @api.depends("credit_note_id")
    def _compute_red(self):
        for refund in self:
            refund.red_state = refund.credit_note_id.aftersales_red_state
            refund.red_number = refund.credit_note_id.aftersales_red_number

    @api.model
    def _search_red_state(self, operator, value):
        if operator != "in" or False in value:
            return NotImplemented
        notes = self.env["account.move"].sudo()._search([("aftersales_red_state", "in", value)])
        return [("credit_note_id", "in", notes)]
