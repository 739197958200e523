"""Do the next step of a case, whatever it is, as the desk whose turn it is.

Used with the add-on as it was landed last and with the present one, so it knows public verbs only.
"""

from odoo import Command

ROLES = ("agent", "warehouse", "finance")


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

    def open_case(self, move, code, remedy, grade="defective"):
        """Let the agent take in a case about one delivered copy.

        Remedy and grade are noted in its subject: the next step is done accordingly.
        """
        values = {
            "name": f"{remedy} {grade}",
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
    def _register(self, ticket, remedy, grade):
        self._as("agent", ticket).action_register()

    def _await_proof(self, ticket, remedy, grade):
        self._as("agent", ticket.proof_ids).received = True

    def _judge(self, ticket, remedy, grade):
        share = Command.create({"party": "publisher", "percent": 100})
        for line in ticket.line_ids:
            self._as("agent", self.env["aftersales.verdict"]).create(
                {"line_id": line.id, "reason": "Seen on the photo.", "share_ids": [share]}
            )

    def _propose(self, ticket, remedy, grade):
        self._as("agent", ticket.line_ids).action_propose(remedy)

    def _await_reader(self, ticket, remedy, grade):
        self._as("agent", ticket.resolution_ids).action_agree("phone")

    def _execute(self, ticket, remedy, grade):
        assert self._as("agent", ticket.resolution_ids).action_execute() is True

    def _decide(self, ticket, remedy, grade):
        self._as("agent", ticket.inspection_ids).action_overrule("The photo shows it.")

    # ------------------------------------------------------------------
    # Warehouse
    # ------------------------------------------------------------------
    def _receive(self, ticket, remedy, grade):
        self._validate(ticket, "return")

    def _inspect(self, ticket, remedy, grade):
        inspections = self._as("warehouse", ticket.inspection_ids)
        inspections.write({"grade": grade})
        inspections.write({"disposition": "restock"})
        inspections.action_done()

    def _ship(self, ticket, remedy, grade):
        self._validate(ticket, "shipment")

    def _validate(self, ticket, kind):
        effects = ticket.effect_ids.filtered(lambda effect: effect.kind == kind)
        pickings = self._as("warehouse", effects.move_ids.picking_id)
        pickings.move_ids.picked = True
        assert pickings.with_context(skip_sms=True).button_validate() is True

    # ------------------------------------------------------------------
    # Finance
    # ------------------------------------------------------------------
    def _approve(self, ticket, remedy, grade):
        self._as("finance", ticket.refund_ids).action_approve()

    def _post_refund(self, ticket, remedy, grade):
        self._as("finance", ticket.refund_ids).action_post()

    def _pay(self, ticket, remedy, grade):
        self._as("finance", ticket.refund_ids).action_pay()
