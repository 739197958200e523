from odoo.exceptions import UserError

from .walk_step import step


class WalkTable:
    """The steps of a walk at the returns table: parcels received and inspected in one go (R6.5)."""

    def _find_parcels(self):
        """Return the returns that are expected, or received with copies to inspect."""
        received = self._find_uninspected().move_line_id.picking_id
        return (self._find_returns() | received).sorted("id")

    @step("_find_parcels", weight=6, may_exceed=True)
    def at_the_table(self, pickings):
        """Count the copies of a parcel, all or some, of any run, and some that nobody expects."""
        picking = self.choose("picking", pickings)
        table = self.env["aftersales.returns.table"].with_user(self.house.warehouse)
        parcel = table.open_parcel(picking.id)
        copies = [self._count(number, line) for number, line in enumerate(parcel["lines"])]
        copies = [copy for copy in copies if copy["quantity"]]
        extras = []
        if self.choose("extra", (False, False, True)):
            extras = [{"product_id": self.house.atlas.id, "quantity": 1.0}]
        table.confirm(parcel["id"], parcel["received"], copies, extras)
        if self.choose("twice", (False, True)):  # the answer was lost, the clerk confirms again
            self._refuse_second(table, parcel, copies)
        credits = picking.move_ids.aftersales_effect_id.resolution_id.filtered(
            lambda resolution: resolution.remedy_id.credits
        )
        return self._get_orders(credits)

    def _count(self, number, line):
        grades = ("defective", "hurt", "as_new", "reader_damage")
        runs = [run["id"] for run in line["runs"]] or [False]
        return {
            "line_id": line["id"],
            "lot_id": self.choose(f"run {number}", runs[:1] * 3 + runs),
            "quantity": self.choose(f"counted {number}", (line["quantity"], 1, 0)),
            "grade": self.choose(f"grade {number}", grades),
            "disposition": self.choose(f"to {number}", ("quarantine", "restock", "hurt", "pulp")),
        }

    def _refuse_second(self, table, parcel, copies):
        """What was received is not received again."""
        try:
            with self.env.cr.savepoint():
                table.confirm(parcel["id"], parcel["received"], copies)
        except UserError as refusal:
            self.described.append(f"again: {refusal}")
            return
        if copies and not parcel["received"]:
            self._fail(f"{parcel['name']} was received twice")
