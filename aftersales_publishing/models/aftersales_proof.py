from odoo import fields, models


class AftersalesProof(models.Model):
    """A piece of evidence that readers are asked for (R1.3).

    A case type lists the proofs it requires; while one is missing, the case
    waits for the reader and is asked for in the words of ``description``.
    """

    _name = "aftersales.proof"
    _inherit = ["aftersales.catalogue.mixin"]
    _description = "Proof"

    description = fields.Text(
        string="Request",
        translate=True,
        help="What the reader is asked to send, in words a reader understands.",
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
