"""The past of a title: moves copied by SQL from a receipt and a delivery of it.

Average cost is replayed over a product's moves whenever copies come in, so a title that sold for
years is slower than a new one; making so many moves through Odoo would take an hour.
"""

from odoo.tools import SQL

MOVE_LINKS = ("picking_id", "sale_line_id", "purchase_line_id", "created_purchase_line_id")
LINE_LINKS = ("picking_id",)


def write_history(env, title, number):
    """Add ``number`` done moves before the present ones: one copy in, one copy out, in turn."""
    env.flush_all()
    moves = env["stock.move"].search([("product_id", "=", title.id), ("state", "=", "done")])
    receipt = moves.filtered(lambda move: move.location_id.usage == "supplier")[:1]
    delivery = moves.filtered(
        lambda move: move.location_dest_id.usage == "customer" and move.quantity == 1.0
    )[:1]
    for move, minute in ((receipt, 0), (delivery, 1)):
        _copy(env.cr, move, number // 2, minute)
    env.invalidate_all()


def _copy(cr, move, number, minute):
    """Copy a move of one line ``number`` times, two minutes apart, a year ago."""
    share = 1.0 / move.quantity
    age = SQL(
        "now() AT TIME ZONE 'UTC' - interval '365 days' + (2 * n + %s) * interval '1 minute'",
        minute,
    )
    quantities = {name: SQL("1.0") for name in ("product_uom_qty", "product_qty", "quantity")}
    value = SQL("value * %s", share)
    columns = {**quantities, **dict.fromkeys(MOVE_LINKS, SQL("NULL")), "date": age, "value": value}
    cr.execute(
        SQL(
            "%s RETURNING id",
            _insert(cr, "stock_move", columns, SQL("id = %s", move.id), number),
        )
    )
    copies = [row[0] for row in cr.fetchall()]
    columns = {
        **{name: SQL("1.0") for name in ("quantity", "quantity_product_uom")},
        **dict.fromkeys(LINE_LINKS, SQL("NULL")),
        "date": age,
        "move_id": SQL("(%s::int[])[n + 1]", copies),
    }
    condition = SQL("id = %s", move.move_line_ids[:1].id)
    cr.execute(_insert(cr, "stock_move_line", columns, condition, number))


def _insert(cr, table, changed, condition, number):
    """Copy the row of ``table`` that meets ``condition``, with some columns ``changed``."""
    cr.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass "
        "AND attnum > 0 AND NOT attisdropped AND attname != 'id'",
        [table],
    )
    names = [row[0] for row in cr.fetchall()]
    return SQL(
        "INSERT INTO %s (%s) SELECT %s FROM %s, generate_series(0, %s) AS n WHERE %s",
        SQL.identifier(table),
        SQL(", ").join(SQL.identifier(name) for name in names),
        SQL(", ").join(changed.get(name, SQL.identifier(name)) for name in names),
        SQL.identifier(table),
        number - 1,
        condition,
    )
