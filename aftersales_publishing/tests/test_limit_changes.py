from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestLimitChanges(AftersalesCommon):
    """Nobody raises a limit for himself: it takes another person (R6.8, ADR 38).

    The manager works on cases, and so does the agent; one copy is worth 65.18.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.aftersales_refund_limit = 0
        cls.other_manager = cls.manager.copy(
            {"login": "second_manager", "email": "second@house.example"}
        )

    def _ask(self, user, copies=1):
        """Let the user refund copies of a case alone; return the refund."""
        ticket = self._case(self._sell({self.run_1: 3}), {self.run_1: copies})
        ticket.line_ids.with_user(user).action_settle("refund_only")
        return ticket.refund_ids

    def _changes(self, **vals):
        domain = [(name, "=", value) for name, value in vals.items()]
        return self.env["aftersales.limit.change"].search(domain)

    def _set_level(self, user, amount):
        Limit = self.env["aftersales.refund.limit"].with_user(user)
        return Limit.create(
            {"company_id": self.company.id, "complaint_level": "3", "amount": amount}
        )

    def _level_of(self, refund):
        refund.ticket_id.sudo()._write_unguarded({"complaint_level": "3"})
        refund.sudo()._decide_by_limit()
        return refund.state

    def test_users_can_be_read_whole(self):
        """An administrator's script reads all fields of users, as JSON."""
        self._set_level(self.manager, 500)
        admin = self.env.ref("base.user_admin")
        [values] = self.manager.with_user(admin).read()
        self.assertNotIn("aftersales_own_changes", values)

    def test_a_level(self):
        """Raised by the manager: for the agents at once, for himself when another confirms it."""
        limit = self._set_level(self.manager, 500)
        [change] = self._changes(kind="level")
        self.assertEqual((change.user_id, change.was), (self.manager, "none of its own"))
        self.assertIn("500", change.became)
        own, other = self._ask(self.manager), self._ask(self.agent)
        self.assertEqual((self._level_of(own), self._level_of(other)), ("to_approve", "approved"))
        self.assertIn("Above the limit of Manager", own.limit_reason)
        with self.assertRaisesRegex(UserError, "somebody else confirms it"):
            change.with_user(self.manager).action_confirm()
        self.assertFalse(change.with_user(self.manager).can_confirm)
        self.assertTrue(change.with_user(self.finance).can_confirm)
        change.with_user(self.finance).action_confirm()
        change.with_user(self.finance).action_confirm()
        self.assertEqual(change.confirmed_by_id, self.finance)
        self.assertEqual(self._level_of(own), "approved")
        limit.with_user(self.manager).amount = 900
        self.assertEqual(self._level_of(own), "approved", "500 was confirmed")
        big = self._ask(self.manager, 3)
        self.assertEqual(self._level_of(big), "approved")

    def test_down_and_up_again(self):
        """Neither two steps nor the next day, nor taking it away, get round it."""
        limit = self._set_level(self.other_manager, 10)
        own = limit.with_user(self.manager)
        own.amount = 5
        own.amount = 500
        self.assertEqual(self._level_of(self._ask(self.manager)), "to_approve")
        get_limit = self.manager._get_aftersales_refund_limit
        self.assertEqual(get_limit(self.company, "3"), 10)
        self._changes().at = "2020-01-01"
        self.assertEqual(get_limit(self.company, "3"), 10)
        self.company.aftersales_refund_limit = 800
        own.unlink()
        self.assertEqual(get_limit(self.company, "3"), 10)
        self.assertEqual(self.other_manager._get_aftersales_refund_limit(self.company, "3"), 800)
        own = self._set_level(self.manager, 3)
        self.assertEqual(get_limit(self.company, "3"), 3, "lowered holds at once")

    def test_somebody_else_changes_it(self):
        limit = self._set_level(self.manager, 500)
        limit.with_user(self.other_manager).amount = 400
        self.assertEqual(self.manager._get_aftersales_refund_limit(self.company, "3"), 400)
        self.assertEqual(self.other_manager._get_aftersales_refund_limit(self.company, "3"), 400)
        limit.with_user(self.other_manager).amount = 600
        self.assertEqual(self.other_manager._get_aftersales_refund_limit(self.company, "3"), 500)

    def test_of_the_company_and_of_a_user(self):
        self.manager.group_ids |= self.env.ref("base.group_system")
        company = self.company.with_user(self.manager)
        company.aftersales_refund_limit = 300
        get_limit = self.manager._get_aftersales_refund_limit
        self.assertEqual(
            (get_limit(self.company), self._changes(kind="company")[0].became[-6:]), (0, "300.00")
        )
        self.assertEqual(self.agent._get_aftersales_refund_limit(self.company), 300)
        own = self.manager.with_user(self.manager)
        own.write({"aftersales_own_refund_limit": True, "aftersales_refund_limit": 9000})
        self.assertEqual(get_limit(self.company), 0)
        [change] = self._changes(kind="user")
        self.assertEqual((change.of_user_id, change.user_id), (self.manager, self.manager))
        change.with_user(self.other_manager).action_confirm()
        self.assertEqual(get_limit(self.company), 9000)

    def _abroad(self):
        """Make a company whose currency is worth a tenth of ours; our users work for it, too."""
        currency = self.env["res.currency"].create({"name": "XBK", "symbol": "b"})
        abroad = self.env["res.company"].create({"name": "Abroad", "currency_id": currency.id})
        rates = [
            (currency, self.company, 10),
            (currency, abroad, 1),
            (self.company.currency_id, abroad, 0.1),
        ]
        self.env["res.currency.rate"].create(
            [
                {
                    "currency_id": money.id,
                    "company_id": company.id,
                    "name": "2000-01-01",
                    "rate": rate,
                }
                for money, company, rate in rates
            ]
        )
        (self.agent | self.manager).company_ids |= abroad
        return abroad

    def test_another_default_company(self):
        """The same number is not more money because its user prefers another company."""
        abroad = self._abroad()
        self.agent.company_id = abroad
        self.agent.write({"aftersales_own_refund_limit": True, "aftersales_refund_limit": 100})
        get_limit = self.agent._get_aftersales_refund_limit
        self.assertEqual((get_limit(abroad), get_limit(self.company)), (100, 10))
        self.agent.with_user(self.agent).company_id = self.company
        self.assertEqual((get_limit(abroad), get_limit(self.company)), (100, 10))
        self.assertEqual(self.agent.aftersales_limit_currency_id, abroad.currency_id)
        self.agent.aftersales_refund_limit = 100
        self.assertEqual(get_limit(self.company), 100, "set anew, in the company of now")
        self.assertEqual(self._changes(of_user_id=self.agent.id)[0].old_amount, 10)

    def test_raised_and_then_another_default_company(self):
        """What waits for confirmation waits in every company."""
        abroad = self._abroad()
        self.manager.group_ids |= self.env.ref("base.group_system")
        self.manager.write({"aftersales_own_refund_limit": True, "aftersales_refund_limit": 10})
        own = self.manager.with_user(self.manager)
        own.aftersales_refund_limit = 9000
        own.company_id = abroad
        get_limit = self.manager._get_aftersales_refund_limit
        self.assertEqual(get_limit(self.company), 10)
        own.aftersales_refund_limit = 9001
        self.assertEqual((get_limit(self.company), get_limit(abroad)), (10, 100))
        self.manager.with_user(self.other_manager).sudo().aftersales_refund_limit = 200
        self.assertEqual(get_limit(abroad), 200)

    def test_of_approvers(self):
        """No limit is the highest: who took it away still needs a senior approver."""
        self.company.aftersales_approval_limit = 50
        self.finance.group_ids |= self.env.ref("base.group_system")
        self.company.with_user(self.finance).aftersales_approval_limit = 0
        refund = self._ask(self.agent)
        self.assertEqual(refund.state, "to_approve")
        with self.assertRaisesRegex(AccessError, "A senior refund approver"):
            refund.with_user(self.finance).action_approve()
        barred = refund._get_barred_approvers([self.finance.id, self.manager.id])
        self.assertIn(self.finance.id, barred)
        self.assertNotIn(self.manager.id, barred)
        self._changes(kind="approval")[0].with_user(self.manager).action_confirm()
        refund.with_user(self.finance).action_approve()
        self.assertEqual(refund.approved_by_id, self.finance)

    def test_rights(self):
        self._set_level(self.manager, 500)
        change = self._changes(kind="level")
        for user in (self.manager, self.finance, self.auditor):
            self.assertTrue(change.with_user(user).was)
            for write in (
                lambda c: c.write({"new_amount": 1}),
                lambda c: c.unlink(),
                lambda c: c.create({"kind": "company", "company_id": self.company.id}),
            ):
                with self.assertRaises(AccessError):
                    write(change.with_user(user))
        for user in (self.agent, self.warehouse):
            with self.assertRaises(AccessError):
                change.with_user(user).read(["was"])
        with self.assertRaises(AccessError):
            change.with_user(self.auditor).action_confirm()
