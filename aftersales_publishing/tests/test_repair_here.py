from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from . import invariants
from .test_repair_gone import GoneCommon


@tagged("post_install", "-at_install")
class TestRepairHere(GoneCommon):
    """A copy that is kept for another transfer does not leave a second time (I3)."""

    def _announce_by_hand(self, resolution):
        """Announce Odoo's own return of our return; the copies are kept for it."""
        picking = resolution.sudo().inspection_ids.move_line_id.picking_id
        wizard = self.env["stock.return.picking"].with_context(
            active_model="stock.picking", active_id=picking.id
        )
        wizard = wizard.create({})
        wizard.product_return_moves.quantity = 1
        home = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        self.assertEqual(home.state, "assigned")
        return home

    def test_kept_for_a_return_by_hand(self):
        """Neither to the binder nor home beside it; once it is undone, the repair goes on."""
        _order, ticket, resolution = self._take_in(1)
        repair = self._repairs(ticket)
        by_hand = self._announce_by_hand(resolution)
        with (
            self.assertRaisesRegex(UserError, f"{ticket.number}.*kept for {by_hand.name}"),
            self.cr.savepoint(),
        ):
            repair.action_send_to_binder(self.bindery)
        repair.action_repaired()
        gives = resolution.sudo().effect_ids.filtered(lambda e: e.kind == "giveback")
        self.assertFalse(gives.move_ids)
        self.assertIn(by_hand.name, " ".join(ticket.sudo().message_ids.mapped("body")))
        by_hand.action_cancel()
        resolution.action_retry()
        self._send_home(resolution)
        self.assertEqual((self._here(), self._held(self.run_1), ticket.phase), (0, 1, "done"))
        self.assertEqual(invariants.find_breaches(self.env), [])

    def test_nothing_is_handed_over_that_is_kept(self):
        """An exchange instead of the repair takes no copy that waits to go home."""
        _order, ticket, resolution = self._take_in(1)
        self._repairs(ticket).action_not_repairable("the spine is gone")
        by_hand = self._announce_by_hand(resolution)
        with self.assertRaisesRegex(UserError, f"kept for {by_hand.name}"), self.cr.savepoint():
            resolution.action_exchange_instead()
        by_hand.action_cancel()
        resolution.action_exchange_instead()
        self.assertEqual(self._here(), 0)

    def test_moved_elsewhere_by_hand(self):
        """Somebody put the copy on another shelf: the message says where to look."""
        _order, ticket, _resolution = self._take_in(1)
        quant = self.env["stock.quant"].search(
            [("location_id", "=", self._workshop().id), ("owner_id", "=", self.reader.id)]
        )
        quant.inventory_quantity = 0
        quant.action_apply_inventory()
        with self.assertRaisesRegex(UserError, f"{ticket.number}.*Traceability"):
            self._repairs(ticket).action_send_to_binder(self.bindery)


@tagged("post_install", "-at_install")
class TestRepairsInBatch(GoneCommon):
    """One repair of many that cannot be moved on is named; the others go on."""

    def setUp(self):
        super().setUp()
        _order, self.ticket, self.resolution = self._take_in(2)
        self._repairs(self.ticket).action_split()
        self.away, self.here = self._repairs(self.ticket)
        self.both = self.away | self.here

    def _assert_named(self, told, problem):
        self.assertEqual((told["tag"], told["params"]["type"]), ("display_notification", "warning"))
        self.assertRegex(told["params"]["message"], f"{self.ticket.number}.*{problem}")

    def test_sent_to_the_binder(self):
        self.away.action_send_to_binder(self.bindery)
        self._assert_named(self.both.action_send_to_binder(self.bindery), "not at hand")
        self.assertEqual(self.both.mapped("state"), ["sending", "sending"])

    def test_another_day(self):
        due = fields.Date.today() + timedelta(days=90)
        self.away.action_repaired()
        self._assert_named(self.both.action_set_due(due), "it is over")
        self.assertEqual((self.here.due, self.away.due == due), (due, False))

    def test_taken_back(self):
        self.away.action_not_repairable("torn")
        self.resolution.action_refund_instead()
        self.here.action_not_repairable("too thin")
        self._assert_named(self.both.action_reopen(), "Open a new case")
        self.assertEqual((self.away.state, self.here.state), ("failed", "todo"))

    def test_the_dialog_closes_and_tells(self):
        """The day of both is planned in a dialog; it tells of the one that is over, and closes."""
        self.away.action_repaired()
        wizard = self.env["aftersales.repair.wizard"].with_user(self.warehouse)
        wizard = wizard.create({"repair_ids": self.both.ids})
        wizard.due = fields.Date.today() + timedelta(days=30)
        told = wizard.action_save()
        self._assert_named(told, "it is over")
        self.assertEqual(told["params"]["next"]["type"], "ir.actions.act_window_close")


@tagged("post_install", "-at_install")
class TestNotRepairableMail(GoneCommon):
    """The first mail promised to write should the copy not be repairable (R9.1)."""

    def _mails(self, ticket):
        mails = self.env["mail.mail"].search([("subject", "like", "cannot be repaired")])
        return mails.filtered(lambda m: ticket.number in m.subject)

    def test_the_reader_is_told_once(self):
        _order, ticket, _resolution = self._take_in(2)
        self._repairs(ticket).action_split()
        self._repairs(ticket).action_not_repairable("glue does not hold; bad stock of paper")
        mail = self._mails(ticket)
        self.assertEqual(len(mail), 1, "one mail for both copies")
        self.assertEqual(mail.recipient_ids | mail.partner_ids, self.reader)
        self.assertNotIn("bad stock", mail.body_html, "what the workshop notes stays in the house")

    def test_told_otherwise_where_it_was_a_mistake(self):
        """The wrong copy was noted: the reader reads until when it is repaired after all."""
        _order, ticket, resolution = self._take_in(1)
        repair = self._repairs(ticket)
        repair.action_not_repairable("glue does not hold")
        mails = self.env["mail.mail"].search([])
        repair.action_reopen()
        self.assertEqual(repair.state, "todo")
        [mail] = self.env["mail.mail"].search([]) - mails
        self.assertIn("is being repaired", mail.body_html)
        self.assertEqual(mail.recipient_ids | mail.partner_ids, self.reader)

    def test_nobody_to_write_to(self):
        _order, ticket, _resolution = self._take_in(1)
        self.reader.email = False
        ticket.partner_email = False
        self._repairs(ticket).action_not_repairable("torn")
        self.assertFalse(self._mails(ticket))
        self.assertIn("Call the reader, and say", ticket.sudo().message_ids[0].body)
