from odoo import Command

from .walk_step import step


class WalkParts:
    """The steps of a walk that send parts of a title (R6.1)."""

    def _find_part_shipments(self):
        return self._find_pickings(("move_ids.aftersales_effect_id.kind", "=", "part"))

    def _find_lines_with_parts(self):
        parts = self.house.parts.product_tmpl_id
        return self._find_unresolved_lines().filtered(
            lambda line: line.product_id.product_tmpl_id in parts
        )

    @step("_find_lines_with_parts", weight=2)
    def send_part(self, lines):
        """Agree on missing pages or an errata sheet, perhaps twice for the same copies."""
        line = self.choose("line", lines).with_user(self.house.agent)
        remedy = self.choose("remedy", ("send_pages", "send_errata"))
        line.action_settle(remedy, self.choose("quantity", (1, 1, None)))

    @step("_find_part_shipments", weight=3)
    def ship_part(self, pickings):
        """Ship the part, in full or for one copy."""
        picking = self.choose("picking", pickings)
        if self.choose("part", (False, True)):
            picking.move_line_ids.quantity = 1
        self._validate(picking.with_user(self.house.warehouse))
        return self._get_others_orders(picking)

    @step("_find_part_shipments", by_hand=True)
    def type_another_part_line(self, pickings):
        """Put a copy of a title into the parcel with the part, by hand."""
        picking = self.choose("picking", pickings)
        run = self.choose("run", self.house.runs)
        picking.move_ids = [
            Command.create(
                {
                    "product_id": run.product_id.id,
                    "product_uom_qty": 1,
                    "location_id": picking.location_id.id,
                    "location_dest_id": picking.location_dest_id.id,
                }
            )
        ]
