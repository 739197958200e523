from odoo import fields, models


class AftersalesPlatformImportLine(models.TransientModel):
    """A row of the file that is looked at before the import."""

    _name = "aftersales.platform.import.line"
    _description = "Row of a Platform's Statement"
    _order = "id"

    wizard_id = fields.Many2one(
        "aftersales.platform.import.wizard", required=True, index=True, ondelete="cascade"
    )
    number = fields.Char("Refund Number")
    date = fields.Date()
    currency_id = fields.Many2one(related="wizard_id.platform_id.currency_id")
    amount = fields.Monetary()
    platform_refund_id = fields.Many2one("aftersales.platform.refund", "Ours")
    ticket_id = fields.Many2one(related="platform_refund_id.ticket_id", string="Case")
    shop_share = fields.Monetary(related="platform_refund_id.shop_share", string="Our Share")
    result = fields.Selection(
        [
            ("matched", "Matched"),
            ("differs", "Differs in amount"),
            ("unknown", "Unknown"),
            ("known", "Imported before"),
        ]
    )
