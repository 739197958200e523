from odoo import api, fields, models
from odoo.exceptions import UserError


class AftersalesPlatformRefundWizard(models.TransientModel):
    """Record what a sales platform paid: for books of a case, or for a refund of it (R6.9)."""

    _name = "aftersales.platform.refund.wizard"
    _description = "Record a Refund by a Platform"

    ticket_id = fields.Many2one("helpdesk.ticket", "Case", required=True)
    company_id = fields.Many2one(related="ticket_id.company_id")
    refund_id = fields.Many2one("aftersales.refund")
    platform_id = fields.Many2one(
        "aftersales.platform",
        compute="_compute_platform_id",
        store=True,
        readonly=False,
        required=True,
        domain="[('company_id', '=', company_id)]",
    )
    number = fields.Char("Refund Number", required=True)
    date = fields.Date("Paid On", required=True, default=fields.Date.context_today)
    currency_id = fields.Many2one(related="platform_id.currency_id")
    amount = fields.Monetary(
        "Paid to the Reader",
        compute="_compute_amount",
        store=True,
        readonly=False,
        required=True,
    )
    platform_share = fields.Monetary("Of This, Borne by the Platform")
    shop_share = fields.Monetary("Borne by Us", compute="_compute_shop_share")
    # For which books
    line_ids = fields.Many2many("aftersales.case.line", string="Books")
    needs_remedy = fields.Boolean(compute="_compute_offered_ids")
    offered_ids = fields.Many2many("aftersales.remedy", compute="_compute_offered_ids")
    remedy_id = fields.Many2one(
        "aftersales.remedy",
        "What Happens with the Copies",
        compute="_compute_remedy_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', offered_ids)]",
    )
    description = fields.Text(related="remedy_id.description")

    @api.depends("ticket_id")
    def _compute_platform_id(self):
        """Propose the only platform there is."""
        for wizard in self:
            platforms = self.env["aftersales.platform"].search(
                [("company_id", "=", wizard.company_id.id)], limit=2
            )
            wizard.platform_id = platforms if len(platforms) == 1 else False

    @api.depends("refund_id", "line_ids")
    def _compute_amount(self):
        """Propose what the refund is over, or the remedies that were proposed."""
        for wizard in self:
            resolutions = wizard.line_ids._origin._get_payable_by_platform()
            proposed = sum(resolutions.mapped("amount"))
            wizard.amount = wizard.refund_id.amount or proposed

    @api.depends("amount", "platform_share")
    def _compute_shop_share(self):
        for wizard in self:
            wizard.shop_share = wizard.amount - wizard.platform_share

    @api.depends("line_ids", "shop_share")
    def _compute_offered_ids(self):
        """Remedies with money for the books that have none, or are refused: sent, or to be sent."""
        for wizard in self:
            lines = wizard.line_ids._origin
            rest = lines._get_open_for_platform()
            waits = bool(rest._get_undelivered())
            ticket = wizard.ticket_id
            by_platform_alone = wizard.amount and not wizard.shop_share
            wizard.needs_remedy = rest and not wizard.refund_id and not by_platform_alone
            wizard.offered_ids = ticket.case_type_id._get_offered(ticket.company_id).filtered(
                lambda remedy, waits=waits: (
                    remedy.credits
                    and not remedy.asks_amount
                    and remedy.concerns_undelivered == waits
                )
            )

    @api.depends("offered_ids", "needs_remedy")
    def _compute_remedy_id(self):
        for wizard in self:
            wish, offered = wizard.ticket_id.wish_id, wizard.offered_ids
            wizard.remedy_id = (
                (wish if wish in offered else offered[:1]) if wizard.needs_remedy else False
            )

    def action_record(self):
        """Record it; our share is credited and set off against what the platform owes us."""
        self.ensure_one()
        Record = self.env["aftersales.platform.refund"]
        if self.currency_id.compare_amounts(self.amount, 0.0) <= 0:
            raise UserError(self.env._("Enter what the platform paid to the reader."))
        if not 0 <= self.platform_share <= self.amount:
            raise UserError(
                self.env._("The platform bears at least nothing and at most the whole refund.")
            )
        vals = {
            "platform_id": self.platform_id.id,
            "number": self.number,
            "date": self.date,
            "amount": self.amount,
            "platform_share": self.platform_share,
        }
        if self.refund_id:
            Record._record_for_refund(vals, self.refund_id)
        else:
            if not self.line_ids:
                raise UserError(self.env._("Choose the books that the platform paid for."))
            Record._record_for_lines(vals, self.line_ids, self.remedy_id)
        return {"type": "ir.actions.act_window_close"}
