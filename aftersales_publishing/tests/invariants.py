"""The invariants I1 to I6, asked of the database by code that knows none of the add-on's methods.

Each question returns only what breaks a rule: a key that names the same thing at every moment, by
how much the rule is broken, and a line of text. So a test can tell an excess that was made by hand
in Odoo, which is allowed, from one that a verb of ours made or raised.
"""

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass

from odoo.exceptions import UserError
from odoo.tools import SQL, float_compare, float_round

CENT = 2  # digits


@dataclass(frozen=True)
class Breach:
    """A rule that is broken, by ``excess`` copies, units of currency, or 1 for yes."""

    rule: str
    key: str
    excess: float
    text: str


# A credit note that stands: posted, and not reversed by an invoice or an entry (to the cent a line)
STANDS = """
    note.state = 'posted' AND note.payment_state <> 'reversed' AND NOT EXISTS (
        SELECT FROM account_move undo
         WHERE undo.reversed_entry_id = note.id AND undo.state = 'posted'
        HAVING count(*) > 0 AND sum(undo.amount_total) >= note.amount_total - 0.01 * (
            SELECT count(*) FROM account_move_line item
             WHERE item.move_id = note.id AND item.display_type = 'product'))
"""
# I1: of every lot in every delivery, no more comes back, is announced or is paid back than left
RETURNED = """
    WITH delivered AS (
        SELECT line.move_id, coalesce(line.lot_id, 0) AS lot_id,
               sum(line.quantity_product_uom) AS quantity
          FROM stock_move_line line
          JOIN stock_move move ON move.id = line.move_id
          JOIN stock_location source ON source.id = move.location_id
          JOIN stock_location target ON target.id = move.location_dest_id
         WHERE move.state = 'done' AND move.sale_line_id IS NOT NULL
           AND target.usage = 'customer' AND source.usage <> 'customer'
         GROUP BY 1, 2),
    back AS (
        SELECT move.id, move.origin_returned_move_id AS move_id, move.state, move.product_qty
          FROM stock_move move
          JOIN stock_location source ON source.id = move.location_id
         WHERE move.state <> 'cancel' AND source.usage = 'customer'),
    returned AS (
        SELECT back.move_id, coalesce(line.lot_id, 0) AS lot_id,
               sum(line.quantity_product_uom) AS quantity
          FROM back JOIN stock_move_line line ON line.move_id = back.id
         GROUP BY 1, 2),
    -- what the reader got back, as it was or repaired, may come again
    given_back AS (
        SELECT back.move_id, coalesce(line.lot_id, 0) AS lot_id,
               -sum(line.quantity_product_uom) AS quantity
          FROM back
          JOIN stock_move again ON again.origin_returned_move_id = back.id
          JOIN stock_location target ON target.id = again.location_dest_id
          JOIN stock_move_line line ON line.move_id = again.id
          LEFT JOIN aftersales_effect effect ON effect.id = again.aftersales_effect_id
         WHERE again.state = 'done' AND target.usage = 'customer'
           AND (effect.id IS NULL OR effect.kind = 'giveback')
         GROUP BY 1, 2),
    unassigned AS (
        SELECT back.move_id, sum(greatest(0, back.product_qty - assigned.quantity)) AS quantity
          FROM back
         CROSS JOIN LATERAL (
            SELECT coalesce(sum(line.quantity_product_uom), 0) AS quantity
              FROM stock_move_line line WHERE line.move_id = back.id) assigned
         WHERE back.state <> 'done'
         GROUP BY 1),
    paid_back AS (
        SELECT effect.delivery_move_id AS move_id, coalesce(effect.lot_id, 0) AS lot_id,
               line.volume_id, sum(effect.quantity) AS quantity
          FROM aftersales_effect effect
          JOIN aftersales_case_line line ON line.id = effect.line_id
         WHERE effect.compensates_in_full AND effect.is_cancelled IS NOT TRUE
         GROUP BY 1, 2, 3),
    -- single volumes of sets: they stand for the whole, as often as the one claimed most (R6.3)
    volume_back AS (
        SELECT effect.delivery_move_id AS move_id, coalesce(effect.lot_id, 0) AS lot_id,
               line.volume_id,
               sum(CASE move.state WHEN 'done' THEN move.quantity ELSE move.product_qty END
                   - coalesce((SELECT sum(sent_back.quantity) FROM stock_move sent_back
                        WHERE sent_back.origin_returned_move_id = move.id
                          AND (sent_back.aftersales_effect_id IS NULL
                               OR sent_back.aftersales_effect_id IN (
                                   SELECT id FROM aftersales_effect WHERE kind = 'giveback'))
                          AND sent_back.state = 'done'), 0)) AS quantity
          FROM stock_move move
          JOIN stock_location source ON source.id = move.location_id
          JOIN aftersales_effect effect ON effect.id = move.aftersales_effect_id
          JOIN aftersales_case_line line ON line.id = effect.line_id
         WHERE line.volume_id IS NOT NULL AND source.usage = 'customer' AND move.state <> 'cancel'
         GROUP BY 1, 2, 3),
    volumes AS (
        SELECT move_id, lot_id, max(quantity) AS quantity
          FROM (SELECT move_id, lot_id, volume_id, sum(quantity) AS quantity
                  FROM (SELECT * FROM paid_back WHERE volume_id IS NOT NULL
                        UNION ALL SELECT * FROM volume_back) AS claimed
                 GROUP BY 1, 2, 3) AS by_volume
         GROUP BY 1, 2),
    claims AS (
        SELECT move_id, lot_id, quantity FROM returned
        UNION ALL SELECT move_id, lot_id, quantity FROM given_back
        UNION ALL SELECT move_id, lot_id, quantity FROM paid_back WHERE volume_id IS NULL
        UNION ALL SELECT move_id, lot_id, quantity FROM volumes),
    by_lot AS (
        SELECT move_id, lot_id, delivered.quantity AS delivered, sum(claims.quantity) AS claimed
          FROM delivered JOIN claims USING (move_id, lot_id)
         GROUP BY 1, 2, 3),
    by_delivery AS (
        SELECT move_id, 0 AS lot_id, sum(quantity) AS delivered,
               (SELECT sum(quantity) FROM (
                    SELECT quantity FROM claims WHERE claims.move_id = delivered.move_id
                    UNION ALL
                    SELECT quantity FROM unassigned WHERE unassigned.move_id = delivered.move_id
                ) AS claim) AS claimed
          FROM delivered
         GROUP BY 1)
    SELECT concat(move_id, '/', lot_id), claimed - delivered,
           concat('delivery ', picking.name, ', print run ', coalesce(lot.name, 'any'), ': ',
                  delivered, ' delivered, ', claimed, ' returned, announced or paid back')
      FROM (SELECT * FROM by_lot UNION ALL SELECT * FROM by_delivery) figures
      JOIN stock_move move ON move.id = move_id
      JOIN stock_picking picking ON picking.id = move.picking_id
      LEFT JOIN stock_lot lot ON lot.id = lot_id
     WHERE claimed > delivered
"""
# What was invoiced and credited. A credit line of ours names its invoice line; one made by hand
# stands for the order line on the invoice it reverses.
CREDIT = f"""
    WITH credit AS (
        SELECT item.id,
               coalesce(origin.move_id, note.reversed_entry_id) AS invoice_id,
               coalesce(origin_link.order_line_id, own_link.order_line_id) AS sale_line_id,
               CASE WHEN item.aftersales_amount_only THEN 0
                    ELSE item.quantity * CASE WHEN own_link.order_line_id IS NULL
                         THEN origin_unit.factor ELSE unit.factor END END AS copies,
               item.price_subtotal AS net,
               unit.factor
          FROM account_move_line item
          JOIN account_move note ON note.id = item.move_id
          LEFT JOIN account_move_line origin ON origin.id = item.aftersales_origin_line_id
          LEFT JOIN sale_order_line_invoice_rel own_link ON own_link.invoice_line_id = item.id
          LEFT JOIN sale_order_line_invoice_rel origin_link
                 ON origin_link.invoice_line_id = origin.id
          LEFT JOIN uom_uom unit ON unit.id = item.product_uom_id
          LEFT JOIN uom_uom origin_unit ON origin_unit.id = origin.product_uom_id
         WHERE {STANDS} AND note.move_type = 'out_refund' AND item.display_type = 'product'),
    invoiced AS (
        SELECT invoice.id AS invoice_id, link.order_line_id AS sale_line_id, invoice.name,
               max(item.name) AS title, sum(item.quantity * unit.factor) AS copies,
               sum(item.price_subtotal) AS net, max(unit.factor) AS factor
          FROM account_move_line item
          JOIN account_move invoice ON invoice.id = item.move_id
          JOIN sale_order_line_invoice_rel link ON link.invoice_line_id = item.id
          JOIN uom_uom unit ON unit.id = item.product_uom_id
         WHERE invoice.state = 'posted' AND invoice.move_type = 'out_invoice'
           AND invoice.reversed_entry_id IS NULL  -- else it undoes a credit note
         GROUP BY 1, 2)
"""
# I1: no line is credited beyond what was invoiced, in copies or in money
CREDITED_LINES = f"""
{CREDIT},
    figures AS (
        SELECT invoice_id, sale_line_id, invoiced.name, invoiced.title,
               invoiced.copies, invoiced.net,
               sum(credit.copies) AS credited_copies, sum(credit.net) AS credited_net,
               -- a copy of a dozen is written 0.08
               CASE WHEN invoiced.factor <> 1 THEN 0.005 * invoiced.factor * count(*) ELSE 0 END
               AS rounding
          FROM invoiced JOIN credit USING (invoice_id, sale_line_id)
         GROUP BY 1, 2, 3, 4, 5, 6, invoiced.factor)
    SELECT concat(what, '/', invoice_id, '/', sale_line_id), excess,
           concat(name, ', ', title, ': invoiced ', copies, ' for ', net, ', credited ',
                  credited_copies, ' for ', credited_net)
      FROM figures
     CROSS JOIN LATERAL (
        VALUES ('copies', credited_copies - copies - rounding),
               ('net', credited_net - net)) excess (what, excess)
     WHERE excess > 0.001
"""
CREDITED_INVOICES = f"""
    SELECT invoice.id::text, sum(note.amount_total) - invoice.amount_total,
           concat(invoice.name, ' over ', invoice.amount_total, ': credited ',
                  sum(note.amount_total))
      FROM account_move invoice
      JOIN account_move note ON note.reversed_entry_id = invoice.id
     WHERE {STANDS} AND note.move_type = 'out_refund'
     GROUP BY invoice.id
    HAVING sum(note.amount_total) > invoice.amount_total + 0.001
"""
# I1: no more is promised or requested than can still be credited
PROMISED = f"""
    {CREDIT},
    creditable AS (
        SELECT sale_line_id, sum(invoiced.copies) - coalesce(
                   (SELECT sum(credit.copies) FROM credit
                     WHERE credit.sale_line_id = invoiced.sale_line_id), 0) AS copies,
               CASE WHEN max(invoiced.factor) <> 1 THEN max(invoiced.copies) * 0.06 ELSE 0 END
               AS rounding
          FROM invoiced GROUP BY 1),
    effect AS (
        SELECT effect.id, effect.quantity, line.sale_line_id, line.volume_id,
               (SELECT coalesce(sum(part.quantity), 0)
                  FROM aftersales_refund_line part
                  JOIN aftersales_refund refund ON refund.id = part.refund_id
                 WHERE part.effect_id = effect.id
                   AND refund.state IN ('draft', 'to_approve', 'approved')) AS requested,
               (SELECT coalesce(sum(part.quantity), 0)
                  FROM aftersales_refund_line part
                  JOIN aftersales_refund refund ON refund.id = part.refund_id
                 WHERE part.effect_id = effect.id
                   AND refund.state IN ('posted', 'settled', 'paid')) AS credited
          FROM aftersales_effect effect
          JOIN aftersales_case_line line ON line.id = effect.line_id
         WHERE effect.kind = 'credit' AND effect.is_cancelled IS NOT TRUE
           AND (effect.compensates_in_full OR effect.resolution_id IN (
                SELECT goods.resolution_id FROM aftersales_effect goods
                 WHERE goods.kind = 'return'))),
    claims AS (
        SELECT concat('promised/', id) AS key, sale_line_id, quantity - credited AS copies
          FROM effect
        UNION ALL
        SELECT concat('requested/', sale_line_id), sale_line_id, sum(requested)
          FROM effect WHERE volume_id IS NULL GROUP BY 1, 2
        UNION ALL
        -- of one volume: all that was or will be paid back, of the sets not credited as a whole
        SELECT concat('volume/', sale_line_id, '/', volume_id), sale_line_id,
               sum(requested + credited)
          FROM effect WHERE volume_id IS NOT NULL GROUP BY 1, 2, volume_id)
    SELECT key, claims.copies - coalesce(creditable.copies, 0),
           concat(orders.name, ', ', sol.name, ': ', creditable.copies, ' can be credited, ',
                  claims.copies, ' ', key)
      FROM claims
      LEFT JOIN creditable USING (sale_line_id)
      JOIN sale_order_line sol ON sol.id = sale_line_id
      JOIN sale_order orders ON orders.id = sol.order_id
     WHERE claims.copies > coalesce(creditable.copies + creditable.rounding, 0)
"""
# I2: no more is paid out, set off and held for a new edition than the credit note is over, and a
# refund is paid when that is paid out
PAID_OUT = f"""
    WITH payout AS (
        SELECT aftersales_refund_id AS refund_id, account_payment_id AS payment_id
          FROM account_payment_aftersales_refund_rel
        UNION
        SELECT refund.id, link.payment_id
          FROM account_move__account_payment link
          JOIN aftersales_refund refund ON refund.credit_note_id = link.invoice_id),
    figures AS (
        SELECT refund.id, refund.number, refund.state, note.name, note.amount_total AS total,
               (SELECT coalesce(sum(payment.amount), 0)
                  FROM payout JOIN account_payment payment ON payment.id = payout.payment_id
                 WHERE payout.refund_id = refund.id
                   AND payment.state IN ('in_process', 'paid')) AS paid,
               (SELECT coalesce(sum(part.credit_amount_currency), 0)
                  FROM account_partial_reconcile part
                  JOIN account_move_line credit ON credit.id = part.credit_move_id
                  JOIN account_move_line debit ON debit.id = part.debit_move_id
                  JOIN account_move other ON other.id = debit.move_id
                 WHERE credit.move_id = note.id AND other.move_type = 'out_invoice') AS set_off,
               (SELECT coalesce(sum(greatest(0, least(orders.aftersales_credit,
                                                      orders.amount_total) - taken.amount)), 0)
                  FROM sale_order orders
                 CROSS JOIN LATERAL (
                    SELECT coalesce(sum(part.credit_amount_currency), 0) AS amount
                      FROM account_partial_reconcile part
                      JOIN account_move_line credit ON credit.id = part.credit_move_id
                      JOIN account_move_line debit ON debit.id = part.debit_move_id
                     WHERE credit.move_id = note.id AND EXISTS (
                        SELECT FROM account_move_line item
                          JOIN sale_order_line_invoice_rel link ON link.invoice_line_id = item.id
                          JOIN sale_order_line sol ON sol.id = link.order_line_id
                         WHERE item.move_id = debit.move_id AND sol.order_id = orders.id)) taken
                 WHERE orders.aftersales_refund_id = refund.id AND orders.state <> 'cancel'
               ) AS held
          FROM aftersales_refund refund
          JOIN account_move note ON note.id = refund.credit_note_id
         WHERE {STANDS})
    SELECT concat(what, '/', id), excess,
           concat(number, ' (', state, '), ', name, ' over ', total, ': ', set_off,
                  ' set off, ', paid, ' paid out, ', held, ' held')
      FROM figures
     CROSS JOIN LATERAL (
        VALUES ('beyond', paid + set_off + held - total),
               ('short', CASE WHEN state IN ('paid', 'settled')
                         THEN total - paid - set_off - held END)) excess (what, excess)
     WHERE excess > 0.001
"""
# I3: copies of each print run in each place: what came less what left, and nowhere less than none
STOCK = """
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
    SELECT concat(what, '/', place_id, '/', run_id), excess,
           concat(place.complete_name, ', print run ', run.name, ': ', by_moves.quantity,
                  ' by moves, ', by_quants.quantity, ' in stock')
      FROM by_moves
      FULL JOIN by_quants USING (place_id, run_id)
      JOIN stock_location place ON place.id = place_id
      JOIN stock_lot run ON run.id = run_id
     CROSS JOIN LATERAL (
        VALUES ('differs', abs(coalesce(by_moves.quantity, 0) - coalesce(by_quants.quantity, 0))),
               ('missing', CASE place.usage WHEN 'internal' THEN -by_quants.quantity END)
        ) excess (what, excess)
     WHERE place.usage IN ('internal', 'customer') AND excess > 0
"""
# I3: what was received is inspected, each copy once
INSPECTED = """
    SELECT line.id::text, abs(sum(inspection.quantity) - line.quantity_product_uom),
           concat('receipt ', move.reference, ': ', line.quantity_product_uom, ' received, ',
                  sum(inspection.quantity), ' to inspect or inspected')
      FROM aftersales_inspection inspection
      JOIN stock_move_line line ON line.id = inspection.move_line_id
      JOIN stock_move move ON move.id = line.move_id
     GROUP BY line.id, move.id
    HAVING sum(inspection.quantity) <> line.quantity_product_uom
"""
# I3: a copy comes back at what it cost when it left (average and first-in-first-out cost)
RETURN_VALUES = """
    SELECT move.id::text, abs(move.value - origin.value * move.quantity / origin.quantity),
           concat(move.reference, ': ', move.quantity, ' copies came back for ', move.value,
                  ', ', origin.quantity, ' had left for ', origin.value)
      FROM stock_move move
      JOIN aftersales_effect effect ON effect.id = move.aftersales_effect_id
      JOIN stock_move origin ON origin.id = move.origin_returned_move_id
     WHERE effect.kind = 'return' AND move.state = 'done' AND move.is_in
       AND origin.state = 'done' AND origin.is_out AND origin.quantity > 0
       AND abs(move.value - origin.value * move.quantity / origin.quantity) > 0.011
"""
# R1.2, I1: of copies bought elsewhere no more come back, or are paid without, than the case names
ELSEWHERE = """
    WITH back AS (
        SELECT effect.line_id,
               CASE move.state WHEN 'done' THEN move.quantity ELSE move.product_qty END
               - coalesce((SELECT sum(sent_back.quantity) FROM stock_move sent_back
                             JOIN stock_location target ON target.id = sent_back.location_dest_id
                            WHERE sent_back.origin_returned_move_id = move.id
                              AND target.usage = 'customer' AND sent_back.state = 'done'), 0)
               AS quantity
          FROM stock_move move
          JOIN aftersales_effect effect ON effect.id = move.aftersales_effect_id
         WHERE effect.kind = 'return' AND move.state <> 'cancel'
        UNION ALL
        SELECT line_id, quantity FROM aftersales_effect
         WHERE compensates_in_full AND is_cancelled IS NOT TRUE)
    SELECT concat('elsewhere/', line.id), sum(back.quantity) - line.quantity * unit.factor,
           concat(ticket.number, ': ', line.quantity, ' copies bought elsewhere, ',
                  sum(back.quantity), ' came back, are announced or paid')
      FROM aftersales_case_line line
      JOIN helpdesk_ticket ticket ON ticket.id = line.ticket_id
      JOIN uom_uom unit ON unit.id = line.product_uom_id
      JOIN back ON back.line_id = line.id
     WHERE line.bought_elsewhere
     GROUP BY line.id, ticket.id, unit.id
    HAVING sum(back.quantity) > line.quantity * unit.factor
"""
# R1.2, I3: copies bought elsewhere come back without value, and no order knows of them
WITHOUT_VALUE = """
    SELECT concat(what, '/', move.id), 1,
           concat(move.reference, ': a copy bought elsewhere ', what)
      FROM stock_move move
      JOIN aftersales_effect effect ON effect.id = move.aftersales_effect_id
      JOIN aftersales_case_line line ON line.id = effect.line_id
     CROSS JOIN LATERAL (
        VALUES ('is worth something', effect.kind = 'return' AND (
                    move.is_in OR move.is_out OR coalesce(move.value, 0) <> 0
                    OR move.account_move_id IS NOT NULL)),
               ('hangs on an order', move.sale_line_id IS NOT NULL)) broken (what, is_so)
     WHERE line.bought_elsewhere AND move.state = 'done' AND is_so
"""
# I3: what readers are given costs what it was worth, booked once
GIVEN = """
    WITH given AS (
        SELECT move.account_move_id, place.valuation_account_id AS account_id,
               sum(CASE WHEN place.id = move.location_dest_id THEN move.value
                        ELSE -move.value END) AS value, min(move.reference) AS reference
          FROM stock_move move
          JOIN stock_location place
               ON place.id IN (move.location_id, move.location_dest_id)
         WHERE place.usage = 'customer' AND place.valuation_account_id IS NOT NULL
           AND move.state = 'done' AND move.account_move_id IS NOT NULL
         GROUP BY 1, 2),
    booked AS (
        SELECT given.*, entry.name,
               (SELECT coalesce(sum(item.balance), 0) FROM account_move_line item
                 WHERE item.move_id = entry.id AND item.account_id = given.account_id) AS cost
          FROM given JOIN account_move entry ON entry.id = account_move_id
         WHERE entry.state = 'posted')
    SELECT concat('given/', account_move_id), abs(cost - value),
           concat(reference, ' is worth ', value, ', entry ', name, ' costs ', cost)
      FROM booked
     WHERE abs(cost - value) > 0.011
"""
# I4: what an order counts as delivered and invoiced follows the documents; a copy that is only
# exchanged (came back for another one, left for another one, was sent back) does not count
DELIVERED = """
    WITH moved AS (
        SELECT move.sale_line_id AS id, move.quantity * unit.factor AS quantity,
               target.usage = 'customer' AS sent,
               coalesce(effect.kind, origin_effect.kind) IS NULL
               OR coalesce(effect.resolution_id, origin_effect.resolution_id) IN (
                    SELECT credit.resolution_id FROM aftersales_effect credit
                      JOIN aftersales_resolution decision ON decision.id = credit.resolution_id
                     -- paid by a platform ahead of the return, it is an allowance
                     WHERE credit.kind = 'credit' AND decision.paid_ahead IS NOT TRUE) AS counts,
               effect.id IS NULL AND move.origin_returned_move_id IS NOT NULL
               AND move.to_refund IS NOT TRUE AS untold
          FROM stock_move move
          JOIN uom_uom unit ON unit.id = move.product_uom
          JOIN stock_location source ON source.id = move.location_id
          JOIN stock_location target ON target.id = move.location_dest_id
          LEFT JOIN aftersales_effect effect ON effect.id = move.aftersales_effect_id
          LEFT JOIN stock_move origin ON origin.id = move.origin_returned_move_id
               AND target.usage = 'customer' AND effect.id IS NULL
          LEFT JOIN aftersales_effect origin_effect
                 ON origin_effect.id = origin.aftersales_effect_id
         WHERE move.state = 'done' AND move.sale_line_id IS NOT NULL
           AND (source.usage = 'customer') <> (target.usage = 'customer')),
    figures AS (
        SELECT line.id, orders.name AS order_name, line.name, line.qty_delivered AS told,
               coalesce(sum(CASE WHEN sent THEN quantity ELSE -quantity END)
                        FILTER (WHERE counts AND NOT untold), 0) / unit.factor AS counted,
               unit.factor
          FROM sale_order_line line
          JOIN sale_order orders ON orders.id = line.order_id
          JOIN uom_uom unit ON unit.id = line.product_uom_id
          LEFT JOIN moved ON moved.id = line.id
         WHERE line.state = 'sale'
         GROUP BY line.id, orders.id, unit.id)
    SELECT id::text, abs(told - counted),
           concat(order_name, ', ', name, ': ', told, ' delivered by the order, ',
                  round(counted, 2), ' by the transfers')
      FROM figures
     WHERE abs(told - counted) > CASE factor WHEN 1 THEN 0 ELSE 0.006 END
"""
# I4: an order that was delivered and invoiced in full and not touched by hand since is lowered by
# what came back for money and is credited, and by nothing else: neither billed nor sent again
ORDERS = """
    WITH line AS (
        SELECT sol.id, sol.order_id, orders.name AS order_name, sol.name, unit.factor,
               sol.product_uom_qty, sol.qty_delivered, sol.qty_invoiced, sol.qty_to_invoice,
               (SELECT coalesce(sum(CASE document.move_type WHEN 'out_invoice'
                                    THEN item.quantity ELSE -item.quantity END), 0)
                  FROM sale_order_line_invoice_rel link
                  JOIN account_move_line item ON item.id = link.invoice_line_id
                  JOIN account_move document ON document.id = item.move_id
                 WHERE link.order_line_id = sol.id AND document.state = 'posted') AS invoiced,
               (SELECT count(*) FROM stock_move move
                 WHERE move.sale_line_id = sol.id AND move.aftersales_effect_id IS NULL
                   AND move.origin_returned_move_id IS NULL -- sent again, not back
                   AND move.state NOT IN ('done', 'cancel')) AS pending
          FROM sale_order_line sol
          JOIN sale_order orders ON orders.id = sol.order_id
          JOIN uom_uom unit ON unit.id = sol.product_uom_id
         WHERE sol.state = 'sale' AND sol.product_uom_qty > 0
           AND sol.id IN (SELECT sale_line_id FROM aftersales_case_line)
           AND EXISTS (SELECT FROM sale_order_line_invoice_rel link
                        WHERE link.order_line_id = sol.id))
    SELECT concat('order ', order_id, '/', id), 1,
           concat(order_name, ', ', name, ': ordered ', product_uom_qty, ', delivered ',
                  qty_delivered, ', invoiced ', qty_invoiced, ', to invoice ', qty_to_invoice,
                  ', on invoices ', invoiced, ', open transfers ', pending)
      FROM line
     CROSS JOIN LATERAL (
        SELECT CASE factor WHEN 1 THEN 0 ELSE 0.1 END AS rounding) tolerance
     WHERE abs(product_uom_qty - invoiced) > rounding OR abs(qty_invoiced - invoiced) > rounding
        OR qty_to_invoice > rounding OR pending > 0
        OR (abs(qty_delivered - invoiced) <= rounding AND abs(qty_to_invoice) > rounding)
"""
# I5: one live effect of a kind, all kinds of the remedy or none, no more posted than decided
EFFECTS = f"""
    SELECT concat('live/', effect.resolution_id, '/', effect.kind), count(*) - 1,
           concat(ticket.number, ': ', count(*), ' live effects “', effect.kind,
                  '” of one remedy')
      FROM aftersales_effect effect
      JOIN helpdesk_ticket ticket ON ticket.id = effect.ticket_id
     WHERE effect.is_cancelled IS NOT TRUE
     GROUP BY effect.resolution_id, effect.kind, ticket.number
    HAVING count(*) > 1
    UNION ALL
    SELECT concat('half/', resolution.id), 1,
           concat(ticket.number, ': executed with ', figures.made, ' effects of ', figures.wanted)
      FROM aftersales_resolution resolution
      JOIN helpdesk_ticket ticket ON ticket.id = resolution.ticket_id
     CROSS JOIN LATERAL (
        -- a part of the title is either shipped or mailed
        SELECT (SELECT count(DISTINCT replace(effect.kind, 'document', 'part'))
                  FROM aftersales_effect effect
                 WHERE effect.resolution_id = resolution.id) AS made,
               (SELECT count(DISTINCT replace(wanted.kind, 'document', 'part'))
                  FROM aftersales_remedy_effect wanted
                 WHERE wanted.remedy_id = resolution.remedy_id) AS wanted) figures
     WHERE figures.made NOT IN (0, figures.wanted)
    UNION ALL
    SELECT concat(what, '/', effect.id), posted - effect.quantity,
           concat(ticket.number, ': effect “', effect.kind, '” of ', effect.quantity,
                  ' copies, ', posted, ' ', what)
      FROM aftersales_effect effect
      JOIN helpdesk_ticket ticket ON ticket.id = effect.ticket_id
     CROSS JOIN LATERAL (
        SELECT 'moved' AS what,
               coalesce(sum(CASE move.state WHEN 'done' THEN move.quantity
                            ELSE move.product_qty END), 0) - coalesce(
                   (SELECT sum(sent_back.quantity) FROM stock_move sent_back
                      JOIN stock_location target ON target.id = sent_back.location_dest_id
                      JOIN stock_move received ON received.id = sent_back.origin_returned_move_id
                     WHERE received.aftersales_effect_id = effect.id AND target.usage = 'customer'
                       AND sent_back.aftersales_effect_id IS NULL
                       AND sent_back.state = 'done' AND effect.kind = 'return'), 0)
               - coalesce(  -- parts that came back may be sent once more
                   (SELECT sum(back.quantity) FROM stock_move back
                      JOIN stock_location source ON source.id = back.location_id
                      JOIN stock_move shipped ON shipped.id = back.origin_returned_move_id
                     WHERE shipped.aftersales_effect_id = effect.id AND source.usage = 'customer'
                       AND back.state = 'done' AND effect.kind IN ('part', 'giveback')), 0)
               AS posted
          FROM stock_move move
          JOIN stock_location source ON source.id = move.location_id
          JOIN stock_location target ON target.id = move.location_dest_id
         WHERE move.aftersales_effect_id = effect.id AND move.state <> 'cancel'
           AND 'customer' IN (source.usage, target.usage)
        UNION ALL
        SELECT 'codes given', count(*)
          FROM aftersales_digital_code code
         WHERE code.effect_id = effect.id
           AND (code.state = 'given' OR code.dead_effect_id IS NOT NULL)
        UNION ALL
        SELECT 'requested', coalesce(sum(part.quantity), 0)
          FROM aftersales_refund_line part
          JOIN aftersales_refund refund ON refund.id = part.refund_id
         WHERE part.effect_id = effect.id AND refund.state NOT IN ('refused', 'cancelled')
        UNION ALL
        SELECT 'credited', coalesce(sum(item.quantity * unit.factor), 0) - 0.005 * max(unit.factor)
          FROM account_move_line item
          JOIN account_move note ON note.id = item.move_id
          JOIN account_move_line origin ON origin.id = item.aftersales_origin_line_id
          JOIN uom_uom unit ON unit.id = origin.product_uom_id
         WHERE item.aftersales_effect_id = effect.id
           AND effect.kind <> 'freight'  -- a parcel, taken off as many lines as charged postage
           AND (note.state = 'draft' OR ({STANDS}))) figures
     WHERE effect.is_cancelled IS NOT TRUE AND posted > effect.quantity
    UNION ALL
    SELECT concat('code/', code.id), 1,
           concat(ticket.number, ': the reader has a code of a remedy that was cancelled')
      FROM aftersales_digital_code code
      JOIN aftersales_effect effect ON effect.id = code.effect_id
      JOIN helpdesk_ticket ticket ON ticket.id = effect.ticket_id
     WHERE effect.is_cancelled AND code.state = 'given'
"""
# R6.1, R6.5: no more is requested than the amount agreed on; return postage is decided on once for a
# line, paid only to a reader who paid it, and never taken off what a copy cost
AGREED = f"""
    SELECT concat('agreed/', effect.id), sum(part.amount) - resolution.amount,
           concat(ticket.number, ': ', sum(part.amount), ' requested, agreed on ',
                  resolution.amount)
      FROM aftersales_effect effect
      JOIN aftersales_resolution resolution ON resolution.id = effect.resolution_id
      JOIN helpdesk_ticket ticket ON ticket.id = resolution.ticket_id
      JOIN aftersales_remedy remedy ON remedy.id = resolution.remedy_id
      JOIN aftersales_refund_line part ON part.effect_id = effect.id
      JOIN aftersales_refund refund ON refund.id = part.refund_id
     WHERE refund.state NOT IN ('refused', 'cancelled')
       AND (effect.kind = 'freight'
            OR (effect.kind = 'credit' AND remedy.credit_basis = 'agreed'))
     GROUP BY effect.id, resolution.id, ticket.id
    HAVING sum(part.amount) > resolution.amount + 0.001
        OR resolution.freight_payer <> 'reader'
    UNION ALL
    SELECT concat('postage/', line_id), count(*) - 1,
           concat('postage of case line ', line_id, ' decided on ', count(*), ' times')
      FROM aftersales_resolution resolution
      JOIN aftersales_remedy remedy ON remedy.id = resolution.remedy_id
     WHERE remedy.reimburses_freight AND resolution.state IN ('proposed', 'agreed')
     GROUP BY line_id
    HAVING count(*) > 1
    UNION ALL
    SELECT concat('postage/', item.id), item.price_subtotal,
           concat(note.name, ': postage of ', item.price_subtotal, ' off ', product.name)
      FROM account_move_line item
      JOIN account_move note ON note.id = item.move_id
      JOIN aftersales_effect effect ON effect.id = item.aftersales_effect_id
      LEFT JOIN account_move_line origin ON origin.id = item.aftersales_origin_line_id
      LEFT JOIN product_product variant ON variant.id = origin.product_id
      LEFT JOIN product_template product ON product.id = variant.product_tmpl_id
     WHERE effect.kind = 'freight' AND {STANDS}
       AND (product.type <> 'service' OR (origin.id IS NULL AND note.reversed_entry_id IS NOT NULL))
"""
# R6.9: what a platform paid is booked once, within our share, and never leaves the bank as well
BY_PLATFORM = """
    SELECT concat('platform/', record.id), sum(refund.amount) - record.shop_share,
           concat('platform refund ', record.number, ': we bear ', record.shop_share, ', booked ',
                  sum(refund.amount))
      FROM aftersales_platform_refund record
      JOIN aftersales_refund refund ON refund.platform_refund_id = record.id
     WHERE refund.state NOT IN ('refused', 'cancelled')
     GROUP BY record.id
    HAVING sum(refund.amount) > record.shop_share + 0.001
    UNION ALL
    SELECT concat('platform number/', platform_id, '/', number), count(*) - 1,
           concat('platform refund ', number, ' is recorded ', count(*), ' times')
      FROM aftersales_platform_refund
     WHERE is_cancelled IS NOT TRUE
     GROUP BY platform_id, number
    HAVING count(*) > 1
    UNION ALL
    SELECT concat('platform payment/', payment.id), payment.amount,
           concat(refund.number, ' was paid by a platform and again by ', payment.name)
      FROM aftersales_refund refund
      JOIN account_payment_aftersales_refund_rel link ON link.aftersales_refund_id = refund.id
      JOIN account_payment payment ON payment.id = link.account_payment_id
      JOIN aftersales_platform_refund record ON record.id = refund.platform_refund_id
      JOIN aftersales_platform platform ON platform.id = record.platform_id
     WHERE refund.state NOT IN ('refused', 'cancelled') AND record.is_cancelled IS NOT TRUE
       AND payment.state IN ('in_process', 'paid') AND payment.journal_id <> platform.journal_id
"""
# R6.6: what waits for the inspection is not announced or requested before it, nor against it
UNCONFIRMED = """
    WITH effect AS (
        SELECT effect.id, effect.kind, effect.ticket_id,
               (SELECT coalesce(sum(inspection.quantity), 0)
                  FROM aftersales_inspection inspection
                 WHERE inspection.resolution_id = resolution.id AND inspection.state = 'done'
                   AND inspection.contradiction IS DISTINCT FROM 'open'
                   AND inspection.contradiction IS DISTINCT FROM 'upheld') AS confirmed
          FROM aftersales_effect effect
          JOIN aftersales_resolution resolution ON resolution.id = effect.resolution_id
          JOIN aftersales_remedy remedy ON remedy.id = resolution.remedy_id
         WHERE effect.is_cancelled IS NOT TRUE
           AND ((effect.kind = 'shipment' AND resolution.advance IS NOT TRUE)
                OR (effect.kind = 'credit' AND remedy.credit_after_inspection))
           AND EXISTS (SELECT FROM aftersales_effect goods
                        WHERE goods.resolution_id = resolution.id AND goods.kind = 'return'))
    SELECT concat(effect.id), posted - confirmed,
           concat(ticket.number, ': ', posted, ' copies to ', kind, ', ', confirmed,
                  ' confirmed by the inspection')
      FROM effect
      JOIN helpdesk_ticket ticket ON ticket.id = effect.ticket_id
     CROSS JOIN LATERAL (
        SELECT coalesce(sum(move.product_qty), 0) AS posted
          FROM stock_move move JOIN stock_location target ON target.id = move.location_dest_id
         WHERE move.aftersales_effect_id = effect.id AND move.state <> 'cancel'
           AND target.usage = 'customer'
        UNION ALL
        SELECT coalesce(sum(part.quantity), 0)
          FROM aftersales_refund_line part
          JOIN aftersales_refund refund ON refund.id = part.refund_id
         WHERE part.effect_id = effect.id AND refund.state NOT IN ('refused', 'cancelled')
           AND refund.platform_refund_id IS NULL) figures -- a platform does not wait (R6.9)
     WHERE posted > confirmed
"""
# R4.3, R6.3: a replacement never comes from the run complained of; one that is announced is
# reserved, and from a run that may leave
UNSAFE = """
    SELECT concat('sent/', line.id), line.quantity_product_uom,
           concat(move.reference, ': print run ', run.name, ' was to be avoided')
      FROM stock_move_line line
      JOIN stock_move move ON move.id = line.move_id
      JOIN stock_lot run ON run.id = line.lot_id
     WHERE move.state = 'done' AND move.aftersales_excluded_lot_id = line.lot_id
    UNION ALL
    SELECT concat('announced/', move.id), move.product_qty - safe.quantity,
           concat(move.reference, ': ', move.product_qty, ' copies announced, ', safe.quantity,
                  ' safe ones reserved')
      FROM stock_move move
      JOIN aftersales_effect effect ON effect.id = move.aftersales_effect_id
      JOIN stock_location source ON source.id = move.location_id
     CROSS JOIN LATERAL (
        SELECT coalesce(sum(line.quantity_product_uom), 0) AS quantity
          FROM stock_move_line line
          JOIN stock_lot run ON run.id = line.lot_id
         WHERE line.move_id = move.id AND run.on_hold IS NOT TRUE
           AND line.lot_id IS DISTINCT FROM move.aftersales_excluded_lot_id) safe
     WHERE effect.kind = 'shipment' AND source.usage = 'internal'
       AND move.state NOT IN ('done', 'cancel') AND move.product_qty > safe.quantity
       AND NOT EXISTS (SELECT FROM stock_move_move_rel link
                        WHERE link.move_dest_id = move.id)
"""
# R6.8: what is posted was approved, by another than who asked for it
UNAPPROVED = f"""
    SELECT refund.id::text, 1,
           concat(refund.number, ' is posted: ', refund.decision, ', asked for by user ',
                  refund.requested_by_id, ', approved by user ', refund.approved_by_id)
      FROM aftersales_refund refund
      JOIN account_move note ON note.id = refund.credit_note_id
     WHERE {STANDS}
       AND (refund.decision <> 'approved' OR refund.approved_by_id = refund.requested_by_id)
"""
# I6: what was cancelled before execution left no trace in stock or ledger
CANCELLED = f"""
    SELECT concat(trace.what, '/', effect.id, '/', trace.name), 1,
           concat(ticket.number, ': a cancelled remedy has ', trace.what, ' “', trace.name, '”')
      FROM aftersales_resolution resolution
      JOIN helpdesk_ticket ticket ON ticket.id = resolution.ticket_id
      JOIN aftersales_effect effect ON effect.resolution_id = resolution.id
     CROSS JOIN LATERAL (
        SELECT 'transfer' AS what, move.reference AS name
          FROM stock_move move
         WHERE move.aftersales_effect_id = effect.id AND move.state <> 'cancel'
           AND effect.kind <> 'repair'  -- to the binder and back
           AND move.quantity > coalesce(
                (SELECT sum(sent_back.quantity) FROM stock_move sent_back
                  WHERE sent_back.origin_returned_move_id = move.id
                    AND sent_back.aftersales_effect_id IS NULL AND sent_back.state = 'done'), 0)
        UNION ALL
        SELECT 'credit note', note.name
          FROM aftersales_refund_line part
          JOIN aftersales_refund refund ON refund.id = part.refund_id
          JOIN account_move note ON note.id = refund.credit_note_id
         WHERE part.effect_id = effect.id AND (note.state = 'draft' OR ({STANDS}))
        UNION ALL
        SELECT 'refund', refund.number
          FROM aftersales_refund_line part
          JOIN aftersales_refund refund ON refund.id = part.refund_id
         WHERE part.effect_id = effect.id AND refund.state NOT IN ('refused', 'cancelled')
        UNION ALL
        SELECT 'live effect', effect.kind WHERE effect.is_cancelled IS NOT TRUE) trace
     WHERE resolution.state IN ('cancelled', 'refused', 'declined')
"""


def ledger_after_closing(env):
    """The stock valuation account after a closing, and what the copies cost by their history.

    At average cost only. The closing is undone.
    """
    company = env.company
    savepoint = env.cr.savepoint(flush=True)
    with suppress(UserError):  # there may be nothing to close
        company.action_close_stock_valuation(auto_post=True)
    env.flush_all()
    account = company.account_stock_valuation_id
    query = "SELECT coalesce(sum(balance), 0) FROM account_move_line WHERE parent_state = 'posted'"
    [(ledger,)] = env.execute_query(SQL(query + " AND account_id = %s", account.id))
    savepoint.close(rollback=True)
    env.invalidate_all(flush=False)
    history = sum(_average_cost_values(env).values())
    if float_compare(float(ledger), history, CENT):
        text = f"{account.display_name}: {ledger:.2f} booked, {history:.2f} by history"
        return [("ledger", abs(float(ledger) - history), text)]
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


RULES = {
    "I1 nothing beyond what was delivered and invoiced": (
        RETURNED,
        ELSEWHERE,
        CREDITED_LINES,
        CREDITED_INVOICES,
        PROMISED,
    ),
    "I2 nothing paid beyond the credit notes": (PAID_OUT, BY_PLATFORM),
    "I3 stock and its value as recomputed from moves": (
        STOCK,
        INSPECTED,
        RETURN_VALUES,
        WITHOUT_VALUE,
        GIVEN,
    ),
    "I4 orders untouched by exchanges, lowered by refunds": (DELIVERED, ORDERS),
    "I5 each effect once and no more of it than decided": (EFFECTS, AGREED),
    "I6 no trace of what was cancelled": (CANCELLED,),
    "R4 replacements from safe print runs": (UNSAFE,),
    "R6 nothing before the inspection or without approval": (UNCONFIRMED, UNAPPROVED),
}
AT_REST = {"I3 the ledger after closing": (ledger_after_closing,)}


def find_breaches(env, rules=RULES):
    """Return what is broken, as a list of :class:`Breach`.

    :param rules: ``{rule: questions}``; a question is an SQL query, or a function of ``env``, that
        gives rows of key, excess and text
    """
    env.flush_all()
    return [
        Breach(rule, str(key), float(excess), text)
        for rule, questions in rules.items()
        for question in questions
        for key, excess, text in _ask(env, question)
    ]


def _ask(env, question):
    return question(env) if callable(question) else env.execute_query(SQL(question))


def find_raised(before, after):
    """Return the breaches of ``after`` that were not there before, or were smaller."""
    excess = {(breach.rule, breach.key): breach.excess for breach in before}
    return [
        breach
        for breach in after
        if breach.excess > excess.get((breach.rule, breach.key), 0) + 1e-6
    ]
