from odoo import api, fields, models
from odoo.exceptions import UserError

from ..locking import lock_and_touch


class AftersalesPulpList(models.Model):
    """Copies that are to be destroyed: gathered, approved by somebody else, then scrapped (R6.6).

    A copy inspected for pulping stays in quarantine and stands on the open list of its place. What
    was approved is what is pulped: copies inspected later begin another list.
    """

    _name = "aftersales.pulp.list"
    _inherit = ["aftersales.verb.mixin", "aftersales.decision"]
    _description = "Pulp List"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char("Number", required=True, default="/", copy=False, readonly=True)
    company_id = fields.Many2one("res.company", required=True, index=True)
    location_id = fields.Many2one(
        "stock.location", "Place", required=True, ondelete="restrict", check_company=True
    )
    state = fields.Selection(
        [("draft", "To approve"), ("approved", "Approved"), ("done", "Pulped")],
        default="draft",
        required=True,
        index=True,
    )
    inspection_ids = fields.One2many("aftersales.inspection", "pulp_list_id", "Copies")
    quantity = fields.Float("Number of Copies", compute="_compute_quantity", digits="Product Unit")
    title_count = fields.Integer("Titles", compute="_compute_quantity")
    approved_by_id = fields.Many2one("res.users", readonly=True)
    approved_at = fields.Datetime(readonly=True)
    done_by_id = fields.Many2one("res.users", "Pulped By", readonly=True)
    done_at = fields.Datetime("Pulped At", readonly=True)
    can_approve = fields.Boolean(compute="_compute_can_approve")

    _open_index = models.Index("(company_id, location_id) WHERE state = 'draft'")

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends("inspection_ids.quantity", "inspection_ids.product_id")
    def _compute_quantity(self):
        for pulp_list in self:
            inspections = pulp_list.inspection_ids
            pulp_list.quantity = sum(inspections.mapped("quantity"))
            pulp_list.title_count = len(inspections.product_id)

    @api.depends("state", "inspection_ids.inspected_by_id", "inspection_ids.pulp_by_id")
    @api.depends_context("uid")
    def _compute_can_approve(self):
        may = self._has_role("manager")
        for pulp_list in self:
            pulp_list.can_approve = (
                may
                and pulp_list.state == "draft"
                and bool(pulp_list.inspection_ids)
                and self.env.user not in pulp_list._get_makers()
            )

    def _get_makers(self):
        """Return who began the list, inspected its copies or put them on it: they don't approve."""
        copies = self.sudo().inspection_ids
        return self.sudo().create_uid | copies.inspected_by_id | copies.pulp_by_id

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        company_ids = [vals["company_id"] for vals in vals_list]
        self.env["ir.sequence"].sudo()._number(
            "aftersales.pulp.list", "name", vals_list, company_ids
        )
        return super().create(vals_list)

    # ------------------------------------------------------------------
    # Verbs
    # ------------------------------------------------------------------
    def action_approve(self):
        """Approve that the copies are destroyed.

        :raises UserError: naming each list that is empty, whose copies are in dispute or no
            longer in quarantine, or that the user helped to make
        """
        self._check_role("manager")
        lists = self.sudo()
        lock_and_touch(lists)
        draft = lists.filtered(lambda pulp_list: pulp_list.state == "draft")
        for pulp_list in draft:
            pulp_list._check_approvable(self.env.user)
        approved = lists._transition(("draft",), "approved")
        approved.write({"approved_by_id": self.env.uid, "approved_at": fields.Datetime.now()})
        return True

    def action_back_to_draft(self):
        """Take the approval back, before anything is pulped."""
        self._check_role("manager")
        lists = self.sudo()
        lock_and_touch(lists)
        lists._transition(("approved",), "draft").write(
            {"approved_by_id": False, "approved_at": False}
        )
        return True

    def action_done(self):
        """Scrap the copies of approved lists: they leave the stock, their value becomes a loss.

        :raises UserError: naming what is not approved, in dispute, or no longer in quarantine
        """
        self._check_role("warehouse", "manager")
        lists = self.sudo()
        lock_and_touch(lists)
        inspections = lists.filtered(lambda pulp_list: pulp_list.state == "approved").inspection_ids
        inspections._check_undisputed()
        inspections._check_at_hand()
        done = lists._transition(("approved",), "done")
        inspections._scrap()
        done.write({"done_by_id": self.env.uid, "done_at": fields.Datetime.now()})
        self.env["aftersales.event"]._log(
            "pulped", inspections, {i: i.pulp_list_id.name for i in inspections}
        )
        return True

    def action_print(self):
        """Print the lists."""
        report = self.env.ref("aftersales_publishing.aftersales_pulp_list_report")
        return report.report_action(self, config=False)

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    def _check_approvable(self, user):
        self.ensure_one()
        if not self.inspection_ids:
            raise UserError(self.env._("%s has no copies: there is nothing to approve.", self.name))
        if user in self._get_makers():
            raise UserError(
                self.env._(
                    "%(list)s: %(user)s put copies on it, so somebody else approves it. Ask another "
                    "after-sales manager.",
                    list=self.name,
                    user=user.name,
                )
            )
        self.inspection_ids._check_undisputed()
        self.inspection_ids._check_at_hand()

    @api.model
    def _gather(self, inspections):
        """Put copies on the open list of their place; begin one where there is none."""
        groups = inspections.grouped(lambda i: (i.company_id, i.move_line_id.location_dest_id))
        for (company, place), group in groups.items():
            pulp_list = self.search(
                [
                    ("company_id", "=", company.id),
                    ("location_id", "=", place.id),
                    ("state", "=", "draft"),
                ],
                order="id",
                limit=1,
            )
            lock_and_touch(pulp_list)  # nobody approves it without seeing these copies
            pulp_list = pulp_list or self.create(
                {"company_id": company.id, "location_id": place.id}
            )
            group.write({"pulp_list_id": pulp_list.id, "pulp_by_id": self.env.uid})
