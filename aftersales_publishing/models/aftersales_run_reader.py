from odoo import fields, models
from odoo.tools import SQL

from .aftersales_run_fact import MOVEMENT


class AftersalesRunReader(models.Model):
    """Who has copies of a print run: one row per reader and order, returns taken off (R4.2, R5.1).

    Quantities are copies, in the product's unit.
    """

    _name = "aftersales.run.reader"
    _description = "Readers of a Print Run"
    _auto = False
    _order = "last_date desc, id desc"
    _rec_name = "partner_id"
    _depends = {
        "stock.move.line": MOVEMENT,
        "stock.move": ["origin_returned_move_id", "sale_line_id", "picking_id", "partner_id"],
        "stock.picking": ["partner_id"],
        "sale.order": ["partner_shipping_id"],
        "stock.lot": ["product_id"],
    }

    lot_id = fields.Many2one("stock.lot", "Print Run", readonly=True)
    product_id = fields.Many2one("product.product", "Title", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", "Reader or Shop", readonly=True)
    order_id = fields.Many2one("sale.order", readonly=True)
    delivered = fields.Float(digits="Product Unit", readonly=True)
    returned = fields.Float(digits="Product Unit", readonly=True)
    kept = fields.Float("Still There", digits="Product Unit", readonly=True)
    last_date = fields.Datetime("Last Movement", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT held.*, held.delivered - held.returned AS kept, lot.product_id
              FROM (
                SELECT MIN(line.id) AS id,
                       line.lot_id,
                       line.company_id,
                       COALESCE(
                           sale.partner_shipping_id, picking.partner_id, move.partner_id
                       ) AS partner_id,
                       sale.id AS order_id,
                       SUM(CASE WHEN target.usage = 'customer'
                                THEN line.quantity_product_uom ELSE 0 END)::float8 AS delivered,
                       SUM(CASE WHEN source.usage = 'customer'
                                THEN line.quantity_product_uom ELSE 0 END)::float8 AS returned,
                       MAX(line.date) AS last_date
                  FROM stock_move_line AS line
                  JOIN stock_location AS source ON source.id = line.location_id
                  JOIN stock_location AS target ON target.id = line.location_dest_id
                  JOIN stock_move AS move ON move.id = line.move_id
                  LEFT JOIN stock_move AS origin ON origin.id = move.origin_returned_move_id
                  LEFT JOIN stock_picking AS picking ON picking.id = move.picking_id
                  LEFT JOIN sale_order_line AS sale_line
                         ON sale_line.id = COALESCE(move.sale_line_id, origin.sale_line_id)
                  LEFT JOIN sale_order AS sale ON sale.id = sale_line.order_id
                 WHERE line.state = 'done'
                   AND line.lot_id IS NOT NULL
                   AND (source.usage = 'customer') <> (target.usage = 'customer')
                 GROUP BY line.lot_id, line.company_id, 4, sale.id
              ) AS held
              JOIN stock_lot AS lot ON lot.id = held.lot_id
            """
        )
