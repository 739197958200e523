from odoo import api, fields, models
from odoo.exceptions import ValidationError


class AftersalesNextEdition(models.Model):
    """Which title is the next edition of another one (R6.1).

    The titles are products of their own, with their own ISBN and price. Managers of after-sales
    keep the list: it takes no rights on products.
    """

    _name = "aftersales.next.edition"
    _description = "Next Edition"
    _order = "product_id, id"
    _rec_name = "next_product_id"
    _check_company_auto = True

    product_id = fields.Many2one(
        "product.product",
        "Old Edition",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    next_product_id = fields.Many2one(
        "product.product",
        "Next Edition",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        domain="[('sale_ok', '=', True), ('type', '=', 'consu')]",
        help="Readers who give the old edition back get the newest one that can be sold.",
    )
    company_id = fields.Many2one(
        "res.company", index="btree_not_null", help="Leave empty to share it between all companies."
    )
    active = fields.Boolean(default=True)

    _once = models.UniqueIndex(
        "(product_id, COALESCE(company_id, 0))",
        "The next edition of this title is named already, perhaps in an archived line.",
    )

    @api.constrains("product_id", "next_product_id", "company_id", "active")
    def _check_next(self):
        """Refuse what cannot be sold instead, or leads back to where it started."""
        for edition in self:
            old, new = edition.product_id, edition.next_product_id
            names = {"title": old.display_name, "next": new.display_name}
            if not new.sale_ok or new.type != "consu":
                raise ValidationError(
                    self.env._(
                        "“%(next)s” cannot be the next edition of “%(title)s”: it is not a book that "
                        "is sold. Choose another one, or mark it as sold on the product.",
                        **names,
                    )
                )
            if self._is_kit(new):
                raise ValidationError(
                    self.env._(
                        "“%(next)s” cannot be the next edition of “%(title)s”: it is a kit, which "
                        "leaves in parts. Choose a title that is one product, or refund the old "
                        "edition and sell the set by an order of its own.",
                        **names,
                    )
                )
            if new.uom_id != old.uom_id:
                raise ValidationError(
                    self.env._(
                        "“%(next)s” is counted in another unit than “%(title)s”. Choose a title "
                        "with the same unit.",
                        **names,
                    )
                )
        self._check_no_loop()

    @api.model
    def _is_kit(self, product):
        """Whether the product is sold as its components: their moves are no copies of it."""
        return "is_kits" in product._fields and product.is_kits

    def _check_no_loop(self):
        """Follow the editions of each company; who comes back to the first one goes round."""
        lines = self.sudo().search([("active", "=", True)])
        for company in lines.company_id:
            self._check_no_loop_among(
                lines.filtered(lambda e, c=company: e.company_id in (c, c.browse()))
            )
        self._check_no_loop_among(lines.filtered(lambda e: not e.company_id))

    def _check_no_loop_among(self, lines):
        following = {
            e.product_id: e.next_product_id for e in lines.sorted(lambda e: bool(e.company_id))
        }
        for edition in self & lines:
            seen, title = set(), edition.product_id
            while title and title not in seen:
                seen.add(title)
                title = following.get(title)
            if title:
                raise ValidationError(
                    self.env._(
                        "“%(next)s” leads back to “%(title)s”: an edition cannot follow itself. "
                        "Remove one of the lines between them.",
                        next=edition.next_product_id.display_name,
                        title=edition.product_id.display_name,
                    )
                )

    @api.model
    def _get_newest(self, titles, company):
        """Return ``{title: newest edition}`` that can be sold; an empty one where none is known.

        One query for each edition that follows, for all titles together.

        :param titles: ``product.product`` records
        """
        following, frontier = {}, titles
        while frontier:
            lines = self.sudo().search(
                [
                    ("product_id", "in", frontier.ids),
                    ("company_id", "in", [False, company.id]),
                ]
            )
            for line in lines.sorted(lambda e: bool(e.company_id)):  # the company's own last
                following[line.product_id.id] = line.next_product_id
            frontier = lines.next_product_id.filtered(lambda p: p.id not in following)
        newest = {}
        for title in titles:
            newest[title], product, seen = self.env["product.product"], title, set()
            while product.id in following and product.id not in seen:
                seen.add(product.id)
                product = following[product.id]
                if product.active and product.sale_ok:
                    newest[title] = product
        return newest
