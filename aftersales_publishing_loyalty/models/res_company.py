from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    aftersales_credit_program_id = fields.Many2one(
        "loyalty.program",
        "Program of Store Credit",
        domain="[('program_type', '=', 'gift_card'), ('company_id', 'in', (False, id))]",
        ondelete="restrict",
        help="The gift cards that readers get as store credit.",
    )
    aftersales_credit_days = fields.Integer(
        "Store Credit Is Valid For",
        default=365,
        help="In days from the day it is given. 0: for ever.",
    )
