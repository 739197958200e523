from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

WITHOUT_MONTH = "aftersales_without_month"
# What the figures of a run read of each movement
MOVEMENT = [
    "lot_id",
    "move_id",
    "state",
    "date",
    "company_id",
    "quantity_product_uom",
    "location_id",
    "location_dest_id",
]
# One defect stands for a copy: what the printer or binder did goes first, then the catalogue's order
MAIN_DEFECT = SQL(
    """
    JOIN LATERAL (
        SELECT defect.id,
               defect."group",
               defect.concerns_run AND defect."group" <> 'text' AS made_by_printer
          FROM aftersales_case_line_aftersales_defect_rel AS named
          JOIN aftersales_defect AS defect ON defect.id = named.aftersales_defect_id
         WHERE named.aftersales_case_line_id = line.id
         ORDER BY made_by_printer DESC, defect.sequence, defect.id
         LIMIT 1
    ) AS main ON TRUE
    """
)


class AftersalesRunFact(models.Model):
    """What happened to copies of print runs: received, sold, returned, complained of, defective.

    Every figure about a run, printer or title is a sum of what inventory and cases hold, right after
    returns and re-sales (R4.2). One row per run, month and way of the copies, and one per complaint
    and inspection. Quantities are copies, in the product's unit. See ADR 63 for what counts. Copies
    that were judged pirated are not ours: they are neither complained of nor defective here (R3.2).
    """

    _name = "aftersales.run.fact"
    _description = "Print Run Analysis"
    _auto = False
    _order = "month desc, id desc"
    _rec_name = "lot_id"
    _depends = {
        "stock.move.line": MOVEMENT,
        "stock.move": ["origin_returned_move_id", "aftersales_effect_id"],
        "stock.lot": ["product_id", "edition", "impression", "printer_id", "binder_id"],
        "helpdesk.ticket": ["phase", "registered_at", "case_type_id"],
        "aftersales.case.type": ["is_complaint"],
        "aftersales.case.line": [
            "lot_id",
            "quantity",
            "product_uom_id",
            "defect_ids",
            "is_pirated",
        ],
        "aftersales.defect": ["group", "concerns_run", "sequence"],
        "aftersales.effect": ["line_id", "kind"],
        "aftersales.inspection": [
            "lot_id",
            "quantity",
            "state",
            "grade",
            "contradiction",
            "inspected_at",
        ],
    }

    lot_id = fields.Many2one("stock.lot", "Print Run", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    product_id = fields.Many2one("product.product", "Title", readonly=True)
    edition = fields.Char(readonly=True)
    impression = fields.Integer(readonly=True, aggregator=None)
    printer_id = fields.Many2one("res.partner", readonly=True)
    binder_id = fields.Many2one(
        "res.partner", readonly=True, help="The printer, where nobody else bound the run."
    )
    month = fields.Date(
        readonly=True,
        help="Its first day: of the movement, the complaint or the inspection, where the company is.",
    )
    defect_id = fields.Many2one(
        "aftersales.defect",
        readonly=True,
        help="A copy with several defects counts under one: what printer or binder did goes first.",
    )
    defect_group = fields.Selection(
        lambda self: self.env["aftersales.defect"]._fields["group"].selection, readonly=True
    )
    received = fields.Float(
        digits="Product Unit", readonly=True, help="From the printer, less what went back to him."
    )
    sold = fields.Float(
        digits="Product Unit",
        readonly=True,
        help="Delivered to readers and shops, replacements and free copies included.",
    )
    returned = fields.Float(
        digits="Product Unit",
        readonly=True,
        help="Came back, without those that were given back to their readers.",
    )
    complained = fields.Float(
        "Complained Of",
        digits="Product Unit",
        readonly=True,
        help="In registered complaints that name a defect, without copies judged pirated.",
    )
    confirmed = fields.Float(
        "Confirmed Defective",
        digits="Product Unit",
        readonly=True,
        help="Came back and were inspected as defective, with a defect in pages, printing or "
        "binding. Text defects are the publisher's and never count here, nor do copies judged "
        "pirated.",
    )
    defect_rate = fields.Float(
        readonly=True,
        aggregator="avg",
        help="Confirmed defective copies among those sold. Copies that came back sound do not "
        "count as sold.",
    )

    # ------------------------------------------------------------------
    # Where the figures come from
    # ------------------------------------------------------------------
    @property
    def _table_query(self):
        return SQL(
            """
            SELECT fact.*,
                   lot.product_id,
                   lot.edition,
                   lot.impression,
                   lot.printer_id,
                   COALESCE(lot.binder_id, lot.printer_id) AS binder_id,
                   NULL::float8 AS defect_rate
              FROM (%s UNION ALL %s UNION ALL %s UNION ALL %s) AS fact
              JOIN stock_lot AS lot ON lot.id = fact.lot_id
            """,
            self._get_movements(),
            self._get_given_back(),
            self._get_complaints(),
            self._get_confirmed(),
        )

    def _get_month(self, column):
        """Return the month of a date and time, unless nobody asks for it.

        PostgreSQL takes every month for a value of its own and then adds up millions of movements
        by one process instead of several.
        """
        if self.env.context.get(WITHOUT_MONTH):
            return SQL("NULL::date")
        timezone = self.env.company._get_aftersales_timezone()
        return SQL(
            "date_trunc('month', %s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", column, timezone
        )

    def _get_movements(self):
        """Return the query of copies that came from printers, went to readers or came back.

        They are added up before it is asked where they went: that takes a third of the time.
        """
        month = self._get_month(SQL("date"))
        return SQL(
            """
            SELECT line.id::bigint * 4 AS id,
                   line.lot_id,
                   line.company_id,
                   line.month,
                   NULL::integer AS defect_id,
                   NULL::varchar AS defect_group,
                   CASE WHEN target.usage = 'supplier' THEN -line.copies
                        WHEN source.usage IN ('supplier', 'production')
                        THEN line.copies ELSE 0 END AS received,
                   CASE WHEN target.usage = 'customer' THEN line.copies ELSE 0 END AS sold,
                   CASE WHEN source.usage = 'customer' THEN line.copies ELSE 0 END AS returned,
                   0::numeric AS complained,
                   0::numeric AS confirmed
              FROM (
                  SELECT MIN(id) AS id,
                         lot_id,
                         company_id,
                         location_id,
                         location_dest_id,
                         %(month)s AS month,
                         SUM(quantity_product_uom) AS copies
                    FROM stock_move_line
                   WHERE state = 'done' AND lot_id IS NOT NULL
                   GROUP BY 2, 3, 4, 5, 6
              ) AS line
              JOIN stock_location AS source ON source.id = line.location_id
              JOIN stock_location AS target ON target.id = line.location_dest_id
             WHERE source.usage <> target.usage
            """,
            month=month,
        )

    def _get_given_back(self):
        """Return the query that takes off copies which their readers got back, mended or not.

        They were neither returned nor sold again. Few moves go back: nothing is asked of the others.
        """
        return SQL(
            """
            SELECT line.id::bigint * 4 + 3,
                   line.lot_id,
                   line.company_id,
                   %(month)s,
                   NULL::integer,
                   NULL::varchar,
                   0::numeric,
                   -line.quantity_product_uom,
                   -line.quantity_product_uom,
                   0::numeric,
                   0::numeric
              FROM stock_move_line AS line
              JOIN stock_location AS target ON target.id = line.location_dest_id
              JOIN stock_move AS move ON move.id = line.move_id
             WHERE line.state = 'done'
               AND line.lot_id IS NOT NULL
               AND target.usage = 'customer'
               AND move.origin_returned_move_id IS NOT NULL
               AND CASE WHEN target.usage = 'customer' THEN EXISTS (  -- asked last, and of few
                       SELECT
                         FROM stock_move AS origin
                         JOIN stock_location AS came_from ON came_from.id = origin.location_id
                         LEFT JOIN aftersales_effect AS effect
                                ON effect.id = move.aftersales_effect_id
                        WHERE origin.id = move.origin_returned_move_id
                          AND came_from.usage = 'customer'
                          AND (effect.id IS NULL OR effect.kind = 'giveback')
                   ) ELSE FALSE END
            """,
            month=self._get_month(SQL("line.date")),
        )

    def _get_complaints(self):
        """Return the query of copies complained of: registered complaints that name a defect."""
        return SQL(
            """
            SELECT line.id::bigint * 4 + 1,
                   line.lot_id,
                   line.company_id,
                   %(month)s,
                   main.id,
                   main."group",
                   0::numeric,
                   0::numeric,
                   0::numeric,
                   (line.quantity * unit.factor / own_unit.factor)::numeric,
                   0::numeric
              FROM aftersales_case_line AS line
              JOIN helpdesk_ticket AS ticket ON ticket.id = line.ticket_id
              JOIN aftersales_case_type AS case_type ON case_type.id = ticket.case_type_id
              JOIN uom_uom AS unit ON unit.id = line.product_uom_id
              JOIN product_product AS product ON product.id = line.product_id
              JOIN product_template AS template ON template.id = product.product_tmpl_id
              JOIN uom_uom AS own_unit ON own_unit.id = template.uom_id
              %(main_defect)s
             WHERE line.lot_id IS NOT NULL
               AND ticket.phase NOT IN ('intake', 'cancelled')
               AND case_type.is_complaint
               AND line.is_pirated IS NOT TRUE
            """,
            main_defect=MAIN_DEFECT,
            month=self._get_month(SQL("COALESCE(ticket.registered_at, ticket.create_date)")),
        )

    def _get_confirmed(self):
        """Return the query of copies that are confirmed to be defective by printer or binder."""
        return SQL(
            """
            SELECT inspection.id::bigint * 4 + 2,
                   inspection.lot_id,
                   inspection.company_id,
                   %(month)s,
                   main.id,
                   main."group",
                   0::numeric,
                   0::numeric,
                   0::numeric,
                   0::numeric,
                   inspection.quantity
              FROM aftersales_inspection AS inspection
              JOIN aftersales_effect AS effect ON effect.id = inspection.effect_id
              JOIN aftersales_case_line AS line ON line.id = effect.line_id
              %(main_defect)s
             WHERE inspection.state = 'done'
               AND inspection.grade = 'defective'
               AND inspection.lot_id IS NOT NULL
               AND COALESCE(inspection.contradiction, 'overruled') = 'overruled'
               AND main.made_by_printer
               AND line.is_pirated IS NOT TRUE
            """,
            main_defect=MAIN_DEFECT,
            month=self._get_month(SQL("inspection.inspected_at")),
        )

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------
    @api.model
    def _read_group(
        self, domain, groupby=(), aggregates=(), having=(), offset=0, limit=None, order=None
    ):
        facts = self._for_specs(domain, groupby, aggregates, order)
        return super(AftersalesRunFact, facts)._read_group(
            domain, groupby, aggregates, having, offset, limit, order
        )

    @api.model
    def _read_grouping_sets(self, domain, grouping_sets, aggregates=(), order=None):
        groupby = [spec for specs in grouping_sets for spec in specs]
        facts = self._for_specs(domain, groupby, aggregates, order)
        return super(AftersalesRunFact, facts)._read_grouping_sets(
            domain, grouping_sets, aggregates, order
        )

    def _for_specs(self, domain, groupby, aggregates, order):
        """Leave out the month where neither domain nor groups name it."""
        named = {spec.partition(":")[0] for spec in (*groupby, *aggregates)}
        named |= {condition.field_expr for condition in Domain(domain).iter_conditions()}
        if "month" in named or "month" in (order or ""):
            return self
        return self.with_context(**{WITHOUT_MONTH: True})

    def _read_group_select(self, aggregate_spec, query):
        """Weigh the rate by the copies: never an average of averages."""
        if aggregate_spec != "defect_rate:avg":
            return super()._read_group_select(aggregate_spec, query)
        column = {
            name: SQL("SUM(%s)", self._field_to_sql(self._table, name, query))
            for name in ("sold", "returned", "confirmed")
        }
        return SQL(
            "%(confirmed)s / NULLIF(GREATEST("
            "%(sold)s - GREATEST(%(returned)s - %(confirmed)s, 0), 0), 0)",
            **column,
        )
