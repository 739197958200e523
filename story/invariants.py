"""The invariants I1 to I6, checked over the whole database by code that knows nothing of ours.

Every query returns only what breaks a rule, as one line of text.
"""

from odoo.tools import SQL

from . import figures

# I1: of every lot in every delivery, no more comes back, is announced or is paid back than left
RETURNED = SQL(
    """
    WITH delivered AS (
        SELECT line.move_id, line.lot_id, sum(line.quantity_product_uom) AS quantity
          FROM stock_move_line line
          JOIN stock_move move ON move.id = line.move_id
          JOIN stock_location target ON target.id = move.location_dest_id
         WHERE move.state = 'done' AND target.usage = 'customer' AND move.sale_line_id IS NOT NULL
         GROUP BY 1, 2),
    returned AS (
        SELECT back.origin_returned_move_id AS move_id, line.lot_id,
               sum(line.quantity_product_uom) AS quantity
          FROM stock_move back
          JOIN stock_move_line line ON line.move_id = back.id
          JOIN stock_location source ON source.id = back.location_id
         WHERE back.state NOT IN ('cancel', 'draft') AND source.usage = 'customer'
         GROUP BY 1, 2),
    paid_back AS (
        SELECT delivery_move_id AS move_id, lot_id, sum(quantity) AS quantity
          FROM aftersales_effect
         WHERE compensates_in_full AND is_cancelled IS NOT TRUE
         GROUP BY 1, 2)
    SELECT concat('delivery ', picking.name, ', print run ', lot.name, ': ',
                  delivered.quantity, ' delivered, ', coalesce(returned.quantity, 0),
                  ' returned, ', coalesce(paid_back.quantity, 0), ' paid back')
      FROM delivered
      LEFT JOIN returned USING (move_id, lot_id)
      LEFT JOIN paid_back USING (move_id, lot_id)
      JOIN stock_move move ON move.id = delivered.move_id
      JOIN stock_picking picking ON picking.id = move.picking_id
      LEFT JOIN stock_lot lot ON lot.id = delivered.lot_id
     WHERE coalesce(returned.quantity, 0) + coalesce(paid_back.quantity, 0) > delivered.quantity
    """
)
# I1: no line is credited beyond what was invoiced, in copies or in money
CREDITED_LINES = SQL(
    """
    SELECT concat(invoice.name, ', ', line.name, ': invoiced ', line.quantity, ' for ',
                  line.price_subtotal, ', credited ', sum(credit.quantity), ' for ',
                  sum(credit.price_subtotal))
      FROM account_move_line line
      JOIN account_move invoice ON invoice.id = line.move_id
      JOIN account_move_line credit ON credit.aftersales_origin_line_id = line.id
     WHERE credit.parent_state = 'posted'
     GROUP BY line.id, invoice.id
    HAVING sum(credit.price_subtotal) > line.price_subtotal + 0.001
        OR sum(credit.quantity) FILTER (WHERE credit.aftersales_amount_only IS NOT TRUE)
           > line.quantity
    """
)
CREDITED_INVOICES = SQL(
    """
    SELECT concat(invoice.name, ' over ', invoice.amount_total, ': credited ',
                  sum(note.amount_total))
      FROM account_move invoice
      JOIN account_move note ON note.reversed_entry_id = invoice.id AND note.state = 'posted'
     WHERE note.move_type = 'out_refund'
     GROUP BY invoice.id
    HAVING sum(note.amount_total) > invoice.amount_total
    """
)
# I2: no more is paid out than the credit note leaves
PAID_OUT = SQL(
    """
    SELECT concat(note.name, ' over ', note.amount_total, ', ', set_off.amount,
                  ' set off: ', paid.amount, ' paid out')
      FROM aftersales_refund refund
      JOIN account_move note ON note.id = refund.credit_note_id
     CROSS JOIN LATERAL (
        SELECT coalesce(sum(payment.amount), 0) AS amount
          FROM account_payment_aftersales_refund_rel link
          JOIN account_payment payment ON payment.id = link.account_payment_id
         WHERE link.aftersales_refund_id = refund.id
           AND payment.state IN ('in_process', 'paid')) paid
     CROSS JOIN LATERAL (
        SELECT coalesce(sum(part.amount), 0) AS amount
          FROM account_partial_reconcile part
          JOIN account_move_line credit ON credit.id = part.credit_move_id
          JOIN account_move_line debit ON debit.id = part.debit_move_id
          JOIN account_move other ON other.id = debit.move_id
         WHERE credit.move_id = note.id AND other.move_type = 'out_invoice') set_off
     WHERE paid.amount > note.amount_total - set_off.amount
    """
)
# I4: an order whose copies are only exchanged stays what it was; others follow the documents
ORDERS = SQL(
    """
    WITH line AS (
        SELECT sol.id, orders.name AS order_name, orders.invoice_status, sol.name,
               sol.product_uom_qty, sol.qty_delivered, sol.qty_invoiced, sol.qty_to_invoice,
               moved.sent, moved.back,
               (SELECT coalesce(sum(CASE document.move_type WHEN 'out_invoice'
                                    THEN item.quantity ELSE -item.quantity END), 0)
                  FROM sale_order_line_invoice_rel link
                  JOIN account_move_line item ON item.id = link.invoice_line_id
                  JOIN account_move document ON document.id = item.move_id
                 WHERE link.order_line_id = sol.id AND document.state = 'posted') AS invoiced
          FROM sale_order_line sol
          JOIN sale_order orders ON orders.id = sol.order_id
         CROSS JOIN LATERAL (
            SELECT coalesce(sum(move.quantity) FILTER (WHERE target.usage = 'customer'), 0) AS sent,
                   coalesce(sum(move.quantity) FILTER (WHERE source.usage = 'customer'), 0) AS back
              FROM stock_move move
              JOIN stock_location source ON source.id = move.location_id
              JOIN stock_location target ON target.id = move.location_dest_id
             WHERE move.sale_line_id = sol.id AND move.state = 'done'
               AND (move.origin_returned_move_id IS NULL OR move.to_refund)) moved
         WHERE orders.state = 'sale'
           AND sol.id IN (SELECT sale_line_id FROM aftersales_case_line))
    SELECT concat(order_name, ', ', name, ': ordered ', product_uom_qty, ', delivered ',
                  qty_delivered, ', invoiced ', qty_invoiced, ', to invoice ',
                  qty_to_invoice, '; sent ', sent, ', back for money ', back,
                  ', on invoices ', invoiced)
      FROM line
     WHERE qty_delivered <> sent - back OR qty_invoiced <> invoiced
        OR (back = 0 AND (product_uom_qty <> sent OR qty_to_invoice <> 0))
        OR (sent - back = invoiced AND (product_uom_qty <> invoiced OR qty_to_invoice <> 0))
    """
)
# I5: one live effect of a kind, and no more posted for it than decided
EFFECTS = SQL(
    """
    SELECT concat(ticket.number, ': ', count(*), ' live effects “', effect.kind,
                  '” of one remedy')
      FROM aftersales_effect effect
      JOIN helpdesk_ticket ticket ON ticket.id = effect.ticket_id
     WHERE effect.is_cancelled IS NOT TRUE
     GROUP BY effect.resolution_id, effect.kind, ticket.number
    HAVING count(*) > 1
    UNION ALL
    SELECT concat(ticket.number, ': effect “', effect.kind, '” of ', effect.quantity,
                  ' copies, ', moved.quantity, ' moved, ', credited.quantity,
                  ' credited')
      FROM aftersales_effect effect
      JOIN helpdesk_ticket ticket ON ticket.id = effect.ticket_id
     CROSS JOIN LATERAL (
        SELECT coalesce(sum(CASE move.state WHEN 'done' THEN move.quantity
                            ELSE move.product_qty END), 0) AS quantity
          FROM stock_move move
          JOIN stock_location source ON source.id = move.location_id
          JOIN stock_location target ON target.id = move.location_dest_id
         WHERE move.aftersales_effect_id = effect.id AND move.state <> 'cancel'
           AND 'customer' IN (source.usage, target.usage)) moved
     CROSS JOIN LATERAL (
        SELECT coalesce(sum(part.quantity), 0) AS quantity
          FROM aftersales_refund_line part
          JOIN aftersales_refund refund ON refund.id = part.refund_id
         WHERE part.effect_id = effect.id
           AND refund.decision NOT IN ('refused', 'cancelled')) credited
     WHERE effect.is_cancelled IS NOT TRUE
       AND greatest(moved.quantity, credited.quantity) > effect.quantity
    """
)
# I6: what was cancelled before execution left no trace in stock or ledger
CANCELLED = SQL(
    """
    SELECT concat(ticket.number, ': a cancelled remedy has ', trace.what, ' “',
                  trace.name, '”')
      FROM aftersales_resolution resolution
      JOIN helpdesk_ticket ticket ON ticket.id = resolution.ticket_id
      JOIN aftersales_effect effect ON effect.resolution_id = resolution.id
     CROSS JOIN LATERAL (
        SELECT 'transfer' AS what, move.reference AS name
          FROM stock_move move
         WHERE move.aftersales_effect_id = effect.id AND move.state <> 'cancel'
        UNION ALL
        SELECT 'credit note', note.name
          FROM aftersales_refund_line part
          JOIN aftersales_refund refund ON refund.id = part.refund_id
          JOIN account_move note ON note.id = refund.credit_note_id
         WHERE part.effect_id = effect.id AND note.state <> 'cancel'
        UNION ALL
        SELECT 'live effect', effect.kind WHERE effect.is_cancelled IS NOT TRUE) trace
     WHERE resolution.state = 'cancelled'
    """
)

RULES = {
    "I1 nothing beyond what was delivered and invoiced": (
        RETURNED,
        CREDITED_LINES,
        CREDITED_INVOICES,
    ),
    "I2 nothing paid beyond the credit notes": (PAID_OUT,),
    "I3 stock and its value as recomputed from moves and cases": (
        figures.stock_by_moves,
        figures.quarantine_by_cases,
        figures.customers_by_orders,
        figures.ledger_after_closing,
    ),
    "I4 orders untouched by exchanges, lowered by refunds": (ORDERS,),
    "I5 each effect once and no more of it than decided": (EFFECTS,),
    "I6 no trace of what was cancelled": (CANCELLED,),
}


def check(house, tell=lambda rule, broken: None):
    """Return what is broken, one line each; `tell` is called for every rule."""
    wrong = []
    for rule, questions in RULES.items():
        broken = [line for question in questions for line in house.look(_asking(question))]
        tell(rule, broken)
        wrong += broken
    return wrong


def _asking(question):
    def ask(env):
        if not isinstance(question, SQL):
            return question(env)
        return [line for (line,) in env.execute_query(question)]

    return ask
