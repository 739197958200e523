from odoo import fields, models


class AftersalesProof(models.Model):
    """A piece of evidence that readers are asked for (R1.3).

    A case type lists the proofs it requires; while one is missing, the case
    waits for the reader and is asked for in the words of ``description``.
    """

    _name = "aftersales.proof"
    _description = "Proof"
    _order = "sequence, id"
    _rec_names_search = ["name", "code"]
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        help="Short technical name, for imports and the API.",
    )
    description = fields.Text(
        string="Request",
        translate=True,
        help="What the reader is asked to send, in words a reader understands.",
    )
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        comodel_name="res.company",
        index="btree_not_null",
        help="Leave empty to share it between all companies.",
    )
    case_type_ids = fields.Many2many(
        comodel_name="aftersales.case.type",
        relation="aftersales_case_type_proof_rel",
        column1="proof_id",
        column2="case_type_id",
        string="Required For",
        copy=False,
        readonly=True,
        help="The case types that wait for this proof.",
    )

    _code_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))",
        "This code is taken by another proof, perhaps an archived one. Choose another code.",
    )

    def copy_data(self, default=None):
        """Give the copy a name and a code of its own."""
        vals_list = super().copy_data(default)
        for proof, vals in zip(self, vals_list, strict=True):
            if "name" not in (default or {}):
                vals["name"] = self.env._("%s (copy)", proof.name)
            if "code" not in (default or {}):
                vals["code"] = f"{proof.code}_copy"
        return vals_list
