from odoo import fields, models


class AftersalesCatalogueMixin(models.AbstractModel):
    """An entry of a list that managers keep: a name for people, a code for imports and the API.

    Who inherits it adds a unique index on ``(code, COALESCE(company_id, 0))``, whose message names
    the kind of entry.
    """

    _name = "aftersales.catalogue.mixin"
    _description = "Entry of a Catalogue"
    _order = "sequence, id"
    _rec_names_search = ["name", "code"]
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        help="Short technical name, for imports and the API.",
    )
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        comodel_name="res.company",
        index="btree_not_null",
        help="Leave empty to share it between all companies.",
    )

    def copy_data(self, default=None):
        """Give the copy a name and a code of its own."""
        vals_list = super().copy_data(default)
        for entry, vals in zip(self, vals_list, strict=True):
            if "name" not in (default or {}):
                vals["name"] = self.env._("%s (copy)", entry.name)
            if "code" not in (default or {}):
                vals["code"] = f"{entry.code}_copy"
        return vals_list
