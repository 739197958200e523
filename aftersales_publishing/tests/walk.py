from collections import Counter
from random import Random

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tools import SQL

from .invariants import AT_REST, RULES, find_breaches, find_raised
from .walk_parts import WalkParts
from .walk_returns import WalkReturns
from .walk_step import STEPS, step
from .walk_table import WalkTable

COUNTED = (
    "account_move",
    "account_payment",
    "stock_picking",
    "stock_move",
    "helpdesk_ticket",
    "aftersales_resolution",
    "aftersales_effect",
    "aftersales_inspection",
    "aftersales_refund",
    "aftersales_event",
)
# What people may do to an order or a delivery by hand, and our verbs may not raise
EXCEEDED = tuple(rule for rule in RULES if rule[:2] in ("I1", "I5", "R4"))


class Walk(WalkParts, WalkReturns, WalkTable):
    """A walk of all desks through the house, step by step, right after every step (I1 to I6).

    Steps are the verbs of all roles, and what people do in Odoo's own screens. A step that is
    refused leaves nothing behind, as a request would; one that is not may break no invariant.

    :param house: :class:`~.walk_house.WalkHouse`
    :param draw: ``draw(label, number of options)`` returns which option is taken
    """

    def __init__(self, house, draw=lambda label, count: 0):
        self.house = house
        self.env = house.env
        self.draw = draw
        self.choices = {}
        self.log = []
        self.counts = Counter()
        self.touched = set()  # orders that were changed by hand
        self.breaches = find_breaches(self.env)

    # ------------------------------------------------------------------
    # A step
    # ------------------------------------------------------------------
    def get_possible(self):
        """Return the names of the steps that are possible now, each as often as it weighs."""
        needs = {step.needs for step in STEPS.values()}
        there = {name for name in needs if getattr(self, name)()}
        return [
            step.name for step in STEPS.values() if step.needs in there for _ in range(step.weight)
        ]

    def _do(self, step, choices):
        """Do a step like a request: all of it or nothing; then check.

        :param choices: what is not left to chance, by label
        :return: whether it was done, not refused
        """
        self.choices, self.described = choices, []
        before, figures = self._count_documents(), self._get_order_figures()
        outcome, changed = "done", self.env["sale.order"]
        try:
            with self.env.cr.savepoint():
                changed = step.method(self, getattr(self, step.needs)()) or changed
                self.env.cr.flush()
        except UserError as refusal:
            outcome = "refused"
            self.described.append(str(refusal))
        except Exception as error:
            self.log.append(f"{step.name}({', '.join(self.described)}): {error!r}")
            raise AssertionError(self._tell("a step crashed")) from error
        self.log.append(f"{step.name}({', '.join(self.described)}): {outcome}")
        self.counts[step.name, outcome] += 1
        if outcome == "done":
            self.touched.update(changed.ids if step.by_hand else ())
            self._check_orders(figures, changed)
            self._check_rules(step.may_exceed)
        elif self._count_documents() != before:
            self._fail(f"a refused step left documents: {before}, {self._count_documents()}")
        return outcome == "done"

    def _check_orders(self, before, changed):
        """Orders that the step is not about stay what they were (I4)."""
        after = self._get_order_figures()
        for order, figures in before.items():
            if after[order] != figures and order not in changed.ids:
                name = self.env["sale.order"].browse(order).name
                self._fail(f"I4: order {name} was {figures}, is {after[order]}")

    def _check_rules(self, may_exceed):
        rules = {
            name: rule for name, rule in RULES.items() if not (may_exceed and name in EXCEEDED)
        }
        after = [breach for breach in find_breaches(self.env) if not self._is_by_hand(breach)]
        raised = [b for b in find_raised(self.breaches, after) if b.rule in rules]
        self.breaches = after
        if raised:
            self._fail("\n".join(f"{breach.rule}: {breach.text}" for breach in raised))

    def _is_by_hand(self, breach):
        """Whether the breach is about an order that somebody changed by hand."""
        what, _space, key = breach.key.partition(" ")
        return what == "order" and int(key.split("/")[0]) in self.touched

    def check_at_rest(self):
        """Check the ledger: a closing of the books takes too long to do it at every step."""
        breaches = find_breaches(self.env, AT_REST)
        if breaches:
            self._fail("\n".join(f"{breach.rule}: {breach.text}" for breach in breaches))

    def _fail(self, message):
        raise AssertionError(self._tell(message))

    def _tell(self, message):
        story = "\n".join(f"{number}. {line}" for number, line in enumerate(self.log, 1))
        return f"{message}\n\nThe walk:\n{story}"

    def _count_documents(self):
        counts = SQL(", ").join(
            SQL("(SELECT count(*) FROM %s)", SQL.identifier(table)) for table in COUNTED
        )
        return dict(zip(COUNTED, self.env.execute_query(SQL("SELECT %s", counts))[0], strict=True))

    def _get_order_figures(self):
        names = ("product_uom_qty", "qty_delivered", "qty_invoiced", "qty_to_invoice")
        return {
            order.id: (
                order.invoice_status,
                [[line[name] for name in names] for line in order.order_line],
            )
            for order in self.house.orders
        }

    # ------------------------------------------------------------------
    # Choices
    # ------------------------------------------------------------------
    def choose(self, label, options):
        """Return one of the options: the one that was asked for, or a drawn one."""
        if label in self.choices:
            chosen = self.choices[label]
        else:
            options = list(options)
            chosen = options[self.draw(label, len(options))]
        self.described.append(f"{label}={getattr(chosen, 'display_name', chosen)}")
        return chosen

    def choose_some(self, label, records):
        """Return one record, or all of them: a batch."""
        if label in self.choices or len(records) == 1 or not self.choose("batch", [False, True]):
            return self.choose(label, records)
        return records

    # ------------------------------------------------------------------
    # What there is
    # ------------------------------------------------------------------
    def _search(self, model, *domain):
        return self.env[model].search(list(domain), order="id")

    def _find_orders(self):
        return self.house.orders

    def _find_runs(self):
        return self.house.runs

    def _find_tickets(self):
        return self._search("helpdesk.ticket", ("is_aftersales", "=", True))

    def _find_lines(self):
        return self._find_tickets().line_ids

    def _find_unresolved_lines(self):
        return self._find_lines().filtered(
            lambda line: (
                line.resolved_quantity < line.quantity
                and line.ticket_id.phase not in ("refused", "cancelled")
            )
        )

    def _find_lines_taken_back(self):
        return self._find_lines()._get_taking_back().line_id.sorted("id")

    def _find_proposed(self):
        return self._search("aftersales.resolution", ("state", "=", "proposed"))

    def _find_agreed(self):
        return self._search("aftersales.resolution", ("state", "=", "agreed"))

    def _find_resolutions(self):
        return self._search("aftersales.resolution")

    def _find_effects(self):
        return self._search("aftersales.effect")

    def _find_contradicted(self):
        return self._search("aftersales.inspection", ("contradiction", "=", "open"))

    def _find_uninspected(self):
        return self._search("aftersales.inspection", ("state", "=", "draft"))

    def _find_refunds(self):
        return self._search("aftersales.refund")

    def _find_refunds_to_approve(self):
        return self._search("aftersales.refund", ("state", "=", "to_approve"))

    def _find_refunds_approved(self):
        return self._search("aftersales.refund", ("state", "=", "approved"))

    def _find_refunds_posted(self):
        return self._search("aftersales.refund", ("state", "=", "posted"))

    def _find_notes(self):
        return self._find_refunds().credit_note_id.sorted("id")

    def _find_payouts(self):
        return self._find_refunds().payment_ids.sorted("id")

    def _find_open_documents(self):
        return self._search(
            "account.move",
            ("move_type", "in", ("out_invoice", "out_refund")),
            ("state", "=", "posted"),
            ("amount_residual", ">", 0),
        )

    def _find_pickings(self, *domain):
        return self._search("stock.picking", ("state", "not in", ("done", "cancel")), *domain)

    def _find_returns(self):
        return self._find_pickings(("move_ids.aftersales_effect_id.kind", "=", "return"))

    def _find_shipments(self):
        return self._find_pickings(("move_ids.aftersales_effect_id.kind", "=", "shipment"))

    def _find_ours(self):
        return self._find_pickings(("move_ids.aftersales_effect_id", "!=", False))

    def _find_not_ours(self):
        return self._find_pickings(("move_ids.aftersales_effect_id", "=", False))

    def _find_moved(self):
        """Transfers done to or from readers."""
        return self._search(
            "stock.picking",
            ("state", "=", "done"),
            "|",
            ("location_dest_id.usage", "=", "customer"),
            ("location_id.usage", "=", "customer"),
        )

    def _find_deliveries(self):
        """Return ``[(done move to a reader, print run)]``."""
        moves = self._search(
            "stock.move",
            ("state", "=", "done"),
            ("location_dest_usage", "=", "customer"),
            ("location_id.usage", "!=", "customer"),
        )
        return [(move, lot) for move in moves for lot in move.move_line_ids.lot_id]

    @staticmethod
    def _get_orders(records):
        """The orders that resolutions or effects are about."""
        return records.line_id.sale_line_id.order_id

    # ------------------------------------------------------------------
    # The agent
    # ------------------------------------------------------------------
    @step("_find_deliveries", weight=4)
    def open_case(self, deliveries):
        """Register a case about one or two deliveries, by hand."""
        lines = [
            self._choose_copies(deliveries) for _line in range(self.choose("lines", (1, 1, 2)))
        ]
        ticket = self._create_ticket(lines)
        ticket.action_register()
        ticket.proof_ids.received = True

    @step("_find_runs")
    def open_case_elsewhere(self, runs):
        """Register a case about copies that the reader bought in a shop (R1.2)."""
        house, run = self.house, self.choose("run", runs)
        ticket = (
            self.env["helpdesk.ticket"]
            .with_user(house.agent)
            .create(
                {
                    "name": "The book is faulty",
                    "is_aftersales": True,
                    "partner_id": house.reader.id,
                    "user_id": house.agent.id,
                    "case_type_id": house._case_type("misprint").id,
                    "line_ids": [
                        Command.create(
                            {
                                "product_id": run.product_id.id,
                                "bought_elsewhere": True,
                                "quantity": self.choose("copies", (1, 2, 3)),
                                # perhaps an impression that nobody knows
                                "impression": self.choose("impression", (run.impression, 9)),
                                "defect_ids": [Command.set(house._defect("loose_leaves").ids)],
                            }
                        )
                    ],
                }
            )
        )
        ticket.action_register()
        ticket.proof_ids.received = True

    def _choose_copies(self, deliveries):
        if "lot" in self.choices:
            deliveries = [pair for pair in deliveries if pair[1] == self.choices["lot"]]
        if "order" in self.choices:
            order = self.choices["order"]
            deliveries = [pair for pair in deliveries if pair[0].sale_line_id.order_id == order]
        names = {f"{move.picking_id.name}/{lot.name}": (move, lot) for move, lot in deliveries}
        move, lot = names[self.choose("delivery", names)]
        return move, lot, self.choose("copies", (1, 1, 2, 3))

    def _create_ticket(self, lines):
        house = self.house
        case_type, defects = self.choose(
            "type",
            (("misprint", ["loose_leaves"]), ("transit_damage", ["creased_cover"]),
             ("return_no_reason", [])),
        )  # fmt: skip
        return (
            self.env["helpdesk.ticket"]
            .with_user(house.agent)
            .create(
                {
                    "name": "The book is faulty",
                    "is_aftersales": True,
                    "partner_id": house.reader.id,
                    "user_id": house.agent.id,
                    "case_type_id": house._case_type(case_type).id,
                    "line_ids": [
                        Command.create(
                            {
                                "product_id": lot.product_id.id,
                                "delivery_move_id": move.id,
                                "lot_id": lot.id,
                                "quantity": copies,
                                "defect_ids": [
                                    Command.set([house._defect(code).id for code in defects])
                                ],
                            }
                        )
                        for move, lot, copies in lines
                    ],
                }
            )
        )

    @step("_find_orders")
    def submit(self, orders):
        """Take in a case from a channel, perhaps the same one again (R1.1)."""
        order = self.choose("order", orders)
        lot = self.choose("lot", order.picking_ids.move_ids.move_line_ids.lot_id)
        [answer] = (
            self.env["helpdesk.ticket"]
            .with_user(self.house.agent)
            .aftersales_submit(
                [
                    {
                        "external_ref": self.choose("ref", ("WALK-1", "WALK-2", "WALK-3")),
                        "channel": self._search("helpdesk.ticket.channel")[0].name,
                        "partner_id": self.house.reader.id,
                        "order_ref": order.name,
                        "case_type": "misprint",
                        "subject": "The book is faulty",
                        "lines": [
                            {
                                "isbn": lot.product_id.barcode,
                                "lot": lot.name,
                                "quantity": self.choose("copies", (1, 1, 2, 20)),
                                "defects": ["loose_leaves"],
                            }
                        ],
                    }
                ]
            )
        )
        if answer["status"] == "rejected":
            raise UserError(str(answer["errors"]))
        self.env["helpdesk.ticket"].browse(answer["ticket_id"]).proof_ids.received = True

    def _propose(self, lines):
        lines = self.choose_some("line", lines).with_user(self.house.agent)
        remedy = self.choose(
            "remedy",
            (
                "exchange",
                "exchange",
                "return_refund",
                "return_refund",
                "refund_only",
                "refund_at_once",
                "allowance",
                "compensation",
                "reship",
                "guidance",
            ),
        )
        quantity = self.choose("quantity", (1, 1, None))
        advance = self.choose("advance", (False, True)) if remedy == "exchange" else False
        options = {"advance": advance}
        if remedy == "compensation":
            name, value = self.choose("agreed", (("percent", 30), ("percent", 80), ("amount", 5)))
            options |= {name: value, "reason": "a crease"}
        return lines.action_propose(remedy, quantity, **options)

    @step("_find_unresolved_lines")
    def propose(self, lines):
        self._propose(lines)

    @step("_find_unresolved_lines", weight=8)
    def decide(self, lines):
        """Propose, agree and execute in one go."""
        resolutions = self._propose(lines)
        resolutions.filtered(lambda r: r.state == "proposed").action_agree("phone")
        resolutions.action_execute()

    @step("_find_lines_taken_back")
    def reimburse(self, lines):
        """Reimburse the return postage, or note who paid it."""
        line = self.choose("line", lines).with_user(self.house.agent)
        payer, amount = self.choose("postage", (("reader", 7.7), ("reader", 120), ("insurance", 0)))
        line.action_propose(
            "freight", amount=amount, freight_payer=payer, reason="waybill"
        ).action_execute()

    @step("_find_proposed", weight=2)
    def agree(self, proposed):
        self._act("action_agree", proposed, self.house.agent)

    @step("_find_proposed")
    def decline(self, proposed):
        self._act("action_decline", proposed, self.house.agent)

    @step("_find_agreed", weight=2)
    def execute(self, agreed):
        self._act("action_execute", agreed, self.house.agent)

    @step("_find_resolutions")
    def cancel(self, resolutions):
        """Cancel a remedy; an order that a reset credit note had lowered rises again."""
        return self._get_orders(self._act("action_cancel", resolutions, self.house.agent))

    @step("_find_agreed", weight=2)
    def give_up_rest(self, agreed):
        self._act("action_give_up_rest", agreed, self.house.agent)

    @step("_find_agreed", weight=2)
    def retry(self, agreed):
        self._act("action_retry", agreed, self.house.agent)

    @step("_find_agreed")
    def send_back(self, agreed):
        """Announce copies in quarantine to go back to the reader."""
        self._act("action_send_back", agreed, self.house.agent, "wants it after all")

    @step("_find_effects")
    def post_effect(self, effects):
        self._act("action_post", effects, self.house.agent)

    @step("_find_contradicted", weight=3)
    def overrule(self, inspections):
        self._act("action_overrule", inspections, self.house.agent, "goodwill")

    def _act(self, verb, records, user, *arguments):
        """Let a desk do a verb on one of the records, or on all of them."""
        chosen = self.choose_some(records._name, records)
        getattr(chosen.with_user(user), verb)(*arguments)
        return chosen

    @step("_find_tickets")
    def end_case(self, tickets):
        """Close, refuse, cancel, reopen a case, or object to its refusal."""
        ticket = self.choose("ticket", tickets).with_user(self.house.agent)
        verb = self.choose("verb", ("close", "refuse", "cancel", "reopen", "object"))
        arguments = () if verb == "close" else ("the reader's word",)
        getattr(ticket, f"action_{verb}")(*arguments)
        return self._get_orders(ticket.sudo().resolution_ids)

    @step("_find_lines")
    def change_case_line(self, lines):
        """Correct the copies complained of."""
        line = self.choose("line", lines).with_user(self.house.agent)
        line.quantity = self.choose("copies", (1, 2, 4))

    # ------------------------------------------------------------------
    # The warehouse
    # ------------------------------------------------------------------
    @step("_find_returns", weight=8, may_exceed=True)
    def receive(self, pickings):
        """Receive an announced return: as announced, in part, another print run, one too many."""
        picking = self.choose("picking", pickings)
        how = self.choose("how", ("all", "all", "part", "other run", "extra"))
        for line in picking.move_line_ids:
            if how == "part":
                line.quantity = max(line.quantity - 1, 0)
            elif how == "extra":
                line.quantity += 1
            elif how == "other run":
                line.lot_id = (self._get_runs(line.product_id) - line.lot_id)[0]
        backorder = self.choose("backorder", (True, False)) if how == "part" else True
        effects = picking.move_ids.aftersales_effect_id
        self._validate(picking.with_user(self.house.warehouse), backorder)
        credits = effects.resolution_id.filtered(lambda r: r.remedy_id.credits)
        return self._get_orders(credits)

    def _get_runs(self, title):
        return self.house.runs.filtered(lambda run: run.product_id == title)

    @step("_find_uninspected", weight=8)
    def inspect(self, inspections):
        """Inspect copies, perhaps after splitting them, with any grade and disposition."""
        chosen = self.choose_some("inspection", inspections).with_user(self.house.warehouse)
        if self.choose("split", (False, True)):
            chosen.action_split()
        chosen.grade = self.choose("grade", ("defective", "hurt", "as_new", "reader_damage"))
        chosen.disposition = self.choose("disposition", ("quarantine", "restock", "hurt", "pulp"))
        chosen.action_done()

    @step("_find_shipments", weight=6)
    def ship(self, pickings):
        """Ship a replacement, with the copies reserved or with a print run typed by hand."""
        picking = self.choose("picking", pickings)
        lot = self.choose("lot", (None, *self._get_runs(picking.move_ids.product_id)))
        if lot:
            for line in picking.move_line_ids:
                line.lot_id = lot
        self._validate(picking.with_user(self.house.warehouse))
        if any(picking.move_line_ids.filtered("quantity").lot_id.mapped("on_hold")):
            self._fail("a held print run left the house")
        return self._get_others_orders(picking)

    @staticmethod
    def _get_others_orders(picking):
        """The orders of sold copies that leave in the same parcel."""
        others = picking.move_ids.filtered(lambda move: not move.aftersales_effect_id)
        return others.sale_line_id.order_id

    @step("_find_runs", may_exceed=True)
    def hold(self, runs):
        """Hold a print run, or release it."""
        run = self.choose("run", runs).with_user(self.house.quality)
        if run.on_hold:
            run.action_release()
        else:
            run.action_hold("loose leaves")

    def _validate(self, pickings, backorder=True):
        pickings.move_ids.filtered(lambda move: move.state != "cancel").picked = True
        context = {"skip_sms": True, "skip_backorder": True}
        if not backorder:
            context["picking_ids_not_to_backorder"] = pickings.ids
        done = pickings.with_context(**context).button_validate()
        if done is not True:
            question = done.get("res_model")
            raise UserError(question)

    # ------------------------------------------------------------------
    # Finance
    # ------------------------------------------------------------------
    @step("_find_refunds_to_approve", weight=6)
    def approve(self, refunds):
        self._act("action_approve", refunds, self.house.finance)

    @step("_find_refunds")
    def refuse(self, refunds):
        """Refuse a refund; an order that a reset credit note had lowered rises again."""
        return self._get_refund_orders(
            self._act("action_refuse", refunds, self.house.finance, "no proof")
        )

    @step("_find_refunds_approved", weight=6)
    def post(self, refunds):
        return self._get_refund_orders(self._act("action_post", refunds, self.house.finance))

    @step("_find_refunds")
    def post_any(self, refunds):
        """Post refunds in any state, as the agent."""
        return self._get_refund_orders(self._act("action_post", refunds, self.house.agent))

    @step("_find_refunds_posted", weight=5)
    def pay(self, refunds):
        self._act("action_pay", refunds, self.house.finance)

    @step("_find_refunds")
    def pay_any(self, refunds):
        """Pay refunds in any state."""
        self._act("action_pay", refunds, self.house.finance)

    @step("_find_refunds", weight=2)
    def finish_list(self, refunds):
        """Take all refunds there are, in any state, through the steps of a list's button."""
        action = self.choose("action", ("approve_post", "approve_post_pay", "post", "pay"))
        getattr(refunds.with_user(self.house.finance), f"action_bulk_{action}")()
        return self._get_refund_orders(refunds)

    @step("_find_refunds")
    def reverse(self, refunds):
        """Undo refunds: payments cancelled, credit notes reversed, orders raised again."""
        return self._get_refund_orders(
            self._act("action_reverse", refunds, self.house.finance, "wrong account")
        )

    def _get_refund_orders(self, refunds):
        return self._get_orders(refunds.line_ids.effect_id)

    # ------------------------------------------------------------------
    # By hand: stock
    # ------------------------------------------------------------------
    @step("_find_moved", by_hand=True)
    def return_by_hand(self, pickings):
        """Return copies of any transfer to or from a reader by Odoo's own wizard."""
        picking = self.choose("picking", pickings)
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_model="stock.picking", active_id=picking.id)
            .create({})
        )
        wizard.product_return_moves.quantity = self.choose("copies", (1, 2))
        made = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        if self.choose("validate", (True, False)):
            self._validate(made)
        return self._get_picking_orders(picking)

    @step("_find_not_ours", weight=2, by_hand=True)
    def finish_by_hand(self, pickings):
        """Validate or cancel a transfer that is no replacement and no return of ours."""
        picking = self.choose("picking", pickings)
        if self.choose("cancel", (False, True)):
            picking.action_cancel()
        else:
            self._validate(picking)
        return self._get_picking_orders(picking)

    def _get_picking_orders(self, pickings):
        return pickings.move_ids.sale_line_id.order_id

    @step("_find_ours", by_hand=True)
    def cancel_ours_by_hand(self, pickings):
        """Cancel a return or a replacement of ours in inventory."""
        picking = self.choose("picking", pickings)
        picking.action_cancel()
        return self._get_others_orders(picking)

    @step("_find_ours", by_hand=True)
    def reserve_again(self, pickings):
        """Unreserve a replacement and let Odoo reserve again."""
        picking = self.choose("picking", pickings)
        picking.do_unreserve()
        picking.action_assign()

    # ------------------------------------------------------------------
    # By hand: orders and invoices
    # ------------------------------------------------------------------
    @step("_find_orders", by_hand=True)
    def change_order(self, orders):
        """Order more or less, lock or unlock, invoice what can be invoiced."""
        order = self.choose("order", orders)
        what = self.choose("what", ("more", "less", "lock", "invoice"))
        line = order.order_line[0]
        if what == "lock":
            getattr(order, "action_unlock" if order.locked else "action_lock")()
            return None
        if what == "invoice":
            self.house._invoice(order, pay=False)
        else:
            line.product_uom_qty += 1 if what == "more" else -1
        return order

    @step("_find_orders", by_hand=True)
    def credit_by_hand(self, orders):
        """Credit an invoice in full or one copy of it, by Odoo's own wizard."""
        invoices = orders.invoice_ids.filtered(
            lambda move: move.move_type == "out_invoice" and move.state == "posted"
        )
        invoice = self.choose("invoice", invoices)
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id})
        )
        note = self.env["account.move"].browse(wizard.refund_moves()["res_id"])
        if self.choose("part", (True, False)):
            note.invoice_line_ids[0].quantity = 1
            note.invoice_line_ids[1:].unlink()
        note.action_post()
        return orders.filtered(lambda order: invoice in order.invoice_ids)

    @step("_find_notes", by_hand=True)
    def change_note_by_hand(self, notes):
        """Reset, cancel, post again or reverse one of our credit notes."""
        note = self.choose("note", notes)
        how = self.choose("how", ("button_draft", "button_cancel", "action_post", "reverse"))
        if how == "reverse":
            note._reverse_moves([{"date": fields.Date.today()}], cancel=True)
        else:
            getattr(note, how)()
        return note.aftersales_refund_ids.line_ids.invoice_line_id.sale_line_ids.order_id

    # ------------------------------------------------------------------
    # By hand: payments
    # ------------------------------------------------------------------
    @step("_find_open_documents", by_hand=True)
    def pay_by_hand(self, documents):
        """Pay an open invoice or pay out a credit note by Odoo's own wizard, perhaps in part."""
        document = self.choose("document", documents)
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=document.ids)
            .create({})
        )
        if self.choose("part", (False, True)):
            wizard.amount = wizard.currency_id.round(wizard.amount / 2)
        wizard._create_payments()

    @step("_find_payouts", by_hand=True)
    def change_payment_by_hand(self, payments):
        """Draft, cancel, reject or confirm a payout of ours."""
        how = self.choose("how", ("action_draft", "action_cancel", "action_reject", "action_post"))
        getattr(self.choose("payment", payments), how)()


def wander(house, seed, steps):
    """Take a walk of so many random steps; it is undone at its end.

    :return: the :class:`Walk`
    :raises AssertionError: telling the walk, when an invariant breaks
    """
    random = Random(seed)
    savepoint = house.env.cr.savepoint(flush=True)
    walk = Walk(house, lambda label, count: random.randrange(count))
    try:
        for _step in range(steps):
            getattr(walk, random.choice(walk.get_possible()))()
        walk.check_at_rest()
    finally:
        house.env.cr.precommit.clear()
        house.env.cr.postcommit.clear()
        savepoint.close(rollback=True)
        house.env.invalidate_all(flush=False)
    return walk
