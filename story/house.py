"""The database and those who work in it."""

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tools import config

MODULE = "aftersales_publishing"


class House:
    """The publisher: gives each step a transaction of its own, as separate workers would have."""

    def __init__(self, conf, database):
        config.parse_config(["-c", conf, "-d", database, "--log-level=warn"], setup_logging=True)
        self.registry = Registry(database)

    def work(self, desk, step):
        """Let a desk do one step and commit it; repeated when another transaction was faster.

        :param desk: login of the demo user, or ``None`` for whoever sets up the world
        :param step: function of an environment
        :return: what the function returns
        """
        with self.registry.cursor() as cr:
            env = self._environment(cr, desk)
            return retrying(lambda: step(env), env)

    def look(self, question):
        """Return the answer to a question; what it changes is undone."""
        with self.registry.cursor() as cr:
            try:
                return question(self._environment(cr, None))
            finally:
                cr.rollback()

    def _environment(self, cr, desk):
        env = api.Environment(cr, SUPERUSER_ID, {"lang": "en_US", "tz": "Asia/Shanghai"})
        return env(user=env.ref(f"{MODULE}.user_{desk}")) if desk else env
