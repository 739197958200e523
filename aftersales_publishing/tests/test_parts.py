import base64

from odoo import Command
from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from . import invariants
from .common import ISBNS, AftersalesCommon

PDF = base64.b64encode(b"%PDF-1.4\n%%EOF\n")


class PartsCommon(AftersalesCommon):
    """A novel of which a signature is printed anew, with an errata sheet as PDF and a map."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.signature = cls._create_title("Pages 33 to 64", ISBNS[2], 0.0)
        cls.pages_run = cls._print(cls.signature, "PAGES-1", 1, 5, 0.8, cls.printer)
        cls.readers = cls.company.aftersales_customer_location_id
        cls.pages, cls.errata = (
            cls.env["aftersales.title.part"]
            .with_user(cls.manager)
            .create(
                [
                    {
                        "product_tmpl_id": cls.novel.product_tmpl_id.id,
                        "kind": "pages",
                        "name": "Pages 33 to 64",
                        "part_product_id": cls.signature.id,
                    },
                    {
                        "product_tmpl_id": cls.novel.product_tmpl_id.id,
                        "kind": "errata",
                        "name": "Errata, 1st edition",
                        "document": PDF,
                        "document_name": "errata.pdf",
                    },
                ]
            )
        )

    def _case_on(self, order, copies=1, case_type="pages", **vals):
        return self._case(order, {self.run_1: copies}, case_type, **vals)

    def _propose(self, ticket, remedy, **options):
        return ticket.line_ids.with_user(self.agent).action_propose(remedy, **options)

    def _ship_part(self, resolution):
        moves = resolution.sudo().effect_ids.move_ids
        pickings = moves.filtered(lambda m: m.state == "assigned").picking_id
        self._validate(pickings.with_user(self.warehouse))
        return pickings

    def _take_back(self, picking):
        """Let the warehouse book Odoo's own return of what it sent."""
        wizard = self.env["stock.return.picking"].create({"picking_id": picking.id})
        wizard.product_return_moves.quantity = 1
        returned = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        self._validate(returned)
        return returned

    def assertSound(self):
        self.assertEqual(invariants.find_breaches(self.env), [])


@tagged("post_install", "-at_install")
class TestShippedPart(PartsCommon):
    """Pages 33 to 64 are missing: the reader keeps the copy and gets the signature. The order
    knows nothing of it, the cost of after-sales service does, once (R6.1, I4)."""

    def setUp(self):
        super().setUp()
        self.order = self._sell({self.run_1: 2})
        self.before = self._order_figures(self.order)

    def test_missing_pages(self):
        ticket = self._case_on(self.order)
        resolution = self._agree(ticket, "send_pages")
        self.assertEqual(resolution.part_id, self.pages)
        self.assertEqual(resolution.sudo().effect_ids.mapped("kind"), ["part"])
        self.assertEqual((resolution.progress, ticket.next_step), ("executing", "ship_part"))
        shipped = self._ship_part(resolution)
        self.assertEqual(shipped.picking_type_id, self.house.out_type_id)
        self.assertEqual(shipped.aftersales_kind, "part")
        self.assertFalse(shipped.aftersales_avoid)
        self.assertEqual(shipped.partner_id, self.reader)
        self.assertFalse(shipped.sale_id)
        self.assertEqual(shipped.move_line_ids.lot_id, self.pages_run)
        self.assertEqual(self._stock(self.pages_run), 4)
        self.assertEqual(self._stock(self.pages_run, self.readers), 1)
        self.assertEqual(self._order_figures(self.order), self.before)
        self.assertEqual(len(self.order.order_line), 1)
        self.assertEqual((resolution.progress, ticket.phase), ("done", "done"))
        codes = ticket.event_ids.mapped("code")
        self.assertIn("part_ready", codes)
        self.assertIn("part_shipped", codes)
        self.assertEqual(ticket.line_ids.claimable_quantity, 2, "the copy itself is not claimed")
        self.assertSound()

    def test_cost_is_booked_once(self):
        resolution = self._agree(self._case_on(self.order), "send_pages")
        shipped = self._ship_part(resolution)
        cost = self.readers.valuation_account_id
        stock = self.category.property_stock_valuation_account_id
        self.assertEqual(
            self._ledger(shipped.move_ids.account_move_id), {cost.code: 0.8, stock.code: -0.8}
        )

    def test_a_gift(self):
        """A bookmark for the trouble: from stock at cost, no part of the book (R6.1)."""
        bookmark = self._create_title("Bookmark", False, 5.0, tracking="none")
        self.env["stock.quant"]._update_available_quantity(bookmark, self.house.lot_stock_id, 9)
        gift = self.pages.copy({"kind": "gift", "name": "Bookmark", "part_product_id": bookmark.id})
        resolution = self._agree(self._case_on(self.order, case_type="damaged_copy"), "gift")
        self.assertEqual(resolution.part_id, gift)
        shipped = self._ship_part(resolution)
        self.assertEqual(shipped.move_ids.product_id, bookmark)
        self.assertEqual(shipped.move_ids.location_dest_id, self.readers)
        self.assertEqual(resolution.progress, "done")
        self.assertEqual(self._order_figures(self.order), self.before)
        self.assertEqual(resolution.line_id.claimable_quantity, 2)
        self.assertSound()

    def test_pick_pack_ship(self):
        self.house.delivery_steps = "pick_pack_ship"
        resolution = self._agree(self._case_on(self.order), "send_pages")
        for _step in range(3):
            self._ship_part(resolution)
        self.assertEqual(resolution.progress, "done")
        self.assertEqual(self._stock(self.pages_run, self.readers), 1)
        self.assertEqual(self._order_figures(self.order), self.before)
        self.assertEqual(len(self.order.order_line), 1)

    def test_cancelled_before_it_left(self):
        """Nothing is left in stock or ledger, and the pages can be sent in another case (I6)."""
        resolution = self._agree(self._case_on(self.order, 2), "send_pages")
        resolution.action_cancel("changed mind")
        self.assertEqual(resolution.sudo().effect_ids.move_ids.state, "cancel")
        self.assertEqual(self._stock(self.pages_run), 5)
        self._agree(self._case_on(self.order, 2), "send_pages")
        self.assertSound()

    def test_came_back(self):
        """The letter comes back: at its cost to the shelf, then sent again or cancelled."""
        ticket = self._case_on(self.order)
        resolution = self._agree(ticket, "send_pages")
        shipped = self._ship_part(resolution)
        with self.assertRaisesRegex(UserError, "already happened"):
            resolution.action_cancel("too late")
        returned = self._take_back(shipped)
        cost = self.readers.valuation_account_id
        balances = self._ledger((shipped | returned).move_ids.account_move_id)
        self.assertEqual(set(balances.values()), {0.0}, "the cost is taken back")
        self.assertIn(cost.code, balances)
        self.assertEqual((resolution.progress, ticket.next_step), ("executing", "resend"))
        self.assertEqual(len(resolution.sudo().effect_ids.move_ids), 1, "never by itself")
        resolution.action_retry()
        self._ship_part(resolution)
        self.assertEqual((resolution.progress, ticket.phase), ("done", "done"))
        self.assertEqual(self._stock(self.pages_run, self.readers), 1)
        self.assertSound()

    def test_came_back_and_cancelled(self):
        resolution = self._agree(self._case_on(self.order), "send_pages")
        self._take_back(self._ship_part(resolution))
        resolution.action_cancel("moved away")
        self.assertEqual(resolution.state, "cancelled")
        self.assertEqual(self._stock(self.pages_run, self.readers), 0)
        self.assertSound()

    def test_cancelled_by_the_warehouse(self):
        ticket = self._case_on(self.order)
        resolution = self._agree(ticket, "send_pages")
        resolution.sudo().effect_ids.move_ids.picking_id.with_user(self.warehouse).action_cancel()
        self._end_of_request()
        self.assertEqual(ticket.next_step, "resend")
        resolution.action_retry()
        self._ship_part(resolution)
        self.assertEqual(resolution.progress, "done")

    def test_none_in_stock(self):
        self.pages_run.with_user(self.quality).action_hold("smudged")
        with self.assertRaisesRegex(UserError, "0 of “Pages 33 to 64” .*Receive more"):
            self._propose(self._case_on(self.order), "send_pages")

    def test_gone_meanwhile(self):
        resolution = self._propose(self._case_on(self.order), "send_pages")
        resolution.action_agree("phone")
        self.pages_run.with_user(self.quality).action_hold("smudged")
        with (
            self.assertRaisesRegex(UserError, "0 of “Pages 33 to 64”"),
            self.cr.savepoint(),
        ):
            resolution.action_execute()
        self.assertFalse(resolution.sudo().effect_ids)

    def test_two_cases_of_one_copy(self):
        """Two agents send the pages for the same two copies; the manager may send them again."""
        first = self._propose(self._case_on(self.order, 2), "send_pages")
        second = self._propose(self._case_on(self.order), "send_pages")
        (first | second).action_agree("phone")
        first.action_execute()
        with self.assertRaisesRegex(UserError, "0 copies of delivery .* are still without it"):
            second.action_execute()
        with self.assertRaisesRegex(UserError, "let a manager send it"):
            self._propose(self._case_on(self.order), "send_pages")
        second.with_user(self.manager).action_execute()
        self._ship_part(first | second)
        self.assertEqual(self._stock(self.pages_run, self.readers), 3)
        self.assertSound()

    def test_a_manager_lets_it_through(self):
        """The pages got lost twice: the manager proposes them, the agent executes (R6.4)."""
        self._agree(self._case_on(self.order, 2), "send_pages")
        line = self._case_on(self.order).line_ids
        resolution = line.with_user(self.manager).action_propose("send_pages")
        resolution.with_user(self.agent).action_agree("phone")
        resolution.with_user(self.agent).action_execute()
        self.assertEqual(resolution.progress, "executing")
        self.assertSound()

    def test_copies_that_came_back(self):
        """Who returned the copies needs no pages."""
        self._agree(self._case_on(self.order, 2), "return_refund")
        with self.assertRaisesRegex(UserError, "0 copies of delivery"):
            self._propose(self._case_on(self.order), "send_pages")

    def test_of_a_copy_bought_elsewhere(self):
        """No order here, pages all the same (R1.2)."""
        line = [Command.create({"product_id": self.novel.id})]
        ticket = self._case_on(self.order, 0, sale_order_id=False, line_ids=line)
        resolution = self._agree(ticket, "send_pages")
        shipped = self._ship_part(resolution)
        self.assertEqual(shipped.origin, ticket.number)
        self.assertEqual((resolution.progress, ticket.phase), ("done", "done"))
        self.assertSound()

    def test_no_location_for_what_is_given(self):
        self.company.aftersales_customer_location_id = False
        resolution = self._propose(self._case_on(self.order), "send_pages")
        resolution.action_agree()
        with self.assertRaisesRegex(RedirectWarning, "Given to readers"):
            resolution.action_execute()


@tagged("post_install", "-at_install")
class TestMailedPart(PartsCommon):
    """A misprint: the errata sheet is mailed as PDF; the mail is the proof (R2.5, R6.1)."""

    def setUp(self):
        super().setUp()
        self.order = self._sell({self.run_1: 1})
        self.ticket = self._case_on(self.order, case_type="misprint", defects=())

    def _send(self):
        resolution = self._propose(self.ticket, "send_errata")
        self.assertEqual(resolution.state, "agreed", "the reader need not be asked")
        resolution.action_execute()
        self._end_of_request()
        return resolution

    def _mails(self, resolution):
        return resolution.sudo().effect_ids.mail_ids

    def test_errata_sheet(self):
        resolution = self._send()
        mail = self._mails(resolution)
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.recipient_ids, self.reader)
        self.assertEqual((mail.model, mail.res_id), ("helpdesk.ticket", self.ticket.id))
        self.assertIn("Errata, 1st edition", mail.subject)
        self.assertEqual(mail.attachment_ids.name, "errata.pdf")
        self.assertEqual(mail.attachment_ids.raw, base64.b64decode(PDF))
        self.assertEqual((resolution.progress, self.ticket.phase), ("done", "done"))
        self.assertIn("document_sent", self.ticket.event_ids.mapped("code"))
        self.assertFalse(self.ticket.picking_ids)
        resolution.action_execute()
        resolution.action_retry()
        self.assertEqual(self._mails(resolution), mail, "sent once")

    def test_what_was_mailed_stays(self):
        """The sheet is corrected later: the case keeps what this reader got."""
        resolution = self._send()
        self.errata.document = base64.b64encode(b"%PDF-1.4\nnew")
        self.assertEqual(self._mails(resolution).attachment_ids.raw, base64.b64decode(PDF))

    def test_mailed_again(self):
        resolution = self._send()
        self.assertTrue(resolution.can_resend)
        with self.assertRaisesRegex(UserError, "has not left yet"):
            resolution.action_resend()
        self._mails(resolution).state = "sent"
        resolution.action_resend()
        self.assertEqual(len(self._mails(resolution)), 2)
        with self.assertRaisesRegex(UserError, "has not left yet"):
            resolution.action_resend()
        events = self.ticket.event_ids.filtered(lambda e: e.code == "document_sent")
        self.assertEqual(len(events), 2)

    def test_wrong_address(self):
        """The mail fails: the case comes back to the agent, who corrects the address."""
        resolution = self._send()
        self._mails(resolution).state = "exception"
        self._end_of_request()
        self.assertEqual(resolution.progress, "executing")
        self.assertEqual((self.ticket.phase, self.ticket.next_step), ("execution", "resend"))
        self.assertIn("part_undone", self.ticket.event_ids.mapped("code"))
        self.reader.email = "li.wei@right.example"
        resolution.action_retry()
        self.assertEqual((resolution.progress, self.ticket.phase), ("done", "done"))

    def test_address_of_the_case(self):
        """The reader wrote from an address that the contact does not have."""
        self.reader.email = False
        self.ticket.partner_email = "wei@elsewhere.example"
        mail = self._mails(self._send())
        self.assertEqual(mail.email_to, "wei@elsewhere.example")

    def test_no_address(self):
        self.reader.email = False
        self.ticket.partner_email = False
        with (
            self.assertRaisesRegex(UserError, "no mail address of the reader is known"),
            self.cr.savepoint(),
        ):
            self._send()
        self.assertFalse(self.ticket.resolution_ids)

    def test_cancelled_before_it_left(self):
        resolution = self._send()
        resolution.action_cancel("wrong case")
        self.assertEqual(self._mails(resolution).state, "cancel")
        self.assertEqual(resolution.state, "cancelled")

    def test_cancelled_after_it_left(self):
        resolution = self._send()
        self._mails(resolution).state = "sent"
        with self.assertRaisesRegex(UserError, "already happened"):
            resolution.action_cancel("too late")

    def test_nothing_mailed_yet(self):
        ticket = self._case_on(self._sell({self.run_1: 1}))
        resolution = self._agree(ticket, "send_pages")
        with self.assertRaisesRegex(UserError, "no document of it was mailed"):
            resolution.action_resend()
        self.assertFalse(resolution.can_resend)


@tagged("post_install", "-at_install")
class TestOfferedParts(PartsCommon):
    """Offered where the title has such a part, kept by the manager, read by every desk."""

    def _dialog(self, ticket):
        wizard = self.env["aftersales.propose.wizard"].with_user(self.agent)
        return Form(
            wizard.with_context(default_ticket_id=ticket.id, default_line_ids=ticket.line_ids.ids)
        )

    def test_a_title_without_parts(self):
        atlas_run = self._print(self.atlas, "ATLAS-1", 1, 5, 30.0, self.printer)
        ticket = self._case(self._sell({atlas_run: 1}), {atlas_run: 1}, "pages")
        with self.assertRaisesRegex(
            UserError,
            f"{ticket.number}.*“.*Atlas of Rivers” has nothing to send for “Send the missing "
            "pages”.*exchange the copy",
        ):
            self._propose(ticket, "send_pages")
        dialog = self._dialog(ticket).save()
        self.assertNotIn("send_pages", dialog.offered_ids.mapped("code"))

    def test_a_title_without_this_kind(self):
        ticket = self._case_on(self._sell({self.run_1: 1}), case_type="extras_missing")
        with self.assertRaisesRegex(UserError, "has nothing to send"):
            self._propose(ticket, "send_extra")

    def test_one_of_several(self):
        more = self.pages.copy({"name": "Pages 65 to 96"})
        ticket = self._case_on(self._sell({self.run_1: 1}))
        with self.assertRaisesRegex(UserError, "choose which part: Pages 33 to 64, Pages 65 to 96"):
            self._propose(ticket, "send_pages")
        with self.assertRaisesRegex(UserError, "“Errata, 1st edition” cannot be sent"):
            self._propose(ticket, "send_pages", part=self.errata)
        self.assertEqual(self._propose(ticket, "send_pages", part=more).part_id, more)

    def test_the_dialog(self):
        ticket = self._case_on(self._sell({self.run_1: 1}))
        dialog = self._dialog(ticket)
        self.assertFalse(dialog.available_part_ids)
        self.assertFalse(dialog.part_note)
        dialog.remedy_id = self.env["aftersales.remedy"]._get("send_pages")
        self.assertEqual(dialog.part_id, self.pages)
        self.assertEqual(dialog.part_note, "From stock, 5 free")
        dialog.agreed = True
        dialog.save().action_propose()
        self.assertEqual(ticket.resolution_ids.part_id, self.pages)
        self.assertEqual(ticket.next_step, "ship_part")
        self.assertTrue(ticket.has_parts)

    def test_archived(self):
        self.pages.active = False
        with self.assertRaisesRegex(UserError, "has nothing to send"):
            self._propose(self._case_on(self._sell({self.run_1: 1})), "send_pages")

    def test_not_sent_yet(self):
        order = self._sell({self.run_1: 1}, deliver=False, invoice=False)
        line = [Command.create({"product_id": self.novel.id, "sale_line_id": order.order_line.id})]
        ticket = self._case(order, {}, "pages", line_ids=line)
        with self.assertRaisesRegex(UserError, "was not sent yet"):
            self._propose(ticket, "send_pages")

    def test_either_shipped_or_mailed(self):
        for vals in (
            {"document": PDF},
            {"part_product_id": False},
            {"part_product_id": self.novel.id},
            {"part_product_id": False, "document": base64.b64encode(b"GIF89a")},
        ):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                self.pages.write(vals)

    def test_rights(self):
        for user in (self.agent, self.warehouse, self.finance, self.quality, self.auditor):
            with self.subTest(user.name):
                part = self.pages.with_user(user)
                self.assertEqual(part.name, "Pages 33 to 64")
                with self.assertRaises(AccessError):
                    part.name = "Pages 1 to 32"
        resolution = self._agree(self._case_on(self._sell({self.run_1: 1})), "send_pages")
        for user in (self.warehouse, self.finance, self.auditor):
            with self.assertRaises(AccessError):
                resolution.with_user(user).action_resend()

    def test_of_another_house(self):
        other = self.env["res.company"].create({"name": "Another House"})
        title = self.env["product.template"].create({"name": "Theirs", "company_id": other.id})
        part = self.pages.sudo().copy(
            {"product_tmpl_id": title.id, "part_product_id": False, "document": PDF}
        )
        with self.assertRaises(AccessError):
            part.with_user(self.agent).read(["name"])
        stranger = new_test_user(
            self.env,
            "stranger",
            lang="en_US",
            groups="aftersales_publishing.group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertEqual(part.with_user(stranger).name, "Pages 33 to 64")
