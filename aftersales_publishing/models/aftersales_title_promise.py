from odoo import api, fields, models
from odoo.exceptions import ValidationError

NO_RETURN = [
    ("periodical", "Periodical"),
    ("media", "Audio or software, once opened"),
    ("code", "Access code, once used"),
]


class AftersalesTitlePromise(models.Model):
    """What a title, or a category of titles, promises its readers (R1.6).

    How long a faulty copy is exchanged (exchange promise, 调换承诺), and whether the law lets a
    reader return it without a reason (七天无理由). The title's own goes before that of the nearest
    category.
    """

    _name = "aftersales.title.promise"
    _description = "Promise to Readers"
    _order = "product_tmpl_id, categ_id, id"
    _check_company_auto = True

    product_tmpl_id = fields.Many2one(
        "product.template",
        "Title",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
        help="Empty: for all titles of the category.",
    )
    categ_id = fields.Many2one(
        "product.category", "Category", index="btree_not_null", ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", index="btree_not_null", help="Leave empty to share it between all companies."
    )
    active = fields.Boolean(default=True)
    exchange_days = fields.Integer(
        "Exchange Promise (Days)",
        help="How long faulty copies are exchanged, counted from the day after the reader signed "
        "for them. 0: for ever.",
    )
    no_return = fields.Selection(
        NO_RETURN,
        "No Return Without a Reason",
        help="Why such a copy cannot be returned without a reason.",
    )

    _once = models.UniqueIndex(
        "(COALESCE(product_tmpl_id, 0), COALESCE(categ_id, 0), COALESCE(company_id, 0))",
        "There is a promise for this title or category already, perhaps an archived one.",
    )
    _days_positive = models.Constraint(
        "CHECK(exchange_days >= 0)", "Days are a number from zero upwards; zero is for ever."
    )

    @api.depends("product_tmpl_id", "categ_id")
    def _compute_display_name(self):
        for promise in self:
            about = promise.product_tmpl_id or promise.categ_id
            promise.display_name = about.display_name

    @api.constrains("product_tmpl_id", "categ_id", "active")  # the last one is always given
    def _check_about(self):
        for promise in self:
            if bool(promise.product_tmpl_id) == bool(promise.categ_id):
                raise ValidationError(
                    self.env._("A promise is about either a title or a category: name one of them.")
                )

    @api.model
    def _get_promises(self, titles, company):
        """Return ``{title: promise}`` in one query: the title's, else of its nearest category.

        A company's own promise goes before a shared one.

        :param titles: ``product.template`` records
        """
        path = {
            title: [int(i) for i in (title.categ_id.parent_path or "").split("/") if i]
            for title in titles
        }
        promises = self.sudo().search(
            [
                ("company_id", "in", [False, company.id]),
                "|",
                ("product_tmpl_id", "in", titles.ids),
                ("categ_id", "in", sorted({i for ids in path.values() for i in ids})),
            ]
        )
        by_title, by_category = {}, {}
        for promise in promises.sorted(lambda p: bool(p.company_id)):  # the company's own last
            by_title[promise.product_tmpl_id.id] = promise
            by_category[promise.categ_id.id] = promise
        result = {}
        for title in titles:
            nearest = [by_category[i] for i in reversed(path[title]) if i in by_category]
            result[title] = by_title.get(title.id) or (nearest or [self.browse()])[0]
        return result
