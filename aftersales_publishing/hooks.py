import logging

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, mute_logger

_logger = logging.getLogger(__name__)

MODULE = "aftersales_publishing"
COMPANY_SETTINGS = (
    "aftersales_quarantine_location_id",
    "aftersales_hurt_location_id",
    "aftersales_pulp_location_id",
    "aftersales_customer_location_id",
    "aftersales_return_type_id",
    "aftersales_allowance_product_id",
    "aftersales_freight_product_id",
    "aftersales_team_id",
)


def post_init_hook(env):
    """Make after-sales service ready to use in every company."""
    env["res.company"].search([])._create_aftersales_settings()


def uninstall_hook(env):
    """Leave stock and ledger of a used database as they are.

    Refused while copies wait in quarantine or among the hurt books. Otherwise the locations,
    operation types and products this add-on created are deleted where nothing refers to them and
    archived where something does.
    """
    env = env(context={**env.context, "active_test": False})
    companies = env["res.company"].search([])
    warehouses = env["stock.warehouse"].search([])
    _check_no_stock_left(env, companies, warehouses)
    _check_nothing_away(env)
    companies.write(dict.fromkeys(COMPANY_SETTINGS, False))
    warehouses.write({"aftersales_quarantine_location_id": False})
    # Children before parents: later ids first.
    own_data = env["ir.model.data"].search(
        [
            ("module", "=", MODULE),
            ("model", "in", ("stock.picking.type", "stock.location", "product.product")),
            ("noupdate", "=", True),
            "|",
            ("name", "=like", "company\\_%"),
            "|",
            ("name", "=like", "warehouse\\_%"),
            ("name", "in", ("product_allowance", "product_freight")),
        ]
    )
    models_in_order = ("stock.picking.type", "stock.location", "product.product")
    for data in own_data.sorted(lambda data: (models_in_order.index(data.model), -data.res_id)):
        _delete_or_archive(env, env[data.model].browse(data.res_id).exists())
    # What is archived stays: it must no longer count as ours when Odoo removes our records.
    own_data.exists().unlink()


def offer_remedies(env, offered, module=MODULE):
    """Add new remedies to shipped case types that are kept and name their remedies (R6.1).

    What a manager took off or archived stays as it is.

    :param offered: ``{code of a case type: codes of remedies of the module}``
    """

    def find(name):
        return env.ref(name, raise_if_not_found=False)

    for type_code, remedy_codes in offered.items():
        case_type = find(f"{MODULE}.aftersales_case_type_{type_code}")
        remedies = [find(f"{module}.aftersales_remedy_{code}") for code in remedy_codes]
        if case_type and case_type.remedy_ids:
            case_type.remedy_ids = [Command.link(remedy.id) for remedy in remedies if remedy]


def rename_own_remedies(cr, module, codes):
    """Make room for shipped remedies: a code is unique, and the house may have used it (R6.1).

    To be called before the data are loaded. Remedies of the house keep their cases and settings;
    only their codes change.

    :param codes: of remedies of ``module``, as in their external identifiers
    """
    _rename_own(cr, module, "aftersales.remedy", codes)


def rename_own_case_types(cr, module, codes):
    """Make room for shipped case types, as for remedies."""
    _rename_own(cr, module, "aftersales.case.type", codes)


def _rename_own(cr, module, model, codes):
    name = model.replace(".", "_")
    table = SQL.identifier(name)
    cr.execute(
        SQL(
            """
            SELECT own.id, own.code
              FROM %(table)s AS own
             WHERE own.company_id IS NULL
               AND own.code = ANY(%(codes)s)
               AND NOT EXISTS (
                       SELECT FROM ir_model_data AS data
                        WHERE data.module = %(module)s
                          AND data.model = %(model)s
                          AND data.name = %(prefix)s || own.code
                   )
            """,
            table=table,
            codes=list(codes),
            module=module,
            model=model,
            prefix=f"{name}_",
        )
    )
    own = cr.fetchall()
    if not own:
        return
    cr.execute(SQL("SELECT code FROM %s WHERE company_id IS NULL", table))
    taken = {code for [code] in cr.fetchall()}
    for record_id, code in own:
        free = f"{code}_own"
        while free in taken:
            free += "_own"
        taken.add(free)
        cr.execute(SQL("UPDATE %s SET code = %s WHERE id = %s", table, free, record_id))
        _logger.warning("%s %s: code %s is ours now, yours is %s", model, record_id, code, free)


def _check_no_stock_left(env, companies, warehouses):
    locations = (
        companies.aftersales_quarantine_location_id
        | companies.aftersales_hurt_location_id
        | warehouses.aftersales_quarantine_location_id
        | env["stock.location"].search([("aftersales_without_value", "=", True)])
    )
    if not locations:
        return
    quants = env["stock.quant"].search(
        [("location_id", "child_of", locations.ids), ("quantity", "!=", 0)]
    )
    if quants:
        raise UserError(
            env._(
                "After-sales service cannot be uninstalled while copies lie in %(locations)s. "
                "Restock, scrap or return them to the printer first.",
                locations=", ".join(sorted(set(quants.location_id.mapped("display_name")))),
            )
        )


def _check_nothing_away(env):
    """Refuse while copies of readers are at a binder: nobody would know whose they are."""
    away = env["aftersales.repair"].search([("state", "=", "away")])
    if away:
        raise UserError(
            env._(
                "After-sales service cannot be uninstalled while readers' copies are at a binder "
                "(%(cases)s). Take them in and give them back first.",
                cases=", ".join(sorted(set(away.mapped("case_number")))),
            )
        )


def _delete_or_archive(env, record):
    if not record:
        return
    sequence = record.sequence_id if record._name == "stock.picking.type" else None
    try:
        with mute_logger("odoo.sql_db"), env.cr.savepoint():
            record.unlink()
            if sequence:
                sequence.unlink()
    except (IntegrityError, UserError, ValidationError):
        record.invalidate_recordset()
        record.active = False
