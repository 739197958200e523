from odoo import api, fields, models
from odoo.exceptions import ValidationError


class AftersalesRemedyEffect(models.Model):
    """One thing a remedy does, at most once per remedy (R6.1).

    The kinds are those ``aftersales.effect`` can post, so that a kind brought by
    another add-on can be configured here without further code.
    """

    _name = "aftersales.remedy.effect"
    _description = "Effect of a Remedy"
    _order = "sequence, id"

    remedy_id = fields.Many2one(
        comodel_name="aftersales.remedy",
        required=True,
        index=True,
        ondelete="cascade",
    )
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        selection="_selection_kind",
        string="Effect",
        required=True,
    )

    _remedy_kind_uniq = models.UniqueIndex(
        "(remedy_id, kind)",
        "A remedy has each effect only once. Remove the second line.",
    )

    @api.model
    def _selection_kind(self):
        """Return the kinds of effect that can be posted, labels translated."""
        effect_kind = self.env["aftersales.effect"]._fields["kind"]
        return effect_kind._description_selection(self.env)

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._selection_kind())
        for effect in self:
            effect.display_name = labels.get(effect.kind, "")

    @api.constrains("kind")
    def _check_kind(self):
        """Refuse a kind nothing can post: Odoo checks only static selections."""
        self.remedy_id._check_amount_of_its_own()
        kinds = dict(self._selection_kind())
        for effect in self:
            if effect.kind not in kinds:
                raise ValidationError(
                    self.env._(
                        "Remedy %(remedy)s: there is no effect “%(kind)s”. Choose one of: "
                        "%(kinds)s.",
                        remedy=effect.remedy_id.display_name,
                        kind=effect.kind,
                        kinds=", ".join(kinds),
                    )
                )
