"""What a desk does in one transaction, as functions of an environment; and how a case begins."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from odoo import Command, fields

from .house import COPIES, MODULE


@dataclass
class Case:
    """Ids of a case about copies of one delivery, and of the remedy decided on.

    ``outside``: a file that stands for a service outside, with a line for each request.
    """

    delivery_id: int
    ticket_id: int
    resolution_id: int = 0
    outside: str = ""


# ----------------------------------------------------------------------
# How a case begins
# ----------------------------------------------------------------------
def open_case(house, delivery_id, lines=(COPIES,), case_type="damaged_copy"):
    """Take in a case on a delivery, with a line for each number of copies; nothing proposed."""

    def take_in(env):
        move = env["stock.move"].sudo().browse(delivery_id)
        kind = env["aftersales.case.type"].search([("code", "=", case_type)], limit=1)
        defect = env.ref(f"{MODULE}.aftersales_defect_loose_leaves")
        ticket = env["helpdesk.ticket"].create(
            {
                "name": "Leaves fall out",
                "is_aftersales": True,
                "company_id": move.company_id.id,
                "partner_id": move.sale_line_id.order_id.partner_id.id,
                "case_type_id": kind.id,
                "line_ids": [
                    Command.create(
                        {
                            "product_id": move.product_id.id,
                            "delivery_move_id": move.id,
                            "lot_id": move.move_line_ids.lot_id.id,
                            "quantity": quantity,
                            "defect_ids": [Command.link(defect.id)],
                        }
                    )
                    for quantity in lines
                ],
            }
        )
        ticket.action_register()
        ticket.proof_ids.received = True
        return ticket.id

    return Case(delivery_id, house.work("agent", take_in))


def agree_on(house, remedy, quantity=COPIES, delivery_id=None, case_type="damaged_copy", **options):
    """Take in a case and agree with the reader on a remedy; nothing is executed yet."""
    case = open_case(house, delivery_id or house.take_delivery(), [quantity], case_type)

    def propose_and_agree(env):
        ticket = env["helpdesk.ticket"].browse(case.ticket_id)
        resolution = ticket.line_ids.action_propose(remedy, **options)
        resolution.action_agree("phone")
        return resolution.id

    case.resolution_id = house.work("agent", propose_and_agree)
    return case


def agree_elsewhere(house, copies=COPIES, remedy="exchange", times=1):
    """Agree on a remedy for copies that the reader bought in a shop; nothing is executed yet.

    :param times: how many remedies share the copies
    :return: a case for each remedy, all with the same ticket
    """

    def take_in(env):
        run = env["stock.lot"].sudo().browse(house.runs[house.company_ids[0]][0])
        case_type = env["aftersales.case.type"].search([("code", "=", "binding")], limit=1)
        line = {
            "product_id": run.product_id.id,
            "bought_elsewhere": True,
            "quantity": copies,
            "lot_id": run.id,
            "impression": run.impression,
            "defect_ids": [Command.link(env.ref(f"{MODULE}.aftersales_defect_loose_leaves").id)],
        }
        ticket = env["helpdesk.ticket"].create(
            {
                "name": "Leaves fall out",
                "is_aftersales": True,
                "company_id": house.company_ids[0],
                "partner_name": "Reader of a bookshop",
                "case_type_id": case_type.id,
                "line_ids": [Command.create(line)],
            }
        )
        ticket.action_register()
        ticket.proof_ids.received = True
        resolutions = [
            ticket.line_ids.action_propose(remedy, copies / times) for _time in range(times)
        ]
        for resolution in resolutions:
            resolution.action_agree("phone")
        return ticket.id, [resolution.id for resolution in resolutions]

    ticket_id, resolution_ids = house.work("agent", take_in)
    return [Case(0, ticket_id, resolution_id) for resolution_id in resolution_ids]


def bring_to(house, point, remedy="exchange", quantity=COPIES, **options):
    """Return a case that has just reached a point of its way through the house.

    :param point: ``agreed``, ``announced``, ``received``, ``contradicted``, ``requested``,
        ``approved`` or ``posted``
    """
    case = agree_on(house, remedy, quantity, **options)
    way = WAYS[point]
    for desk, make_step in way:
        house.work(desk, make_step(case))
    return case


# ----------------------------------------------------------------------
# Agents
# ----------------------------------------------------------------------
def propose(line_id, remedy, quantity):
    return lambda env: env["aftersales.case.line"].browse(line_id).action_propose(remedy, quantity)


def verb(name, *arguments):
    """Return a maker of steps: the verb of the case's remedy."""

    def make_step(case):
        def step(env):
            resolution = env["aftersales.resolution"].browse(case.resolution_id)
            return getattr(resolution, name)(*arguments)

        return step

    return make_step


agree = verb("action_agree", "phone")
decline = verb("action_decline", "keeps the book")
execute = verb("action_execute")
cancel = verb("action_cancel", "the reader keeps it")
give_up_rest = verb("action_give_up_rest", "the rest is lost")


def overrule(case):
    def step(env):
        inspections = env["aftersales.resolution"].browse(case.resolution_id).inspection_ids
        return inspections.action_overrule("The photo shows it.")

    return step


def find_lines(env, case):
    """Return the books of the case."""
    return env["helpdesk.ticket"].browse(case.ticket_id).line_ids


def refuse_copies(case, place=0, quantity=None):
    """Refuse copies of one of the case's books."""
    return lambda env: find_lines(env, case)[place].action_refuse("Tea was spilled.", quantity)


def let_through(case):
    """Make an exception for the case's books."""
    return lambda env: find_lines(env, case).action_let_through("a school")


def reimburse(case):
    """Reimburse the return postage of the case's first book, once."""

    def step(env):
        options = {"amount": 12.0, "freight_payer": "reader", "reason": "waybill SF1"}
        return find_lines(env, case)[:1].action_propose("freight", **options).action_execute()

    return step


def record_paid_by_platform(case):
    """Record that the only platform paid the copies of the case in full."""

    def step(env):
        lines = find_lines(env, case)
        order = lines.sudo().sale_line_id.order_id
        vals = {
            "platform_id": env["aftersales.platform"].search([], limit=1).id,
            "number": f"B-{case.ticket_id}",
            "date": fields.Date.today(),
            "amount": sum(line.price_reduce_taxinc * COPIES for line in order.order_line[:1]),
            "platform_share": 0.0,
        }
        remedy = env["aftersales.remedy"].search([("code", "=", "refund_only")], limit=1)
        return env["aftersales.platform.refund"]._record_for_lines(vals, lines, remedy)

    return step


def import_statement(case):
    """Import a statement that names what was paid for the case, and a row that nobody knows."""

    def step(env):
        platform = env["aftersales.platform"].search([], limit=1)
        today = fields.Date.today()
        rows = [(f"B-{case.ticket_id}", today, 200.1), (f"X-{case.ticket_id}", today, 5.0)]
        return env["aftersales.platform.statement"]._import(platform, "day.csv", rows).id

    return step


def remove_statement(case):
    """Remove the statements that name the case."""

    def step(env):
        lines = env["aftersales.platform.statement.line"].search(
            [("number", "=", f"X-{case.ticket_id}")]
        )
        return lines.statement_id.action_remove()

    return step


revive = verb("action_revive", "was in hospital")
send_back = verb("action_send_back", "wants it after all")
void_digital = verb("action_void_digital", "sent to a friend")


def follow_term(case):
    """Do for the remedy what the job of overdue returns does, once it has found it."""

    def step(env):
        resolution = env["aftersales.resolution"].sudo().browse(case.resolution_id)
        domain = resolution._get_term_domain()
        return resolution._do_in_background(domain, "_follow_return_term")

    return step


def expire(case):
    """Let the job of overdue returns run; it commits by itself."""

    def step(env):
        overdue = env["aftersales.resolution"].sudo().browse(case.resolution_id)
        if overdue.state == "agreed":
            overdue.return_due = fields.Date.today() - timedelta(days=60)
        return overdue._cron_returns()

    return step


def submit(item):
    """Push a case of a channel."""
    return lambda env: env["helpdesk.ticket"].aftersales_submit([item])


def complain(case):
    """Push a complaint about what was delivered, with a reference of its own."""

    def step(env):
        move = env["stock.move"].sudo().browse(case.delivery_id)
        item = {
            "external_ref": f"KILLED-{move.id}",
            "channel": env["helpdesk.ticket.channel"].search([], limit=1).name,
            "order_ref": move.sale_line_id.order_id.name,
            "case_type": "no_answer",
            "reader": {"name": "Reader", "email": f"reader.{move.id}@reader.example"},
        }
        [answer] = submit(item)(env)
        assert answer["status"] in ("created", "existing"), answer

    return step


# ----------------------------------------------------------------------
# Warehouse and print quality
# ----------------------------------------------------------------------
def receive(case, quantity=None):
    """Validate the announced return, or a part of it."""

    def step(env):
        effects = env["aftersales.resolution"].sudo().browse(case.resolution_id).effect_ids
        moves = effects.filtered(lambda e: e.kind == "return").move_ids
        picking = moves.filtered(lambda m: m.state != "cancel").picking_id.with_user(env.user)
        if quantity:
            picking.move_ids.move_line_ids.quantity = quantity
        picking.move_ids.picked = True
        return picking.with_context(skip_backorder=True, skip_sms=True).button_validate()

    return step


def inspect(case, grade="defective", disposition="restock"):
    def step(env):
        resolution = env["aftersales.resolution"].sudo().browse(case.resolution_id)
        inspections = resolution.inspection_ids.with_user(env.user)
        todo = inspections.filtered(lambda i: i.state == "draft")
        todo.write({"grade": grade, "disposition": disposition})
        return todo.action_done()

    return step


def confirm_inspection(case):
    """Click *Done* on what is graded already."""

    def step(env):
        resolution = env["aftersales.resolution"].sudo().browse(case.resolution_id)
        return resolution.inspection_ids.with_user(env.user).action_done()

    return step


def correct(case, disposition="hurt"):
    """Put the inspected copies somewhere else."""

    def step(env):
        resolution = env["aftersales.resolution"].sudo().browse(case.resolution_id)
        inspections = resolution.inspection_ids.with_user(env.user)
        return inspections.action_correct(disposition, "a corner is bent")

    return step


def grade(case):
    def step(env):
        resolution = env["aftersales.resolution"].sudo().browse(case.resolution_id)
        inspections = resolution.inspection_ids.with_user(env.user)
        return inspections.write({"grade": "defective", "disposition": "restock"})

    return step


def find_parcel(env, case):
    """Return the last announced return of the case's remedy."""
    effects = env["aftersales.resolution"].sudo().browse(case.resolution_id).effect_ids
    moves = effects.filtered(lambda e: e.kind == "return").move_ids
    return moves.picking_id.sorted("id")[-1:]


def at_the_table(case):
    """Count all copies of the parcel, as the table told them before it was confirmed."""

    def step(env):
        parcel = find_parcel(env, case)
        copies = [
            {
                "line_id": move.id,
                "lot_id": move.move_line_ids.lot_id[:1].id,
                "quantity": move.product_qty,
                "grade": "defective",
                "disposition": "quarantine",
            }
            for move in parcel.move_ids
        ]
        return env["aftersales.returns.table"].confirm(parcel.id, False, copies)

    return step


def take_late(case):
    """Take in the parcel of a remedy that has expired."""
    return lambda env: env["aftersales.returns.table"].take_late(find_parcel(env, case).id)


def find_pulp_list(env, case):
    """Return the pulp list with the case's copies."""
    resolution = env["aftersales.resolution"].sudo().browse(case.resolution_id)
    return resolution.inspection_ids.pulp_list_id.with_env(env)


def approve_pulp(case):
    return lambda env: find_pulp_list(env, case).action_approve()


def pulp(case):
    return lambda env: find_pulp_list(env, case).action_done()


def take_off_pulp(case):
    """Keep the case's copies in quarantine instead."""

    def step(env):
        resolution = env["aftersales.resolution"].sudo().browse(case.resolution_id)
        return resolution.inspection_ids.with_env(env).action_take_off_pulp()

    return step


def ship(case):
    """Validate the replacement that is ready."""

    def step(env):
        effects = env["aftersales.resolution"].sudo().browse(case.resolution_id).effect_ids
        moves = effects.filtered(lambda e: e.kind == "shipment").move_ids.with_user(env.user)
        moves.picked = True
        context = {"skip_backorder": True, "skip_sms": True}  # the poster is not there yet
        return moves.picking_id.with_context(**context).button_validate()

    return step


def return_by_hand(delivery_id, quantity):
    """Announce a return with Odoo's own wizard."""

    def step(env):
        picking = env["stock.move"].browse(delivery_id).picking_id
        wizard = (
            env["stock.return.picking"]
            .with_context(
                active_id=picking.id, active_ids=picking.ids, active_model="stock.picking"
            )
            .create({})
        )
        line = wizard.product_return_moves.filtered(lambda line: line.move_id.id == delivery_id)
        line.quantity = quantity
        return wizard.action_create_returns()

    return step


def hold_run(case):
    """Hold the print run of the copies that are reserved for the case's reader."""

    def step(env):
        effects = env["aftersales.resolution"].sudo().browse(case.resolution_id).effect_ids
        shipment = effects.filtered(lambda e: e.kind == "shipment")
        lots = shipment.move_ids.move_line_ids.lot_id or env["stock.lot"].search(
            [("on_hold", "=", True)]
        )
        return lots.with_env(env).action_hold("smudged")

    return step


def hold(lot_id):
    return lambda env: env["stock.lot"].browse(lot_id).action_hold("smudged")


# ----------------------------------------------------------------------
# Finance and accounting
# ----------------------------------------------------------------------
def find_refunds(env, case):
    """Return the refunds of the case's remedy."""
    effects = env["aftersales.resolution"].sudo().browse(case.resolution_id).effect_ids
    return effects.refund_line_ids.refund_id.with_env(env)


def refund_verb(name, *arguments):
    """Return a maker of steps: the verb of the case's refunds."""

    def make_step(case):
        return lambda env: getattr(find_refunds(env, case), name)(*arguments)

    return make_step


approve = refund_verb("action_approve")
refuse = refund_verb("action_refuse", "return it first")
post = refund_verb("action_post")
pay = refund_verb("action_pay")
reverse = refund_verb("action_reverse", "credited in error")
keep_on_account = refund_verb("action_keep_on_account", "buys every week")


def start_run(case):
    """Let a desk put the refund in the background."""

    def step(env):
        refunds = find_refunds(env, case)
        env["aftersales.refund.run"]._start(refunds, "approve_post_pay")

    return step


def work_on_runs(_case):
    """Do what the job in the background does; it commits by itself."""

    def step(env):
        env["aftersales.refund.run"].sudo()._cron_process()

    return step


def credit_by_hand(case):
    """Credit a copy of what the case's refund credits, with Odoo's own wizard."""

    def step(env):
        invoice = find_refunds(env, case).sudo().invoice_id.with_env(env)
        reversal = (
            env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id})
        )
        note = env["account.move"].browse(reversal.refund_moves()["res_id"])
        note.invoice_line_ids.quantity = 1
        return note.action_post()

    return step


def take_back_by_hand(case):
    """Reverse the credit note of the case's refund with Odoo's own wizard."""

    def step(env):
        note = find_refunds(env, case).sudo().credit_note_id.with_env(env)
        reversal = (
            env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=note.ids)
            .create({"journal_id": note.journal_id.id})
        )
        return env["account.move"].browse(reversal.refund_moves()["res_id"]).action_post()

    return step


def pay_by_hand(case):
    """Pay the credit note of the case's refund with Odoo's own wizard."""

    def step(env):
        note = find_refunds(env, case).sudo().credit_note_id
        wizard = env["account.payment.register"].with_context(
            active_model="account.move", active_ids=note.ids
        )
        return wizard.create({}).action_create_payments()

    return step


ANNOUNCED = (("agent", execute),)
RECEIVED = (*ANNOUNCED, ("warehouse", receive))
CONTRADICTED = (
    *RECEIVED,
    ("warehouse", partial(inspect, grade="as_new", disposition="quarantine")),
)
REQUESTED = ANNOUNCED
APPROVED = (*REQUESTED, ("approver", approve))
POSTED = (*APPROVED, ("finance", post))
TO_PULP = (*RECEIVED, ("warehouse", partial(inspect, disposition="pulp")))
WAYS = {
    "agreed": (),
    "to_pulp": TO_PULP,
    "announced": ANNOUNCED,
    "received": RECEIVED,
    "graded": (*RECEIVED, ("warehouse", grade)),
    "contradicted": CONTRADICTED,
    "requested": REQUESTED,
    "approved": APPROVED,
    "posted": POSTED,
}
