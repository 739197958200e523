from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import AftersalesCommon


class PulpCommon(AftersalesCommon):
    def setUp(self):
        super().setUp()
        self.order = self._sell({self.run_1: 4})
        self.pulp = self.company.aftersales_pulp_location_id

    def _to_pulp(self, copies=1, remedy="exchange", **vals):
        """Take back copies of a case and inspect them for pulping; return case and resolution."""
        ticket = self._case(self.order, {self.run_1: copies})
        resolution = self._agree(ticket, remedy)
        self._receive(resolution)
        self._inspect(resolution, disposition="pulp", **vals)
        return ticket, resolution

    def _list(self):
        return self.env["aftersales.pulp.list"].search([("state", "!=", "done")], limit=1)

    def _render(self, report, records):
        html, _type = self.env["ir.actions.report"]._render_qweb_html(
            f"aftersales_publishing.{report}", records.ids
        )
        return html.decode()


@tagged("post_install", "-at_install")
class TestPulpList(PulpCommon):
    """What is to be destroyed is gathered, approved by somebody else, then scrapped (R6.6)."""

    def test_gathered_approved_pulped(self):
        """The reader does not wait for it: the replacement leaves at once."""
        ticket, resolution = self._to_pulp(2)
        other, _resolution = self._to_pulp()
        pulp_list = self._list()
        self.assertEqual((pulp_list.quantity, pulp_list.title_count), (3, 1))
        self.assertEqual(
            (self._quarantined(self.run_1), self._stock(self.run_1, self.pulp)), (3, 0)
        )
        self._ship(resolution)
        self.assertEqual(resolution.progress, "done")
        pulp_list.with_user(self.manager).action_approve()
        self.assertEqual(pulp_list.approved_by_id, self.manager)
        self.assertEqual(self._quarantined(self.run_1), 3, "approved is not destroyed")
        pulp_list.with_user(self.warehouse).action_done()
        self.assertEqual(
            (self._quarantined(self.run_1), self._stock(self.run_1, self.pulp)), (0, 3)
        )
        scraps = pulp_list.sudo().inspection_ids.scrap_id
        self.assertEqual(set(scraps.mapped("state")), {"done"})
        self.assertEqual(sum(scraps.move_ids.account_move_id.mapped("amount_total")), 39.0)
        for case in ticket | other:
            self.assertIn("pulped", case.sudo().event_ids.mapped("code"))

    def test_not_by_who_made_it(self):
        ticket = self._case(self.order, {self.run_1: 1})
        resolution = self._agree(ticket, "exchange")
        self._receive(resolution)
        inspection = resolution.sudo().inspection_ids
        inspection.write({"grade": "defective", "disposition": "pulp"})
        inspection.with_user(self.manager).action_done()
        pulp_list = self._list()
        self.assertFalse(pulp_list.with_user(self.manager).can_approve)
        with self.assertRaisesRegex(UserError, "somebody else approves it"):
            pulp_list.with_user(self.manager).action_approve()
        other = self.manager.copy({"login": "second_manager", "email": "second@house.example"})
        self.assertTrue(pulp_list.with_user(other).can_approve)
        pulp_list.with_user(other).action_approve()
        self.assertEqual(pulp_list.state, "approved")

    def test_not_by_who_added_to_it(self):
        """A manager puts what others inspected on a list that others began."""
        self._to_pulp()
        ticket = self._case(self.order, {self.run_1: 1})
        resolution = self._agree(ticket, "exchange")
        self._receive(resolution)
        copies = self._inspect(resolution)
        copies.with_user(self.manager).action_pulp()
        pulp_list = self._list()
        self.assertEqual(pulp_list.quantity, 2)
        self.assertFalse(pulp_list.with_user(self.manager).can_approve)
        with self.assertRaisesRegex(UserError, "somebody else approves it"):
            pulp_list.with_user(self.manager).action_approve()
        copies.action_take_off_pulp()
        self.assertTrue(pulp_list.with_user(self.manager).can_approve)

    def test_task_of_who_may_approve(self):
        """One task a list: begun with its first copy, done with the approval, back with the list."""
        others = self.env["res.users"].search(
            [("group_ids", "in", self.env.ref("aftersales_publishing.group_manager").ids)]
        )
        (others - self.manager).group_ids -= self.env.ref("aftersales_publishing.group_manager")
        copies = self._to_pulp()[1].sudo().inspection_ids
        self._to_pulp()
        pulp_list = self._list()
        task = pulp_list.activity_ids
        self.assertEqual((task.user_id, len(task)), (self.manager, 1))
        self.assertEqual(task.state, "planned", "there is time to gather a load")
        self.assertTrue(pulp_list.with_user(self.manager).activity_ids.can_write)
        pulp_list.with_user(self.manager).action_approve()
        self.assertFalse(pulp_list.activity_ids)
        done = pulp_list.message_ids.filtered("mail_activity_type_id")
        self.assertEqual(done.author_id, self.manager.partner_id)
        pulp_list.with_user(self.manager).action_back_to_draft()
        self.assertEqual(pulp_list.activity_ids.user_id, self.manager)
        pulp_list.sudo().inspection_ids.with_user(self.warehouse).action_take_off_pulp()
        self.assertFalse(pulp_list.activity_ids, "no copies, nothing to approve")
        copies.with_user(self.manager).action_pulp()
        self.assertFalse(pulp_list.activity_ids, "the only manager put them there himself")

    def test_task_moves_on(self):
        """Who has the task puts copies on the list: a colleague gets it."""
        other = self.manager.copy({"login": "second_manager", "email": "second@house.example"})
        kept = self._agree(self._case(self.order, {self.run_1: 1}), "exchange")
        self._receive(kept)
        copies = self._inspect(kept)
        self._to_pulp()
        task = self._list().activity_ids
        first = task.user_id
        self.assertNotIn(self.warehouse, first)
        copies.with_user(first).action_pulp()
        second = self._list().activity_ids.user_id
        self.assertNotEqual(first, second)
        self.assertTrue(self._list().with_user(second).can_approve)
        self.assertTrue(other)

    def test_roles(self):
        self._to_pulp()
        pulp_list = self._list()
        for user in (self.agent, self.warehouse, self.finance, self.auditor):
            with self.assertRaises(AccessError):
                pulp_list.with_user(user).action_approve()
            with self.assertRaises(AccessError):
                pulp_list.with_user(user).write({"state": "approved"})
        with self.assertRaisesRegex(UserError, "cannot become “Pulped”"):
            pulp_list.with_user(self.warehouse).action_done()
        pulp_list.with_user(self.manager).action_approve()
        for user in (self.agent, self.finance, self.auditor):
            with self.assertRaises(AccessError):
                pulp_list.with_user(user).action_done()
        self.assertEqual(pulp_list.with_user(self.auditor).quantity, 1)

    def test_what_was_approved_is_what_is_pulped(self):
        """Copies that come later begin another list."""
        self._to_pulp()
        first = self._list()
        first.with_user(self.manager).action_approve()
        self._to_pulp()
        second = self._list()
        self.assertNotEqual(first, second)
        self.assertEqual((first.quantity, second.quantity), (1, 1))
        first.with_user(self.warehouse).action_done()
        self.assertEqual(self._quarantined(self.run_1), 1)

    def test_pulped_once(self):
        """A double click scraps nothing twice, and there is no way back."""
        self._to_pulp()
        pulp_list = self._pulp()
        pulp_list.with_user(self.warehouse).action_done()
        self.assertEqual(self._stock(self.run_1, self.pulp), 1)
        with self.assertRaisesRegex(UserError, "cannot become “To approve”"):
            pulp_list.with_user(self.manager).action_back_to_draft()
        with self.assertRaisesRegex(UserError, "cannot be taken off"):
            pulp_list.inspection_ids.with_user(self.warehouse).action_take_off_pulp()

    def test_undone_before(self):
        self._to_pulp()
        pulp_list = self._list()
        pulp_list.with_user(self.manager).action_approve()
        copies = pulp_list.inspection_ids.with_user(self.warehouse)
        with self.assertRaisesRegex(UserError, "Take the approval back first"):
            copies.action_take_off_pulp()
        pulp_list.with_user(self.manager).action_back_to_draft()
        self.assertFalse(pulp_list.approved_by_id)
        copies.action_take_off_pulp()
        self.assertEqual((copies.disposition, copies.pulp_list_id.id), ("quarantine", False))
        with self.assertRaisesRegex(UserError, "nothing to approve"):
            pulp_list.with_user(self.manager).action_approve()
        self.assertEqual(self._quarantined(self.run_1), 1)

    def test_kept_first_pulped_later(self):
        """Quarantine is emptied at the year's end; what is in dispute stays."""
        ticket = self._case(self.order, {self.run_1: 1})
        resolution = self._agree(ticket, "return_refund")
        self._receive(resolution)
        copies = self._inspect(resolution, grade="reader_damage")
        with self.assertRaisesRegex(UserError, "is in dispute"):
            copies.action_pulp()
        resolution.action_give_up_rest("coffee")
        self.assertTrue(copies.can_pulp)
        copies.action_pulp()
        self._pulp()
        self.assertEqual(self._stock(self.run_1, self.pulp), 1)

    def test_in_dispute(self):
        """Nobody destroys what the agent has not decided about, nor the other copies with it."""
        _ticket, resolution = self._to_pulp(grade="pirated")
        pulp_list = self._list()
        with self.assertRaisesRegex(UserError, "is in dispute. Have the agent decide"):
            pulp_list.with_user(self.manager).action_approve()
        pulp_list.state = "approved"  # as lists are that were approved before this was asked
        with self.assertRaisesRegex(UserError, "is in dispute. Have the agent decide"):
            pulp_list.with_user(self.warehouse).action_done()
        pulp_list.state = "draft"
        resolution.inspection_ids.with_user(self.agent).action_overrule("it is our own print")
        self._pulp()
        self.assertEqual(self._stock(self.run_1, self.pulp), 1)

    def test_the_reader_wants_it_back(self):
        """What goes back to the reader leaves the list."""
        ticket = self._case(self.order, {self.run_1: 1})
        resolution = self._agree(ticket, "return_refund")
        self._receive(resolution)
        self._inspect(resolution, grade="reader_damage", disposition="pulp")
        pulp_list = self._list()
        self.assertTrue(resolution.can_send_back)
        resolution.action_send_back("wants it back")
        self.assertFalse(pulp_list.inspection_ids)
        moves = resolution.sudo().effect_ids.move_ids.returned_move_ids
        self._validate(moves.picking_id.with_user(self.warehouse))
        self.assertEqual(self._stock(self.run_1, self.customers), 4)
        with self.assertRaisesRegex(UserError, "goes back to the reader"):
            resolution.inspection_ids.with_user(self.warehouse).action_pulp()

    def test_gone_from_quarantine(self):
        """Somebody moved the copy by hand: the list says so, nothing is scrapped elsewhere."""
        self._to_pulp()
        pulp_list = self._list()
        pulp_list.with_user(self.manager).action_approve()
        quant = self.env["stock.quant"].search(
            [("lot_id", "=", self.run_1.id), ("location_id", "=", pulp_list.location_id.id)]
        )
        quant.inventory_quantity = 0
        quant.action_apply_inventory()
        with self.assertRaisesRegex(UserError, "0 copies .* are in quarantine"):
            pulp_list.with_user(self.warehouse).action_done()
        self.assertEqual(pulp_list.state, "approved")
        self.assertFalse(pulp_list.sudo().inspection_ids.scrap_id)

    def test_another_company_sees_nothing(self):
        self._to_pulp()
        company = self.env["res.company"].create({"name": "Other House"})
        self.manager.write({"company_ids": [(6, 0, company.ids)], "company_id": company.id})
        lists = self.env["aftersales.pulp.list"].with_user(self.manager)
        self.assertFalse(lists.with_context(allowed_company_ids=company.ids).search([]))

    def test_printed(self):
        ticket, _resolution = self._to_pulp(2, note="glue broken")
        html = self._render("report_pulp_list", self._list().with_user(self.warehouse))
        for text in (self._list().name, ticket.number, self.novel.name, "NOVEL-1-1", "glue broken"):
            self.assertIn(text, html)


@tagged("post_install", "-at_install")
class TestPrintedAtTheTable(PulpCommon):
    """What is printed when a parcel is inspected: acceptance slip and labels (R6.6)."""

    def _inspected(self, **vals):
        ticket = self._case(self.order, {self.run_1: 2})
        resolution = self._agree(ticket, "return_refund")
        picking = self._receive(resolution)
        inspection = resolution.sudo().inspection_ids.with_user(self.warehouse)
        inspection.quantity = 1
        first, second = resolution.sudo().inspection_ids.with_user(self.warehouse)
        first.write({"grade": "as_new", "disposition": "restock"})
        second.write({"grade": "defective", "note": "glue broken", **vals})
        (first | second).action_done()
        return ticket, picking

    def test_acceptance_slip(self):
        ticket, picking = self._inspected(wrap="opened", accessories="disc")
        action = picking.action_print_aftersales_acceptance()
        self.assertEqual(action["report_name"], "aftersales_publishing.report_acceptance")
        html = self._render("report_acceptance", picking)
        for text in (picking.name, ticket.number, "NOVEL-1-1", "As new", "glue broken", "disc"):
            self.assertIn(text, html)
        self.assertNotIn("59.8", html, "the warehouse sees no amounts")

    def test_labels(self):
        """One for each copy that is put aside, none for the one back on the shelf."""
        ticket, picking = self._inspected(disposition="hurt")
        action = picking.action_print_aftersales_labels()
        inspections = self.env["aftersales.inspection"].browse(action["context"]["active_ids"])
        self.assertEqual(inspections.mapped("disposition"), ["hurt"])
        html = self._render("report_defect_label", ticket.sudo().inspection_ids)
        self.assertEqual(html.count("o_defect_label"), 1)
        for text in (
            self.novel.barcode,
            self.novel.name,
            "NOVEL-1-1",
            ticket.number,
            "glue broken",
        ):
            self.assertIn(text, html)

    def test_every_copy_has_a_label(self):
        _ticket, resolution = self._to_pulp(3)
        html = self._render("report_defect_label", resolution.sudo().inspection_ids)
        self.assertEqual(html.count("o_defect_label"), 3)

    def test_nothing_to_print(self):
        _ticket, picking = self._inspected(disposition="restock")
        with self.assertRaisesRegex(UserError, "none needs a label"):
            picking.action_print_aftersales_labels()
        delivery = self.order.picking_ids.filtered(lambda p: p.picking_type_code == "outgoing")
        with self.assertRaisesRegex(UserError, "Receive the parcel first"):
            delivery.with_user(self.warehouse).action_print_aftersales_acceptance()

    def test_roles(self):
        _ticket, picking = self._inspected()
        with self.assertRaises(AccessError):
            picking.with_user(self.agent).action_print_aftersales_labels()

    def test_the_table_says_how_many_labels(self):
        ticket = self._case(self.order, {self.run_1: 2})
        self._agree(ticket, "exchange")
        table = self.env["aftersales.returns.table"].with_user(self.warehouse)
        parcel = table.find(ticket.number)["parcel"]
        [line] = parcel["lines"]
        copy = {"line_id": line["id"], "lot_id": line["lot_id"], "quantity": 1}
        copies = [
            {**copy, "grade": "defective"},
            {**copy, "grade": "as_new", "disposition": "restock"},
        ]
        self.assertEqual(table.confirm(parcel["id"], False, copies)["labels"], 1)
