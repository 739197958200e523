from odoo import api, fields, models

# Groups whose defects arise where the book is made, not where one copy was handled
RUN_GROUPS = ("text", "pages", "printing", "binding")


class AftersalesDefect(models.Model):
    """A book defect: a catalogue, not free text (R2.2).

    Counting complaints per print run and printer (R4.2) rests on it, and so does
    the rule that a replacement never comes from a suspect run.
    """

    _name = "aftersales.defect"
    _inherit = ["aftersales.catalogue.mixin"]
    _description = "Book Defect"

    group = fields.Selection(
        selection=[
            ("text", "Text"),
            ("pages", "Pages"),
            ("printing", "Printing"),
            ("binding", "Binding"),
            ("copy", "Copy"),
            ("extras", "Extras"),
        ],
        required=True,
    )
    concerns_run = fields.Boolean(
        string="Whole Run Suspect",
        compute="_compute_concerns_run",
        store=True,
        readonly=False,
        precompute=True,
        help="The whole print run is suspect; a replacement never comes from the same run.",
    )

    _code_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))",
        "This code is taken by another defect, perhaps an archived one. Choose another code.",
    )

    @api.depends("group")
    def _compute_concerns_run(self):
        for defect in self:
            defect.concerns_run = defect.group in RUN_GROUPS
