"""How each desk works through its cases: what is next, done the way the plan says.

Every function does one step in one transaction. A desk finds its work in the case's next step, so
a story that was interrupted goes on where it stopped, and one that is over does nothing.
"""

from functools import partial

from odoo import Command, fields

from .house import MODULE
from .plan import PLANS


class Desk:
    """Somebody who works through the cases of the story."""

    login = None

    def __init__(self, house):
        self.house = house

    def work(self):
        """Do what can be done today; return how many steps that were."""
        count = 0
        for ticket_id in self.house.work(self.login, find_open_cases):
            while self.house.work(self.login, partial(self._do_next, ticket_id)):
                count += 1
        return count

    def _do_next(self, ticket_id, env):
        """Do the next step of a case; return whether there was one for this desk."""
        ticket = env["helpdesk.ticket"].browse(ticket_id)
        step = getattr(self, f"_{ticket.next_step}", None)
        return bool(step) and step(ticket, PLANS[ticket.external_ref]) is not False


def find_cases(env):
    """Return ``{reference of the platform: id of the case}``."""
    tickets = env["helpdesk.ticket"].search([("external_ref", "in", list(PLANS))])
    return {ticket.external_ref: ticket.id for ticket in tickets.sorted("external_ref")}


def find_open_cases(env):
    """Return the ids of the cases in which somebody has something to do."""
    tickets = env["helpdesk.ticket"].browse(find_cases(env).values())
    return tickets.filtered("next_step").ids


def slept_over(ticket):
    """Whether nothing has happened in the case today."""
    today = fields.Date.context_today(ticket)
    return max(ticket.event_ids.mapped("at")).date() < today


class Agent(Desk):
    """Judges, proposes, notes answers, decides on what was contradicted, posts small refunds."""

    login = "agent"

    def submit(self, complaints):
        """Take in the platform's export; return what Odoo answers."""
        return self.house.work(
            self.login, lambda env: env["helpdesk.ticket"].aftersales_submit(complaints)
        )

    def _await_proof(self, ticket, plan):
        if "proof_requested" not in ticket.event_ids.mapped("code"):
            ticket.action_request_proof()
            return True
        if plan.sends_proof and slept_over(ticket):
            ticket.proof_ids.received = True
            return True
        return False

    def _judge(self, ticket, plan):
        partners = {"printer": "printer_id", "binder": "binder_id"}
        for line in ticket.line_ids:
            partner = line.lot_id[partners[plan.party]] if plan.party in partners else None
            share = {"party": plan.party, "partner_id": partner and partner.id}
            ticket.env["aftersales.verdict"].create(
                {
                    "line_id": line.id,
                    "reason": plan.reason,
                    "share_ids": [Command.create(share)],
                }
            )

    def _propose(self, ticket, plan):
        if plan.answer:
            ticket.action_guide(plan.answer)
            return
        if plan.platform_paid:
            self._note_platform(ticket, plan)
            return
        before = len(ticket.resolution_ids)
        for position, line in enumerate(ticket.line_ids):
            remedy = plan.remedies[0 if len(plan.remedies) == 1 else before // len(ticket.line_ids)]
            if isinstance(remedy, tuple):  # a remedy for each book
                remedy = remedy[position]
            line.action_propose(remedy, advance=plan.advance, **plan.options)

    def _note_platform(self, ticket, plan):
        """The platform was faster: nothing is paid again, its number is kept."""
        env = ticket.env
        vals = {
            "platform_id": env.ref(f"{MODULE}.platform_tianshu").id,
            "date": fields.Date.context_today(ticket),
            **plan.platform_paid,
        }
        remedy = env["aftersales.remedy"]._get(plan.remedies[0], ticket.company_id)
        env["aftersales.platform.refund"]._record_for_lines(vals, ticket.line_ids, remedy)

    def _await_reader(self, ticket, plan):
        if not slept_over(ticket):
            return False
        proposed = ticket.resolution_ids.filtered(lambda r: r.state == "proposed")
        if len(ticket.resolution_ids) <= plan.declines:
            proposed.action_decline("rather the money back")
        else:
            proposed.action_agree("agent", "agreed in the platform's chat")
            proposed.action_execute()
        return True

    def _receive(self, ticket, plan):
        """Nothing to do but to wait, unless the reader changes their mind."""
        if not plan.cancels or len(ticket.resolution_ids) > 1 or not slept_over(ticket):
            return False
        ticket.resolution_ids.action_cancel(plan.cancels)
        return True

    def _decide(self, ticket, plan):
        if plan.overruled:
            contradicted = ticket.inspection_ids.filtered(lambda i: i.contradiction == "open")
            contradicted.action_overrule(plan.overruled)
        else:
            ticket.resolution_ids.action_give_up_rest(plan.upheld)

    def _refused(self, ticket, plan):
        """Finance has refused: another remedy."""
        live = ticket.resolution_ids.filtered(lambda r: r.state == "agreed")
        live.action_cancel(plan.cancels)

    def _post_refund(self, ticket, plan):
        own = ticket.refund_ids.filtered(lambda r: r.state == "approved" and not r.approved_by_id)
        if not own:
            return False  # finance has approved it and posts it
        own.action_post()
        return True


class Warehouse(Desk):
    """Receives what comes back, parcel by parcel, inspects it, ships replacements."""

    login = "warehouse"

    def _receive(self, ticket, plan):
        if not slept_over(ticket):
            return False  # the parcel is on its way
        effects = ticket.effect_ids.filtered(lambda e: e.kind == "return" and e.state == "open")
        pickings = effects.move_ids.filtered(lambda m: m.state == "assigned").picking_id
        if plan.parcels:
            arrived = len(ticket.inspection_ids)  # one per parcel
            pickings.move_ids.move_line_ids.quantity = plan.parcels[arrived]
        validate(pickings)
        return True

    def _inspect(self, ticket, plan):
        if len(plan.grades) > 1:
            ticket.inspection_ids.action_split()
        waiting = ticket.inspection_ids.filtered(lambda i: i.state == "draft")
        for number, inspection in enumerate(waiting.sorted("id")):
            grade = plan.grades[min(number, len(plan.grades) - 1)]
            inspection.grade = grade
            if plan.disposition:
                inspection.disposition = plan.disposition
        waiting.action_done()

    def send_back(self):
        """Return to readers what was theirs all along: copies whose claim was not upheld."""
        for ticket_id in self.house.work(self.login, find_cases).values():
            self.house.work(self.login, partial(self._send_back, ticket_id))

    def _send_back(self, ticket_id, env):
        ticket = env["helpdesk.ticket"].browse(ticket_id)
        for inspection in ticket.inspection_ids.filtered(lambda i: i.contradiction == "upheld"):
            received = inspection.move_line_id.move_id
            if not received.returned_move_ids:
                validate(return_copies(received, inspection.quantity))

    def _repair(self, ticket, plan):
        """Mend the reader's own copies, or send them to the binder and note what came of it."""
        repairs = ticket.repair_ids
        if plan.binder and not repairs.out_move_id:
            repairs.action_send_to_binder(ticket.env.ref(f"{MODULE}.{plan.binder}"))
        else:
            repairs.action_repaired()

    def _send_binder(self, ticket, plan):
        validate(ticket.repair_ids.out_move_id.picking_id)

    def _await_binder(self, ticket, plan):
        if not slept_over(ticket):
            return False
        validate(ticket.repair_ids.back_move_id.picking_id)
        return True

    def _give_back(self, ticket, plan):
        self._hand_over(ticket, "giveback")

    def _ship(self, ticket, plan):
        self._hand_over(ticket, "shipment")

    def _hand_over(self, ticket, kind):
        effects = ticket.effect_ids.filtered(lambda e: e.kind == kind)
        validate(effects.move_ids.filtered(lambda m: m.state == "assigned").picking_id)

    def _ship_edition(self, ticket, plan):
        orders = ticket.sudo().refund_ids.edition_order_ids
        waiting = orders.picking_ids.filtered(lambda p: p.state == "assigned")
        validate(waiting.sudo(False))


class Finance(Desk):
    """Decides on refunds above the agent's limit the next day, and pays."""

    login = "finance"

    def _approve(self, ticket, plan):
        if not slept_over(ticket):
            return False
        waiting = ticket.refund_ids.filtered(lambda r: r.state == "to_approve")
        if plan.refused and len(ticket.resolution_ids) == 1:
            waiting.action_refuse(plan.refused)
        else:
            waiting.action_approve()
        return True

    def _post_refund(self, ticket, plan):
        approved = ticket.refund_ids.filtered(lambda r: r.state == "approved" and r.approved_by_id)
        if not approved:
            return False
        approved.action_post()
        return True

    def _pay(self, ticket, plan):
        if not slept_over(ticket):
            return False
        ticket.refund_ids.filtered(lambda r: r.state == "posted").action_pay()
        return True

    def _await_difference(self, ticket, plan):
        """The reader's transfer for the new edition is on the bank statement the next day."""
        if not slept_over(ticket):
            return False
        bank = ticket.company_id.aftersales_payout_journal_id
        ticket.resolution_ids.action_receive_difference(bank)
        return True


def return_copies(move, quantity):
    """Prepare a native return of copies that a transfer brought; return the new transfer."""
    wizard = move.env["stock.return.picking"].with_context(
        active_model="stock.picking", active_id=move.picking_id.id
    )
    wizard = wizard.create({})
    wizard.product_return_moves.filtered(lambda line: line.move_id == move).quantity = quantity
    return move.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])


def validate(pickings):
    """Finish transfers with the quantities noted; the rest follows in a transfer of its own."""
    pickings.move_ids.picked = True
    result = pickings.with_context(skip_sms=True, skip_backorder=True).button_validate()
    assert result is True, result
