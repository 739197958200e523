"""Stock and its value, recomputed from native moves and from what the cases say (I3)."""

from collections import defaultdict

from odoo.exceptions import UserError
from odoo.tools import SQL, float_compare, float_round

CENT = 2  # digits


def stock_by_moves(env):
    """Copies of each print run in each place: what came less what left."""
    return _lines(
        env,
        """
        WITH moved AS (
            SELECT location_dest_id AS place_id, lot_id AS run_id, quantity_product_uom AS quantity
              FROM stock_move_line WHERE state = 'done'
            UNION ALL
            SELECT location_id, lot_id, -quantity_product_uom
              FROM stock_move_line WHERE state = 'done'),
        by_moves AS (SELECT place_id, run_id, sum(quantity) AS quantity FROM moved GROUP BY 1, 2),
        by_quants AS (
            SELECT location_id AS place_id, lot_id AS run_id, sum(quantity) AS quantity
              FROM stock_quant GROUP BY 1, 2)
        SELECT concat(place.complete_name, ', print run ', run.name, ': ', by_moves.quantity,
                      ' by moves, ', by_quants.quantity, ' in stock')
          FROM by_moves
          FULL JOIN by_quants USING (place_id, run_id)
          JOIN stock_location place ON place.id = place_id
          JOIN stock_lot run ON run.id = run_id
         WHERE place.usage IN ('internal', 'customer')
           AND coalesce(by_moves.quantity, 0) <> coalesce(by_quants.quantity, 0)
        """,
    )


def quarantine_by_cases(env):
    """Copies of each print run in quarantine: to inspect, or kept and not sent back."""
    quarantine = env.company.aftersales_quarantine_location_id
    return _lines(
        env,
        """
        WITH sent_back AS (
            SELECT move.origin_returned_move_id AS received_id, sum(move.quantity) AS quantity
              FROM stock_move move
              JOIN stock_location target ON target.id = move.location_dest_id
             WHERE move.state = 'done' AND target.usage = 'customer'
               AND move.aftersales_effect_id IS NULL
             GROUP BY 1),
        by_cases AS (
            SELECT inspection.lot_id AS run_id,
                   sum(inspection.quantity - coalesce(sent_back.quantity, 0)) AS quantity
              FROM aftersales_inspection inspection
              JOIN stock_move_line line ON line.id = inspection.move_line_id
              LEFT JOIN sent_back ON inspection.contradiction = 'upheld'
                    AND sent_back.received_id = line.move_id
             WHERE inspection.state = 'draft' OR inspection.disposition = 'quarantine'
             GROUP BY 1),
        by_quants AS (
            SELECT quant.lot_id AS run_id, sum(quant.quantity) AS quantity
              FROM stock_quant quant
              JOIN stock_location location ON location.id = quant.location_id
             WHERE location.parent_path LIKE %s
             GROUP BY 1)
        SELECT concat('quarantine, print run ', run.name, ': ', by_cases.quantity,
                  ' by cases, ', by_quants.quantity, ' in stock')
          FROM by_cases
          FULL JOIN by_quants USING (run_id)
          JOIN stock_lot run ON run.id = run_id
         WHERE coalesce(by_cases.quantity, 0) <> coalesce(by_quants.quantity, 0)
        """,
        f"{quarantine.parent_path}%",
    )


def customers_by_orders(env):
    """Copies of each title at the customers: as the orders say, less exchanges under way."""
    return _lines(
        env,
        """
        WITH figures AS (
            SELECT product_id AS title_id, qty_delivered AS quantity FROM sale_order_line
             WHERE state = 'sale'
            UNION ALL
            SELECT inspection.product_id, -inspection.quantity
              FROM aftersales_inspection inspection
              JOIN aftersales_effect effect ON effect.resolution_id = inspection.resolution_id
             WHERE effect.kind = 'shipment' AND effect.is_cancelled IS NOT TRUE
            UNION ALL
            SELECT line.product_id, effect.quantity_done
              FROM aftersales_effect effect
              JOIN aftersales_case_line line ON line.id = effect.line_id
             WHERE effect.kind = 'shipment'),
        by_orders AS (SELECT title_id, sum(quantity) AS quantity FROM figures GROUP BY 1),
        by_quants AS (
            SELECT quant.product_id AS title_id, sum(quant.quantity) AS quantity
              FROM stock_quant quant
              JOIN stock_location location ON location.id = quant.location_id
             WHERE location.usage = 'customer'
             GROUP BY 1)
        SELECT concat('customers, ', title.barcode, ': ', by_orders.quantity,
                  ' by orders and cases, ', by_quants.quantity, ' in stock')
          FROM by_orders
          FULL JOIN by_quants USING (title_id)
          JOIN product_product title ON title.id = title_id
         WHERE title.barcode IS NOT NULL
           AND coalesce(by_orders.quantity, 0) <> coalesce(by_quants.quantity, 0)
        """,
    )


def ledger_after_closing(env):
    """The stock valuation account after a closing, and what the copies cost by their history."""
    company = env.company
    try:
        company.action_close_stock_valuation(auto_post=True)
    except UserError:
        pass  # nothing to close
    env.flush_all()
    account = company.account_stock_valuation_id
    query = "SELECT coalesce(sum(balance), 0) FROM account_move_line WHERE parent_state = 'posted'"
    [(ledger,)] = env.execute_query(SQL(query + " AND account_id = %s", account.id))
    history = sum(_average_cost_values(env).values())
    if float_compare(float(ledger), history, CENT):
        return [f"{account.display_name}: {ledger:.2f} booked, {history:.2f} by history"]
    return []


def _average_cost_values(env):
    """Return ``{title: value}`` of what is in the house, at average cost, move by move."""
    totals = defaultdict(lambda: [0.0, 0.0])  # copies, value
    for title, is_in, quantity, value in env.execute_query(
        SQL(
            """
            SELECT product_id, is_in, quantity, value FROM stock_move
             WHERE state = 'done' AND (is_in OR is_out) AND company_id = %s
             ORDER BY date, id
            """,
            env.company.id,
        )
    ):
        total = totals[title]
        quantity = float(quantity)
        if is_in:
            total[0] += quantity
            total[1] += float(value)
        else:
            total[1] -= total[1] * quantity / total[0]
            total[0] -= quantity
    return {title: float_round(value, CENT) for title, (_copies, value) in totals.items()}


def _lines(env, query, *parameters):
    return [line for (line,) in env.execute_query(SQL(query, *parameters))]
