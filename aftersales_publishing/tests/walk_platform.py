from odoo import fields

from .walk_step import step


class WalkPlatform:
    """The steps of a walk about what a sales platform paid by itself (R6.9)."""

    def _find_records(self):
        return self._search("aftersales.platform.refund")

    def _find_cases_with_books(self):
        return self._find_tickets().filtered("line_ids")

    def _prepare_record_vals(self, amount):
        """Numbers are few: some are recorded already."""
        borne = self.choose("platform bears", (0.0, 0.0, 0.3, 1.0))
        return {
            "platform_id": self.house.platform.id,
            "number": f"P-{self.choose('number', range(1, 9))}",
            "date": fields.Date.today(),
            "amount": amount,
            "platform_share": round(amount * borne, 2),
        }

    @step("_find_cases_with_books", weight=2)
    def record_platform(self, tickets):
        """Record what the platform paid for a case, whatever was decided before."""
        ticket = self.choose("ticket", tickets)
        remedy = self.choose("remedy", ("return_refund", "refund_only"))
        vals = self._prepare_record_vals(self.choose("amount", (5.0, 65.18, 130.36, 9.99)))
        user = self.house.agent
        self.env["aftersales.platform.refund"].with_user(user)._record_for_lines(
            vals,
            self.choose_some("line", ticket.line_ids).with_user(user),
            self.env["aftersales.remedy"]._get(remedy, self.house.company).with_user(user),
        )
        return self._get_orders(ticket.resolution_ids)

    @step("_find_refunds", weight=2)
    def record_platform_on_refund(self, refunds):
        """Record that the platform paid a refund, perhaps another amount."""
        refund = self.choose("refund", refunds)
        vals = self._prepare_record_vals(self.choose("amount", (refund.amount, 5.0)) or 5.0)
        user = getattr(self.house, self.choose("by", ("agent", "finance")))
        self.env["aftersales.platform.refund"].with_user(user)._record_for_refund(
            vals, refund.with_user(user)
        )
        return self._get_refund_orders(refund)

    @step("_find_records")
    def undo_platform(self, records):
        """Undo a record; booked refunds are reversed, orders raised again."""
        record = self.choose("record", records)
        user = getattr(self.house, self.choose("by", ("agent", "finance")))
        record.with_user(user).action_undo("another reader's")
        return self._get_refund_orders(record.refund_ids)
