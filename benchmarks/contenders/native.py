"""Odoo alone: the floor. What the documents cost without any case around them.

One by one with the wizards of the web client; in batch with ``create`` on all documents at once,
the cheapest way there is.
"""

from odoo import Command, fields

from ..harness import Contender, Step


class Native(Contender):
    """Odoo's own modules."""

    name = "native"
    groups = {
        "warehouse": ("stock.group_stock_user", "stock.group_production_lot"),
        "finance": ("account.group_account_invoice",),
        "clerk": (
            "stock.group_stock_user",
            "stock.group_production_lot",
            "sales_team.group_sale_salesman_all_leads",
            "account.group_account_invoice",
        ),
    }

    def flows(self):
        """Return refund and exchange, one by one and in batch."""
        return {
            "refund": [
                Step("create the return", "clerk", create_return),
                Step("receive", "warehouse", receive),
                Step("draft the credit note", "finance", draft_credit_note),
                Step("post it", "finance", post_credit_note),
            ],
            "refund_batch": [
                Step("create the returns", "clerk", create_returns),
                Step("receive", "warehouse", receive),
                Step("draft the credit notes", "finance", draft_credit_notes),
                Step("post them", "finance", post_credit_note),
            ],
            "exchange": [
                Step("create return and replacement", "clerk", create_exchange),
                Step("receive", "warehouse", receive),
                Step("ship", "warehouse", ship),
            ],
            "exchange_batch": [
                Step("create returns and replacements", "clerk", create_exchanges),
                Step("receive", "warehouse", receive),
                Step("ship", "warehouse", ship),
            ],
            "payout": [Step("pay", "finance", pay)],
            "refund_requests": [
                Step("create the returns", "clerk", create_returns),
                Step("receive", "warehouse", receive),
                Step("draft the credit notes", "finance", draft_credit_notes),
            ],
            "refund_bulk": [
                Step("post them", "finance", post_credit_note),
                Step("pay", "finance", pay),
            ],
        }


# ----------------------------------------------------------------------
# One by one
# ----------------------------------------------------------------------
def _return_wizard(env, work):
    (sale,) = work.sales
    picking = env["stock.move"].browse(sale.move_id).picking_id
    wizard = (
        env["stock.return.picking"]
        .with_context(active_id=picking.id, active_ids=picking.ids, active_model=picking._name)
        .create({})
    )
    lines = wizard.product_return_moves
    lines.filtered(lambda line: line.move_id.id == sale.move_id).quantity = sale.quantity
    return wizard


def create_return(env, work):
    """Return the order's first line."""
    action = _return_wizard(env, work).action_create_returns()
    work.ids["returns"] = [action["res_id"]]


def create_exchange(env, work):
    """Return the order's first line and send the same again."""
    action = _return_wizard(env, work).action_create_exchanges()
    back = env["stock.picking"].browse(action["res_id"])
    work.ids["returns"] = back.ids
    work.ids["shipments"] = (
        (back.return_ids or back.sale_id.picking_ids)
        .filtered(lambda p: p.state != "done" and p != back)
        .ids
    )


def draft_credit_note(env, work):
    """Reverse the invoice, keep the returned line."""
    (sale,) = work.sales
    invoice = env["account.move"].browse(sale.invoice_id)
    wizard = (
        env["account.move.reversal"]
        .with_context(active_model=invoice._name, active_ids=invoice.ids)
        .create({"journal_id": invoice.journal_id.id})
    )
    note = env["account.move"].browse(wizard.refund_moves()["res_id"])
    (note.invoice_line_ids - note.invoice_line_ids[:1]).unlink()
    note.invoice_date = fields.Date.today()
    work.ids["notes"] = note.ids


# ----------------------------------------------------------------------
# In batch
# ----------------------------------------------------------------------
def _moves(env, work):
    return env["stock.move"].browse([sale.move_id for sale in work.sales])


def create_pickings(env, specs):
    """Create and confirm a picking of one move each; specs are (picking, move, lot) values."""
    pickings = env["stock.picking"].create([picking for picking, _move, _lot in specs])
    env["stock.move"].create(
        [
            {**move, "picking_id": picking.id, "move_line_ids": [_line(picking, move, lot_id)]}
            for picking, (_vals, move, lot_id) in zip(pickings, specs, strict=True)
        ]
    )
    pickings.action_confirm()
    return pickings


def _line(picking, move, lot_id):
    return Command.create(
        {
            "picking_id": picking.id,
            "product_id": move["product_id"],
            "product_uom_id": move["product_uom"],
            "lot_id": lot_id,
            "quantity": move["product_uom_qty"],
            "location_id": move["location_id"],
            "location_dest_id": move["location_dest_id"],
            "picked": True,
        }
    )


def _prepare(move, picking_type, source, target, origin, lot_id, **links):
    """Return values of a picking and of its move; ``origin`` is the move it answers."""
    locations = {"location_id": source.id, "location_dest_id": target.id}
    picking = {
        **locations,
        "picking_type_id": picking_type.id,
        "partner_id": move.picking_id.partner_id.id,
        "return_id": origin.picking_id.id,
    }
    vals = {
        **locations,
        "product_id": move.product_id.id,
        "product_uom": move.product_uom.id,
        "product_uom_qty": move.product_uom_qty,
        "picking_type_id": picking_type.id,
        "warehouse_id": picking_type.warehouse_id.id,
        "procure_method": "make_to_stock",
        "origin_returned_move_id": origin.id,
        "sale_line_id": move.sale_line_id.id,
        "reference_ids": [Command.set(move.reference_ids.ids)],
        "picked": True,
        **links,
    }
    return picking, vals, lot_id


def prepare_returns(env, work, to_refund):
    specs = []
    for move, sale in zip(_moves(env, work), work.sales, strict=True):
        out_type = move.picking_type_id
        in_type = out_type.return_picking_type_id or out_type.warehouse_id.in_type_id
        specs.append(
            _prepare(
                move,
                in_type,
                move.location_dest_id,
                in_type.default_location_dest_id,
                move,
                sale.lot_id,
                to_refund=to_refund,
                move_orig_ids=[Command.link(move.id)],
            )
        )
    return specs


def create_returns(env, work):
    """Create the returns together, to be refunded."""
    work.ids["returns"] = create_pickings(env, prepare_returns(env, work, True)).ids


def create_exchanges(env, work):
    """Create returns and replacements together."""
    returns = create_pickings(env, prepare_returns(env, work, False))
    specs = [
        _prepare(
            move,
            move.picking_type_id,
            move.location_id,
            move.location_dest_id,
            back,
            sale.lot_id,
            to_refund=False,
        )
        for move, back, sale in zip(_moves(env, work), returns.move_ids, work.sales, strict=True)
    ]
    work.ids["returns"] = returns.ids
    work.ids["shipments"] = create_pickings(env, specs).ids


def draft_credit_notes(env, work):
    """Create the credit notes together, from the invoices' first lines."""
    invoices = env["account.move"].browse([sale.invoice_id for sale in work.sales])
    notes = env["account.move"].create(
        [_prepare_note(invoice, sale) for invoice, sale in zip(invoices, work.sales, strict=True)]
    )
    work.ids["notes"] = notes.ids


def _prepare_note(invoice, sale):
    line = invoice.invoice_line_ids.filtered(lambda ln: ln.sale_line_ids.id == sale.line_id)
    return {
        "move_type": "out_refund",
        "reversed_entry_id": invoice.id,
        "partner_id": invoice.partner_id.id,
        "journal_id": invoice.journal_id.id,
        "invoice_date": fields.Date.today(),
        "invoice_line_ids": [
            Command.create(
                {
                    "product_id": line.product_id.id,
                    "product_uom_id": line.product_uom_id.id,
                    "quantity": line.quantity,
                    "price_unit": line.price_unit,
                    "discount": line.discount,
                    "tax_ids": [Command.set(line.tax_ids.ids)],
                    "sale_line_ids": [Command.set(line.sale_line_ids.ids)],
                }
            )
        ],
    }


# ----------------------------------------------------------------------
# Both
# ----------------------------------------------------------------------
def validate(pickings):
    """Validate transfers that are reserved."""
    pickings.move_ids.filtered(lambda move: move.quantity).picked = True
    done = pickings.with_context(skip_sms=True, skip_backorder=True).button_validate()
    if done is not True or set(pickings.mapped("state")) != {"done"}:
        raise AssertionError(f"transfers could not be validated: {done}")


def receive(env, work):
    """Validate the returns."""
    validate(env["stock.picking"].browse(work.ids["returns"]))


def ship(env, work):
    """Validate the replacements."""
    validate(env["stock.picking"].browse(work.ids["shipments"]))


def post_credit_note(env, work):
    """Post the drafts."""
    notes = env["account.move"].browse(work.ids["notes"])
    notes.action_post()
    if set(notes.mapped("state")) != {"posted"}:
        raise AssertionError("credit notes could not be posted")


def pay(env, work):
    """Pay out with the wizard."""
    env["account.payment.register"].with_context(
        active_model="account.move", active_ids=work.ids["notes"]
    ).create({"group_payment": False})._create_payments()
