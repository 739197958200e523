from odoo import fields, models
from odoo.exceptions import UserError


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
    aftersales_coupon_days = fields.Integer(
        "Coupons Are Valid For",
        default=180,
        help="In days from the day it is given, not beyond the end of its program. 0: for ever.",
    )

    def _get_aftersales_coupon(self, program=None):
        """Return the coupon that is named, else the only one that managers offer.

        :param program: ``loyalty.program``, or nothing
        :raises UserError: when none, or more than one, is offered, or not this one
        """
        self.ensure_one()
        offered = self._get_aftersales_coupons()
        if program and program.sudo() in offered:
            return program.sudo()
        if program:
            raise UserError(
                self.env._(
                    "“%s” is not offered as a coupon of after-sales service. Choose another one, or "
                    "let a manager offer it: Configuration → Coupons.",
                    program.sudo().display_name,
                )
            )
        if not offered:
            raise UserError(
                self.env._(
                    "No coupon is offered in after-sales service. Let a manager choose the "
                    "programs: Configuration → Coupons."
                )
            )
        if len(offered) > 1:
            raise UserError(
                self.env._("Choose the coupon: %s.", ", ".join(offered.mapped("display_name")))
            )
        return offered

    def _get_aftersales_coupons(self):
        """Return the programs of coupons that managers offer in the company."""
        self.ensure_one()
        programs = self.env["loyalty.program"].sudo()
        return programs.search(
            [("aftersales_usable", "=", True), ("company_id", "in", (False, self.id))]
        )
