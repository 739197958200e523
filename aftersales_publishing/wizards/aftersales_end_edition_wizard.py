from odoo import api, fields, models


class AftersalesEndEditionWizard(models.TransientModel):
    """Ask which sale of a new edition ends, and why the reader gets the money instead (R6.1)."""

    _name = "aftersales.end.edition.wizard"
    _description = "Refund Instead of the New Edition"

    resolution_ids = fields.Many2many("aftersales.resolution", required=True)
    open_ids = fields.Many2many("sale.order", compute="_compute_open_ids", compute_sudo=True)
    has_choice = fields.Boolean(compute="_compute_open_ids", compute_sudo=True)
    order_ids = fields.Many2many(
        "sale.order", string="Orders to End", domain="[('id', 'in', open_ids)]"
    )
    is_everything = fields.Boolean(
        "All of Them", help="Also copies that are still to come back get no new edition."
    )
    reason = fields.Text(required=True)

    @api.depends("resolution_ids")
    def _compute_open_ids(self):
        for wizard in self:
            live = wizard.resolution_ids._get_live_editions()
            wizard.open_ids = live._get_edition_rest()
            wizard.has_choice = len(live) > 1

    def action_save(self):
        """End the sales that were chosen; the credit for their copies is to be paid."""
        self.ensure_one()
        everything = self.is_everything or not self.has_choice
        orders = None if everything else self.order_ids
        self.resolution_ids.action_refund_edition(self.reason, orders)
        return {"type": "ir.actions.act_window_close"}
