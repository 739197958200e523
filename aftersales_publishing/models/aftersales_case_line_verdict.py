from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date


class AftersalesCaseLine(models.Model):
    """What is known of a copy, and the verdict that the rules of the house propose (R3.1, R3.2).

    Nothing of it is stored: a proposal follows the facts and the rules whenever it is looked at.
    """

    _inherit = "aftersales.case.line"

    known_facts = fields.Text(
        compute="_compute_known_facts",
        compute_sudo=True,
        help="Order, delivery, print run and proof: what is frozen into a verdict.",
    )
    days_after_delivery = fields.Integer(
        compute="_compute_days_after_delivery",
        search="_search_days_after_delivery",
        compute_sudo=True,
        help="Days from the delivery to the complaint. 0 where no delivery is known.",
    )
    proposal_rule_id = fields.Many2one(
        "aftersales.verdict.rule",
        "Proposed by the Rule",
        compute="_compute_proposal",
        compute_sudo=True,
    )
    proposal_summary = fields.Char("Proposed", compute="_compute_proposal", compute_sudo=True)
    proposal_reason = fields.Text("Because", compute="_compute_proposal", compute_sudo=True)
    skipped_rules = fields.Char(
        compute="_compute_proposal",
        compute_sudo=True,
        help="Rules that could not be evaluated for this copy.",
    )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends("lot_id", "delivery_move_id", "defect_ids", "ticket_id.proof_ids.received")
    @api.depends_context("lang")
    def _compute_known_facts(self):
        for line in self:
            line.known_facts = self.env["aftersales.verdict"]._tell_facts(line._get_facts())

    @api.depends("delivery_move_id.date", "ticket_id.registered_at")
    def _compute_days_after_delivery(self):
        for line in self:
            delivered = line.delivery_move_id.date
            complained = line.ticket_id.registered_at or fields.Datetime.now()
            line.days_after_delivery = max(0, (complained - delivered).days) if delivered else 0

    def _search_days_after_delivery(self, operator, value):
        """Compare the days in SQL; a copy without a delivery has 0 days, as on the screen."""
        if operator not in ("in", "<", ">", "<=", ">="):
            return NotImplemented
        days = SQL(
            """GREATEST(0, COALESCE((
                SELECT extract(day FROM COALESCE(
                           ticket.registered_at, now() AT TIME ZONE 'UTC') - move.date)
                  FROM helpdesk_ticket AS ticket, stock_move AS move
                 WHERE ticket.id = %(ticket)s AND move.id = %(move)s), 0))""",
            ticket=SQL.identifier(self._table, "ticket_id"),
            move=SQL.identifier(self._table, "delivery_move_id"),
        )
        self.flush_model(["ticket_id", "delivery_move_id"])
        self.env["helpdesk.ticket"].flush_model(["registered_at"])
        self.env["stock.move"].flush_model(["date"])
        query = self.sudo()._search([])
        compare = {"in": "IN", "<": "<", ">": ">", "<=": "<=", ">=": ">="}[operator]
        wanted = tuple(value) or (None,) if operator == "in" else value
        query.add_where(SQL("%s %s %s", days, SQL(compare), wanted))
        return [("id", "in", query)]

    @api.depends(
        "verdict_id",
        "product_id",
        "lot_id",
        "defect_ids",
        "sent_product_id",
        "ticket_id.case_type_id",
        "ticket_id.proof_ids.received",
    )
    @api.depends_context("lang")
    def _compute_proposal(self):
        """Propose for the copies that have no verdict."""
        open_lines = self.filtered(lambda line: line._origin.id and not line.verdict_id)
        matches, problems = self.env["aftersales.verdict.rule"]._match(open_lines._origin)
        for line in self:
            rule = matches.get(line._origin, self.env["aftersales.verdict.rule"])
            line.proposal_rule_id = rule
            line.proposal_summary = line._tell_shares(rule._prepare_shares(line)) if rule else False
            line.proposal_reason = rule.explanation
            line.skipped_rules = line in open_lines and ", ".join(
                skipped.name for skipped in problems if skipped._is_of(line.company_id)
            )

    @api.model
    def _tell_shares(self, shares):
        """Say in words who bears how much.

        :param shares: list of ``{"party", "partner_id", "percent"}``
        """
        labels = dict(
            self.env["aftersales.verdict.share"]._fields["party"]._description_selection(self.env)
        )
        Partner = self.env["res.partner"]
        return ", ".join(
            f"{labels[share['party']]} {share['percent']:g} %"
            + (f" ({Partner.browse(share['partner_id']).name})" if share["partner_id"] else "")
            for share in shares
        )

    # ------------------------------------------------------------------
    # Verbs
    # ------------------------------------------------------------------
    def action_accept_verdict(self):
        """Give the verdicts that the rules propose, with their reasons and facts (R3.2).

        Safe to call twice: what has a verdict keeps it. Copies that no rule knows stay open; so do
        those of several that would be called pirated, as each is compared with its photo first.

        :return: ``True``, or a notification naming the cases that the user may not decide on
        :raises UserError: when no rule proposes anything
        """
        self._check_role("agent", "manager", "print_quality")
        open_lines = self.filtered(lambda line: not line.verdict_id)
        matches, _problems = self.env["aftersales.verdict.rule"]._match(open_lines)
        if open_lines and not matches:
            raise UserError(
                self.env._(
                    "Case %(case)s: no rule proposes a verdict on “%(title)s”. Use “Judge”, or let "
                    "a manager add a rule (Configuration, Verdict Rules).",
                    case=open_lines[0].ticket_id.number,
                    title=open_lines[0].product_id.display_name,
                )
            )
        judged = self.browse(line.id for line in open_lines if line in matches)
        alone = judged.filtered(
            lambda line: (
                len(open_lines) > 1
                and "third_party" in matches[line].sudo().share_ids.mapped("party")
            )
        )
        problems = {
            line: self.env._(
                "Case %(case)s: “%(title)s” may be pirated. Compare its page with the photo, then "
                "accept or judge this book by itself.",
                case=line.ticket_id.number,
                title=line._get_title(),
            )
            for line in alone
        }
        if alone and alone == judged:
            raise UserError("\n".join(problems.values()))
        problems |= (judged - alone)._post_in_batches(
            lambda lines: self.env["aftersales.verdict"]._give(
                {line: matches[line] for line in lines}
            )
        )
        return judged._report_problems(problems)

    # ------------------------------------------------------------------
    # Facts
    # ------------------------------------------------------------------
    def _get_party_partner(self, party):
        """Return who the responsible party is, where the facts tell. Hook for glue add-ons.

        :param party: a key of ``PARTIES``
        """
        lot = self.lot_id
        partners = {"printer": lot.printer_id, "binder": lot.binder_id or lot.printer_id}
        return partners.get(party, self.env["res.partner"])

    def _get_facts(self):
        """Return what is known of the copy now, to be frozen into a verdict (R3.1).

        :return: list of ``(key, label, value)``; label and value are in the user's language
        """
        self.ensure_one()
        lot = self.lot_id.with_context(allowed_company_ids=self.company_id.ids)
        delivery, ticket = self.delivery_id, self.ticket_id
        delivered = self.delivered_at and format_date(self.env, self.delivered_at)
        facts = [
            ("channel", self.env._("Channel"), ticket.channel_id.name),
            ("volume", self.env._("Volume"), self.volume_id.name),
            ("order", self.env._("Order"), self.order_id.name),
            ("delivery", self.env._("Delivery"), delivery.name),
            ("delivered", self.env._("Delivered"), delivered),
            ("sent", self.env._("Sent by mistake"), self.sent_product_id.display_name),
            ("run", self.env._("Print run"), lot.name),
            ("printer", self.env._("Printer"), lot.printer_id.name),
            ("binder", self.env._("Binder"), lot.binder_id.name),
            ("run_record", self.env._("Print run so far"), lot and lot._tell_record()),
            ("alarm", self.env._("Alarm of the print run"), lot and lot._tell_alarm()),
            ("hold", self.env._("Print run on hold"), lot.on_hold and lot.hold_reason),
            ("defects", self.env._("Defects"), ", ".join(self.defect_ids.mapped("name"))),
            ("page", self.env._("Copyright page"), self._tell_page()),
            ("mismatch", self.env._("Copyright page differs"), self.copyright_mismatch),
            (
                "proof",
                self.env._("Proof seen"),
                ", ".join(ticket.proof_ids.filtered("received").proof_id.mapped("name")),
            ),
        ]
        return [(key, label, str(value)) for key, label, value in facts if value]

    def _tell_page(self):
        """Tell the copyright page as the reader reads it."""
        return ", ".join(
            f"{self._fields[name]._description_string(self.env)} {self[name]}"
            for name in ("edition", "impression", "print_date")
            if self[name]
        )
