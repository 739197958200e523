"""Odoo's documents alone, as cheaply as they can be booked click by click.

What the wizards of the web client read is left out, and so are rights: one click is one call of
``create`` and the methods that Odoo itself calls, under ``sudo()``, without followers and creation
notes. These are the documents of ``ours`` without a case, a check or a log: nobody could work like
that, nothing takes less.
"""

from odoo import fields

from ..harness import Contender, Step
from . import native

QUIET = {"mail_create_nolog": True, "mail_create_nosubscribe": True}


class Documents(Contender):
    """The return, the credit note and the replacement of one case."""

    name = "documents"
    groups = {
        "agent": native.Native.groups["clerk"],
        "warehouse": native.Native.groups["warehouse"],
        "finance": native.Native.groups["finance"],
    }

    def flows(self):
        """Return refund and exchange, with the clicks of ``ours`` that book a document."""
        return {
            "refund": [
                Step("announce the return", "agent", as_system(native.create_returns)),
                Step("receive", "warehouse", as_system(native.receive)),
                Step(
                    "lower the order, draft and post the credit note", "finance", as_system(credit)
                ),
            ],
            "exchange": [
                Step("announce the return", "agent", as_system(announce_exchange)),
                Step(
                    "receive, announce the replacement", "warehouse", as_system(receive_and_replace)
                ),
                Step("ship", "warehouse", as_system(native.ship)),
            ],
        }


def as_system(run):
    """Return a step that does what ``run`` does, without a look at rights."""
    return lambda env, work: run(env(su=True, context={**env.context, **QUIET}), work)


def announce_exchange(env, work):
    """Create the return of a copy that is exchanged: the order stays what it is."""
    specs = native.prepare_returns(env, work, to_refund=False)
    work.ids["returns"] = native.create_pickings(env, specs).ids


def receive_and_replace(env, work):
    """Validate the return and let the stock rules announce the replacement, reserved."""
    native.receive(env, work)
    back = env["stock.picking"].browse(work.ids["returns"]).move_ids
    line, title = back.sale_line_id, back.product_id
    values = {
        **line._prepare_procurement_values(),
        "to_refund": False,
        "date_planned": fields.Datetime.now(),
        "warehouse_id": line.order_id.warehouse_id,
    }
    rules = env["stock.rule"]
    rules.run(
        [
            rules.Procurement(
                title,
                back.quantity,
                title.uom_id,
                line._get_location_final(),
                title.display_name,
                line.order_id.name,
                line.company_id,
                values,
            )
        ]
    )
    replacement = line.move_ids.filtered(lambda move: move.state not in ("done", "cancel"))
    replacement._action_assign()
    if replacement.state != "assigned":
        raise AssertionError(f"no replacement is reserved: {replacement.state}")
    work.ids["shipments"] = replacement.picking_id.ids


def credit(env, work):
    """Lower the order by what came back, so that it is not invoiced again; credit and post."""
    for line in env["stock.picking"].browse(work.ids["returns"]).move_ids.sale_line_id:
        line.product_uom_qty = line.qty_delivered
    native.draft_credit_notes(env, work)
    native.post_credit_note(env, work)
