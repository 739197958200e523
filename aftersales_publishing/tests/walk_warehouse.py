from odoo.exceptions import UserError

from .walk_step import step


class WalkWarehouse:
    """The steps of a walk that the warehouse and print quality take."""

    @step("_find_returns", weight=8, may_exceed=True)
    def receive(self, pickings):
        """Receive an announced return: as announced, in part, another print run, one too many."""
        picking = self.choose("picking", pickings)
        how = self.choose("how", ("all", "all", "part", "other run", "extra"))
        for line in picking.move_line_ids:
            if how == "part":
                line.quantity = max(line.quantity - 1, 0)
            elif how == "extra":
                line.quantity += 1
            elif how == "other run":
                line.lot_id = (self._get_runs(line.product_id) - line.lot_id)[0]
        backorder = self.choose("backorder", (True, False)) if how == "part" else True
        effects = picking.move_ids.aftersales_effect_id
        self._validate(picking.with_user(self.house.warehouse), backorder)
        credits = effects.resolution_id.filtered(lambda r: r.remedy_id.credits)
        return self._get_orders(credits)

    def _get_runs(self, title):
        return self.house.runs.filtered(lambda run: run.product_id == title)

    @step("_find_uninspected", weight=8)
    def inspect(self, inspections):
        """Inspect copies, perhaps after splitting them, with any grade and disposition."""
        chosen = self.choose_some("inspection", inspections).with_user(self.house.warehouse)
        if self.choose("split", (False, True)):
            chosen.action_split()
        chosen.grade = self.choose("grade", ("defective", "hurt", "as_new", "reader_damage"))
        dispositions = ("quarantine", "restock", "hurt", "pulp")
        if any(chosen.sudo().resolution_id.remedy_id.mapped("repairs")):
            dispositions += ("repair",) * 6
        chosen.disposition = self.choose("disposition", dispositions)
        chosen.action_done()

    def _take_in(self, resolution, disposition):
        """Receive and inspect all copies of a remedy, as they were announced."""
        moves = resolution.sudo().effect_ids.filtered(lambda e: e.kind == "return").move_ids
        pickings = moves.filtered(lambda m: m.state == "assigned").picking_id
        self._validate(pickings.with_user(self.house.warehouse))
        inspections = resolution.sudo().inspection_ids.filtered(lambda i: i.state == "draft")
        inspections = inspections.with_user(self.house.warehouse)
        inspections.write({"grade": "defective", "disposition": disposition})
        inspections.action_done()

    @step("_find_shipments", weight=6)
    def ship(self, pickings):
        """Ship a replacement, with the copies reserved or with a print run typed by hand."""
        picking = self.choose("picking", pickings)
        lot = self.choose("lot", (None, *self._get_runs(picking.move_ids.product_id)))
        if lot:
            for line in picking.move_line_ids:
                line.lot_id = lot
        self._validate(picking.with_user(self.house.warehouse))
        if any(picking.move_line_ids.filtered("quantity").lot_id.mapped("on_hold")):
            self._fail("a held print run left the house")
        return self._get_others_orders(picking)

    @staticmethod
    def _get_others_orders(picking):
        """The orders of sold copies that leave in the same parcel."""
        others = picking.move_ids.filtered(lambda move: not move.aftersales_effect_id)
        return others.sale_line_id.order_id

    @step("_find_runs", may_exceed=True)
    def hold(self, runs):
        """Hold a print run, or release it."""
        run = self.choose("run", runs).with_user(self.house.quality)
        if run.on_hold:
            run.action_release()
        else:
            run.action_hold("loose leaves")

    def _validate(self, pickings, backorder=True):
        pickings.move_ids.filtered(lambda move: move.state != "cancel").picked = True
        context = {"skip_sms": True, "skip_backorder": True}
        if not backorder:
            context["picking_ids_not_to_backorder"] = pickings.ids
        done = pickings.with_context(**context).button_validate()
        if done is not True:
            question = done.get("res_model")
            raise UserError(question)
