from odoo import api, fields, models

from .aftersales_resolution_return import RETURN_WAYS


class StockPicking(models.Model):
    """The parcel that a reader sends back: its slip, its term, what the reader is told (R6.5)."""

    _inherit = "stock.picking"

    aftersales_return_due = fields.Date(
        "Due Back", compute="_compute_aftersales_return", compute_sudo=True
    )
    aftersales_return_way = fields.Selection(
        RETURN_WAYS, "Comes Back By", compute="_compute_aftersales_return", compute_sudo=True
    )

    @api.depends(
        "move_ids.aftersales_effect_id.resolution_id.return_due",
        "move_ids.aftersales_effect_id.resolution_id.return_way",
    )
    def _compute_aftersales_return(self):
        for picking in self:
            resolutions = picking._get_return_resolutions()
            picking.aftersales_return_due = min(
                resolutions.filtered("return_due").mapped("return_due"), default=False
            )
            picking.aftersales_return_way = resolutions[:1].return_way

    def _get_return_resolutions(self):
        effects = self.move_ids.aftersales_effect_id.filtered(lambda e: e.kind == "return")
        return effects.resolution_id

    def _get_expired_resolutions(self):
        """Return the expired remedies of a return whose case still stands."""
        return self._get_return_resolutions().filtered(
            lambda r: r.state == "expired" and r.ticket_id.phase not in ("refused", "cancelled")
        )

    # ------------------------------------------------------------------
    # The slip
    # ------------------------------------------------------------------
    def _get_slip_case(self):
        """Return the case whose number is on the slip."""
        return self.sudo().aftersales_ticket_ids[:1]

    def _get_slip_lang(self):
        """Return the reader's language, that of the slip."""
        return self._get_slip_case().partner_id.lang or self.env.lang

    def _get_slip_moves(self):
        """Return what is to be packed: copies that are awaited, nothing that came already."""
        return self.sudo().move_ids.filtered(
            lambda m: m.aftersales_effect_id.kind == "return" and m.state not in ("done", "cancel")
        )

    def _get_slip_decision(self):
        """Return the remedy that says how and until when the parcel comes back."""
        resolutions = self.sudo()._get_return_resolutions()
        dated = resolutions.filtered("return_due").sorted("return_due")
        return (dated or resolutions)[:1]

    def _get_slip_destination(self):
        """Return the address that the reader writes on the parcel."""
        warehouse = self.sudo().picking_type_id.warehouse_id
        return warehouse.partner_id or self.sudo().company_id.partner_id

    def _get_slip_origin(self):
        """Return the address where a carrier collects the parcel."""
        decision = self._get_slip_decision()
        return decision.pickup_partner_id or decision.ticket_id._get_shipping_partner()

    def action_print_aftersales_slip(self):
        """Print the return slip."""
        return self._get_return_resolutions().with_env(self.env).action_print_return_slip()

    # ------------------------------------------------------------------
    # Mails
    # ------------------------------------------------------------------
    def _mail_aftersales_return(self, name):
        """Write to the reader of each parcel; where no address is known, the case says so.

        :param name: of a mail template for transfers
        :return: the parcels whose readers were written to
        """
        told = self.browse()
        for picking in self:
            template = picking._get_return_template(name).sudo()
            ticket = picking._get_slip_case()
            if not ticket._get_reader_address():
                ticket._message_log(
                    body=self.env._(
                        "No mail address is known, so “%(mail)s” about %(parcel)s was not written. "
                        "Call the reader, or print the return slip and send it.",
                        mail=template.name,
                        parcel=picking.name,
                    )
                )
                continue
            template.send_mail(picking.id, email_values=picking._prepare_return_mail_vals(template))
            told |= picking
        return told

    def _get_return_template(self, name):
        """Return the mail template ``name`` for the parcel. Hook for glue add-ons."""
        self.ensure_one()
        return self.env.ref(f"aftersales_publishing.{name}")

    def _prepare_return_mail_vals(self, template):
        """Return what a mail about the parcel has beside its template: it belongs to the case."""
        ticket = self._get_slip_case()
        return {"model": ticket._name, "res_id": ticket.id}
