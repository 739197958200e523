"""Do the next step of a case, whatever it is, as the desk whose turn it is.

Used with the add-on as it was landed last and with the present one, so it knows public verbs only.
"""

from datetime import datetime, timedelta

from odoo import Command

ROLES = ("agent", "warehouse", "finance")
TERMS = {"compensation": {"percent": 20, "reason": "The reader keeps the copy."}}


class Desks:
    """Users of a company, one for each role, and what they do in a case.

    :param env: the superuser's environment
    """

    def __init__(self, env, company):
        self.env = env
        self.users = {role: self._find_or_make_user(company, role) for role in ROLES}

    def _find_or_make_user(self, company, role):
        login = f"{role}-{company.id}"
        found = self.env["res.users"].search([("login", "=", login)])
        return found or self.env["res.users"].create(
            {
                "name": f"{role} of {company.name}",
                "login": login,
                "company_id": company.id,
                "company_ids": [Command.set(company.ids)],
                "group_ids": [Command.link(self.env.ref(f"aftersales_publishing.group_{role}").id)],
            }
        )

    def open_case(self, move, code, remedy, grade="defective", way="drop_off"):
        """Let the agent take in a case about one delivered copy.

        Remedy, grade and the way back are noted in its subject: the next step is done accordingly.
        """
        values = {
            "name": f"{remedy} {grade} {way}",
            "is_aftersales": True,
            "partner_id": move.sale_line_id.order_id.partner_id.id,
            "case_type_id": self.env["aftersales.case.type"].search([("code", "=", code)]).id,
            "line_ids": [
                Command.create(
                    {
                        "product_id": move.product_id.id,
                        "delivery_move_id": move.id,
                        "lot_id": move.move_line_ids.lot_id[:1].id,
                        "quantity": 1,
                    }
                )
            ],
        }
        return self.env["helpdesk.ticket"].with_user(self.users["agent"]).create(values).sudo()

    def go_on(self, ticket):
        """Do the next step of the case; return whether there was one."""
        step = ticket.next_step
        if step:
            getattr(self, f"_{step}")(ticket, *ticket.name.split())
            self.env.cr.flush()  # cases follow their documents at the end of a request
        return bool(step)

    def _as(self, role, records):
        return records.with_user(self.users[role])

    # ------------------------------------------------------------------
    # Agent
    # ------------------------------------------------------------------
    def _register(self, ticket, remedy, grade, way):
        self._as("agent", ticket).action_register()

    def _await_proof(self, ticket, remedy, grade, way):
        self._as("agent", ticket.proof_ids).received = True

    def _judge(self, ticket, remedy, grade, way):
        share = Command.create({"party": "publisher", "percent": 100})
        for line in ticket.line_ids:
            self._as("agent", self.env["aftersales.verdict"]).create(
                {"line_id": line.id, "reason": "Seen on the photo.", "share_ids": [share]}
            )

    def _propose(self, ticket, remedy, grade, way):
        terms = TERMS.get(remedy) or {"return_way": way}
        self._as("agent", ticket.line_ids).action_propose(remedy, **terms)

    def _await_reader(self, ticket, remedy, grade, way):
        self._as("agent", ticket.resolution_ids).action_agree("phone")

    def _execute(self, ticket, remedy, grade, way):
        assert self._as("agent", ticket.resolution_ids).action_execute() is True

    def _book_pickup(self, ticket, remedy, grade, way):
        start = datetime.now() + timedelta(days=1)
        window = {"pickup_start": start, "pickup_end": start + timedelta(hours=4)}
        resolutions = self._as("agent", ticket.resolution_ids)
        resolutions.action_set_return({**window, "pickup_booked": True})

    def _decide(self, ticket, remedy, grade, way):
        self._as("agent", ticket.inspection_ids).action_overrule("The photo shows it.")

    # ------------------------------------------------------------------
    # Warehouse
    # ------------------------------------------------------------------
    def _receive(self, ticket, remedy, grade, way):
        self._validate(ticket, "return")

    def _inspect(self, ticket, remedy, grade, way):
        inspections = self._as("warehouse", ticket.inspection_ids)
        inspections.write({"grade": grade})
        inspections.write({"disposition": "restock"})
        inspections.action_done()

    def _ship(self, ticket, remedy, grade, way):
        self._validate(ticket, "shipment")

    def _validate(self, ticket, kind):
        effects = ticket.effect_ids.filtered(lambda effect: effect.kind == kind)
        pickings = self._as("warehouse", effects.move_ids.picking_id)
        pickings.move_ids.picked = True
        assert pickings.with_context(skip_sms=True).button_validate() is True

    # ------------------------------------------------------------------
    # Finance
    # ------------------------------------------------------------------
    def _approve(self, ticket, remedy, grade, way):
        self._as("finance", ticket.refund_ids).action_approve()

    def _post_refund(self, ticket, remedy, grade, way):
        self._as("finance", ticket.refund_ids).action_post()

    def _pay(self, ticket, remedy, grade, way):
        self._as("finance", ticket.refund_ids).action_pay()
