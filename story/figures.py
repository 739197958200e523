"""Copies in quarantine and at the customers, recomputed from what the cases say (I3).

That holds in the story, where nobody does in Odoo by hand what a case does not know of.
"""

from odoo.tools import SQL


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
                OR (inspection.disposition = 'pulp' AND inspection.scrap_id IS NULL)
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
    """Copies of each title at the customers: as the orders say, less what is exchanged or repaired."""
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
             WHERE effect.kind IN ('shipment', 'giveback') AND effect.is_cancelled IS NOT TRUE
            UNION ALL
            SELECT line.product_id, effect.quantity_done
              FROM aftersales_effect effect
              JOIN aftersales_case_line line ON line.id = effect.line_id
             WHERE effect.kind IN ('shipment', 'giveback')),
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


def _lines(env, query, *parameters):
    return [(line, 1.0, line) for (line,) in env.execute_query(SQL(query, *parameters))]
