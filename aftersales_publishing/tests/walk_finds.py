class WalkFinds:
    """What there is in the house, for the steps of a walk to choose from."""

    def _search(self, model, *domain):
        return self.env[model].search(list(domain), order="id")

    def _find_orders(self):
        return self.house.orders

    def _find_runs(self):
        return self.house.runs

    def _find_tickets(self):
        return self._search("helpdesk.ticket", ("is_aftersales", "=", True))

    def _find_lines(self):
        return self._find_tickets().line_ids

    def _find_unresolved_lines(self):
        return self._find_lines().filtered(
            lambda line: (
                line.resolved_quantity < line.quantity
                and line.ticket_id.phase not in ("refused", "cancelled")
            )
        )

    def _find_lines_taken_back(self):
        return self._find_lines()._get_taking_back().line_id.sorted("id")

    def _find_proposed(self):
        return self._search("aftersales.resolution", ("state", "=", "proposed"))

    def _find_agreed(self):
        return self._search("aftersales.resolution", ("state", "=", "agreed"))

    def _find_resolutions(self):
        return self._search("aftersales.resolution")

    def _find_effects(self):
        return self._search("aftersales.effect")

    def _find_contradicted(self):
        return self._search("aftersales.inspection", ("contradiction", "=", "open"))

    def _find_uninspected(self):
        return self._search("aftersales.inspection", ("state", "=", "draft"))

    def _find_refunds(self):
        return self._search("aftersales.refund")

    def _find_refunds_to_approve(self):
        return self._search("aftersales.refund", ("state", "=", "to_approve"))

    def _find_refunds_approved(self):
        return self._search("aftersales.refund", ("state", "=", "approved"))

    def _find_refunds_posted(self):
        return self._search("aftersales.refund", ("state", "=", "posted"))

    def _find_notes(self):
        return self._find_refunds().credit_note_id.sorted("id")

    def _find_payouts(self):
        return self._find_refunds().payment_ids.sorted("id")

    def _find_open_documents(self):
        return self._search(
            "account.move",
            ("move_type", "in", ("out_invoice", "out_refund")),
            ("state", "=", "posted"),
            ("amount_residual", ">", 0),
        )

    def _find_pickings(self, *domain):
        return self._search("stock.picking", ("state", "not in", ("done", "cancel")), *domain)

    def _find_returns(self):
        return self._find_pickings(("move_ids.aftersales_effect_id.kind", "=", "return"))

    def _find_shipments(self):
        return self._find_pickings(("move_ids.aftersales_effect_id.kind", "=", "shipment"))

    def _find_ours(self):
        return self._find_pickings(("move_ids.aftersales_effect_id", "!=", False))

    def _find_not_ours(self):
        return self._find_pickings(("move_ids.aftersales_effect_id", "=", False))

    def _find_moved(self):
        """Transfers done to or from readers."""
        return self._search(
            "stock.picking",
            ("state", "=", "done"),
            "|",
            ("location_dest_id.usage", "=", "customer"),
            ("location_id.usage", "=", "customer"),
        )

    def _find_deliveries(self):
        """Return ``[(done move to a reader, print run)]``."""
        moves = self._search(
            "stock.move",
            ("state", "=", "done"),
            ("location_dest_usage", "=", "customer"),
            ("location_id.usage", "!=", "customer"),
        )
        return [(move, lot) for move in moves for lot in move.move_line_ids.lot_id]

    @staticmethod
    def _get_orders(records):
        """The orders that resolutions or effects are about."""
        return records.line_id.sale_line_id.order_id
