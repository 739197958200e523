"""Keep the facts of earlier verdicts, which were plain text, as facts with labels (R3.1)."""

from odoo.tools import sql


def migrate(cr, version):
    """Write ``label: value`` lines as ``[{"key", "label", "value"}]``; the text column goes.

    Lines without a label are kept too, as values.
    """
    if not sql.column_exists(cr, "aftersales_verdict", "facts"):
        return
    cr.execute(
        """
        UPDATE aftersales_verdict AS verdict
           SET facts_data = told.facts
          FROM (
                SELECT verdict.id,
                       jsonb_agg(
                           jsonb_build_object(
                               'key', '',
                               'label', CASE WHEN strpos(fact.line, ': ') > 0
                                   THEN split_part(fact.line, ': ', 1) ELSE '' END,
                               'value', CASE WHEN strpos(fact.line, ': ') > 0
                                   THEN substr(fact.line, strpos(fact.line, ': ') + 2)
                                   ELSE fact.line END
                           ) ORDER BY fact.number
                       ) AS facts
                  FROM aftersales_verdict AS verdict,
                       regexp_split_to_table(verdict.facts, E'\\n')
                           WITH ORDINALITY AS fact (line, number)
                 WHERE verdict.facts_data IS NULL
                 GROUP BY verdict.id
               ) AS told
         WHERE told.id = verdict.id
        """
    )
    cr.execute("ALTER TABLE aftersales_verdict DROP COLUMN facts")
