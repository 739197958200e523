from odoo import models


class AftersalesCaseLine(models.Model):
    """The amount of store credit, or the coupon, is agreed with the proposal (R6.1)."""

    _inherit = "aftersales.case.line"

    def _prepare_proposals(self, remedy, quantity=None, **options):
        """Add the store credit or the coupon of each line.

        :param options: ``store_credit`` (float): what each line gets, in the currency of the program;
            ``store_credit_reason`` (str): why, as it stands on the gift card;
            ``coupon_program`` (``loyalty.program``): which coupon, where managers offer several
        """
        vals_list = super()._prepare_proposals(remedy, quantity, **options)
        for vals in vals_list:
            remedy = self.env["aftersales.remedy"].browse(vals["remedy_id"])
            if remedy.gives_store_credit:
                company = self.browse(vals["line_id"]).company_id.sudo()
                program = company._get_aftersales_setting("aftersales_credit_program_id")
                vals.update(
                    store_credit=options.get("store_credit") or 0.0,
                    store_credit_reason=options.get("store_credit_reason") or False,
                    store_credit_program_id=program.id,
                )
            if remedy.gives_coupon:
                company = self.browse(vals["line_id"]).company_id
                program = company._get_aftersales_coupon(options.get("coupon_program"))
                vals.update(
                    coupon_program_id=program.id, coupon_value=program._get_aftersales_value()
                )
        return vals_list
