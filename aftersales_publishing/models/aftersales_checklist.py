from odoo import fields, models


class AftersalesChecklist(models.Model):
    """A question that is answered with yes or no for every copy that came back (R6.6).

    Books need other questions than boxes with a disc: each may be kept for some kinds of product.
    """

    _name = "aftersales.checklist"
    _description = "Inspection Checklist"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(
        "Question", required=True, translate=True, help="“Yes” means that it is in order."
    )
    category_ids = fields.Many2many(
        "product.category",
        string="Kinds of Product",
        help="Asked for titles of these categories and those below. Empty: for every title.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index="btree_not_null", help="Leave empty to share it between all companies."
    )

    def _get_questions(self, categories, company):
        """Return ``{category: its questions}``, in order.

        :param categories: product categories
        :param company: of the parcel; a clerk may have several
        """
        asked = self.sudo().search([("company_id", "in", [False, company.id])])
        return {
            category: asked.filtered(
                lambda question, category=category: (
                    not question.category_ids
                    or set(question.category_ids.ids) & set(self._get_line(category))
                )
            )
            for category in categories
        }

    @staticmethod
    def _get_line(category):
        """Return the ids of a category and those above it."""
        return [int(part) for part in (category.parent_path or "").split("/") if part]
