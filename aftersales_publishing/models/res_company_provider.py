from odoo import fields, models


class ResCompany(models.Model):
    """How long a payment provider may be silent (R6.8)."""

    _inherit = "res.company"

    aftersales_provider_hours = fields.Integer(
        string="Hours until a silent provider is a task",
        default=24,
        help="From the request to the payment provider. Then finance gets a task, once.",
    )

    _aftersales_provider_hours_positive = models.Constraint(
        "CHECK(aftersales_provider_hours > 0)",
        "A payment provider needs at least one hour to answer.",
    )
