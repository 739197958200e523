from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestOffered(AftersalesCommon):
    """A case type says which remedies a reader can be offered, however they are proposed (R6.1)."""

    def _propose(self, ticket, remedy):
        return ticket.line_ids.with_user(self.agent).action_propose(remedy)

    def assertRefused(self, ticket, remedy, message):
        with self.assertRaisesRegex(UserError, f"{ticket.number}.*{message}"), self.cr.savepoint():
            self._propose(ticket, remedy)
        self.assertFalse(ticket.resolution_ids)

    def test_a_remedy_that_is_not_offered(self):
        """A misprint is no ground to keep the book and get the money, until a manager says so."""
        ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1}, "misprint")
        self.assertRefused(ticket, "refund_only", "“Refund without return” is not offered for")
        remedy = self.env["aftersales.remedy"]._get("refund_only")
        self._case_type("misprint").with_user(self.manager).remedy_ids = [Command.link(remedy.id)]
        self.assertEqual(self._propose(ticket, remedy).state, "proposed")

    def test_a_type_without_remedies_offers_all(self):
        ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1}, "misprint")
        self._case_type("misprint").remedy_ids = False
        self.assertEqual(self._propose(ticket, "refund_only").state, "proposed")

    def test_the_dialog_offers_the_same(self):
        ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1}, "misprint")
        wizard = self.env["aftersales.propose.wizard"].with_user(self.agent)
        wizard = wizard.create({"ticket_id": ticket.id, "line_ids": ticket.line_ids.ids})
        self.assertEqual(
            wizard.offered_ids.mapped("code"),
            ["exchange", "return_refund", "compensation", "guidance"],
        )

    def test_another_house_s_remedy(self):
        """What another company offers is not proposed here."""
        other = self.env["res.company"].create({"name": "Another House"})
        remedy = self.env["aftersales.remedy"]._get("exchange").copy({"company_id": other.id})
        ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1}, "misprint")
        self._case_type("misprint").remedy_ids = False
        self.assertRefused(ticket, remedy, "is not offered for")

    def test_the_type_asks_for_an_order(self):
        """“The parcel is late” without an order: which parcel?"""
        line = [Command.create({"product_id": self.novel.id})]
        order = self._sell({self.run_1: 1})
        ticket = self._case(order, {}, "late", sale_order_id=False, line_ids=line)
        self.assertRefused(ticket, "guidance", "is about an order, and none is named")
        ticket.platform_order_ref = "TM-1"
        self.assertEqual(self._propose(ticket, "guidance").state, "agreed")

    def test_an_enquiry_is_answered_all_the_same(self):
        """Guidance is the answer to whatever was asked: every type may get it (R2.6)."""
        ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1}, "binding")
        self.assertRefused(ticket, "guidance", "is not offered for")
        ticket.with_user(self.agent).action_guide("Press the spine flat for a night.")
        self.assertEqual(ticket.resolution_ids.progress, "done")
