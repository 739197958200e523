"""Two people claim the same copies at the same time. Run inside `odoo shell`.

Real connections, real commits: the second transaction takes its snapshot before the first commits
and locks after it, which is where a lock alone would let both through (R6.4, R13.2).
"""

from contextlib import contextmanager

from psycopg2.errors import SerializationFailure

from odoo import Command, api
from odoo.exceptions import UserError

env = globals()["env"]  # given by `odoo shell`


@contextmanager
def transaction():
    """Open a transaction of its own; commit at the end."""
    with env.registry.cursor() as cr:
        yield api.Environment(cr, api.SUPERUSER_ID, {})


def main():
    """Race case against case, case against a return by hand, refund against refund."""
    move_id = (
        env["stock.move"]
        .search(
            [
                ("state", "=", "done"),
                ("location_dest_usage", "=", "customer"),
                ("product_id.tracking", "=", "lot"),
                ("quantity", "=", 3),
                ("sale_line_id.qty_invoiced", "=", 3),
                ("returned_move_ids", "=", False),
                ("company_id", "=", env.company.id),
            ],
            limit=1,
        )
        .id
    )
    assert move_id, "no delivery of three tracked copies"
    case_against_case(move_id)
    case_against_native_return(move_id)
    refund_against_refund(move_id)
    refund_against_native_credit(move_id)


def agree(env, move_id, quantity, remedy):
    """Take in a case and note that the reader agrees; return the resolution's id."""
    move = env["stock.move"].browse(move_id)
    ticket = env["helpdesk.ticket"].create(
        {
            "name": "race",
            "is_aftersales": True,
            "partner_id": move.partner_id.id or move.picking_id.partner_id.id,
            "company_id": move.company_id.id,
            "case_type_id": env.ref(
                "aftersales_publishing.aftersales_case_type_return_no_reason"
            ).id,
            "line_ids": [
                Command.create(
                    {
                        "product_id": move.product_id.id,
                        "delivery_move_id": move.id,
                        "lot_id": move.move_line_ids.lot_id[:1].id,
                        "quantity": quantity,
                    }
                )
            ],
        }
    )
    ticket.action_register()
    resolution = ticket.line_ids.action_propose(remedy)
    resolution.action_agree("phone")
    return resolution.id


def returned(env, move_id):
    """Count the copies that came back or are announced."""
    moves = env["stock.move"].search(
        [("origin_returned_move_id", "=", move_id), ("state", "!=", "cancel")]
    )
    return sum(moves.mapped("product_qty"))


def race(first, second):
    """Let `second` look before `first` commits, and act after; return what stopped it."""
    with env.registry.cursor() as late:
        late_env = api.Environment(late, api.SUPERUSER_ID, {})
        late.execute("SELECT count(*) FROM stock_move")  # its snapshot is taken here
        with transaction() as early_env:
            first(early_env)
        try:
            second(late_env)
            late_env.flush_all()
            late.commit()
            return None
        except SerializationFailure as error:
            late.rollback()
            return error


def case_against_case(move_id):
    """Two of three copies claimed twice: the second is serialized, then refused."""
    with transaction() as setup:
        ids = [agree(setup, move_id, 2, "exchange") for _ in range(2)]

    def execute(number):
        return lambda e: e["aftersales.resolution"].browse(ids[number]).action_execute()

    stopped = race(execute(0), execute(1))
    assert isinstance(stopped, SerializationFailure), "both claimed the same copies"
    with transaction() as again:  # what Odoo does: the whole request once more
        try:
            execute(1)(again)
        except UserError as error:
            assert "only 1" in str(error), error
        else:
            raise AssertionError("the retry claimed copies that are announced")
        again.cr.rollback()
    with transaction() as check:
        assert returned(check, move_id) == 2, returned(check, move_id)
        check["aftersales.resolution"].browse(ids).action_cancel("end of the race")


def case_against_native_return(move_id):
    """The warehouse returns by hand what a case claims at the same moment."""
    with transaction() as setup:
        resolution_id = agree(setup, move_id, 3, "exchange")
    stopped = race(
        lambda e: return_by_hand(e, move_id, 1),
        lambda e: e["aftersales.resolution"].browse(resolution_id).action_execute(),
    )
    assert isinstance(stopped, SerializationFailure), "hand-made return was not seen"
    with transaction() as cleanup:
        cleanup["stock.move"].search(
            [("origin_returned_move_id", "=", move_id), ("state", "!=", "done")]
        )._action_cancel()
        cleanup["aftersales.resolution"].browse(resolution_id).action_cancel("end of the race")


def return_by_hand(env, move_id, quantity):
    """Announce a return with Odoo's own wizard."""
    picking = env["stock.move"].browse(move_id).picking_id
    wizard = (
        env["stock.return.picking"]
        .with_context(active_id=picking.id, active_ids=picking.ids, active_model="stock.picking")
        .create({})
    )
    line = wizard.product_return_moves.filtered(lambda ln: ln.move_id.id == move_id)
    line.quantity = quantity
    wizard.action_create_returns()


def refunds(env, move_id, quantities):
    """Request allowances for copies of the delivery; return the approved refunds' ids."""
    ids = []
    for quantity in quantities:
        resolution = env["aftersales.resolution"].browse(
            agree(env, move_id, quantity, "refund_only")
        )
        resolution.action_execute()
        refund = resolution.effect_ids.refund_line_ids.refund_id
        refund.decision = "approved"
        refund.approved_by_id = env.ref("base.user_admin")
        ids.append(refund.id)
    return ids


def post(refund_id):
    """Return an action that posts a refund."""
    return lambda e: e["aftersales.refund"].browse(refund_id).action_post()


def refund_against_refund(move_id):
    """Two clicks on one refund make one credit note."""
    with transaction() as setup:
        (refund_id,) = refunds(setup, move_id, [1])
    stopped = race(post(refund_id), post(refund_id))
    assert isinstance(stopped, SerializationFailure), "posted twice"
    with transaction() as again:
        post(refund_id)(again)
        refund = again["aftersales.refund"].browse(refund_id)
        notes = again["account.move"].search([("ref", "like", refund.number)])
        assert len(notes) == 1, notes


def refund_against_native_credit(move_id):
    """Accounting credits the invoice in full while a refund is posted."""
    with transaction() as setup:
        (refund_id,) = refunds(setup, move_id, [1])

    def credit_by_hand(e):
        invoice = e["aftersales.refund"].browse(refund_id).invoice_id
        reversal = (
            e["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id})
        )
        e["account.move"].browse(reversal.refund_moves()["res_id"]).action_post()

    stopped = race(credit_by_hand, post(refund_id))
    assert isinstance(stopped, SerializationFailure), "credited twice"
    with transaction() as again:
        try:
            post(refund_id)(again)
        except UserError as error:
            assert "credited or changed meanwhile" in str(error), error
        else:
            raise AssertionError("credited what accounting had credited")
        again.cr.rollback()


env.cr.commit()
main()
