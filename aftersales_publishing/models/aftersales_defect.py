from odoo import api, fields, models

# Groups whose defects arise where the book is made, not where one copy was handled
RUN_GROUPS = ("text", "pages", "printing", "binding")


class AftersalesDefect(models.Model):
    """A book defect: a catalogue, not free text (R2.2).

    Counting complaints per print run and printer (R4.2) rests on it, and so does
    the rule that a replacement never comes from a suspect run.
    """

    _name = "aftersales.defect"
    _description = "Book Defect"
    _order = "sequence, id"
    _rec_names_search = ["name", "code"]
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        help="Short technical name, for imports and the API.",
    )
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
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        comodel_name="res.company",
        index="btree_not_null",
        help="Leave empty to share it between all companies.",
    )

    _code_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))",
        "This code is taken by another defect, perhaps an archived one. Choose another code.",
    )

    @api.depends("group")
    def _compute_concerns_run(self):
        for defect in self:
            defect.concerns_run = defect.group in RUN_GROUPS

    def copy_data(self, default=None):
        """Give the copy a name and a code of its own."""
        vals_list = super().copy_data(default)
        for defect, vals in zip(self, vals_list, strict=True):
            if "name" not in (default or {}):
                vals["name"] = self.env._("%s (copy)", defect.name)
            if "code" not in (default or {}):
                vals["code"] = f"{defect.code}_copy"
        return vals_list
