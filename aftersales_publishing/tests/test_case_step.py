from datetime import date

from odoo.tests import tagged

from .test_repair import RepairCommon


@tagged("post_install", "-at_install")
class TestCaseStep(RepairCommon):
    """What the screen of a case says of its next step, and what it offers meanwhile."""

    def _find(self, role):
        return self.env["helpdesk.ticket"].search([("next_role", "=", role)])

    def test_whose_step_it_is(self):
        """The filters of the lists find a case where its next step is done."""
        order = self._sell({self.run_1: 1})
        ticket = self._case(order, {self.run_1: 1}, "binding")
        self.assertEqual((ticket.next_role, ticket.is_troubled), ("agent", False))
        resolution = self._agree(ticket, "return_refund")
        self.assertIn(ticket, self._find("warehouse"))
        self._receive(resolution)
        inspection = self._inspect(resolution, grade="reader_damage")
        self.assertEqual((ticket.next_step, ticket.is_troubled), ("decide", True))
        self.assertNotIn(ticket, self._find("warehouse"))
        inspection.with_user(self.agent).action_overrule("the photo shows it")
        self._end_of_request()
        ticket.with_user(self.agent).action_post_refunds()
        self._end_of_request()
        self.assertIn(ticket, self._find("finance"))

    def test_cancelled_until_something_happened(self):
        """A case is cancelled before its parcel came; afterwards the button is gone (I6)."""
        order = self._sell({self.run_1: 2})
        waiting = self._case(order, {self.run_1: 1}, "binding")
        self._agree(waiting, "exchange")
        self.assertTrue(waiting.can_cancel)
        waiting.with_user(self.agent).action_cancel("withdrawn")
        self.assertFalse(waiting.can_cancel, "it is over")
        ticket = self._case(order, {self.run_1: 1}, "binding")
        resolution = self._agree(ticket, "return_refund")
        self._receive(resolution)
        self.assertFalse(ticket.can_cancel, "the copy is here")
        self._inspect(resolution)
        ticket.refund_ids.with_user(self.finance).action_approve_and_post()
        self._end_of_request()
        self.assertEqual((ticket.next_step, ticket.can_cancel), ("pay", False))

    def test_who_has_the_copy(self):
        """The reader calls and asks where the copy is: the case says it (R8.6)."""
        _order, ticket, _resolution = self._take_in(1)
        self.assertIn("in our house", ticket.repair_place)
        self._repairs(ticket).action_send_to_binder(self.bindery, date(2099, 12, 24))
        self.assertEqual(
            ticket.repair_place, "to go to Daxing Bindery, back by 12/24/2099", "not handed over"
        )
        self._go(self._repairs(ticket).out_move_id)
        self.assertEqual(ticket.repair_place, "at Daxing Bindery, back by 12/24/2099")
        self._go(self._repairs(ticket).back_move_id)
        self._repairs(ticket).action_repaired()
        self.assertFalse(ticket.repair_place, "it goes home")

    def test_what_was_rolled_back_hands_on_nothing(self):
        """A case whose savepoint is rolled back does not break the commit of the others (R13.2)."""
        order = self._sell({self.run_1: 2})
        self._end_of_request()
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint(flush=False):
            self._case(order, {self.run_1: 1}, "binding")
            raise ZeroDivisionError
        kept = self._case(order, {self.run_1: 1}, "binding")
        self._end_of_request()
        self.assertEqual(kept.activity_ids.mapped("summary"), ["Judge who is responsible"])

    def test_task_in_its_readers_language(self):
        """Whoever brings the case on, a job too: each colleague reads the own task (R1.4)."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env.ref("aftersales_publishing.group_warehouse").all_user_ids.lang = "zh_CN"
        self.agent.lang = "en_US"
        label = self.env.ref("aftersales_publishing.selection__helpdesk_ticket__next_step__inspect")
        label.with_context(lang="zh_CN").name = "质检图书"
        ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1}, "binding")
        resolution = self._agree(ticket, "return_refund")
        self._receive(resolution)
        self.assertEqual(self._get_task(ticket).summary, "质检图书")
        self._inspect(resolution, grade="reader_damage")
        task = self._get_task(ticket)
        self.assertEqual(
            (task.user_id, task.summary), (self.agent, "Decide on the contradicted copies")
        )

    def _get_task(self, ticket):
        self._end_of_request()
        return self.env["mail.activity"].search(
            [("res_model", "=", ticket._name), ("res_id", "=", ticket.id)]
        )
