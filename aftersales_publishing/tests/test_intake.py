import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ISBNS, AftersalesCommon

PIXEL = (
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    b"AABJRU5ErkJggg=="
)


@tagged("post_install", "-at_install")
class TestSubmit(AftersalesCommon):
    """A sales platform pushes its complaints, again and again (R1.1)."""

    def setUp(self):
        super().setUp()
        self.order = self._sell({self.run_1: 2, self.run_2: 1})
        self.order.client_order_ref = "TM-20261101-8831"
        self.channel = self.env["helpdesk.ticket.channel"].create(
            {"name": "Platform T", "company_id": self.company.id}
        )

    def _item(self, ref="C-1", **vals):
        return {
            "external_ref": ref,
            "channel": "Platform T",
            "platform_order_ref": "TM-20261101-8831",
            "case_type": "binding",
            "subject": "书页脱落",
            "description": "刚翻几页就掉了",
            "reader": {"name": "李**"},
            "lines": [{"isbn": ISBNS[0], "quantity": 1, "defects": ["loose_leaves"]}],
            **vals,
        }

    def _submit(self, *items):
        return self.env["helpdesk.ticket"].with_user(self.agent).aftersales_submit(list(items))

    def _case_of(self, result):
        return self.env["helpdesk.ticket"].browse(result["ticket_id"])

    def test_case_finds_delivery_and_lot(self):
        (result,) = self._submit(self._item())
        self.assertEqual((result["status"], result["errors"]), ("created", []))
        case = self._case_of(result)
        self.assertEqual(result["number"], case.number)
        self.assertEqual(case.line_ids.lot_id, self.run_1)
        self.assertEqual(case.line_ids.sale_line_id, self.order.order_line)
        self.assertEqual(case.line_ids.defect_ids.code, "loose_leaves")
        self.assertFalse(case.partner_id, "the platform is not the reader (R1.7)")
        self.assertEqual(case.phase, "waiting_proof")
        self.assertEqual(
            case.event_ids.mapped("code"), ["submitted"], "nobody to mail, so no acknowledgement"
        )

    def test_second_push_changes_nothing(self):
        (first,) = self._submit(self._item())
        (second,) = self._submit(self._item(subject="again"))
        self.assertEqual(second["status"], "existing")
        self.assertEqual(second["ticket_id"], first["ticket_id"])
        self.assertEqual(self._case_of(first).name, "书页脱落")

    def test_same_reference_twice_in_one_push(self):
        first, second = self._submit(self._item(), self._item())
        self.assertEqual((first["status"], second["status"]), ("created", "existing"))
        self.assertEqual(first["ticket_id"], second["ticket_id"])

    def test_one_bad_item_never_fails_the_others(self):
        results = self._submit(
            self._item("C-1", lines=[{"isbn": "9787020002208"}]),
            self._item("C-2"),
            self._item(None),
            "nonsense",
            self._item("C-5", lines=[{"isbn": ISBNS[0], "quantity": -1}]),
            self._item("C-6", case_type="no such type"),
            self._item("C-7", reader="Li Wei"),
            self._item("C-8", lines=[{"isbn": ISBNS[0], "print_date": "spring"}]),
        )
        self.assertEqual(
            [r["status"] for r in results],
            ["rejected", "created"] + ["rejected"] * 6,
        )
        codes = [r["errors"][0]["code"] for r in results if r["errors"]]
        self.assertEqual(
            codes,
            [
                "bad_isbn",
                "missing_reference",
                "malformed",
                "bad_quantity",
                "unknown_case_type",
                "malformed",
                "invalid",
            ],
        )
        self.assertFalse([r["ticket_id"] for r in results if r["status"] == "rejected"][0])

    def test_what_cannot_be_helped_becomes_a_refused_case(self):
        over, unknown, foreign = self._submit(
            self._item("C-1", lines=[{"isbn": ISBNS[0], "quantity": 9}]),
            self._item("C-2", platform_order_ref="TM-0"),
            self._item("C-3", lines=[{"isbn": ISBNS[1]}]),
        )
        for result, code in ((over, "over_claimed"), (unknown, "unknown_order")):
            self.assertEqual(result["status"], "created")
            self.assertEqual(result["errors"][0]["code"], code)
            self.assertEqual(self._case_of(result).phase, "refused")
        self.assertEqual(foreign["errors"][0]["code"], "not_delivered")
        self.assertIn("has 3 that can", self._case_of(over).closing_reason)
        (again,) = self._submit(self._item("C-1"))
        self.assertEqual(again["status"], "existing")
        self.assertIn("has 3 that can", again["errors"][0]["message"])

    def test_quantity_spreads_over_lots_the_named_first(self):
        line = {"isbn": ISBNS[0], "quantity": 2, "impression": 2}
        (result,) = self._submit(self._item(lines=[line]))
        lines = self._case_of(result).line_ids
        self.assertEqual(lines.lot_id, self.run_2 | self.run_1)
        self.assertEqual(lines[0].lot_id, self.run_2)
        self.assertEqual(lines.mapped("quantity"), [1, 1])
        self.assertTrue(lines[1].copyright_mismatch, "noted, not refused (R1.2)")

    def test_reader_by_mail_is_found_or_created_and_acknowledged(self):
        known, new = self._submit(
            self._item("C-1", reader={"name": "Li Wei", "email": "LI.WEI@reader.example"}),
            self._item("C-2", reader={"name": "Zhang San", "email": "zhang@reader.example"}),
        )
        self.assertEqual(self._case_of(known).partner_id, self.reader)
        case = self._case_of(new)
        self.assertEqual(case.partner_id.name, "Zhang San")
        self.assertIn("acknowledged", case.event_ids.mapped("code"))
        mail = self.env["mail.mail"].search([("res_id", "=", case.id)], limit=1)
        self.assertIn(case.number, mail.subject)

    def test_proof_arrives_with_the_push(self):
        files = [
            {"kind": proof.code, "name": "p.png", "datas": PIXEL.decode()}
            for proof in self._case_type("binding").proof_ids
        ]
        (result,) = self._submit(self._item(proofs=files))
        case = self._case_of(result)
        self.assertTrue(all(case.proof_ids.mapped("received")))
        self.assertEqual(case.phase, "triage")

    def test_dangerous_files_are_rejected(self):
        """A program, a huge picture, forty files (R13.1)."""
        program = {"name": "photo.png", "datas": base64.b64encode(b"MZ\x90\x00" * 9).decode()}
        huge = {
            "name": "p.png",
            "datas": base64.b64encode(base64.b64decode(PIXEL) + bytes(11 << 20)).decode(),
        }
        tiny = {"name": "p.png", "datas": PIXEL.decode()}
        results = self._submit(
            self._item("C-1", proofs=[program]),
            self._item("C-2", proofs=[huge]),
            self._item("C-3", proofs=[tiny] * 40),
            self._item("C-4", proofs=[{"name": "x", "datas": "§"}]),
        )
        self.assertEqual(
            [r["errors"][0]["code"] for r in results],
            ["bad_file_type", "file_too_large", "too_many_files", "bad_file"],
        )

    def test_only_agents_submit(self):
        with self.assertRaisesRegex(AccessError, "one of these roles"):
            self.env["helpdesk.ticket"].with_user(self.warehouse).aftersales_submit([])


@tagged("post_install", "-at_install")
class TestRegister(AftersalesCommon):
    """The agent fills the form while the reader is on the phone (R1.2–R1.5)."""

    def setUp(self):
        super().setUp()
        self.order = self._sell({self.run_1: 2})

    def _draft(self, **vals):
        return (
            self.env["helpdesk.ticket"]
            .with_user(self.agent)
            .create(
                {
                    "name": "Pages fall out",
                    "is_aftersales": True,
                    "partner_id": self.reader.id,
                    "case_type_id": self._case_type("binding").id,
                    **vals,
                }
            )
        )

    def test_incomplete_case_says_what_is_missing(self):
        ticket = self._draft()
        with self.assertRaisesRegex(UserError, "names at least one book"):
            ticket.action_register()
        ticket.case_type_id = False
        with self.assertRaisesRegex(UserError, "choose the case type"):
            ticket.action_register()

    def test_delivered_copies_are_offered_and_scanned(self):
        """ISBN, lot and order number find the copy; more than delivered is refused."""
        ticket = self._draft()
        wizard = (
            self.env["aftersales.delivered.wizard"]
            .with_user(self.agent)
            .create({"ticket_id": ticket.id, "partner_id": self.reader.id})
        )
        self.assertEqual(wizard.line_ids.lot_id, self.run_1)
        self.assertEqual(wizard.line_ids.claimable_quantity, 2)
        wizard.on_barcode_scanned(self.order.name)
        self.assertEqual(wizard.order_id, self.order)
        wizard.on_barcode_scanned("978-7-02-000220-7")
        wizard.on_barcode_scanned("NOVEL-1-1")
        self.assertEqual(wizard.line_ids.quantity, 2)
        wizard.on_barcode_scanned("NOVEL-1-1")
        self.assertIn("Nothing delivered", wizard.scan_message)
        wizard.line_ids.quantity = 3
        with self.assertRaisesRegex(UserError, "2 copies .* can still be claimed"):
            wizard.action_add()
        wizard.line_ids.quantity = 1
        wizard.action_add()
        self.assertEqual(ticket.line_ids.delivery_move_id.picking_id, self.order.picking_ids)

    def test_acknowledgement_names_number_and_proof(self):
        ticket = self._case(self.order, {self.run_1: 1}, "binding")
        mail = self.env["mail.mail"].search(
            [("model", "=", "helpdesk.ticket"), ("res_id", "=", ticket.id)], limit=1
        )
        self.assertIn(ticket.number, mail.subject)
        for proof in ticket.proof_ids:
            self.assertIn(proof.proof_id.name, mail.body_html)

    def test_waits_for_proof_then_goes_on(self):
        ticket = self._case(self.order, {self.run_1: 1}, "binding")
        proof = ticket.proof_ids[:1]
        proof.received = False
        proof.received = True
        self.assertEqual(ticket.phase, "triage")
        codes = ticket.event_ids.mapped("code")
        self.assertIn("proof_received", codes)

    def test_activity_for_whoever_must_act(self):
        """Agent, then warehouse; closed when done."""
        ticket = self._case(self.order, {self.run_1: 1})
        self._end_of_request()
        self.assertEqual(ticket.activity_ids.user_id, self.agent)
        self._agree(ticket, "exchange")
        self._end_of_request()
        activity = ticket.activity_ids
        self.assertEqual(len(activity), 1)
        self.assertTrue(activity.user_id.has_group("aftersales_publishing.group_warehouse"))

    def test_possible_duplicates(self):
        first = self._case(self.order, {self.run_1: 1})
        second = self._case(self.order, {self.run_1: 1})
        self.assertEqual(second.possible_duplicate_ids, first)
        first.action_cancel("withdrawn")
        self.env.invalidate_all()
        self.assertFalse(second.possible_duplicate_ids)

    def test_masked_readers_of_a_platform_are_no_duplicates(self):
        """All orders of the platform run under one partner (R1.7)."""
        first = self._case(self.order, {self.run_1: 1}, platform_order_ref="P-1")
        second = self._case(self.order, {self.run_1: 1}, platform_order_ref="P-2")
        third = self._case(self.order, {self.run_1: 1}, platform_order_ref="P-1")
        self.assertFalse(second.possible_duplicate_ids)
        self.assertEqual(third.possible_duplicate_ids, first)
        self.assertEqual(first.reader_name, self.reader.name)
        first.write({"partner_id": False, "partner_name": "张** 138****2046"})
        self.assertEqual(first.reader_name, "张** 138****2046", "as the platform gives it")

    def test_helpdesk_duplicate_closes_the_case(self):
        first = self._case(self.order, {self.run_1: 1})
        second = self._case(self.order, {self.run_1: 1})
        self.company.helpdesk_mgmt_duplicate_ticket_stage_id = self.env.ref(
            "helpdesk_mgmt.helpdesk_ticket_stage_cancelled"
        )
        self.env["helpdesk.ticket.duplicate.wizard"].with_user(self.agent).create(
            {
                "ticket_id": second.id,
                "duplicate_of_id": first.id,
                "target_stage_id": self.company.helpdesk_mgmt_duplicate_ticket_stage_id.id,
            }
        ).action_confirm()
        self.assertEqual(second.phase, "cancelled")
        self.assertEqual(second.duplicate_id, first)

    def test_enquiry_ends_with_guidance(self):
        """A question is a case too; it is no complaint (R2.6)."""
        ticket = self._draft(case_type_id=self._case_type("enquiry_product").id)
        ticket.action_register()
        self.assertEqual(ticket.phase, "proposal")
        ticket.action_guide("The second volume appears in May.")
        self.assertEqual(ticket.resolution_ids.remedy_id.code, "guidance")
        self.assertEqual((ticket.phase, ticket.next_step), ("done", False))
        self.assertTrue(ticket.stage_id.closed)

    def test_dragging_is_refused_with_the_verb_to_use(self):
        ticket = self._case(self.order, {self.run_1: 1})
        done = self.env["helpdesk.ticket.stage"].search([("phase", "=", "done")], limit=1)
        with self.assertRaisesRegex(UserError, "not by dragging"):
            ticket.with_user(self.agent).stage_id = done

    def test_level_is_raised_with_a_reason_never_silently_lowered(self):
        ticket = self._case(self.order, {self.run_1: 1})
        self.assertEqual(ticket.complaint_level, "3")
        with self.assertRaisesRegex(UserError, "say why"):
            ticket.complaint_level = "1"
        ticket.write({"complaint_level": "1", "level_reason": "a newspaper asked"})
        with self.assertRaises(AccessError):
            ticket.write({"complaint_level": "3", "level_reason": "quiet now"})
        ticket.case_type_id = self._case_type("return_no_reason")
        self.assertEqual(ticket.complaint_level, "1")
        ticket.with_user(self.manager).write({"complaint_level": "2", "level_reason": "settled"})

    def test_verdict_is_superseded_not_overwritten(self):
        ticket = self._case(self.order, {self.run_1: 1}, "binding")
        Verdict = self.env["aftersales.verdict"].with_user(self.agent)
        vals = {"line_id": ticket.line_ids.id, "reason": "glue"}
        first = Verdict.create({**vals, "share_ids": [(0, 0, {"party": "printer"})]})
        self.assertEqual(ticket.phase, "proposal")
        self.assertIn("NOVEL-1-1", first.facts)
        second = Verdict.create(
            {
                **vals,
                "share_ids": [
                    (0, 0, {"party": "binder", "percent": 70}),
                    (0, 0, {"party": "carrier", "percent": 30}),
                ],
            }
        )
        self.assertEqual(ticket.line_ids.verdict_id, second)
        self.assertEqual(first.superseded_by_id, second)
        with self.assertRaisesRegex(UserError, "add up to 90"):
            Verdict.create({**vals, "share_ids": [(0, 0, {"party": "reader", "percent": 90})]})
        with self.assertRaisesRegex(UserError, "not changed"):
            first.reason = "other"

    def test_errata_of_a_line(self):
        """Page, line, wrong, right (R2.5)."""
        ticket = self._case(self.order, {self.run_1: 1}, "misprint", ["misprint"])
        ticket.line_ids.with_user(self.agent).erratum_ids = [
            (0, 0, {"page": 17, "line": 3, "wrong": "己经", "right": "已经"})
        ]
        self.assertEqual(ticket.line_ids.erratum_ids.product_id, self.novel)

    def test_refused_objected_and_decided_by_another(self):
        ticket = self._case(self.order, {self.run_1: 1})
        ticket.action_refuse("damaged by the reader")
        self.assertEqual(
            (ticket.phase, ticket.closing_reason), ("refused", "damaged by the reader")
        )
        ticket.action_object("it arrived like this")
        self.assertEqual(ticket.phase, "triage")
        self.assertFalse(ticket.user_id)
        self.assertFalse(ticket.closed_date)

    def test_ordinary_tickets_are_never_touched(self):
        ticket = self.env["helpdesk.ticket"].create({"name": "Printer jam", "description": "x"})
        self.assertFalse(ticket.is_aftersales or ticket.phase or ticket.next_step)
        ticket.stage_id = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        ticket.unlink()
