from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

CREDITED = ("posted", "settled", "paid")


class AftersalesResolution(models.Model):
    """Month-end: what was refunded and not received, received and not refunded (R6.8).

    Nothing is stored: the effects and the refunds are the facts.
    """

    _inherit = "aftersales.resolution"

    partner_id = fields.Many2one(related="ticket_id.partner_id", string="Reader")
    reader_name = fields.Char("Name of the Reader", related="ticket_id.reader_name")
    quantity_received = fields.Float(
        "Copies Received", compute="_compute_receipt_balance", digits="Product Unit"
    )
    quantity_credited = fields.Float(
        "Copies Refunded",
        compute="_compute_receipt_balance",
        digits="Product Unit",
        help="Copies on posted credit notes.",
    )
    amount_credited = fields.Monetary(
        "Amount Refunded",
        compute="_compute_receipt_balance",
        groups="aftersales_publishing.group_agent,"
        "aftersales_publishing.group_finance,aftersales_publishing.group_auditor",
    )
    receipt_balance = fields.Selection(
        [
            ("not_received", "Refunded, not received"),
            ("not_refunded", "Received, not refunded"),
        ],
        compute="_compute_receipt_balance",
        search="_search_receipt_balance",
        help="Copies that the reader keeps although they are paid back, or that are here and not "
        "paid back. What the inspection contradicted, or finance refused for good, is not due.",
    )

    @api.depends(
        "effect_ids.state", "effect_ids.quantity_done", "effect_ids.refund_line_ids.refund_id.state"
    )
    def _compute_receipt_balance(self):
        balances = self.sudo()._get_receipt_balances()
        for resolution in self:
            effects = resolution.sudo().effect_ids
            returns = effects.filtered(lambda e: e.kind == "return")
            credited = effects.refund_line_ids.filtered(lambda ln: ln.refund_id.state in CREDITED)
            resolution.quantity_received = sum(returns.mapped("quantity_done"))
            resolution.quantity_credited = sum(credited.mapped("quantity"))
            resolution.amount_credited = sum(credited.mapped("amount"))
            resolution.receipt_balance = balances.get(resolution.id, False)

    @api.model
    def _search_receipt_balance(self, operator, value):
        if operator != "in":
            return NotImplemented
        if False in value:
            raise UserError(self.env._("Choose one of the two lists of the month's end."))
        balances = self.sudo()._get_receipt_balances()
        return [("id", "in", [key for key, balance in balances.items() if balance in value])]

    def _get_receipt_balances(self):
        """Return ``{resolution id: balance}`` where it is out, of ``self`` or else of all."""
        self.env["aftersales.resolution"].flush_model(["remedy_id", "state"])
        self.env["aftersales.effect"].flush_model()
        self.env["aftersales.inspection"].flush_model(["contradiction", "quantity"])
        self.env["aftersales.refund"].flush_model(["state"])
        self.env["aftersales.refund.line"].flush_model(["effect_id", "quantity"])
        wanted = SQL("AND resolution.id = ANY(%s)", self.ids) if self.ids else SQL()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, CASE WHEN credited > received THEN 'not_received'
                                ELSE 'not_refunded' END
                  FROM (
                    SELECT resolution.id,
                           coalesce((SELECT sum(effect.quantity_done)
                                       FROM aftersales_effect effect
                                      WHERE effect.resolution_id = resolution.id
                                        AND effect.kind = 'return'), 0) AS received,
                           coalesce((SELECT sum(inspection.quantity)
                                       FROM aftersales_inspection inspection
                                      WHERE inspection.resolution_id = resolution.id
                                        AND inspection.contradiction IN ('open', 'upheld')
                                    ), 0) AS disputed,
                           coalesce((SELECT sum(effect.quantity)
                                       FROM aftersales_effect effect
                                      WHERE effect.resolution_id = resolution.id
                                        AND effect.kind = 'credit'
                                        AND effect.is_cancelled IS NOT TRUE), 0) AS due,
                           coalesce((SELECT sum(line.quantity)
                                       FROM aftersales_refund_line line
                                       JOIN aftersales_refund refund ON refund.id = line.refund_id
                                       JOIN aftersales_effect effect ON effect.id = line.effect_id
                                      WHERE effect.resolution_id = resolution.id
                                        AND refund.state IN %(credited)s), 0) AS credited
                      FROM aftersales_resolution resolution
                      JOIN aftersales_remedy remedy ON remedy.id = resolution.remedy_id
                     WHERE resolution.state = 'agreed' AND remedy.takes_back AND remedy.credits
                           %(wanted)s
                  ) AS figures
                 WHERE credited > received + 0.00001
                    OR least(received - disputed, due) > credited + 0.00001
                """,
                credited=CREDITED,
                wanted=wanted,
            )
        )
        return dict(rows)
