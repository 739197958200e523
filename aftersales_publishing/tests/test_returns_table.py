from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ISBNS, AftersalesCommon

FIND_QUERIES = 25  # a scan is answered at once, also in a house of many parcels


class ReturnsTableCommon(AftersalesCommon):
    """A returns clerk at the table with a scanner; each call is one scan or one key."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader.phone = "+86 138-0013 8000"
        cls.atlas_run = cls._print(cls.atlas, "ATLAS-1-1", 1, 50, 40.0, cls.printer)
        cls.table = cls.env["aftersales.returns.table"].with_user(cls.warehouse)

    def _announce(self, copies=1, remedy="exchange", partner=None, **vals):
        """Announce the return of novels; return case, resolution and transfer."""
        order = self._sell({self.run_1: copies}, partner=partner)
        ticket = self._case(order, {self.run_1: copies}, **vals)
        resolution = self._agree(ticket, remedy)
        return ticket, resolution, resolution.sudo().effect_ids.move_ids.picking_id

    def _count(self, parcel, **found):
        """Return a copy of the first line as the screen sends it."""
        line = parcel["lines"][0]
        return {
            "line_id": line["id"],
            "lot_id": line["lot_id"],
            "quantity": 1,
            "grade": "defective",
            **found,
        }


@tagged("post_install", "-at_install")
class TestFindParcel(ReturnsTableCommon):
    """Whatever is written on a parcel leads to it (R6.5)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        order = cls._sell({cls.run_1: 2})
        cls.ticket = cls._case(
            order, {cls.run_1: 2}, platform_order_ref="tb-20260001", external_ref="WX/77"
        )
        lines = cls.ticket.line_ids.with_user(cls.agent)
        resolution = lines.action_propose("exchange")
        resolution.action_agree("phone", "agrees")
        resolution.action_execute()
        cls.picking = resolution.sudo().effect_ids.move_ids.picking_id
        cls.ticket.waybill_ids = [
            (0, 0, {"number": "sf 1234 567", "freight_paid_by": "insurance"}),
            (0, 0, {"number": "YT9900"}),
        ]

    def _assertFinds(self, code):
        hit = self.table.find(code)
        self.assertEqual(hit["kind"], "one", f"{code}: {hit}")
        self.assertEqual(hit["parcel"]["id"], self.picking.id)
        return hit["parcel"]

    def test_by_every_code(self):
        """Slip, waybills, case number, platform order, reference, phone: typed or scanned."""
        for code in (
            self.picking.name,
            self.picking.name.lower(),
            "SF1234567",
            "sf 1234567",
            "YT9900",
            self.ticket.number,
            "tb-20260001",
            "WX/77",
            "8000",
            "13800138000",
        ):
            with self.subTest(code=code):
                self._assertFinds(code)

    def test_announced_again(self):
        """The reader still holds the first slip: it leads to the new transfer."""
        old, resolution = self.picking.name, self.ticket.resolution_ids.with_user(self.agent)
        self.picking.action_cancel()
        self.assertEqual(self.table.find(old)["kind"], "none")
        resolution.action_retry()
        hit = self._assertQuick(lambda table: table.find(old))
        self.assertEqual(hit["kind"], "one")
        self.assertNotEqual(hit["parcel"]["name"], old)

    def test_what_the_clerk_sees(self):
        parcel = self._assertFinds("SF1234567")
        [line] = parcel["lines"]
        self.assertEqual(parcel["cases"], self.ticket.number)
        self.assertEqual(parcel["waybills"], "SF1234567, YT9900")
        self.assertEqual((line["title"], line["isbn"]), (self.novel.name, ISBNS[0]))
        self.assertEqual((line["quantity"], line["claim"]), (2, "Loose leaves"))
        self.assertEqual(
            [run["id"] for run in line["runs"]], [self.run_1.id, self.run_2.id], "claimed run first"
        )
        self.assertEqual(len(line["questions"]), 5)
        self.assertEqual(parcel["lines"][0]["lot_id"], self.run_1.id)

    def test_too_little_of_a_phone(self):
        """Three digits are no phone; digits in the middle of one are not its last."""
        for code in ("000", "1380", ""):
            self.assertEqual(self.table.find(code)["kind"], "none", code)

    def test_several_parcels_of_one_reader(self):
        """The clerk picks by a digit key; the number of the transfer still finds one."""
        _ticket, _resolution, other = self._announce()
        hits = self.table.find("8000")
        self.assertEqual(hits["kind"], "many")
        self.assertEqual({hit["id"] for hit in hits["parcels"]}, {self.picking.id, other.id})
        self.assertIn(self.novel.name, hits["parcels"][0]["books"])
        self.assertEqual(self.table.open_parcel(other.id)["name"], other.name)
        self.assertEqual(self.table.find(other.name)["kind"], "one")

    def test_checklist_by_kind_of_product(self):
        """A question kept for another kind of product is not asked."""
        kind = self.env["product.category"].create({"name": "Audio"})
        question = self.env["aftersales.checklist"].search([], limit=1)
        question.category_ids = kind
        [line] = self._assertFinds("YT9900")["lines"]
        self.assertNotIn(question.id, [q["id"] for q in line["questions"]])
        kind.parent_id = False
        self.category.parent_id = kind
        [line] = self._assertFinds("YT9900")["lines"]
        self.assertIn(question.id, [q["id"] for q in line["questions"]])

    def test_nothing_found(self):
        hit = self.table.find("EMS000")
        self.assertEqual((hit["kind"], hit["code"]), ("none", "EMS000"))

    def test_an_ownerless_parcel_is_recorded_once(self):
        """Scanned again, the screen says where it lies and offers no second record."""
        stray = self.table.record_stray("EMS000", [{"description": "a book", "quantity": 1}])
        hit = self.table.find("ems 000")
        self.assertEqual(hit["kind"], "recorded")
        self.assertIn(stray["name"], hit["message"])

    def test_other_company_finds_nothing(self):
        company = self.env["res.company"].create({"name": "Other House"})
        self.warehouse.write({"company_ids": [(6, 0, company.ids)], "company_id": company.id})
        table = self.table.with_context(allowed_company_ids=company.ids)
        self.assertEqual(table.find("SF1234567")["kind"], "none")

    def test_roles(self):
        """Warehouse and manager handle parcels, nobody else."""
        for user in (self.agent, self.finance, self.quality, self.auditor):
            table = self.table.with_user(user)
            for call in (
                lambda table: table.find("SF1234567"),
                lambda table: table.open_parcel(self.picking.id),
                lambda table: table.select(self.picking.id, ISBNS[0]),
                lambda table: table.identify(ISBNS[0]),
                lambda table: table.confirm(self.picking.id, False, []),
                lambda table: table.record_stray("X", []),
            ):
                with self.assertRaisesRegex(AccessError, "takes one of these roles"):
                    call(table)
        self.assertEqual(self.table.with_user(self.manager).find("SF1234567")["kind"], "one")

    def test_only_returns_are_opened(self):
        """A delivery is no parcel that comes back, whoever asks for it by id."""
        delivery = self.ticket.line_ids.delivery_move_id.picking_id
        with self.assertRaisesRegex(UserError, "no announced return"):
            self.table.open_parcel(delivery.id)
        self.assertEqual(self.table.find(delivery.name)["kind"], "none")

    def test_queries(self):
        """A scan costs the same among fifty expected parcels as among a few."""
        self._assertFinds("8000")
        self._assertQuick(lambda table: table.find("SF1234567"))
        self._assertQuick(lambda table: table.find("8000"))
        self._assertQuick(lambda table: table.select(self.picking.id, ISBNS[0]))
        self._assertQuick(lambda table: table.select(self.picking.id, ISBNS[1]))
        self._assertQuick(lambda table: table.find("EMS000"))
        order = self._sell({self.run_2: 30})
        cases = self.env["helpdesk.ticket"].browse()
        for _copy in range(12):
            cases |= self._case(order, {self.run_2: 1})
        resolutions = cases.line_ids.with_user(self.agent).action_propose("exchange")
        resolutions.action_agree("phone", "agrees")
        resolutions.action_execute()
        hits = self._assertQuick(lambda table: table.find("8000"))
        self.assertEqual((len(hits["parcels"]), hits["more"]), (9, True))
        self._assertQuick(lambda table: table.find("SF1234567"))

    def test_queries_for_a_reader_who_returned_much(self):
        """What was received and inspected before costs nothing, and hides nothing."""
        order = self._sell({self.run_2: 12})
        cases = self.env["helpdesk.ticket"].browse()
        for _copy in range(12):
            cases |= self._case(order, {self.run_2: 1})
        resolutions = cases.line_ids.with_user(self.agent).action_propose("exchange")
        resolutions.action_agree("phone", "agrees")
        resolutions.action_execute()
        self._receive(resolutions)
        self._inspect(resolutions)
        self._assertFinds("8000")
        hit = self._assertQuick(lambda table: table.find("8000"))
        self.assertEqual(hit["parcel"]["id"], self.picking.id)
        hit = self._assertQuick(lambda table: table.find(cases[0].number))
        self.assertEqual(hit["kind"], "received")

    def _assertQuick(self, call):
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(FIND_QUERIES):
            return call(self.table)

    def test_every_search_has_its_index(self):
        """The codes are looked up, not read through: the planner can use an index for each."""
        self.env["res.partner"].create(
            [
                {"name": f"Caller {number}", "phone": f"139 1234 {number}"}
                for number in range(1000, 1400)
            ]
        )
        self.env.flush_all()
        self.env.cr.execute("ANALYZE res_partner")
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        for table, condition in (
            ("helpdesk_ticket", "is_aftersales AND number = 'X'"),
            ("helpdesk_ticket", "external_ref = 'X'"),
            ("helpdesk_ticket", "platform_order_ref = 'X'"),
            ("aftersales_waybill", "number = 'X'"),
            (
                "res_partner",
                r"phone IS NOT NULL AND reverse(regexp_replace(phone, '\D', '', 'g')) LIKE '0008%'",
            ),
        ):
            # pylint: disable=sql-injection
            self.env.cr.execute(f"EXPLAIN SELECT id FROM {table} WHERE {condition}")
            plan = "\n".join(row[0] for row in self.env.cr.fetchall())
            self.assertIn("Index Cond", plan, f"{table}: {condition}")


@tagged("post_install", "-at_install")
class TestHandleParcel(ReturnsTableCommon):
    """The parcel is opened: copies are selected, graded, and all is posted at once (R6.6)."""

    def setUp(self):
        super().setUp()
        self.ticket, self.resolution, self.picking = self._announce(2)
        self.parcel = self.table.open_parcel(self.picking.id)

    def test_select_by_isbn(self):
        """Barcode, hyphens or the ten digits of an old back cover: the same copy."""
        for code in (ISBNS[0], "978-7-02-000220-7", "7-02-000220-X", "NOVEL-1-2"):
            hit = self.table.select(self.picking.id, code)
            self.assertEqual(hit["kind"], "expected", f"{code}: {hit}")
            self.assertEqual(hit["line_ids"], [self.parcel["lines"][0]["id"]])
        self.assertEqual(hit["lot_id"], self.run_2.id, "a scanned run is chosen with its title")

    def test_wrong_title_or_no_title(self):
        hit = self.table.select(self.picking.id, ISBNS[1])
        self.assertEqual((hit["kind"], hit["product_id"]), ("unexpected", self.atlas.id))
        self.assertIn("not expected", hit["message"])
        self.assertEqual(self.table.select(self.picking.id, "4006381333931")["kind"], "unknown")

    def test_received_and_inspected_at_once(self):
        """One call receives, grades and puts away; the replacement is on its way."""
        question = self.parcel["lines"][0]["questions"][0]["id"]
        one = self._count(
            self.parcel,
            wrap="opened",
            accessories="disc",
            note="leaves fall out",
            checks=[[question, False]],
        )
        two = self._count(self.parcel, grade="hurt", wrap="none")
        result = self.table.confirm(self.picking.id, False, [one, two])
        self.assertEqual(
            (result["counted"], result["missing"], result["contradicting"], result["stray"]),
            (2, 0, 0, False),
        )
        self.assertEqual(self.picking.state, "done")
        torn, hurt = self.ticket.inspection_ids.sorted("grade")
        self.assertEqual((torn.state, torn.quantity, torn.wrap), ("done", 1, "opened"))
        self.assertEqual((torn.accessories, torn.note), ("disc", "leaves fall out"))
        self.assertEqual(torn.check_ids.question_id.id, question)
        self.assertFalse(torn.check_ids.in_order)
        self.assertEqual(torn.disposition, "quarantine")
        self.assertEqual((hurt.disposition, hurt.wrap, hurt.check_ids.ids), ("hurt", "none", []))
        self.assertEqual(torn.inspected_by_id, self.warehouse)
        self.assertEqual(self._quarantined(self.run_1), 1)
        self._ship(self.resolution)
        self.assertEqual(self.resolution.progress, "done")

    def test_equal_copies_are_one_inspection(self):
        copies = [self._count(self.parcel), self._count(self.parcel)]
        self.table.confirm(self.picking.id, False, copies)
        self.assertEqual(self.ticket.inspection_ids.mapped("quantity"), [2])

    def test_other_run(self):
        """By the copyright page one copy is of the second impression: both runs are right."""
        copies = [self._count(self.parcel), self._count(self.parcel, lot_id=self.run_2.id)]
        self.table.confirm(self.picking.id, False, copies)
        other = self.ticket.inspection_ids.filtered("has_other_lot")
        self.assertEqual((other.lot_id, other.quantity), (self.run_2, 1))
        self.assertEqual((self._quarantined(self.run_1), self._quarantined(self.run_2)), (1, 1))

    def test_run_of_another_title_is_refused(self):
        wrong = self._count(self.parcel, lot_id=self.atlas_run.id)
        with self.assertRaisesRegex(UserError, "choose the print run of A Dream"):
            self.table.confirm(self.picking.id, False, [wrong])

    def test_short_parcel(self):
        """One of two came: the other stays expected under a backorder, found by the same codes."""
        result = self.table.confirm(self.picking.id, False, [self._count(self.parcel)])
        self.assertEqual((result["counted"], result["missing"]), (1, 1))
        hit = self.table.find(self.ticket.number)
        self.assertEqual((hit["kind"], hit["parcel"]["lines"][0]["quantity"]), ("one", 1))
        self.assertNotEqual(hit["parcel"]["id"], self.picking.id)
        self.table.confirm(hit["parcel"]["id"], False, [self._count(hit["parcel"])])
        self.assertEqual(self._quarantined(self.run_1), 2)

    def test_extra_copy_and_other_title(self):
        """What nobody claimed is not received: it is noted on the case, for the agent."""
        extras = [
            {"product_id": self.novel.id, "quantity": 1},
            {"product_id": self.atlas.id, "lot_id": self.atlas_run.id, "quantity": 2},
            {"description": "a teddy bear", "quantity": 1},
        ]
        copies = [self._count(self.parcel, quantity=2)]
        result = self.table.confirm(self.picking.id, False, copies, extras)
        stray = self.ticket.stray_parcel_ids
        self.assertEqual((stray.name, stray.state), (result["stray"], "linked"))
        self.assertEqual((stray.picking_id, stray.ticket_id), (self.picking, self.ticket))
        self.assertEqual(stray.line_ids.mapped("quantity"), [1, 2, 1])
        event = self.ticket.event_ids.filtered(lambda e: e.code == "unexpected")
        self.assertIn("2 × Atlas of Rivers · ATLAS-1-1", event.note)
        self.assertEqual(self._quarantined(self.run_1), 2)
        self.assertEqual(self._stock(self.atlas_run), 50, "nothing is booked that is not known")

    def test_more_than_expected_is_refused(self):
        with self.assertRaisesRegex(UserError, "2 copies of .* are expected, 3 were counted"):
            self.table.confirm(self.picking.id, False, [self._count(self.parcel, quantity=3)])
        self.assertEqual(self.picking.state, "assigned")

    def test_without_grade_or_copy_is_refused(self):
        with self.assertRaisesRegex(UserError, "a grade"):
            self.table.confirm(self.picking.id, False, [self._count(self.parcel, grade=None)])
        with self.assertRaisesRegex(UserError, "count a copy first"):
            self.table.confirm(self.picking.id, False, [])

    def test_contradiction_goes_to_the_agent(self):
        """A copy as new where leaves were said to be loose: nothing is sent before the agent."""
        self.assertIn("as_new", self.parcel["lines"][0]["contradicting"])
        result = self.table.confirm(
            self.picking.id, False, [self._count(self.parcel, quantity=2, grade="as_new")]
        )
        self.assertEqual(result["contradicting"], 2)
        self.assertEqual(self.ticket.inspection_ids.contradiction, "open")
        self.assertEqual(self.ticket.inspection_ids.disposition, "quarantine")
        self.assertEqual(self.resolution.progress, "contradicted")

    def test_two_clerks_on_one_parcel(self):
        """Who comes second is told who was first; nothing is received twice."""
        copies = [self._count(self.parcel, quantity=2)]
        self.table.confirm(self.picking.id, False, copies)
        colleague = self.table.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "inspected already, by Warehouse"):
            colleague.confirm(self.picking.id, False, copies)
        with self.assertRaisesRegex(UserError, "inspected already, by Warehouse"):
            colleague.select(self.picking.id, ISBNS[0])
        hit = colleague.find(self.picking.name)
        self.assertEqual(hit["kind"], "received")
        self.assertEqual(self._quarantined(self.run_1), 2)

    def test_received_natively_then_inspected_here(self):
        """A colleague validated the transfer meanwhile: scanned again, its copies are graded."""
        self._receive(self.resolution)
        with self.assertRaisesRegex(UserError, "received by a colleague meanwhile"):
            self.table.confirm(self.picking.id, False, [])
        parcel = self.table.find(self.picking.name)["parcel"]
        self.assertTrue(parcel["received"])
        self.table.confirm(self.picking.id, True, [self._count(parcel)])
        self.assertEqual(self.ticket.inspection_ids.mapped("state").count("draft"), 1)
        [left] = self.table.find(self.picking.name)["parcel"]["lines"]
        self.assertEqual(left["quantity"], 1)

    def test_checklist_answered_before_is_answered_anew(self):
        """Somebody began in the list: the table's answers replace the ones typed there."""
        self._receive(self.resolution)
        question = self.parcel["lines"][0]["questions"][0]["id"]
        inspection = self.ticket.inspection_ids.with_user(self.warehouse)
        inspection.check_ids = [(0, 0, {"question_id": question, "in_order": True})]
        parcel = self.table.find(self.picking.name)["parcel"]
        copy = self._count(parcel, quantity=2, checks=[[question, False]])
        self.table.confirm(self.picking.id, True, [copy])
        self.assertEqual(self.ticket.inspection_ids.check_ids.mapped("in_order"), [False])

    def test_wrong_title_that_we_sent(self):
        """The atlas that was announced is selected as itself; its run is chosen at the table."""
        order = self._sell({self.run_1: 1})
        ticket = self._case(order, {self.run_1: 1}, "wrong_title", ())
        ticket.line_ids.sent_product_id = self.atlas
        resolution = self._agree(ticket, "exchange")
        picking = resolution.sudo().effect_ids.move_ids.picking_id
        parcel = self.table.find(ticket.number)["parcel"]
        self.assertEqual(self.table.select(picking.id, ISBNS[1])["kind"], "expected")
        [line] = parcel["lines"]
        self.assertFalse(line["lot_id"], "the run that Odoo reserved is nobody's claim")
        self.assertIn(self.atlas_run.id, [run["id"] for run in line["runs"]])
        copy = self._count(parcel, grade="as_new", lot_id=self.atlas_run.id)
        self.table.confirm(picking.id, False, [copy])
        self.assertEqual(ticket.inspection_ids.disposition, "restock")
        self.assertEqual(self._stock(self.atlas_run), 50)

    def test_manager_at_the_table(self):
        """A manager helps out without native stock rights: the table asks for the role."""
        copies = [self._count(self.parcel, quantity=2)]
        self.table.with_user(self.manager).confirm(self.picking.id, False, copies)
        self.assertEqual(self.ticket.inspection_ids.inspected_by_id, self.manager)

    def test_checklist_is_a_fact_once_inspected(self):
        question = self.parcel["lines"][0]["questions"][0]["id"]
        copy = self._count(self.parcel, checks=[[question, True]])
        self.table.confirm(self.picking.id, False, [copy])
        check = self.ticket.inspection_ids.check_ids.with_user(self.warehouse)
        with self.assertRaisesRegex(UserError, "inspected already"):
            check.in_order = False

    def test_answers_are_not_moved_to_inspected_copies(self):
        question = self.parcel["lines"][0]["questions"][0]["id"]
        self.table.confirm(self.picking.id, False, [self._count(self.parcel, quantity=2)])
        done = self.ticket.inspection_ids
        _ticket, resolution, _picking = self._announce()
        self._receive(resolution)
        draft = resolution.sudo().inspection_ids.with_user(self.warehouse)
        draft.check_ids = [(0, 0, {"question_id": question, "in_order": True})]
        with self.assertRaisesRegex(UserError, "inspected already"):
            draft.check_ids.inspection_id = done.id

    def test_two_companies(self):
        """A clerk of two houses is shown the titles, print runs and questions of the parcel's."""
        house = self.env["res.company"].create({"name": "Other House"})
        self.warehouse.company_ids |= house
        self.atlas.company_id = self.env.company
        vals = {"name": "Atlas", "barcode": ISBNS[1], "default_code": "0", "company_id": house.id}
        foreign = self.env["product.product"].create(vals)
        run = self.env["stock.lot"].create(
            {"name": "THEIR-RUN", "product_id": self.novel.id, "company_id": house.id}
        )
        question = self.env["aftersales.checklist"].create(
            {"name": "Their stamp?", "company_id": house.id, "sequence": 0}
        )
        companies = house | self.env.company
        table = self.table.with_context(allowed_company_ids=companies.ids)
        hit = table.select(self.picking.id, ISBNS[1])
        self.assertEqual(hit["product_id"], self.atlas.id)
        self.assertEqual(table.select(self.picking.id, "THEIR-RUN")["kind"], "unknown")
        self.assertEqual(table.identify(ISBNS[1])["product_id"], foreign.id)
        [line] = table.open_parcel(self.picking.id)["lines"]
        self.assertNotIn(run.id, [other["id"] for other in line["runs"]])
        self.assertNotIn(question.id, [other["id"] for other in line["questions"]])
        ours = {"product_id": self.atlas.id, "quantity": 1}
        table.confirm(self.picking.id, False, [self._count(self.parcel)], [ours])
        self.assertEqual(self.ticket.stray_parcel_ids.company_id, self.env.company)


@tagged("post_install", "-at_install")
class TestStrayParcel(ReturnsTableCommon):
    """A parcel that matches nothing is kept, and linked when its reader asks (R6.5)."""

    def _record(self, waybill="ems 42", **item):
        item = {"product_id": self.novel.id, "quantity": 1, **item}
        result = self.table.record_stray(waybill, [item], "Wang, room 402")
        return self.env["aftersales.stray.parcel"].browse(result["id"]).with_user(self.warehouse)

    def test_recorded_then_linked(self):
        """The waybill is the case's from then on, and finds its announced return."""
        parcel = self._record()
        self.assertEqual((parcel.state, parcel.waybill), ("open", "EMS42"))
        self.assertEqual(parcel.contents, "1 × A Dream of Red Mansions")
        self.assertIn(parcel.name, self.table.find("EMS42")["message"])
        ticket, _resolution, picking = self._announce()
        parcel.action_link(ticket)
        self.assertEqual((parcel.state, parcel.linked_by_id), ("linked", self.warehouse))
        self.assertIn("stray_linked", ticket.event_ids.mapped("code"))
        hit = self.table.find("EMS 42")
        self.assertEqual((hit["kind"], hit["parcel"]["id"]), ("one", picking.id))
        parcel.action_link()
        self.assertEqual(ticket.event_ids.mapped("code").count("stray_linked"), 1, "told once")

    def test_linked_by_choice_of_the_agent(self):
        parcel = self._record().with_user(self.agent)
        with self.assertRaisesRegex(UserError, "choose the case"):
            parcel.action_link()
        ticket, _resolution, _picking = self._announce()
        parcel.ticket_id = ticket
        parcel.action_link()
        self.assertEqual(parcel.state, "linked")
        with self.assertRaisesRegex(UserError, "cannot be changed any more"):
            parcel.sender = "somebody else"
        with self.assertRaisesRegex(UserError, "contents cannot be changed"):
            parcel.line_ids.quantity = 5

    def test_closed_with_an_outcome(self):
        parcel = self._record().with_user(self.agent)
        with self.assertRaisesRegex(UserError, "where the copies went"):
            parcel.action_close()
        parcel.outcome = "sent back to the sender"
        with self.assertRaisesRegex(AccessError, "takes one of these roles"):
            parcel.with_user(self.warehouse).action_close()
        parcel.action_close()
        self.assertEqual(parcel.state, "closed")
        ticket, _resolution, _picking = self._announce()
        with self.assertRaisesRegex(UserError, "“Closed”: it cannot become “Linked”"):
            parcel.action_link(ticket)

    def test_rights(self):
        """States are set by verbs; finance and audit read; another company sees nothing."""
        parcel = self._record()
        for user in (self.agent, self.warehouse, self.manager):
            with self.assertRaisesRegex(UserError, "cannot be typed"):
                parcel.with_user(user).state = "closed"
        for user in (self.finance, self.auditor, self.quality):
            self.assertTrue(parcel.with_user(user).contents)
            with self.assertRaises(AccessError):
                parcel.with_user(user).sender = "x"
            with self.assertRaisesRegex(AccessError, "takes one of these roles"):
                parcel.with_user(user).action_link(self.env["helpdesk.ticket"])
        company = self.env["res.company"].create({"name": "Other House"})
        foreign = parcel.sudo().copy({"company_id": company.id})
        with self.assertRaises(AccessError):
            foreign.with_user(self.warehouse).read(["waybill"])

    def test_nothing_protected_by_a_detour(self):
        """Neither a context nor a line moved from another parcel changes what verbs write."""
        ticket, _resolution, _picking = self._announce()
        linked = self._record()
        linked.action_link(ticket)
        context = {"default_state": "linked", "default_linked_by_id": self.manager.id}
        parcel = linked.browse().with_context(**context).create({"sender": "Wang"})
        self.assertEqual((parcel.state, parcel.linked_by_id.id), ("open", False))
        line = self._record("ems 43").line_ids
        with self.assertRaisesRegex(UserError, "contents cannot be changed"):
            line.parcel_id = linked

    def test_duplicate(self):
        """Of a linked parcel the copy is open again, noted by who duplicates it."""
        ticket, _resolution, picking = self._announce()
        parcel = self._record()
        parcel.action_link(ticket)
        parcel.sudo().picking_id = picking
        copy = parcel.with_user(self.agent).copy()
        self.assertEqual((copy.state, copy.received_by_id), ("open", self.agent))
        self.assertFalse(copy.ticket_id or copy.picking_id or copy.linked_by_id)
        self.assertEqual(copy.sender, "Wang, room 402")

    def test_what_is_no_title(self):
        parcel = self._record(product_id=None, description="a cup")
        self.assertEqual(parcel.contents, "1 × a cup")

    def test_waybills_of_a_case(self):
        """Agent and warehouse keep them; the same one twice on a case is refused."""
        ticket, _resolution, _picking = self._announce()
        waybill = self.env["aftersales.waybill"].with_user(self.warehouse)
        waybill = waybill.create(
            {"ticket_id": ticket.id, "number": "sf 9", "freight_paid_by": "reader"}
        )
        self.assertEqual(waybill.number, "SF9")
        waybill.with_user(self.agent).freight_paid_by = "insurance"
        for user in (self.finance, self.auditor):
            with self.assertRaises(AccessError):
                waybill.with_user(user).freight_paid_by = "publisher"
