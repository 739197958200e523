"""Give the pulp lists that wait to whoever may approve them."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Begin the tasks that lists of before have not got."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["aftersales.pulp.list"].search([("state", "=", "draft")])._sync_task()
