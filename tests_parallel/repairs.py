"""Repairs of readers' copies: what the desks do, each in one transaction."""

from datetime import timedelta
from functools import partial

from odoo import fields

from . import steps

BINDER = "Bindery of the House"


def bring_to(house, point):
    """Return a case of three copies to repair that got as far as that.

    :param point: ``announced``, ``listed``: on the list of repairs; ``sending``: announced to the
        binder; ``away``; ``repaired``: their way home is announced; ``failed``: not repairable
    """
    case = steps.agree_on(house, "repair", case_type="binding")
    way = [("agent", steps.execute)]
    if point != "announced":
        way += [
            ("warehouse", steps.receive),
            ("warehouse", partial(steps.inspect, disposition="repair")),
        ]
    if point in ("sending", "away"):
        way.append(("warehouse", send_to_binder))
    if point == "away":
        way.append(("packer", leave))
    if point == "repaired":
        way.append(("warehouse", mend))
    if point == "failed":
        way.append(("warehouse", give_up))
    for desk, make_step in way:
        house.work(desk, make_step(case))
    return case


def find_repairs(env, case):
    return (
        env["aftersales.repair"].sudo().search([("ticket_id", "=", case.ticket_id)]).with_env(env)
    )


def find_binder(env):
    """Return the binder, made on first use."""
    Partner = env["res.partner"].sudo()
    found = Partner.search([("name", "=", BINDER)], limit=1)
    return (found or Partner.create({"name": BINDER, "is_company": True})).with_env(env)


def _verb(name, *arguments):
    """Return a maker of steps: the verb of the case's repairs."""
    return lambda case: lambda env: getattr(find_repairs(env, case), name)(*arguments)


mend = _verb("action_repaired")
give_up = _verb("action_not_repairable", "the block is mouldy")
reopen = _verb("action_reopen")
await_back = _verb("action_await_back")
exchange_instead = steps.verb("action_exchange_instead")
return_unrepaired = steps.verb("action_return_unrepaired")


def send_to_binder(case):
    return lambda env: find_repairs(env, case).action_send_to_binder(find_binder(env))


def set_due(case):
    """Agree on a later day."""
    later = fields.Date.today() + timedelta(days=30)
    return lambda env: find_repairs(env, case).action_set_due(later)


def make_overdue(case):
    """Let the day pass until which the copies were to be repaired."""

    def step(env):
        find_repairs(env, case).sudo().due = fields.Date.today() - timedelta(days=9)

    return step


def follow_term(_case):
    """Do what the job of overdue repairs does."""
    return lambda env: env["aftersales.repair"].sudo()._cron_overdue()


# ----------------------------------------------------------------------
# Transfers
# ----------------------------------------------------------------------
def _validate(env, move):
    move = move.sudo().with_user(env.user)
    move.picked = True
    return move.picking_id.with_context(skip_backorder=True, skip_sms=True).button_validate()


def leave(case):
    """Validate the way to the binder."""
    return lambda env: _validate(env, find_repairs(env, case).sudo().out_move_id)


def come_back(case):
    """Validate the way back from the binder."""
    return lambda env: _validate(env, find_repairs(env, case).sudo().back_move_id)


def cancel_transfer(case):
    """Cancel the way to the binder in Odoo."""

    def step(env):
        move = find_repairs(env, case).sudo().out_move_id.with_user(env.user)
        return move.picking_id.action_cancel()

    return step


def find_home(env, case):
    """Return the moves by which the copies go, or went, home mended."""
    effects = env["aftersales.resolution"].sudo().browse(case.resolution_id).effect_ids
    return effects.filtered(lambda e: e.kind == "giveback").move_ids


def go_home(case):
    """Send the copies home."""

    def step(env):
        moves = find_home(env, case).filtered(lambda m: m.state not in ("done", "cancel"))
        return _validate(env, moves)

    return step
