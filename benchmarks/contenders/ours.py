"""This add-on: each desk does its own clicks, batches go through the verbs."""

from unittest.mock import patch

from odoo import Command

from ..harness import Contender, Step
from .native import validate


class Ours(Contender):
    """Cases with remedies."""

    name = "ours"
    groups = {
        "agent": ("aftersales_publishing.group_agent",),
        "warehouse": ("aftersales_publishing.group_warehouse",),
        "finance": ("aftersales_publishing.group_finance",),
    }

    def prepare(self, env):
        """Look up what the agent picks on the screen."""
        types = env["aftersales.case.type"].search([])
        self.types = {case_type.code: case_type.id for case_type in types}
        self.remedies = {r.code: r.id for r in env["aftersales.remedy"].search([])}
        self.loose_leaves = env["aftersales.defect"].search([("code", "=", "loose_leaves")]).id
        proofs = env["aftersales.case.type"].browse(self.types["binding"]).proof_ids
        self.binding_proofs = proofs.ids

    def prepare_bulk(self, bench):
        """Let every refund wait for finance."""
        with bench.environment() as env:
            env["res.company"].search([]).aftersales_refund_limit = 0.0

    def flows(self):
        """Return enquiry, refund and exchange, one by one and in batch, and the payout."""
        return {
            "case": [
                Step("create the case", "agent", self.create_enquiry),
                Step("register", "agent", register),
                Step("guide, which closes it", "agent", guide),
            ],
            "refund": [
                Step("create the case", "agent", self.create_return_case),
                Step("register", "agent", register),
                Step("propose, agreed, execute", "agent", self.settle("return_refund")),
                *self._at_the_table(),
                Step("approve and post", "finance", approve_and_post),
            ],
            "exchange": [
                Step("create the case", "agent", self.create_defect_case),
                Step("register", "agent", register),
                Step("propose, agreed, execute", "agent", self.settle("exchange")),
                *self._at_the_table(),
                Step("ship", "warehouse", ship),
            ],
            "refund_batch": [
                *self._submitted("refused_parcel", "return_refund"),
                *self._returned(),
                Step("approve and post", "finance", approve_and_post),
            ],
            "exchange_batch": [
                *self._submitted("binding", "exchange"),
                *self._returned(),
                Step("ship", "warehouse", ship),
            ],
            "payout": [Step("pay", "finance", pay)],
            "refund_requests": [
                *self._submitted("refused_parcel", "return_refund"),
                *self._returned(),
            ],
            "refund_bulk": [
                Step("approve, post and pay the list", "finance", start_run),
                Step("in the background", "finance", work_on_runs),
            ],
            "refund_stopped": [
                Step("approve, post and pay the list", "finance", start_run),
                Step("in the background, until it is stopped", "finance", work_until_stopped),
                Step("resume", "finance", resume_run),
                Step("in the background again", "finance", work_on_runs),
            ],
        }

    def _submitted(self, case_type, remedy):
        return [
            Step("submit", "agent", submit(case_type)),
            Step("propose", "agent", propose(remedy)),
            Step("agree", "agent", agree),
            Step("execute", "agent", execute),
        ]

    def _at_the_table(self):
        return [
            Step("scan the slip", "warehouse", scan),
            Step("receive and inspect the parcel", "warehouse", confirm),
        ]

    def _returned(self):
        return [
            Step("receive", "warehouse", receive),
            Step("grade", "warehouse", grade),
            Step("confirm the inspection", "warehouse", inspect),
        ]

    # ------------------------------------------------------------------
    # One by one, as the forms save it
    # ------------------------------------------------------------------
    def create_enquiry(self, env, work):
        """Take in an enquiry without a book."""
        (sale,) = work.sales
        self._create(env, work, sale, "invoice_request", [])

    def create_return_case(self, env, work):
        """Take in a parcel that the reader refused."""
        (sale,) = work.sales
        self._create(env, work, sale, "refused_parcel", [_prepare_line(sale)])

    def create_defect_case(self, env, work):
        """Take in a defect, with its proof and what it is about."""
        (sale,) = work.sales
        line = _prepare_line(sale, defect_ids=[Command.set([self.loose_leaves])])
        proofs = [
            Command.create({"proof_id": proof_id, "received": True})
            for proof_id in self.binding_proofs
        ]
        self._create(env, work, sale, "binding", [line], proof_ids=proofs)

    def _create(self, env, work, sale, case_type, lines, **vals):
        case = env["helpdesk.ticket"].create(
            {
                "is_aftersales": True,
                "name": "The reader calls",
                "description": "<p>What the reader says.</p>",
                "partner_id": sale.partner_id,
                "user_id": env.uid,
                "case_type_id": self.types[case_type],
                "sale_order_id": sale.order_id,
                "line_ids": lines,
                **vals,
            }
        )
        work.ids["cases"] = case.ids

    def settle(self, remedy):
        """Return a step that confirms the dialog with the reader on the phone."""

        def step(env, work):
            case = _cases(env, work)
            wizard = env["aftersales.propose.wizard"].create(
                {
                    "ticket_id": case.id,
                    "line_ids": [Command.set(case.line_ids.ids)],
                    "remedy_id": self.remedies[remedy],
                    "agreed": True,
                    "agree_note": "agrees",
                }
            )
            wizard.action_propose()

        return step

    # ------------------------------------------------------------------
    # Between the steps
    # ------------------------------------------------------------------
    def find(self, env, work):
        """Find what the next desk has on its list."""
        resolutions = env["aftersales.resolution"].search(
            [("ticket_id", "in", work.ids["cases"])], order="id"
        )
        effects = resolutions.effect_ids
        work.ids.update(
            resolutions=resolutions.ids,
            returns=_get_pickings(effects, "return"),
            shipments=_get_pickings(effects, "shipment"),
            inspections=resolutions.inspection_ids.ids,
            refunds=effects.refund_line_ids.refund_id.ids,
        )


def _get_pickings(effects, kind):
    return effects.filtered(lambda effect: effect.kind == kind).move_ids.picking_id.ids


def _prepare_line(sale, **vals):
    return Command.create(
        {
            "product_id": sale.product_id,
            "delivery_move_id": sale.move_id,
            "sale_line_id": sale.line_id,
            "lot_id": sale.lot_id,
            "quantity": sale.quantity,
            **vals,
        }
    )


def _cases(env, work):
    return env["helpdesk.ticket"].browse(work.ids["cases"])


def _resolutions(env, work):
    return env["aftersales.resolution"].browse(work.ids["resolutions"])


def register(env, work):
    """Press “Register”."""
    _cases(env, work).action_register()


def scan(env, work):
    """Scan the return slip at the table: the screen shows what is expected in the parcel."""
    (picking,) = env["stock.picking"].browse(work.ids["returns"])
    found = env["aftersales.returns.table"].find(picking.name)
    work.ids["parcel"] = found["parcel"]


def confirm(env, work):
    """Confirm the parcel, every copy with its grade: they are received and inspected."""
    parcel = work.ids["parcel"]
    copies = [
        {
            "line_id": line["id"],
            "lot_id": line["lot_id"],
            "quantity": line["quantity"],
            "grade": "defective",
        }
        for line in parcel["lines"]
    ]
    table = env["aftersales.returns.table"]
    answer = table.confirm(parcel["id"], parcel["received"], copies)
    if answer["missing"] or not answer["counted"]:
        raise AssertionError(f"not everything was received: {answer}")


def guide(env, work):
    """Answer the enquiry."""
    _cases(env, work).action_guide("Told how it is done.")
    if set(_cases(env, work).mapped("phase")) != {"done"}:
        raise AssertionError("an answered enquiry is not done")


# ----------------------------------------------------------------------
# In batch
# ----------------------------------------------------------------------
def submit(case_type):
    """Return a step in which a channel hands over its complaints."""

    def step(env, work):
        results = env["helpdesk.ticket"].aftersales_submit(
            [
                {
                    "external_ref": sale.order_name,
                    "partner_id": sale.partner_id,
                    "order_ref": sale.order_name,
                    "case_type": case_type,
                    "description": "What the reader says.",
                    "lines": [
                        {
                            "isbn": sale.isbn,
                            "lot": sale.lot_name,
                            "quantity": sale.quantity,
                            "defects": ["loose_leaves"] if case_type == "binding" else [],
                        }
                    ],
                }
                for sale in work.sales
            ]
        )
        if {result["status"] for result in results} != {"created"}:
            raise AssertionError(f"cases were not created: {results}")
        work.ids["cases"] = [result["ticket_id"] for result in results]

    return step


def propose(remedy):
    """Return a step that proposes a remedy for all lines."""

    def step(env, work):
        _cases(env, work).line_ids.action_propose(remedy)

    return step


def agree(env, work):
    """Note the readers' agreement."""
    _resolutions(env, work).action_agree("phone", "agrees")


def execute(env, work):
    """Execute what was agreed."""
    _expect_true(_resolutions(env, work).action_execute())


# ----------------------------------------------------------------------
# Both
# ----------------------------------------------------------------------
def _expect_true(result):
    if result is not True:
        raise AssertionError(f"not all could be posted: {result}")


def receive(env, work):
    """Validate the announced returns."""
    validate(env["stock.picking"].browse(work.ids["returns"]))


def grade(env, work):
    """Give the copies a grade in the list."""
    env["aftersales.inspection"].browse(work.ids["inspections"]).grade = "defective"


def inspect(env, work):
    """Confirm the inspection."""
    env["aftersales.inspection"].browse(work.ids["inspections"]).action_done()


def ship(env, work):
    """Validate the replacements."""
    validate(env["stock.picking"].browse(work.ids["shipments"]))


def approve_and_post(env, work):
    """Approve the refunds and post their credit notes."""
    refunds = env["aftersales.refund"].browse(work.ids["refunds"])
    _expect_true(refunds.action_approve_and_post())
    if set(refunds.mapped("state")) != {"posted"}:
        raise AssertionError("refunds are not posted")


def start_run(env, work):
    """Put the refunds in the background, as the list does with more than a few."""
    refunds = env["aftersales.refund"].browse(work.ids["refunds"])
    if set(refunds.mapped("state")) != {"to_approve"}:
        raise AssertionError("refunds do not wait for finance")
    work.ids["runs"] = env["aftersales.refund.run"]._start(refunds, "approve_post_pay").ids


def work_until_stopped(env, work):
    """Do what the job in the background does, while somebody stops it after the first batch."""
    cron = type(env["ir.cron"])
    commit_progress = cron._commit_progress

    def stop(jobs, processed=0, **options):
        left = commit_progress(jobs, processed, **options)
        if processed:
            with env.registry.cursor() as cr:
                env(cr=cr)["aftersales.refund.run"].browse(work.ids["runs"]).action_stop()
        return left

    with patch.object(cron, "_commit_progress", stop):
        env["aftersales.refund.run"].sudo()._cron_process()
    run = env["aftersales.refund.run"].browse(work.ids["runs"])
    if run.state != "stopped" or not 0 < run.done_count < run.total_count:
        raise AssertionError(f"not stopped on the way: {run.state}, {run.progress:.0f} %")
    print(
        f"  stopped after {run.done_count} of {run.total_count}, {run.progress:.0f} %", flush=True
    )


def resume_run(env, work):
    """Go on where it was stopped."""
    env["aftersales.refund.run"].browse(work.ids["runs"]).action_resume()


def work_on_runs(env, work):
    """Do what the job in the background does, commits included."""
    env["aftersales.refund.run"].sudo()._cron_process()
    refunds = env["aftersales.refund"].browse(work.ids["refunds"])
    if set(refunds.mapped("state")) != {"paid"}:
        raise AssertionError("refunds are not paid")


def pay(env, work):
    """Pay the refunds."""
    refunds = env["aftersales.refund"].browse(work.ids["refunds"])
    _expect_true(refunds.action_pay())
    if set(refunds.mapped("state")) != {"paid"}:
        raise AssertionError("refunds are not paid")
