from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestObjection(AftersalesCommon):
    """The agent refused, the reader objects: somebody else looks at it again (R9.3)."""

    def setUp(self):
        super().setUp()
        self.ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1})
        self.ticket.action_refuse("damaged by the reader")
        self.ticket.action_object("it arrived like this")

    def assertBarred(self, act):
        message = f"{self.ticket.number}: Agent refused it"
        with self.assertRaisesRegex(UserError, message), self.cr.savepoint():
            act(self.ticket)

    def _judge(self, ticket, user):
        share = {"party": "printer", "partner_id": self.printer.id, "percent": 100}
        return (
            self.env["aftersales.verdict"]
            .with_user(user)
            .create(
                {
                    "line_id": ticket.line_ids.id,
                    "reason": "seen on the photo",
                    "share_ids": [(0, 0, share)],
                }
            )
        )

    def test_who_refused_does_not_get_it_again(self):
        self.assertEqual((self.ticket.phase, self.ticket.user_id.id), ("triage", False))
        self.assertBarred(lambda ticket: ticket.action_take())
        self.assertBarred(lambda ticket: ticket.write({"user_id": self.agent.id}))
        self.assertBarred(lambda t: t.with_user(self.manager).write({"user_id": self.agent.id}))

    def test_who_refused_decides_nothing(self):
        for act in (
            lambda ticket: self._judge(ticket, self.agent),
            lambda ticket: ticket.line_ids.action_propose("exchange"),
            lambda ticket: ticket.line_ids.action_settle("exchange"),
            lambda ticket: ticket.action_guide("send a photo"),
            lambda ticket: ticket.action_refuse("as before"),
            lambda ticket: ticket.action_cancel("as before"),
            lambda ticket: ticket.action_close(),
        ):
            self.assertBarred(act)
        self.assertEqual(self.ticket.phase, "triage")

    def test_who_refused_takes_nothing_from_the_colleagues_decision(self):
        """Neither the proposal nor what was agreed is undone by who refused."""
        self._judge(self.ticket, self.other_agent)
        line = self.ticket.line_ids.with_user(self.other_agent)
        resolution = line.action_propose("exchange").with_user(self.agent)
        for act in (resolution.action_decline, resolution.action_cancel):
            self.assertBarred(lambda _ticket, act=act: act("the reader changed their mind"))
        resolution.with_user(self.other_agent).action_agree("phone")
        resolution.with_user(self.other_agent).action_execute()
        for act in (
            resolution.action_cancel,
            resolution.action_give_up_rest,
            resolution.action_send_back,
        ):
            self.assertBarred(lambda _ticket, act=act: act("as I said"))

    def test_who_refuses_after_the_objection_decided_it(self):
        """A second refusal is another decision: new proof comes to whoever gave it."""
        self.ticket.with_user(self.manager).action_refuse("seen again: damaged by the reader")
        self.ticket.with_user(self.manager).action_reopen("another photo")
        self.ticket.with_user(self.manager).line_ids.action_propose("exchange")
        self.assertEqual(self.ticket.resolution_ids.state, "proposed")

    def test_the_task_goes_to_somebody_else(self):
        """Even where who refused has the least to do."""
        self._end_of_request()
        self.assertNotIn(self.agent, self.ticket.activity_ids.user_id)
        self.assertTrue(self.ticket.activity_ids.user_id)

    def test_a_colleague_decides(self):
        ticket = self.ticket.with_user(self.other_agent)
        ticket.action_take()
        self._judge(ticket, self.other_agent)
        self.assertEqual(ticket.line_ids.action_propose("exchange").state, "proposed")
        ticket.action_refuse("seen again: coffee")
        ticket.action_object("it is ink")
        for user in (self.agent, self.other_agent):
            with self.assertRaisesRegex(UserError, "refused it"), self.cr.savepoint():
                self.ticket.with_user(user).action_take()
        self.ticket.with_user(self.manager).action_take()
        self.assertEqual(self.ticket.user_id, self.manager)

    def test_reopened_without_an_objection(self):
        """Who refused by mistake mends it."""
        other = self._case(self._sell({self.run_1: 1}), {self.run_1: 1})
        other.action_refuse("wrong case")
        other.action_reopen("wrong case")
        self.assertEqual(other.line_ids.action_propose("exchange").state, "proposed")

    def test_the_objection_is_not_wished_away(self):
        with self.assertRaisesRegex(AccessError, "is_objected"):
            self.ticket.is_objected = False
