"""Stock move lines by the million, in print runs of twenty printers, written by SQL.

One run went to 5,000 readers, each with an order of his own. Complaints and inspections come to
one copy in three hundred.
"""

LOTS = 400
PRINTERS = 20
READERS = 5000
CAME_BACK = 250  # orders of these readers
PER_COMPLAINT = 300

FILL = """
    SET session_replication_role = replica;  -- the references are right by construction
    INSERT INTO res_partner (name, complete_name, active, is_company, type, autopost_bills,
                             group_rfq, group_on)
    SELECT 'Measured ' || number, 'Measured ' || number, true, false, 'contact', 'ask', 'default',
           'default'
      FROM generate_series(1, %(readers)s + %(printers)s) number;
    INSERT INTO product_template (name, type, is_storable, tracking, categ_id, uom_id, active,
                                  service_tracking, sale_ok)
    SELECT '{"en_US": "Measured"}', 'consu', true, 'lot', category.id, unit.id, true, 'no', true
      FROM (SELECT min(id) AS id FROM product_category) category,
           (SELECT min(id) AS id FROM uom_uom) unit;
    INSERT INTO product_product (product_tmpl_id, active)
    SELECT max(id), true FROM product_template;
    INSERT INTO stock_lot (name, product_id, printer_id, edition, impression)
    SELECT 'MEASURED-' || number, product.id, partner.id - number %% %(printers)s, '1', number
      FROM generate_series(1, %(lots)s) number,
           (SELECT max(id) AS id FROM product_product) product,
           (SELECT max(id) AS id FROM res_partner) partner;
    CREATE TEMP TABLE place AS
    SELECT (SELECT max(id) FROM product_product) AS product_id,
           (SELECT min(id) FROM uom_uom) AS uom_id,
           (SELECT min(id) FROM res_company) AS company_id,
           (SELECT min(lot_stock_id) FROM stock_warehouse) AS shelf_id,
           (SELECT min(id) FROM stock_location WHERE usage = 'customer') AS reader_id,
           (SELECT min(id) FROM stock_location WHERE usage = 'supplier') AS printer_id,
           (SELECT max(id) FROM res_partner) - %(readers)s - %(printers)s AS partner_id,
           (SELECT max(id) FROM stock_lot) - %(lots)s AS lot_id,
           (SELECT coalesce(max(id), 0) FROM sale_order) AS order_id,
           (SELECT coalesce(max(id), 0) FROM sale_order_line) AS order_line_id,
           (SELECT coalesce(max(id), 0) FROM stock_move) AS move_id,
           (SELECT coalesce(max(id), 0) FROM stock_move_line) AS line_id;
    INSERT INTO sale_order (id, company_id, partner_id, partner_invoice_id, partner_shipping_id,
                            name, date_order, picking_policy, state)
    SELECT order_id + number, company_id, partner_id + number, partner_id + number,
           partner_id + number, 'M' || number, now(), 'direct', 'sale'
      FROM place, generate_series(1, %(readers)s) number;
    INSERT INTO sale_order_line (id, order_id, company_id, product_id, name, product_uom_qty,
                                 price_unit, customer_lead, state)
    SELECT order_line_id + number, order_id + number, company_id, product_id, 'Measured', 1, 30, 0,
           'sale'
      FROM place, generate_series(1, %(readers)s) number;
    -- two lines a move: one move in a hundred receives, one in fifty comes back; the first moves
    -- went to the readers with orders, the next came back from some of them
    INSERT INTO stock_move (id, company_id, product_id, product_uom, product_uom_qty, product_qty,
                            quantity, location_id, location_dest_id, procure_method, state, date,
                            sale_line_id, origin_returned_move_id, create_date, write_date)
    SELECT move_id + number, company_id, product_id, uom_id, 2, 2, 2,
           CASE WHEN received THEN printer_id WHEN returned THEN reader_id ELSE shelf_id END,
           CASE WHEN received OR returned THEN shelf_id ELSE reader_id END,
           'make_to_stock', 'done', now() - number * interval '1 minute',
           CASE WHEN number <= %(readers)s THEN order_line_id + number
                WHEN number <= %(traced)s THEN order_line_id + number - %(readers)s END,
           CASE WHEN number <= %(traced)s AND returned THEN move_id + number - %(readers)s
                WHEN returned THEN move_id + number - 10 END,
           now(), now()
      FROM place,
           (SELECT number,
                   number %% 100 = 0 AND number > %(traced)s AS received,
                   number > %(readers)s AND number <= %(traced)s
                   OR number %% 50 = 7 AND number > %(traced)s + 20 AS returned
              FROM generate_series(1, %(moves)s) number) numbers;
    INSERT INTO stock_move_line (move_id, company_id, product_id, product_uom_id, quantity,
                                 quantity_product_uom, location_id, location_dest_id, lot_id, state,
                                 date, create_date, write_date)
    SELECT move.id, move.company_id, move.product_id, uom_id, 1, 1, move.location_id,
           move.location_dest_id,
           CASE WHEN move.id <= move_id + %(traced)s THEN lot_id + 1
                ELSE lot_id + 2 + (move.id + half) %% (%(lots)s - 1) END,
           'done', move.date, now(), now()
      FROM place, stock_move move, generate_series(0, 1) half
     WHERE move.id > move_id;
    INSERT INTO helpdesk_ticket (number, company_id, name, description, is_aftersales, phase,
                                 case_type_id, registered_at, active)
    SELECT 'M' || number, company_id, 'Measured', '', true, 'done', case_type.id,
           now() - number * interval '1 hour', true
      FROM place, generate_series(1, %(complaints)s) number,
           (SELECT min(id) AS id FROM aftersales_case_type WHERE is_complaint) case_type;
    INSERT INTO aftersales_case_line (ticket_id, company_id, product_id, product_uom_id, quantity,
                                      lot_id)
    SELECT ticket.id, place.company_id, product_id, uom_id, 1, lot_id + 1 + ticket.id %% %(lots)s
      FROM place, helpdesk_ticket ticket WHERE ticket.name = 'Measured';
    INSERT INTO aftersales_case_line_aftersales_defect_rel (aftersales_case_line_id,
                                                            aftersales_defect_id)
    SELECT line.id, defect.ids[1 + line.id %% array_length(defect.ids, 1)]
      FROM aftersales_case_line line, place,
           (SELECT array_agg(id) AS ids FROM aftersales_defect
             WHERE concerns_run AND "group" <> 'text') defect
     WHERE line.product_id = place.product_id;
    INSERT INTO aftersales_resolution (ticket_id, line_id, company_id, remedy_id, state, quantity)
    SELECT line.ticket_id, line.id, line.company_id, remedy.id, 'agreed', 1
      FROM aftersales_case_line line, place,
           (SELECT min(id) AS id FROM aftersales_remedy) remedy
     WHERE line.product_id = place.product_id;
    INSERT INTO aftersales_effect (resolution_id, line_id, ticket_id, company_id, kind, quantity)
    SELECT resolution.id, line.id, resolution.ticket_id, resolution.company_id, 'return', 1
      FROM aftersales_resolution resolution, place, aftersales_case_line line
     WHERE line.id = resolution.line_id AND line.product_id = place.product_id;
    INSERT INTO aftersales_inspection (effect_id, resolution_id, ticket_id, company_id,
                                       move_line_id, product_id, lot_id, quantity, state, grade,
                                       received_at, inspected_at)
    SELECT effect.id, resolution_id, effect.ticket_id, effect.company_id,
           place.line_id + 1, place.product_id, line.lot_id, 1, 'done', 'defective', now(),
           now() - effect.id * interval '1 hour'
      FROM place, aftersales_effect effect, aftersales_case_line line
     WHERE line.id = effect.line_id AND line.product_id = place.product_id;
    INSERT INTO stock_quant (product_id, company_id, location_id, lot_id, quantity,
                             reserved_quantity, in_date)
    SELECT product_id, company_id, shelf_id, lot_id + number, 100, 0, now()
      FROM place, generate_series(1, %(lots)s) number;
    SELECT setval('stock_move_id_seq', (SELECT max(id) FROM stock_move));
    SELECT setval('sale_order_id_seq', (SELECT max(id) FROM sale_order));
    SELECT setval('sale_order_line_id_seq', (SELECT max(id) FROM sale_order_line));
    SET session_replication_role = DEFAULT;
"""
TABLES = "stock_move_line, stock_move, sale_order, sale_order_line"


def fill(registry, lines):
    """Fill the database; return the ids of the run with 5,000 readers and of a user.

    :param lines: stock move lines to make, two of each move
    """
    from odoo import SUPERUSER_ID, api

    moves = lines // 2
    values = {
        "lots": LOTS,
        "printers": PRINTERS,
        "readers": READERS,
        "traced": READERS + CAME_BACK,
        "moves": moves,
        "complaints": lines // PER_COMPLAINT,
    }
    with registry.cursor() as cr:
        cr.execute(FILL, values)
        env = api.Environment(cr, SUPERUSER_ID, {})
        user = env["res.users"].create(
            {
                "name": "Quality",
                "login": "bench_quality",
                "lang": "en_US",
                "group_ids": [(4, env.ref("aftersales_publishing.group_print_quality").id)],
            }
        )
        [lot] = env["stock.lot"].search([("name", "=", "MEASURED-1")])
        ids = lot.id, user.id
    with registry.cursor() as cr:
        cr._cnx.autocommit = True
        cr.execute(f"VACUUM ANALYZE {TABLES}")
        cr.execute("ANALYZE")  # as a house at work has done
    return ids
