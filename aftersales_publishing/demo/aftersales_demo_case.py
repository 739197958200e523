from odoo import Command, api, models
from odoo.exceptions import UserError

# What tells the time of a case, with all that hangs on it
CASE_DATES = ["create_date", "registered_at", "next_deadline", "last_stage_update"]


class AftersalesDemoCase(models.AbstractModel):
    """How the cases of the demo get to their phases: each desk does its step, with its rights."""

    _inherit = "aftersales.demo"

    @api.model
    def _play(self, ticket_id, steps):
        """Take a case from desk to desk.

        :param steps: ``[[step, argument, …], …]``: the methods ``_step_<step>`` below; a mapping
            as the last argument holds options by name
        """
        ticket = self.env["helpdesk.ticket"].browse(ticket_id)
        if ticket.line_ids or ticket.registered_at:
            return  # played already
        ticket.partner_email = ticket.partner_id.email
        for name, *arguments in steps:
            options = arguments.pop() if arguments and isinstance(arguments[-1], dict) else {}
            getattr(self, f"_step_{name}")(ticket, *arguments, **options)

    def _as(self, login, records):
        """Let a desk work: its rights, its language."""
        user = self.env.ref(f"aftersales_publishing.user_{login}")
        return records.with_env(self.env(user=user)).with_context(lang=user.lang)

    # ------------------------------------------------------------------
    # The agent
    # ------------------------------------------------------------------
    def _step_complain(self, ticket, lot_id, quantity, defects=(), note=None, **vals):
        """Note copies that were delivered with the case's order."""
        lot = self.env["stock.lot"].browse(lot_id)
        line = ticket.sale_order_id.picking_ids.move_line_ids.filtered(lambda ml: ml.lot_id == lot)
        found = self.env["aftersales.defect"].search([("code", "in", defects)])
        self._as("agent", self.env["aftersales.case.line"]).create(
            {
                "ticket_id": ticket.id,
                "product_id": lot.product_id.id,
                "delivery_move_id": line.move_id.id,
                "lot_id": lot.id,
                "quantity": quantity,
                "defect_ids": [Command.set(found.ids)],
                "note": note,
                **vals,
            }
        )

    def _step_register(self, ticket):
        self._as("agent", ticket).action_register()

    def _step_ask_proof(self, ticket):
        self._as("agent", ticket).action_request_proof()

    def _step_show_proof(self, ticket):
        self._as("agent", ticket.proof_ids).received = True

    def _step_judge(self, ticket, party, reason):
        lots = ticket.line_ids.lot_id
        partners = {"printer": lots.printer_id, "binder": lots.binder_id or lots.printer_id}
        partner = partners.get(party, self.env["res.partner"])[:1]
        share = {"party": party, "partner_id": partner.id}
        self._as("agent", self.env["aftersales.verdict"]).create(
            [
                {"line_id": line.id, "reason": reason, "share_ids": [Command.create(share)]}
                for line in ticket.line_ids
            ]
        )

    def _step_propose(self, ticket, remedy, quantity=None, **options):
        self._offer(ticket, remedy)
        self._as("agent", ticket.line_ids).action_propose(remedy, quantity, **options)

    def _offer(self, ticket, code):
        """Offer a remedy that is new: at an update, demo data come before the migrations."""
        remedy = self.env["aftersales.remedy"]._get(code, ticket.company_id)
        case_type = ticket.case_type_id
        if case_type.remedy_ids and remedy not in case_type.remedy_ids:
            case_type.remedy_ids = [Command.link(remedy.id)]

    def _step_agree(self, ticket, by, note):
        """Note the reader's agreement and begin."""
        live = ticket.resolution_ids.filtered(lambda r: r.state in ("proposed", "agreed"))
        resolutions = self._as("agent", live)
        resolutions.action_agree(by, note)
        if (answer := resolutions.action_execute()) is not True:
            raise UserError(answer["params"]["message"])

    def _step_guide(self, ticket, answer):
        self._as("agent", ticket).action_guide(answer)

    # ------------------------------------------------------------------
    # The warehouse
    # ------------------------------------------------------------------
    def _step_receive(self, ticket):
        self._transfer(ticket, "return")

    def _step_ship(self, ticket):
        self._transfer(ticket, "shipment")

    def _transfer(self, ticket, kind):
        effects = ticket.effect_ids.filtered(lambda effect: effect.kind == kind)
        moves = effects.move_ids.filtered(lambda move: move.state == "assigned")
        self._finish(self._as("warehouse", moves.picking_id))

    def _step_inspect(self, ticket, grade, note=None, **vals):
        inspections = self._as("warehouse", ticket.inspection_ids)
        inspections.write({"grade": grade, "note": note, **vals})
        inspections.action_done()

    # ------------------------------------------------------------------
    # Days between
    # ------------------------------------------------------------------
    def _step_wait(self, ticket, days):
        """Let days pass: what happened so far happened earlier."""
        self.env.cr.flush()  # the case follows its transfers before the commit: do so now
        self._shift(ticket, CASE_DATES, days)
        self._shift(ticket.event_ids, ["at"], days)
        self._shift(ticket.message_ids, ["date"], days)
        self._shift(ticket.activity_ids, ["date_deadline"], days)
        self._shift(ticket.proof_ids, ["received_at"], days)
        self._shift(ticket.line_ids.verdict_ids, ["create_date"], days)
        dates = ["create_date", "agreed_at", "return_due", "slip_sent_at"]
        self._shift(ticket.resolution_ids, dates, days)
        self._shift(ticket.inspection_ids, ["received_at", "inspected_at"], days)
        self._shift(ticket.refund_ids, ["requested_at", "due_at"], days)
        repairs = self.env["aftersales.repair"].search([("ticket_id", "=", ticket.id)])
        self._shift(repairs, ["due"], days)
        moves = ticket.effect_ids.move_ids
        self._shift(moves, ["date"], days)
        self._shift(moves.move_line_ids, ["date"], days)
        self._shift(moves.picking_id, ["scheduled_date", "date_done"], days)
