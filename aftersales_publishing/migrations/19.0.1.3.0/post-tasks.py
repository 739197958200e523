"""Give pulp lists that wait to whoever may approve them; note who accepted contradicted claims."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Begin the tasks that lists of before have not got; who overruled stands in the log."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["aftersales.pulp.list"].search([("state", "=", "draft")])._sync_task()
    cr.execute(
        """
        UPDATE aftersales_inspection
           SET overruled_by_id = event.user_id
          FROM aftersales_event AS event
         WHERE event.code = 'overruled'
           AND event.res_model = 'aftersales.inspection'
           AND event.res_id = aftersales_inspection.id
           AND aftersales_inspection.contradiction = 'overruled'
        """
    )
