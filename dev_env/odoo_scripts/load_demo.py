"""Load the demo data of the add-ons named onto a database without any of Odoo's.

Odoo would load it only if all dependencies had theirs: a publisher among furniture makers. The
module graph, the loading and the flag that makes later updates load new demo records are Odoo's
own; only the decision is ours.
"""

import os

from odoo.modules.loading import load_demo
from odoo.modules.module_graph import ModuleGraph

env = globals()["env"]  # given by `odoo shell`


def prepare_company(company):
    """Make the main company a Chinese one, before anything is posted in its currency."""
    currency = env.ref("base.CNY")
    currency.active = True
    company.write({"country_id": env.ref("base.cn").id, "currency_id": currency.id})
    env["product.pricelist"].search([]).currency_id = currency  # orders, too
    company.partner_id.write({"lang": "zh_CN", "tz": "Asia/Shanghai"})
    env.ref("base.user_admin").tz = "Asia/Shanghai"


names = os.environ["SCRIPT_ARGUMENTS"].split()
prepare_company(env.ref("base.main_company"))
graph = ModuleGraph(env.cr, mode="load")
graph.extend(env["ir.module.module"].search([("state", "=", "installed")]).mapped("name"))
for package in graph:
    if package.name in names:
        if not load_demo(env, package, {}, "init"):
            raise SystemExit(f"the demo data of {package.name} can't be loaded, see above")
        env["ir.module.module"].browse(package.id).demo = True
env.cr.commit()
