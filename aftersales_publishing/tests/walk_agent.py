from odoo import Command
from odoo.exceptions import UserError

from .walk_step import step


class WalkAgent:
    """The steps of a walk that the agent takes."""

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
        # the photo shows that it is no pirated copy
        ticket.env["aftersales.verdict"].create(
            [
                {
                    "line_id": line.id,
                    "reason": "Our paper, our glue",
                    "share_ids": [Command.create({"party": "publisher"})],
                }
                for line in ticket.line_ids.filtered("page_unknown")
            ]
        )

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
