from odoo import api, fields, models
from odoo.exceptions import UserError

from .aftersales_title_part import PART_KINDS


class AftersalesRemedy(models.Model):
    """What can be offered to a reader: a set of effects, as data (R6.1).

    A new remedy needs no code. Agreement (R6.2), the share of the price that is
    credited and the order of inspection and money (R6.6, R6.7) are set here.
    """

    _name = "aftersales.remedy"
    _inherit = ["aftersales.catalogue.mixin"]
    _description = "Remedy"

    description = fields.Text(
        translate=True,
        help="What the reader gets and has to do, as told in the proposal.",
    )
    case_type_ids = fields.Many2many(
        comodel_name="aftersales.case.type",
        relation="aftersales_case_type_remedy_rel",
        column1="remedy_id",
        column2="case_type_id",
        string="Offered For",
        copy=False,
        readonly=True,
        help="The case types for which this remedy can be proposed.",
    )
    # What it does
    effect_ids = fields.One2many(
        comodel_name="aftersales.remedy.effect",
        inverse_name="remedy_id",
        string="Effects",
        copy=True,
    )
    takes_back = fields.Boolean(compute="_compute_effect_flags", store=True)
    ships = fields.Boolean(compute="_compute_effect_flags", store=True)
    credits = fields.Boolean(compute="_compute_effect_flags", store=True)
    concerns_undelivered = fields.Boolean(
        compute="_compute_effect_flags",
        store=True,
        help="For copies that were ordered and have not left the house.",
    )
    needs_stock = fields.Boolean(
        compute="_compute_effect_flags",
        store=True,
        help="Only offered where a safe copy can be shipped.",
    )
    sends_part = fields.Boolean(
        compute="_compute_effect_flags",
        store=True,
        help="Only offered where the title has such a part to send.",
    )
    part_kind = fields.Selection(
        PART_KINDS, "Kind of Part", help="Which parts of a title it sends. Empty: any of them."
    )
    # Under which terms
    needs_agreement = fields.Boolean(
        string="Reader Agrees First",
        default=True,
        help="The reader is asked and agrees before anything is executed.",
    )
    credit_share = fields.Float(
        string="Credited Share (%)",
        default=100.0,
        digits=(5, 2),
        help="How much of the price paid is credited, in percent.",
    )
    credit_after_inspection = fields.Boolean(
        string="Inspect Before Crediting",
        default=True,
        help="Where the copy comes back, no money moves before it has been received and inspected.",
    )
    may_advance = fields.Boolean(
        string="Replacement in Advance",
        help="The replacement may leave before the copy is back, for a trusted reader.",
    )

    _code_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))",
        "This code is taken by another remedy, perhaps an archived one. Choose another code.",
    )
    _credit_share_percent = models.Constraint(
        "CHECK(credit_share >= 0 AND credit_share <= 100)",
        "The credited share is a percentage: enter a value from 0 to 100.",
    )

    @api.depends("effect_ids.kind")
    def _compute_effect_flags(self):
        for remedy in self:
            remedy.takes_back = remedy._has_kind("return")
            remedy.ships = remedy._has_kind("shipment")
            remedy.credits = remedy._has_kind("credit")
            remedy.concerns_undelivered = remedy._has_kind("cancellation", "urge")
            remedy.sends_part = remedy._has_kind("part", "document")
            remedy.needs_stock = remedy.ships

    def _gives_money(self):
        """Whether the reader gets money, or what is as good as money."""
        return self.credits

    def _has_kind(self, *kinds):
        """Tell whether any of these remedies has an effect of one of these kinds.

        :param kinds: values of ``aftersales.effect.kind``
        """
        return any(effect.kind in kinds for effect in self.effect_ids)

    @api.model
    def _get(self, remedy, companies=None):
        """Return the remedy of a code; the company's own before the shared one.

        :param remedy: ``aftersales.remedy`` record or its code
        :raises UserError: when the code is unknown
        """
        if not isinstance(remedy, str):
            return remedy.ensure_one()
        company_ids = (companies or self.env.company).ids
        found = self.search([("code", "=", remedy), ("company_id", "in", [False, *company_ids])])
        if not found:
            raise UserError(self.env._("Remedy “%s” is unknown or archived.", remedy))
        return found.sorted(lambda r: not r.company_id)[0]
