from odoo import api, models


class AftersalesVerdict(models.Model):
    """A verdict that a copy is pirated hands the evidence to the rights department (R3.2)."""

    _inherit = "aftersales.verdict"

    @api.model_create_multi
    def create(self, vals_list):
        verdicts = super().create(vals_list)
        pirated = verdicts.sudo().line_id.filtered("is_pirated")
        if pirated:
            pirated._hand_to_rights()
        return verdicts
