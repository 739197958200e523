from odoo import fields, models
from odoo.exceptions import UserError

PRICE_LISTS = ("fixed", "base_on_rule")


class DeliveryCarrier(models.Model):
    """Carriers of after-sales parcels: whom they serve, and what a parcel costs (R6.5)."""

    _inherit = "delivery.carrier"

    def _get_serving(self, partner, company):
        """Return the first that the company may use and that serves the address of a partner."""
        return self.filtered(
            lambda carrier: (
                carrier.active
                and carrier.company_id in (company, carrier.company_id.browse())
                and carrier._match_address(partner)
            )
        )[:1]

    # ------------------------------------------------------------------
    # What the carrier answers
    # ------------------------------------------------------------------
    def send_shipping(self, pickings):
        """Note on the cases what their parcels cost: the price before margin and free shipping."""
        results = super().send_shipping(pickings)
        for picking, result in zip(pickings, results or [], strict=False):
            if picking._get_aftersales_moves():
                picking.sudo()._note_aftersales_price(result.get("exact_price"))
        return results

    def get_return_label(self, pickings, tracking_number=None, origin_date=None):
        """Keep the labels of after-sales returns, their numbers and prices on the cases.

        :raises UserError: before the carrier is asked, for a parcel that is paid already
        """
        returns = pickings._get_aftersales_returns()
        returns.sudo()._check_may_get_label()
        known = {p: (p.return_label_ids, p.carrier_tracking_ref or "") for p in returns}
        result = super().get_return_label(pickings, tracking_number, origin_date)
        for index, picking in enumerate(pickings):
            if picking in known:
                answer = self._read_label_answer(result, index)
                picking.sudo()._keep_aftersales_label(answer, *known[picking])
        return result

    def _read_label_answer(self, result, index):
        """Return number and price of a label: some carriers return them, singly or in a list."""
        answers = result if isinstance(result, list | tuple) else [result]
        answers = [answer for answer in answers if isinstance(answer, dict)]
        return answers[index] if index < len(answers) else {}

    def base_on_rule_send_shipping(self, pickings):
        """Price after-sales parcels by what is in them: they are no part of what the order pays."""
        ours = pickings.filtered(lambda p: p._get_aftersales_moves())
        prices = {
            p: {"exact_price": self._get_parcel_price(p)[0], "tracking_number": False} for p in ours
        }
        others = pickings - ours
        if others:
            results = super().base_on_rule_send_shipping(others)
            prices.update(zip(others, results, strict=True))
        return [prices[picking] for picking in pickings]

    # ------------------------------------------------------------------
    # Price lists
    # ------------------------------------------------------------------
    def _get_parcel_price(self, picking):
        """Return what a parcel costs by the carrier's price list, and from where that is known.

        :return: ``(amount in the carrier's currency, source)``
        """
        self.ensure_one()
        if self.delivery_type == "fixed":
            return self.fixed_price, "price_list"
        if self.delivery_type == "base_on_rule":
            try:
                return self._get_price_from_picking(*self._weigh(picking)), "price_list"
            except UserError:  # no rule for such a parcel: the warehouse can still send it
                return 0.0, "unknown"
        return 0.0, "unknown"

    def _weigh(self, picking):
        """Return what rules ask for: value at list price, weight, volume, copies, weight × volume."""
        value = weight = volume = copies = both = 0.0
        for move in picking.move_ids.filtered(lambda m: m.state != "cancel"):
            product, quantity = move.product_id, move._get_parcel_quantity()
            value += quantity * product.lst_price
            weight += quantity * product.weight
            volume += quantity * product.volume
            both += quantity * product.weight * product.volume
            copies += quantity
        return value, weight, volume, copies, both

    def _has_price_list(self):
        """Whether Odoo knows the prices: it asks no service for them."""
        return self.delivery_type in PRICE_LISTS

    def _convert_freight(self, amount, picking):
        """Convert what a carrier charges to the currency of the transfer's company.

        Price lists are in the currency of the delivery product; carriers with a service of their own
        answer in that of the order, by Odoo's convention.
        """
        company = picking.company_id
        if self._has_price_list():
            currency = self.currency_id
        else:
            currency = picking.sale_id.currency_id
        today = fields.Date.context_today(self)
        return (currency or company.currency_id)._convert(
            amount, company.currency_id, company, today
        )
