from odoo import fields, models

WRAPS = [("whole", "Whole"), ("opened", "Opened"), ("none", "None")]


class AftersalesInspection(models.Model):
    """What else is looked at: the wrap, the accessories, the checklist (R6.6)."""

    _inherit = "aftersales.inspection"

    wrap = fields.Selection(WRAPS, copy=False, help="The foil in which the book was sold.")
    accessories = fields.Char(copy=False, help="What lay in it: disc, card, code, box.")
    check_ids = fields.One2many("aftersales.inspection.check", "inspection_id", "Checklist")

    def _get_editable(self):
        return super()._get_editable() | {"wrap", "accessories", "check_ids"}
