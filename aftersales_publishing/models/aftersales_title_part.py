import base64

from odoo import api, fields, models
from odoo.exceptions import ValidationError

PART_KINDS = [
    ("pages", "Missing pages"),
    ("errata", "Errata sheet"),
    ("extra", "Extra"),
    ("gift", "Gift"),
]


class AftersalesTitlePart(models.Model):
    """What can be sent for a title without sending another copy (R6.1, R2.5).

    Pages, an errata sheet or an extra (CD, card): either something kept in stock, which is
    shipped, or a PDF, which is mailed.
    """

    _name = "aftersales.title.part"
    _description = "Part to Send"
    _order = "product_tmpl_id, sequence, id"
    _check_company_auto = True

    product_tmpl_id = fields.Many2one(
        "product.template",
        "Title",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('is_storable', '=', True)]",
    )
    company_id = fields.Many2one(related="product_tmpl_id.company_id", store=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(PART_KINDS, required=True, default="pages")
    name = fields.Char(
        "Part", required=True, help="As the agent and the reader know it: “Pages 33 to 64”."
    )
    part_product_id = fields.Many2one(
        "product.product",
        "Kept in Stock As",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('is_storable', '=', True), ('product_tmpl_id', '!=', product_tmpl_id)]",
        help="What the warehouse sends. Empty: a PDF is mailed.",
    )
    document = fields.Binary(
        "PDF", attachment=True, help="What is mailed to the reader. Empty: the part is shipped."
    )
    document_name = fields.Char("File Name")

    _name_once = models.UniqueIndex(
        "(product_tmpl_id, name)",
        "A title has each part once. Give the parts different names, or look among the archived.",
    )

    @api.depends("name", "product_tmpl_id")
    def _compute_display_name(self):
        for part in self:
            part.display_name = part.name

    @api.constrains("part_product_id", "document", "product_tmpl_id")
    def _check_way(self):
        """Either shipped or mailed, and by what can be shipped or mailed."""
        for part in self:
            title, product = part.product_tmpl_id, part.part_product_id
            names = {"title": title.display_name, "part": part.name}
            document = part.with_context(bin_size=False).document
            if bool(product) == bool(document):
                raise ValidationError(
                    self.env._(
                        "%(title)s, %(part)s: name either what is kept in stock and shipped, or "
                        "the PDF that is mailed. For both ways, make two parts.",
                        **names,
                    )
                )
            if product and (not product.is_storable or product.product_tmpl_id == title):
                raise ValidationError(
                    self.env._(
                        "%(title)s, %(part)s: “%(product)s” cannot be sent as a part. Choose "
                        "another product that is tracked in stock.",
                        product=product.display_name,
                        **names,
                    )
                )
            if document and not part._get_bytes().startswith(b"%PDF-"):
                raise ValidationError(
                    self.env._(
                        "%(title)s, %(part)s: “%(file)s” is no PDF. Choose a PDF file.",
                        file=part.document_name or "?",
                        **names,
                    )
                )

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    def _get_effect_kind(self):
        """Return the kind of effect by which the part gets to the reader."""
        self.ensure_one()
        return "part" if self.part_product_id else "document"

    def _get_bytes(self):
        self.ensure_one()
        return base64.b64decode(self.with_context(bin_size=False).document or b"")

    def _prepare_attachment_vals(self, ticket):
        """Values of the copy that is mailed: it stays what it was when the part is changed."""
        self.ensure_one()
        name = self.document_name or self.name
        return {
            "name": name if name.lower().endswith(".pdf") else f"{name}.pdf",
            "raw": self._get_bytes(),
            "res_model": ticket._name,
            "res_id": ticket.id,
        }
