from odoo import fields, models
from odoo.tools import email_normalize

from odoo.addons.aftersales_publishing.tools.money import apportion

NUMBERS_LATER = "aftersales_numbers_later"

# kinds of effects whose parcels are named otherwise
WAY_OF_KIND = {"giveback": "send_back", "repair": "binder"}


class StockPicking(models.Model):
    """Parcels of cases: what they cost, and the number that the reader is told (R6.5)."""

    _inherit = "stock.picking"

    aftersales_tracking_told = fields.Char(
        copy=False, readonly=True, help="The tracking number that the reader was written."
    )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    def write(self, vals):
        result = super().write(vals)
        told = vals.get("carrier_tracking_ref") or vals.get("carrier_id")
        if told and not self.env.context.get(NUMBERS_LATER):
            self.sudo()._follow_aftersales_parcels()
        return result

    # ------------------------------------------------------------------
    # Native steps
    # ------------------------------------------------------------------
    def _action_done(self):
        result = super()._action_done()
        self.sudo()._skip_numbers_told_by_odoo()
        self.sudo()._follow_aftersales_parcels()
        return result

    def _send_confirmation_email(self):
        """Whom Odoo's own mail tells the carrier's number is known when it is written."""
        later = self.with_context(**{NUMBERS_LATER: True})
        return super(StockPicking, later)._send_confirmation_email()

    def _add_delivery_cost_to_so(self):
        """The order does not pay what a case costs, whatever its carrier's policy (I4)."""
        if self._get_aftersales_moves() and not self._get_other_moves():
            return None
        return super()._add_delivery_cost_to_so()

    def cancel_shipment(self):
        """What the carrier cancelled costs nothing."""
        freights = self.sudo()._get_live_freight()
        notes = freights._get_parcel_notes()
        result = super().cancel_shipment()
        freights._do_void(notes)
        return result

    # ------------------------------------------------------------------
    # What is in the parcel
    # ------------------------------------------------------------------
    def _get_aftersales_moves(self):
        """Return the moves of cases that are not cancelled, those sent back to readers included."""
        return self.move_ids.filtered(lambda m: m.state != "cancel" and m._get_parcel_effects())

    def _get_other_moves(self):
        live = self.move_ids.filtered(lambda m: m.state != "cancel")
        return live - self._get_aftersales_moves()

    def _get_freight_way(self):
        """Return which kind of parcel of a case it is."""
        self.ensure_one()
        kind = self._get_aftersales_moves().aftersales_effect_id[:1].kind
        return WAY_OF_KIND.get(kind, kind) if kind else "send_back"

    def _get_live_freight(self):
        """Return the freight of these parcels that is not void."""
        return self.env["aftersales.freight"].search(
            [("picking_id", "in", self.ids), ("is_void", "=", False)]
        )

    # ------------------------------------------------------------------
    # Freight
    # ------------------------------------------------------------------
    def _follow_aftersales_parcels(self):
        """Note the freight of parcels that left, and tell the readers their numbers."""
        left = self.filtered(
            lambda p: (
                p.state == "done"
                and p.picking_type_code == "outgoing"
                and (p.carrier_id or p.carrier_tracking_ref)
                and p._get_aftersales_moves()
            )
        )
        left._note_aftersales_freight()
        left._tell_tracking()

    def _note_aftersales_freight(self):
        """Note freight by the price lists of the carriers, where there is none yet."""
        known = self._get_live_freight().picking_id
        vals_list = []
        for picking in self - known:
            carrier = picking.carrier_id
            price, source = carrier._get_parcel_price(picking) if carrier else (0.0, "unknown")
            shares = picking._share_freight(carrier._convert_freight(price, picking))
            vals_list += [
                picking._prepare_freight_vals(ticket, share, source)
                for ticket, share in shares.items()
            ]
        self.env["aftersales.freight"].create(vals_list)

    def _note_aftersales_price(self, price):
        """Note what the carrier charges for the parcel; without a price, by its price list.

        What a person corrected stays.

        :param price: as the carrier answered, in its currency
        """
        self.ensure_one()
        carrier = self.carrier_id
        source = "price_list" if carrier._has_price_list() else "carrier"
        if not price:
            price, source = carrier._get_parcel_price(self)
        shares = self._share_freight(carrier._convert_freight(price, self))
        noted = {freight.ticket_id: freight for freight in self._get_live_freight()}
        for ticket, freight in noted.items():
            if ticket in shares:
                freight._note_price(shares[ticket], source)
        self.env["aftersales.freight"].create(
            [
                self._prepare_freight_vals(ticket, share, source)
                for ticket, share in shares.items()
                if ticket not in noted
            ]
        )

    def _share_freight(self, amount):
        """Divide what the parcel costs among what is in it, by copies.

        What is in it beside the copies of cases bears its part.

        :return: ``{case: share}``, in the currency of the company
        """
        self.ensure_one()
        currency, by_ticket = self.company_id.currency_id, {}
        for move in self._get_aftersales_moves():
            by_ticket.setdefault(move._get_parcel_effects().ticket_id[:1], []).append(move)
        copies = [sum(m._get_parcel_quantity() for m in moves) for moves in by_ticket.values()]
        weights = [*copies, sum(m._get_parcel_quantity() for m in self._get_other_moves())]
        if not sum(weights):
            return {}
        shares = apportion(currency.round(amount), weights, currency.rounding)
        return dict(zip(by_ticket, shares, strict=False))

    def _prepare_freight_vals(self, ticket, amount, source):
        return {
            "ticket_id": ticket.id,
            "picking_id": self.id,
            "way": self._get_freight_way(),
            "carrier_id": self.carrier_id.id,
            "amount": amount,
            "source": source,
        }

    # ------------------------------------------------------------------
    # The reader's mail
    # ------------------------------------------------------------------
    def _tell_tracking(self):
        """Write to the readers under which number the parcel travels, once per number.

        What goes to a binder is on no reader's way: nobody is written.
        """
        new = self.filtered(
            lambda p: (
                p.carrier_tracking_ref
                and p.carrier_tracking_ref != p.aftersales_tracking_told
                and p._get_freight_way() != "binder"
            )
        )
        template = self.env.ref("aftersales_publishing_delivery.mail_template_tracking")
        for picking in new:
            picking.aftersales_tracking_told = picking.carrier_tracking_ref
            ticket = picking._get_parcel_case()
            if not ticket._get_reader_address():
                continue
            template.send_mail(
                picking.id, email_values={"model": ticket._name, "res_id": ticket.id}
            )
            self.env["aftersales.event"]._log(
                "tracking_told", ticket, f"{picking.name}: {picking.carrier_tracking_ref}"
            )

    def _skip_numbers_told_by_odoo(self):
        """Write readers no second mail where Odoo's own one of the delivery told the number.

        It goes to the address of the parcel; a reader with another one is written by us.
        """
        for picking in self.filtered(
            lambda p: (
                p.carrier_tracking_ref
                and p.state == "done"
                and p.picking_type_code == "outgoing"
                and p.company_id.stock_move_email_validation
                and p._get_aftersales_moves()
            )
        ):
            reader = picking._get_parcel_case()
            address = reader.partner_id.email_normalized or email_normalize(reader.partner_email)
            if address and address == picking.partner_id.email_normalized:
                picking.aftersales_tracking_told = picking.carrier_tracking_ref

    def _get_parcel_case(self):
        """Return the case that a mail about a parcel to the reader is about."""
        return self.sudo()._get_aftersales_moves()._get_parcel_effects().ticket_id[:1]

    def _get_tracking_links(self):
        """Return ``[(number, link or False)]`` of the parcel."""
        self.ensure_one()
        links = self.get_multiple_carrier_tracking()
        if isinstance(links, list):
            return [(number, link) for number, link in links]
        return [(self.carrier_tracking_ref, self.carrier_tracking_url)]
