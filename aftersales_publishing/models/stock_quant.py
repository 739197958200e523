from odoo import api, models
from odoo.fields import Domain


class StockQuant(models.Model):
    _inherit = "stock.quant"

    def _get_gather_domain(
        self, product_id, location_id, lot_id=None, package_id=None, owner_id=None, strict=False
    ):
        """Leave out held print runs, and those named, while a move reserves (R4.3).

        The context key ``aftersales_avoid_lot_ids`` is set by ``stock.move`` for as long as it
        looks for stock: a tuple of lots to leave out besides the held ones. Without the key (every
        booking of a quantity) all stock is seen.
        """
        domain = super()._get_gather_domain(
            product_id, location_id, lot_id, package_id, owner_id, strict
        )
        avoided_ids = self.env.context.get("aftersales_avoid_lot_ids")
        if avoided_ids is None:
            return domain
        held = Domain("on_hold", "=", True) & Domain("product_id", "=", product_id.id)
        allowed = Domain("lot_id", "not any", held)  # true also for stock without a lot
        if avoided_ids:
            allowed &= Domain("lot_id", "not in", list(avoided_ids))
        return Domain(domain) & allowed

    def _update_available_quantity(self, *args, **kwargs):
        # Booking must see every quant: with the key it would open a second quant for a held lot.
        if self.env.context.get("aftersales_avoid_lot_ids") is not None:
            self = self.with_context(aftersales_avoid_lot_ids=None)
        return super()._update_available_quantity(*args, **kwargs)

    @api.model
    def _get_safe_quantity(self, product, location, excluded_lot):
        """Free copies of ``product`` in ``location`` that may be sent as a replacement.

        Copies of ``excluded_lot`` and of print runs on hold do not count.
        """
        quants = self.with_context(aftersales_avoid_lot_ids=tuple(excluded_lot.ids))
        return quants._get_available_quantity(product, location)
