"""The add-ons of the Odoo Community Association: ``rma_sale`` and ``helpdesk_mgmt_sla``, 19.0.

One user with the groups of all desks works as their documentation says; in batch ``create`` and the
buttons' methods on all records.
"""

from odoo import Command, fields

from ..harness import Contender, Step

STAGES = ("new", "in_progress", "awaiting", "done")
OPERATIONS = {"refund": "rma.rma_operation_refund", "exchange": "rma.rma_operation_replace"}


class Peers(Contender):
    """Tickets with two SLA policies; returns by RMA."""

    name = "peers"
    groups = {
        "clerk": (
            "helpdesk_mgmt.group_helpdesk_user",
            "rma.rma_group_user_all",
            "sales_team.group_sale_salesman_all_leads",
            "stock.group_stock_user",
            "stock.group_production_lot",
            "account.group_account_invoice",
        )
    }

    def prepare(self, env):
        """Make a team with two SLA policies."""
        self.team_id = env["helpdesk.ticket.team"].create({"name": "Team", "use_sla": True}).id
        self.stages = {
            code: env.ref(f"helpdesk_mgmt.helpdesk_ticket_stage_{code}").id for code in STAGES
        }
        policy = {
            "team_ids": [Command.set([self.team_id])],
            "ignore_stage_ids": [Command.set([self.stages["awaiting"]])],
        }
        env["helpdesk.sla"].create(
            [
                {**policy, "name": "Answer", "hours": 4, "stage_id": self.stages["in_progress"]},
                {**policy, "name": "Solution", "days": 3, "stage_id": self.stages["done"]},
            ]
        )

    def flows(self):
        """Return ticket, refund and exchange; the last two also in batch."""
        return {
            "case": [
                Step("create the ticket", "clerk", self.create_tickets),
                Step("in progress", "clerk", self.move_to("in_progress")),
                Step("done", "clerk", self.move_to("done")),
            ],
            "refund": [
                Step("open the RMA dialog", "clerk", open_dialog),
                Step("create the RMA", "clerk", confirm_dialog("refund")),
                Step("receive", "clerk", receive),
                Step("draft the credit note", "clerk", draft_credit_notes),
                Step("post it", "clerk", post_credit_notes),
            ],
            "exchange": [
                Step("open the RMA dialog", "clerk", open_dialog),
                Step("create the RMA", "clerk", confirm_dialog("exchange")),
                Step("receive", "clerk", receive),
                Step("replace", "clerk", replace),
                Step("ship", "clerk", ship),
            ],
            "refund_batch": [
                Step("create the RMAs", "clerk", create_rmas("refund")),
                Step("confirm", "clerk", confirm_rmas),
                Step("receive", "clerk", receive),
                Step("draft the credit notes", "clerk", draft_credit_notes),
                Step("post them", "clerk", post_credit_notes),
            ],
            "exchange_batch": [
                Step("create the RMAs", "clerk", create_rmas("exchange")),
                Step("confirm", "clerk", confirm_rmas),
                Step("receive", "clerk", receive),
                Step("replace", "clerk", replace),
                Step("ship", "clerk", ship),
            ],
        }

    def find(self, env, work):
        """Find what is next: RMAs, receipts, credit notes, deliveries."""
        orders = [sale.order_id for sale in work.sales]
        rmas = env["rma"].search([("order_id", "in", orders)], order="id")
        work.ids.update(
            rmas=rmas.ids,
            receipts=rmas.reception_move_id.picking_id.ids,
            notes=rmas.refund_id.ids,
            deliveries=rmas.delivery_move_ids.picking_id.ids,
        )

    def create_tickets(self, env, work):
        """One ticket a sale."""
        tickets = env["helpdesk.ticket"].create(
            [
                {
                    "name": "Where is my parcel?",
                    "description": "<p>It was announced for yesterday.</p>",
                    "partner_id": sale.partner_id,
                    "team_id": self.team_id,
                }
                for sale in work.sales
            ]
        )
        work.ids["tickets"] = tickets.ids

    def move_to(self, stage):
        """Return a step that drags the tickets to a stage."""

        def step(env, work):
            env["helpdesk.ticket"].browse(work.ids["tickets"]).stage_id = self.stages[stage]

        return step


# ----------------------------------------------------------------------
# One by one
# ----------------------------------------------------------------------
def open_dialog(env, work):
    """Press the button on the order."""
    (sale,) = work.sales
    work.ids["wizard"] = env["sale.order"].browse(sale.order_id).action_create_rma()["res_id"]


def confirm_dialog(operation):
    """Return a step that takes the first line and confirms."""

    def step(env, work):
        (sale,) = work.sales
        wizard = (
            env["sale.order.rma.wizard"]
            .with_context(active_id=sale.order_id)
            .browse(work.ids["wizard"])
        )
        wizard.operation_id = env.ref(OPERATIONS[operation])
        for line in wizard.line_ids:
            line.quantity = sale.quantity if line.sale_line_id.id == sale.line_id else 0
        wizard.create_and_open_rma()

    return step


# ----------------------------------------------------------------------
# In batch
# ----------------------------------------------------------------------
def create_rmas(operation):
    """Return a step that creates an RMA a sale."""

    def step(env, work):
        operation_id = env.ref(OPERATIONS[operation]).id
        env["rma"].create([_prepare_rma(env, sale, operation_id) for sale in work.sales])

    return step


def _prepare_rma(env, sale, operation_id):
    line = env["sale.order.line"].browse(sale.line_id)
    return {
        "partner_id": sale.partner_id,
        "order_id": sale.order_id,
        "origin": sale.order_name,
        "picking_id": line.move_ids.picking_id.id,
        "move_id": sale.move_id,
        "product_id": sale.product_id,
        "product_uom_qty": sale.quantity,
        "product_uom": line.product_uom_id.id,
        "operation_id": operation_id,
    }


def confirm_rmas(env, work):
    """Confirm them together."""
    _rmas(env, work).action_confirm()


# ----------------------------------------------------------------------
# Both
# ----------------------------------------------------------------------
def _rmas(env, work):
    return env["rma"].browse(work.ids["rmas"])


def _validate(pickings, lot_by_product):
    for move in pickings.move_ids:
        if not move.move_line_ids:
            vals = {
                "product_id": move.product_id.id,
                "picking_id": move.picking_id.id,
                "quantity": move.product_uom_qty,
            }
            move.move_line_ids = [Command.create(vals)]
        for line in move.move_line_ids.filtered(lambda line: not line.lot_id):
            line.lot_id = lot_by_product[line.product_id.id]
        move.picked = True
    done = pickings.with_context(skip_sms=True).button_validate()
    if done is not True or set(pickings.mapped("state")) != {"done"}:
        raise AssertionError(f"transfers could not be validated: {done}")


def _lots(work):
    return {sale.product_id: sale.lot_id for sale in work.sales}


def receive(env, work):
    """Validate the receipts, with the lots that were sold."""
    _validate(env["stock.picking"].browse(work.ids["receipts"]), _lots(work))


def draft_credit_notes(env, work):
    """Press “To Refund”."""
    _rmas(env, work).action_refund()


def post_credit_notes(env, work):
    """Date and post the drafts."""
    notes = env["account.move"].browse(work.ids["notes"])
    notes.invoice_date = fields.Date.today()
    notes.action_post()
    if set(notes.mapped("state")) != {"posted"}:
        raise AssertionError("credit notes could not be posted")


def replace(env, work):
    """Send the same title again: the dialog for one RMA; for many one dialog per title and number."""
    for (product, quantity), rmas in (
        _rmas(env, work).grouped(lambda rma: (rma.product_id, rma.product_uom_qty)).items()
    ):
        rmas[0].action_replace()
        wizard = (
            env["rma.delivery.wizard"]
            .with_context(active_id=rmas[0].id, active_ids=rmas.ids, rma_delivery_type="replace")
            .create(
                {
                    "product_id": product.id,
                    "product_uom_qty": quantity,
                    "product_uom": rmas[0].product_uom.id,
                }
            )
        )
        wizard.action_deliver()


def ship(env, work):
    """Validate the replacements."""
    pickings = env["stock.picking"].browse(work.ids["deliveries"])
    if waiting := pickings.filtered(lambda picking: picking.state != "assigned"):
        waiting.action_assign()
    _validate(pickings, _lots(work))
