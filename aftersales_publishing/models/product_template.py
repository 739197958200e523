from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command

WRITING_SET = "aftersales_writing_set"


class ProductTemplate(models.Model):
    _inherit = "product.template"

    aftersales_volume_ids = fields.One2many(
        "aftersales.set.volume",
        "product_tmpl_id",
        string="Volumes",
        help="The volumes of a set under one ISBN, which readers can claim one by one.",
    )
    aftersales_volume_count = fields.Integer(
        "Number of Volumes", compute="_compute_aftersales_volume_count"
    )

    aftersales_part_ids = fields.One2many(
        "aftersales.title.part",
        "product_tmpl_id",
        string="Parts to Send",
        help="Pages, errata sheets and extras that can be sent without another copy.",
    )

    aftersales_digital_ids = fields.One2many(
        "aftersales.digital",
        "product_tmpl_id",
        string="E-books and Codes",
        groups="aftersales_publishing.group_agent,aftersales_publishing.group_auditor",
    )

    @api.depends("aftersales_volume_ids")
    def _compute_aftersales_volume_count(self):
        for title in self:
            title.aftersales_volume_count = len(title.sudo().aftersales_volume_ids)

    # ------------------------------------------------------------------
    # CRUD: volumes are written one by one, their shares checked together
    # ------------------------------------------------------------------
    def copy_data(self, default=None):
        """Copy the volumes of a set too, for whom may make some."""
        vals_list = super().copy_data(default)
        if self.env["aftersales.set.volume"].has_access("create"):
            for title, vals in zip(self, vals_list, strict=True):
                volumes = title.aftersales_volume_ids.copy_data()
                vals.setdefault("aftersales_volume_ids", [Command.create(v) for v in volumes])
        return vals_list

    @api.model_create_multi
    def create(self, vals_list):
        if not any(vals.get("aftersales_volume_ids") for vals in vals_list):
            return super().create(vals_list)
        writing = self.with_context(**{WRITING_SET: True})
        titles = super(ProductTemplate, writing).create(vals_list).with_env(self.env)
        titles._check_aftersales_shares()
        return titles

    def write(self, vals):
        if "aftersales_volume_ids" not in vals:
            return super().write(vals)
        titles = self._as_editor_of_volumes(vals).with_context(**{WRITING_SET: True})
        result = super(ProductTemplate, titles).write(vals)
        self._check_aftersales_shares()
        return result

    def _as_editor_of_volumes(self, vals):
        """Let a manager edit the volumes of a set, and nothing else, without rights on products.

        :raises AccessError: when the volumes are not those of the set
        """
        manages = self.env.user.has_group("aftersales_publishing.group_manager")
        if self.env.su or not manages or vals.keys() != {"aftersales_volume_ids"}:
            return self
        self.check_access("read")
        own_ids = set(self.aftersales_volume_ids.ids)
        for code, volume_id, _values in vals["aftersales_volume_ids"]:
            if code not in (Command.CREATE, Command.UPDATE, Command.DELETE) or (
                code != Command.CREATE and volume_id not in own_ids
            ):
                raise AccessError(
                    self.env._(
                        "%s: only volumes of this set can be edited here.", self.display_name
                    )
                )
        return self.sudo()

    def _check_aftersales_shares(self):
        """Check that the shares of a set add up, unless its volumes are just being written."""
        if self.env.context.get(WRITING_SET):
            return
        for title in self.sudo().exists().filtered("aftersales_volume_ids"):
            total = sum(title.aftersales_volume_ids.mapped("share"))
            if abs(total - 100.0) > 0.001:
                raise ValidationError(
                    self.env._(
                        "%(set)s: the shares of its volumes add up to %(total)g %%, not to "
                        "100 %%. Change them together.",
                        set=title.display_name,
                        total=total,
                    )
                )
