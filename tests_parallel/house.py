"""A publisher whose desks work at the same time, each step in a transaction of its own."""

import subprocess
from functools import partial

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.service.model import retrying

MODULE = "aftersales_publishing"
COPIES = 3  # in every order
PRINTED = 2000  # copies of every run
ORDERS_AT_ONCE = 25
QUESTIONS_BETWEEN_STATISTICS = 8
DESKS = {
    "agent": (f"{MODULE}.group_agent",),
    "colleague": (f"{MODULE}.group_agent",),
    "warehouse": (f"{MODULE}.group_warehouse",),
    "packer": (f"{MODULE}.group_warehouse",),
    "finance": (f"{MODULE}.group_finance",),
    "approver": (f"{MODULE}.group_finance",),
    "quality": (f"{MODULE}.group_print_quality",),
    "manager": (f"{MODULE}.group_manager",),
    "deputy": (f"{MODULE}.group_manager",),
    # works on cases, approves refunds and sets the limits
    "chief": (f"{MODULE}.group_manager", f"{MODULE}.group_finance", "base.group_system"),
    "accountant": ("account.group_account_manager", "stock.group_stock_user"),
}


class House:
    """Two companies with books, print runs and orders that are delivered, invoiced and paid.

    :param registry: of a database with the add-on that nothing else uses
    :param desks: {desk: id of its user}
    :param company_ids: the companies all desks work for
    """

    def __init__(self, registry, desks, company_ids):
        self.registry = registry
        self.desks = desks
        self.company_ids = company_ids
        self.questions = 0
        self.accepted = []
        self.deliveries = {}
        self.runs = {}
        self.poster_id = None
        self.invoices = True  # whether what is sold from now on is invoiced

    @classmethod
    def found(cls, registry):
        """Set up the companies, their people and their stock."""
        house = cls(registry, {}, [])
        with house.transaction() as env:
            companies = env.company | _make_company(env)
            house.company_ids = companies.ids
            for desk, groups in DESKS.items():
                house.desks[desk] = _make_user(env, desk, groups, companies).id
            title = _make_title(env)
            house.runs = {company.id: _print_runs(env, company, title) for company in companies}
            house.poster_id = _make_poster(env).id
        return house

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

    def find_broken(self, at_rest=False):
        """Return what breaks an invariant and was not accepted, one line each.

        :param at_rest: ask for the ledger after closing too, which takes longer
        """
        self._refresh_statistics()
        # an add-on can be imported once Odoo knows where add-ons are
        from odoo.addons.aftersales_publishing.tests import invariants

        rules = invariants.RULES | (invariants.AT_REST if at_rest else {})
        breaches = self.look(lambda env: invariants.find_breaches(env, rules))
        return [breach.text for breach in invariants.find_raised(self.accepted, breaches)]

    def accept_broken(self):
        """Pass over what is broken now: a test took guards away, and others follow on this database."""
        from odoo.addons.aftersales_publishing.tests import invariants

        rules = invariants.RULES | invariants.AT_REST
        self.accepted = self.look(lambda env: invariants.find_breaches(env, rules))

    def _refresh_statistics(self):
        """Tell PostgreSQL now and then what was committed: nothing else does (see dev_env/postgres.py).

        It would plan for empty tables, and each question would take as long as all before it.
        """
        self.questions += 1
        if self.questions % QUESTIONS_BETWEEN_STATISTICS:
            return
        command = ["vacuumdb", "--analyze", "--quiet", self.registry.db_name]
        subprocess.run(command, check=True)

    # ------------------------------------------------------------------
    # Orders
    # ------------------------------------------------------------------
    def take_delivery(self, company=0):
        """Return the id of a move that delivered three copies nobody complained of yet."""
        company_id = self.company_ids[company]
        moves = self.deliveries.setdefault((company_id, self.invoices), [])
        if not moves:
            moves += self._deliver(company_id, 2 if company else ORDERS_AT_ONCE)
        return moves.pop()

    def _deliver(self, company_id, count):
        with self.transaction() as env:
            env = env(context={**env.context, "allowed_company_ids": [company_id]})
            run = env["stock.lot"].browse(self.runs[company_id][0])
            poster = env["product.product"].browse(self.poster_id)
            moves = sell(env, run, poster, count)
            if self.invoices:
                invoice(env, moves.sale_line_id.order_id)
            return moves.ids


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


def _make_user(env, desk, groups, companies):
    return env["res.users"].create(
        {
            "name": desk.capitalize(),
            "login": f"parallel_{desk}",
            "lang": "en_US",
            "notification_type": "inbox",
            "company_id": companies[0].id,
            "company_ids": [Command.set(companies.ids)],
            "group_ids": [Command.link(env.ref(group).id) for group in groups],
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


def _make_poster(env):
    """Return what is not delivered yet in any order.

    Else the first return would change the delivery status of the order, and Odoo's own write there
    would serialize what only the guards of the add-on serialize otherwise.
    """
    return env["product.product"].create(
        {"name": "Poster", "type": "consu", "invoice_policy": "delivery"}
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
    move_lot(move, lot, PRINTED)
    order.picking_ids.button_validate()
    order.action_create_invoice()
    order.invoice_ids.invoice_date = fields.Date.today()
    order.invoice_ids.action_post()


def move_lot(move, lot, quantity):
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


def sell(env, run, poster, count, ordered=COPIES):
    """Sell copies of a run to as many readers; return the moves that delivered three to each."""
    reader = env["res.partner"].create({"name": "Reader"})
    lines = [
        Command.create({"product_id": run.product_id.id, "product_uom_qty": ordered}),
        Command.create({"product_id": poster.id, "product_uom_qty": 1}),
    ]
    orders = env["sale.order"].create([{"partner_id": reader.id, "order_line": lines}] * count)
    orders.action_confirm()
    moves = orders.picking_ids.move_ids.filtered(lambda m: m.product_id == run.product_id)
    moves._do_unreserve()
    for move in moves:
        move_lot(move, run, COPIES)
    moves.picking_id.with_context(skip_backorder=True, skip_sms=True).button_validate()
    return moves


def invoice(env, orders):
    invoices = orders._create_invoices(grouped=True)
    invoices.invoice_date = fields.Date.today()
    invoices.action_post()
    env["account.payment.register"].with_context(
        active_model="account.move", active_ids=invoices.ids
    ).create({"group_payment": True})._create_payments()
