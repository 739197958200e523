from datetime import timedelta

from odoo import api, fields, models

from ..models.aftersales_resolution_return import RETURN_WAYS


class AftersalesReturnWizard(models.TransientModel):
    """Agree how and until when copies come back; note that the carrier is booked (R6.5)."""

    _name = "aftersales.return.wizard"
    _description = "How the Copies Come Back"

    resolution_ids = fields.Many2many("aftersales.resolution", string="Remedies", required=True)
    return_way = fields.Selection(
        RETURN_WAYS, "How", compute="_compute_terms", store=True, readonly=False
    )
    pickup_start = fields.Datetime("From", compute="_compute_terms", store=True, readonly=False)
    pickup_end = fields.Datetime("Until", compute="_compute_terms", store=True, readonly=False)
    pickup_partner_id = fields.Many2one(
        "res.partner", "Address", compute="_compute_terms", store=True, readonly=False
    )
    pickup_booked = fields.Boolean(
        "Carrier Booked",
        compute="_compute_terms",
        store=True,
        readonly=False,
        help="The reader is told the time and gets the return slip.",
    )
    return_due = fields.Date("Due Back", compute="_compute_terms", store=True, readonly=False)
    carrier_id = fields.Many2one("res.partner")
    waybill = fields.Char(help="Number that the carrier gave; the parcel is found by it.")

    @api.depends("resolution_ids")
    def _compute_terms(self):
        """Show what is the same for all remedies; where the term is over, propose another one."""
        for wizard in self:
            for name in wizard.resolution_ids._get_settable():
                wizard[name] = wizard._get_shared(name)
            wizard.return_due = wizard._get_due_ahead()

    def _get_due_ahead(self):
        """Return the day of the remedies, or a new term from today if that day is over."""
        due, company = self._get_shared("return_due"), self.resolution_ids.company_id[:1]
        today = company._get_aftersales_today() if due else None
        if not due or due >= today:
            return due
        return today + timedelta(days=company.aftersales_return_days)

    def _get_shared(self, name):
        values = {resolution[name] for resolution in self.resolution_ids}
        return values.pop() if len(values) == 1 else False

    def action_save(self):
        """Agree on what was changed here, the rest stays; the reader is told by mail."""
        self.ensure_one()
        settable = self.resolution_ids._get_settable()
        changed = {n: self[n] for n in settable if self[n] != self._get_shared(n)}
        vals = self._convert_to_write(changed)
        self.resolution_ids.action_set_return(vals, self.waybill, self.carrier_id)
        return {"type": "ir.actions.act_window_close"}
