from odoo import fields, models
from odoo.tools import SQL

# Of the shipped type for returns without a reason, in databases that are older than these fields
WITHOUT_REASON = {"claim_policy": "window", "is_without_reason": True}


class AftersalesCaseType(models.Model):
    """How long readers may claim what a case type is about (R1.6)."""

    _inherit = "aftersales.case.type"

    claim_policy = fields.Selection(
        [
            ("none", "Not entitled"),
            ("window", "Within a number of days"),
            ("ever", "For ever"),
        ],
        "Readers May Claim",
        required=True,
        default="ever",
        help="Copies that are not eligible get no remedy, unless a manager lets them through. "
        "A faulty copy is also held to the exchange promise of its title.",
    )
    claim_days = fields.Integer(
        "Days", default=7, help="Counted from the day after the reader signed for the copy."
    )
    is_without_reason = fields.Boolean(
        "Without a Reason",
        help="The reader need not say why. Periodicals, used codes and opened audio or software "
        "are excluded; a wrap opened to look at the book is no ground.",
    )

    _claim_days_positive = models.Constraint(
        "CHECK(claim_days > 0)", "A window has at least one day."
    )

    def _init_column(self, column_name):
        """Hold returns without a reason to their seven days, as soon as they can be."""
        result = super()._init_column(column_name)
        if column_name in WITHOUT_REASON:
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE aftersales_case_type SET %s = %s
                     WHERE id IN (SELECT res_id FROM ir_model_data
                                   WHERE module = 'aftersales_publishing'
                                     AND name = 'aftersales_case_type_return_no_reason')
                    """,
                    SQL.identifier(column_name),
                    WITHOUT_REASON[column_name],
                )
            )
        return result
