"""A publisher whose desks work at the same time, each step in a transaction of its own."""

from functools import partial

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.service.model import retrying

from story import invariants

MODULE = "aftersales_publishing"
COPIES = 3  # in every order
PRINTED = 2000  # copies of every run
ORDERS_AT_ONCE = 40
DESKS = {
    "agent": ("agent",),
    "colleague": ("agent",),
    "warehouse": ("warehouse",),
    "packer": ("warehouse",),
    "finance": ("finance",),
    "approver": ("finance",),
    "quality": ("print_quality",),
}


class House:
    """Two companies with books, print runs and orders that are delivered, invoiced and paid.

    :param registry: of a database with the add-on that nothing else uses
    """

    def __init__(self, registry):
        self.registry = registry
        self.deliveries = {}
        self.company_ids = []
        with self.transaction() as env:
            first, second = env.company, _make_company(env)
            companies = first | second
            self.company_ids = companies.ids
            self.desks = {
                desk: _make_user(env, desk, roles, companies).id for desk, roles in DESKS.items()
            }
            self.desks["accountant"] = _make_accountant(env, companies).id
            title = _make_title(env)
            self.runs = {company.id: _print_runs(env, company, title) for company in companies}

    # ------------------------------------------------------------------
    # Transactions
    # ------------------------------------------------------------------
    def transaction(self):
        """Return a context manager: the superuser's environment, committed in the end."""
        return _Transaction(self)

    def environment(self, cr, desk=None):
        """Return the environment of a desk, which works for both companies.

        Without a desk it is the superuser's for the first company, without messages.
        """
        context = {"lang": "en_US", "tz": "Asia/Shanghai"}
        if desk:
            context["allowed_company_ids"] = self.company_ids
            return api.Environment(cr, self.desks[desk], context)
        context.update(allowed_company_ids=self.company_ids[:1], tracking_disable=True)
        return api.Environment(cr, SUPERUSER_ID, context)

    def work(self, desk, step):
        """Let a desk do one step and commit it; repeated as Odoo repeats requests."""
        with self.registry.cursor() as cr:
            env = self.environment(cr, desk)
            return retrying(partial(step, env), env)

    def look(self, question):
        """Return the answer to a question; what it changes is undone."""
        with self.registry.cursor() as cr:
            try:
                return question(self.environment(cr))
            finally:
                cr.rollback()

    def find_broken(self):
        """Return what breaks an invariant (I1 to I6), one line each."""
        return invariants.check(self)

    # ------------------------------------------------------------------
    # Orders
    # ------------------------------------------------------------------
    def take_delivery(self, company=0):
        """Return the id of a move that delivered three copies nobody complained of yet."""
        company_id = self.company_ids[company]
        if not self.deliveries.get(company_id):
            with self.transaction() as env:
                own = env(context={**env.context, "allowed_company_ids": [company_id]})
                run = own["stock.lot"].browse(self.runs[company_id][0])
                self.deliveries[company_id] = _sell(own, run, 2 if company else ORDERS_AT_ONCE)
        return self.deliveries[company_id].pop()


class _Transaction:
    def __init__(self, house):
        self.house = house

    def __enter__(self):
        self.cr = self.house.registry.cursor()
        return self.house.environment(self.cr.__enter__())

    def __exit__(self, *error):
        return self.cr.__exit__(*error)


def _make_company(env):
    company = env["res.company"].create({"name": "Second House"})
    env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
    env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1) or env[
        "stock.warehouse"
    ].create({"name": company.name, "code": "SH", "company_id": company.id})
    company._create_aftersales_settings()
    return company


def _make_user(env, desk, roles, companies):
    groups = [env.ref(f"{MODULE}.group_{role}").id for role in roles]
    return _new_user(env, desk, groups, companies)


def _make_accountant(env, companies):
    groups = [env.ref("account.group_account_manager").id, env.ref("stock.group_stock_user").id]
    return _new_user(env, "accountant", groups, companies)


def _new_user(env, name, group_ids, companies):
    return env["res.users"].create(
        {
            "name": name.capitalize(),
            "login": f"parallel_{name}",
            "lang": "en_US",
            "notification_type": "inbox",
            "company_id": companies[0].id,
            "company_ids": [Command.set(companies.ids)],
            "group_ids": [Command.link(group_id) for group_id in group_ids],
        }
    )


def _make_title(env):
    category = env["product.category"].create(
        {
            "name": "Books",
            "property_cost_method": "average",
            "property_valuation": "real_time",
        }
    )
    return env["product.product"].create(
        {
            "name": "A Dream of Red Mansions",
            "type": "consu",
            "is_storable": True,
            "tracking": "lot",
            "list_price": 58,
            "categ_id": category.id,
            "invoice_policy": "delivery",
            "purchase_method": "receive",
            "supplier_taxes_id": [Command.clear()],
        }
    )


def _print_runs(env, company, title):
    """Put two print runs of the title on the company's shelves; return their ids."""
    env = env(context={**env.context, "allowed_company_ids": company.ids})
    lots = env["stock.lot"].create(
        [{"name": f"{company.name} {number}", "product_id": title.id} for number in (1, 2)]
    )
    for lot in lots:
        _receive_run(env, lot)
    return lots.ids


def _receive_run(env, lot):
    """Receive a print run from the printer and post the bill."""
    order = env["purchase.order"].create(
        {
            "partner_id": env["res.partner"].create({"name": "Printer"}).id,
            "order_line": [
                Command.create(
                    {"product_id": lot.product_id.id, "product_qty": PRINTED, "price_unit": 15}
                )
            ],
        }
    )
    order.button_confirm()
    move = order.picking_ids.move_ids
    move.move_line_ids.unlink()
    _move_lot(move, lot, PRINTED)
    order.picking_ids.button_validate()
    order.action_create_invoice()
    order.invoice_ids.invoice_date = fields.Date.today()
    order.invoice_ids.action_post()


def _move_lot(move, lot, quantity):
    move.move_line_ids = [
        Command.create(
            {
                "picking_id": move.picking_id.id,
                "product_id": move.product_id.id,
                "lot_id": lot.id,
                "quantity": quantity,
                "location_id": move.location_id.id,
                "location_dest_id": move.location_dest_id.id,
            }
        )
    ]
    move.picked = True


def _sell(env, run, count):
    """Sell copies of a run to as many readers; return the ids of the delivery moves."""
    reader = env["res.partner"].create({"name": "Reader"})
    orders = env["sale.order"].create(
        [
            {
                "partner_id": reader.id,
                "order_line": [
                    Command.create({"product_id": run.product_id.id, "product_uom_qty": COPIES})
                ],
            }
        ]
        * count
    )
    orders.action_confirm()
    moves = orders.picking_ids.move_ids
    moves._do_unreserve()
    for move in moves:
        _move_lot(move, run, COPIES)
    orders.picking_ids.with_context(skip_sms=True).button_validate()
    _invoice(env, orders)
    return moves.ids


def _invoice(env, orders):
    invoices = orders._create_invoices(grouped=True)
    invoices.invoice_date = fields.Date.today()
    invoices.action_post()
    env["account.payment.register"].with_context(
        active_model="account.move", active_ids=invoices.ids
    ).create({"group_payment": False})._create_payments()
