from odoo import models


class AftersalesEffect(models.Model):
    """A single volume of a set: taken back and replaced outside of the order (R6.3).

    By the books the whole set left and stays with the reader. The volume that comes back enters
    stock as the single volume, valued at zero; the one that replaces it is given away at the cost
    of after-sales service.
    """

    _inherit = "aftersales.effect"

    def _prepare_volume_vals(self, picking):
        """Values of the announced return; the print run is scanned at the table."""
        self.ensure_one()
        part = self.line_id.volume_id.part_product_id
        vals = self._prepare_other_title_vals(picking, part, self._get_readers_location())
        # else Odoo would add the volume to the order of whatever else is in the parcel
        return {**vals, "to_refund": False}

    def _prepare_volume_shipment_vals(self):
        """Values of the procurement: no order and no delivery, which it would change."""
        self.ensure_one()
        return {"company_id": self.company_id, "to_refund": False}

    def _get_readers_location(self):
        """Where copies go to and come from: of single volumes outside of every order."""
        self.ensure_one()
        if self.line_id.volume_id:
            return self._get_setting("aftersales_customer_location_id")
        return self.delivery_move_id.location_dest_id
