from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    aftersales_ticket_count = fields.Integer(compute="_compute_aftersales_ticket_count")

    # A parcel is found by the last digits of the reader's phone: the digits, from the last one
    # on. An index and no column, so that installing beside millions of contacts takes seconds.
    _phone_digits_index = models.Index(
        r"(reverse(regexp_replace(phone, '\D', '', 'g')) text_pattern_ops) WHERE phone IS NOT NULL"
    )

    def _compute_aftersales_ticket_count(self):
        if not self.env["helpdesk.ticket"].has_access("read"):
            self.aftersales_ticket_count = 0
            return
        counts = dict(
            self.env["helpdesk.ticket"]._read_group(
                [("partner_id", "in", self.ids), ("is_aftersales", "=", True)],
                ["partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            partner.aftersales_ticket_count = counts.get(partner, 0)

    def _increase_rank(self, field, n=1):
        """Don't count a refund as a purchase: whoever is credited is a customer already.

        Odoo adds to the rank in a transaction of its own, at twenty queries a partner.
        """
        if not self.env.context.get("aftersales_keep_rank"):
            return super()._increase_rank(field, n)
        return None

    def action_view_aftersales_tickets(self):
        self.ensure_one()
        tickets = self.env["helpdesk.ticket"].search(
            [("partner_id", "=", self.id), ("is_aftersales", "=", True)]
        )
        return self.env["helpdesk.ticket"]._get_cases_action(tickets)
