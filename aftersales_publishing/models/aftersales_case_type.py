from odoo import api, fields, models
from odoo.exceptions import UserError


class AftersalesCaseType(models.Model):
    """What a case is about; decides what is asked and offered (R2.1).

    A type says which proof is required (R1.3), which remedies may be offered
    (R6.1), which team works on it (R2.4), the level it starts with (R2.3) and
    whether it counts in the complaint rate.
    """

    _name = "aftersales.case.type"
    _inherit = ["aftersales.catalogue.mixin"]
    _description = "Case Type"

    # Classification
    family = fields.Selection(
        selection=[
            ("product", "Product quality"),
            ("description", "Not as described"),
            ("delivery", "Delivery"),
            ("order", "Order handling"),
            ("service", "Service"),
            ("account", "Account and payment"),
            ("content", "Content"),
            ("enquiry", "Enquiry"),
        ],
        required=True,
    )
    is_complaint = fields.Boolean(
        string="Complaint",
        default=True,
        help="Counts in the complaint rate. Enquiries and returns without a reason do not.",
    )
    complaint_level = fields.Selection(
        selection=[("1", "I"), ("2", "II"), ("3", "III")],
        string="Proposed Level",
        required=True,
        default="3",
        help="The level a case of this type starts with; I is the gravest. "
        "The facts of the case can raise it.",
    )
    # Intake
    needs_lines = fields.Boolean(
        string="Book Required",
        default=True,
        help="The reader has to name at least one book.",
    )
    needs_order = fields.Boolean(
        string="Order Required",
        help="The reader has to name the order.",
    )
    proof_ids = fields.Many2many(
        comodel_name="aftersales.proof",
        relation="aftersales_case_type_proof_rel",
        column1="case_type_id",
        column2="proof_id",
        string="Required Proof",
        check_company=True,
        help="While one of these is missing, the case waits for the reader.",
    )
    guidance = fields.Text(
        translate=True,
        help="What the clerk asks first.",
    )
    # Handling
    team_id = fields.Many2one(
        comodel_name="helpdesk.ticket.team",
        index="btree_not_null",
        check_company=True,
        help="The team that works on cases of this type. "
        "Leave empty for the company's after-sales team.",
    )
    remedy_ids = fields.Many2many(
        comodel_name="aftersales.remedy",
        relation="aftersales_case_type_remedy_rel",
        column1="case_type_id",
        column2="remedy_id",
        string="Offered Remedies",
        check_company=True,
        help="The remedies that can be proposed, in their order.",
    )
    sends_mail = fields.Boolean(
        string="Remedy Mails",
        default=True,
        help="The reader gets mails about proposal and remedy. "
        "Off for content cases, which are answered in person.",
    )

    _code_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))",
        "This code is taken by another case type, perhaps an archived one. Choose another code.",
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_piracy(self):
        """Evidence of piracy is handed to the rights department as a case of this type (R3.2)."""
        piracy = self.env.ref(
            "aftersales_publishing.aftersales_case_type_piracy", raise_if_not_found=False
        )
        if piracy and piracy in self:
            raise UserError(
                self.env._(
                    "“%s” is needed: copies judged pirated are reported as cases of this type. "
                    "Archive it instead.",
                    piracy.name,
                )
            )

    def _get_offered(self, company):
        """Return the remedies that can be proposed in a company; all of them where none is named.

        :param company: ``res.company`` of the case
        """
        return self.remedy_ids or self.env["aftersales.remedy"].search(
            [("company_id", "in", [False, company.id])]
        )
