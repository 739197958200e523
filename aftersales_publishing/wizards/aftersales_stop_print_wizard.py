from odoo import api, fields, models


class AftersalesStopPrintWizard(models.TransientModel):
    """Ask what the printer is told (R4.4)."""

    _name = "aftersales.stop.print.wizard"
    _description = "Stop Printing"

    lot_id = fields.Many2one("stock.lot", "Print Run", required=True, readonly=True)
    partner_id = fields.Many2one(related="lot_id.printer_id", string="Printer")
    email = fields.Char(related="lot_id.printer_id.email")
    reason = fields.Text(required=True)
    way = fields.Selection(
        [("mail", "By mail, at once"), ("paper", "On paper")],
        "Sent",
        compute="_compute_way",
        store=True,
        readonly=False,
        required=True,
    )

    @api.depends("email")
    def _compute_way(self):
        for wizard in self:
            wizard.way = "mail" if wizard.email else "paper"

    def action_send(self):
        """Send the notice, or make it and print it; open it."""
        self.ensure_one()
        notice = self.lot_id.action_stop_print(self.reason, by_mail=self.way == "mail")
        return {
            "type": "ir.actions.act_window",
            "name": notice.name,
            "res_model": notice._name,
            "res_id": notice.id,
            "view_mode": "form",
        }
