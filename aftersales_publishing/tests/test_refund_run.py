from contextlib import contextmanager
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models import aftersales_refund_bulk, aftersales_refund_run
from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestRefundRun(AftersalesCommon):
    """Finance works on a long list: at once below the limit, else in the background (R13.2)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.aftersales_refund_limit = 0
        cls.env["aftersales.refund.run"].search([]).sudo().state = "done"

    def _ask(self, count, pay=True):
        refunds = self.env["aftersales.refund"]
        for _case in range(count):
            ticket = self._case(self._sell({self.run_1: 1}, pay=pay), {self.run_1: 1})
            self._agree(ticket, "refund_only")
            refunds |= ticket.refund_ids
        self.assertEqual(set(refunds.mapped("state")), {"to_approve"})
        return refunds.with_user(self.finance)

    @contextmanager
    def _limits(self, batch=2, at_once=2):
        with (
            patch.object(aftersales_refund_run, "BATCH", batch),
            patch.object(aftersales_refund_bulk, "AT_ONCE", at_once),
        ):
            yield

    def _work(self, on_commit=lambda commits: None, time_left=60):
        """Let the job work; ``on_commit`` is called where it commits.

        :return: how many refunds it told at each commit
        """
        commits = []

        def commit(_cron, processed=0, **_options):
            self._end_of_request()
            commits.append(processed)
            on_commit(commits)
            return time_left

        with patch.object(type(self.env["ir.cron"]), "_commit_progress", commit):
            self.env["aftersales.refund.run"].sudo()._cron_process()
        return commits

    def _start(self, refunds, verb="action_bulk_approve_post_pay"):
        action = getattr(refunds, verb)()
        self.assertEqual(action["res_model"], "aftersales.refund.run")
        return self.env["aftersales.refund.run"].browse(action["res_id"]).with_user(self.finance)

    def test_a_short_list_is_done_at_once(self):
        refunds = self._ask(2)
        with self._limits():
            self.assertIs(refunds.action_bulk_approve_post_pay(), True)
        self.assertEqual(refunds.mapped("state"), ["paid", "paid"])
        self.assertEqual(refunds.approved_by_id, self.finance)

    def test_a_long_list_is_done_in_the_background(self):
        refunds = self._ask(3)
        with self._limits():
            run = self._start(refunds)
            self.assertEqual(set(refunds.mapped("state")), {"to_approve"}, "nothing yet")
            self.assertEqual(sum(self._work()), 3)
        self.assertEqual(set(refunds.mapped("state")), {"paid"})
        self.assertEqual(refunds.approved_by_id, self.finance, "in the name of who started it")
        self.assertEqual((run.state, run.done_count, run.failed_count), ("done", 3, 0))
        self.assertEqual(run.progress, 100)
        payments = refunds.sudo().payment_ids
        self.assertEqual(sum(payments.mapped("amount")), 3 * 65.18)
        self.assertEqual(refunds.ticket_id.mapped("phase"), ["done"] * 3)

    def test_what_fails_is_kept_with_its_reason(self):
        """One is refused meanwhile, one was asked for by the approver; the others are done."""
        refunds = self._ask(4)
        refunds[1].sudo().requested_by_id = self.finance
        with self._limits(batch=4):
            run = self._start(refunds)
            refunds[2].action_refuse("no proof")
            self._work()
        self.assertEqual(refunds.mapped("state"), ["paid", "to_approve", "refused", "paid"])
        self.assertEqual((run.done_count, run.failed_count), (2, 2))
        reasons = {line.refund_id: line.reason for line in run.line_ids if line.reason}
        self.assertIn("requested by yourself", reasons[refunds[1]])
        self.assertIn("Refused", reasons[refunds[2]])
        refunds[1].sudo().requested_by_id = self.agent
        run.action_retry()
        self._work()
        self.assertEqual(refunds[1].state, "paid")
        self.assertEqual((run.state, run.failed_count), ("done", 1))

    def test_stopped_and_resumed(self):
        refunds = self._ask(4)
        with self._limits():
            run = self._start(refunds)
            self._work(lambda commits: run.action_stop() if sum(commits) == 2 else None)
            self.assertEqual((run.state, run.done_count), ("stopped", 2))
            self.assertEqual(refunds.mapped("state"), ["paid"] * 2 + ["to_approve"] * 2)
            self._work()
            self.assertEqual(run.done_count, 2, "stopped stays stopped")
            run.action_resume()
            self._work()
        self.assertEqual((run.state, run.done_count), ("done", 4))
        self.assertEqual(len(refunds.sudo().payment_ids), 4)

    def test_out_of_time_goes_on_later(self):
        refunds = self._ask(3)
        with self._limits():
            run = self._start(refunds)
            self._work(time_left=0)
            self.assertEqual((run.state, run.done_count), ("running", 2))
            self._work()
        self.assertEqual((run.state, run.done_count), ("done", 3))

    def test_a_refund_in_two_runs_is_done_once(self):
        refunds = self._ask(3)
        with self._limits():
            runs = self._start(refunds) | self._start(refunds)
            self._work()
        self.assertEqual(runs.mapped("done_count"), [3, 3])
        self.assertEqual(len(refunds.sudo().payment_ids), 3)

    def test_open_invoices_are_set_off_not_paid(self):
        refunds = self._ask(3, pay=False)
        with self._limits():
            self._start(refunds)
            self._work()
        self.assertEqual(set(refunds.mapped("state")), {"settled"})
        self.assertFalse(refunds.sudo().payment_ids)

    def test_post_and_pay_apart(self):
        refunds = self._ask(3)
        with self._limits():
            self._start(refunds, "action_bulk_approve_post")
            self._work()
            self.assertEqual(set(refunds.mapped("state")), {"posted"})
            self._start(refunds, "action_bulk_pay")
            self._work()
        self.assertEqual(set(refunds.mapped("state")), {"paid"})

    def test_a_run_does_not_outlive_the_role(self):
        refunds = self._ask(3)
        with self._limits():
            run = self._start(refunds)
            self.finance.sudo().group_ids -= self.env.ref("aftersales_publishing.group_finance")
            self._work()
        self.assertEqual(run.sudo().failed_count, 3)
        self.assertEqual(set(refunds.sudo().mapped("state")), {"to_approve"})

    def test_a_broken_run_does_not_hold_up_the_others(self):
        refunds = self._ask(2)
        with self._limits(at_once=0):
            broken, other = self._start(refunds[0]), self._start(refunds[1])
            do_batch = type(broken)._do_batch

            def fail_once(run, size):
                if run.id == broken.id:
                    raise ZeroDivisionError
                return do_batch(run, size)

            with (
                patch.object(type(broken), "_do_batch", fail_once),
                patch.object(type(broken), "_roll_back"),
                self.assertLogs(aftersales_refund_run._logger, "ERROR"),
            ):
                self._work()
        self.assertEqual((broken.state, other.state), ("stopped", "done"))
        self.assertIn("ZeroDivisionError", broken.problem)

    def test_a_broken_refund_does_not_hold_up_its_batch(self):
        refunds = self._ask(3)
        take_steps = type(refunds)._take_steps

        def break_one(records, steps):
            if refunds[1] in records:
                raise ZeroDivisionError
            return take_steps(records, steps)

        def roll_back(run):  # the savepoint of the batch is rolled back already
            run.env.transaction.clear()

        with self._limits(at_once=0):
            run = self._start(refunds)
            with (
                patch.object(type(refunds), "_take_steps", break_one),
                patch.object(type(run), "_roll_back", roll_back),
                self.assertLogs(aftersales_refund_run._logger, "ERROR"),
            ):
                self._work()
        self.assertEqual((run.state, run.done_count), ("done", 2))
        failed = run.sudo().line_ids.filtered(lambda line: line.state == "failed")
        self.assertEqual(failed.refund_id, refunds[1])
        self.assertIn("ZeroDivisionError", failed.reason)

    def test_a_missing_setting_stops_the_run_and_is_told(self):
        refunds = self._ask(1)
        journal = self.company.aftersales_payout_journal_id
        with self._limits(at_once=0):
            run = self._start(refunds)
            self.company.aftersales_payout_journal_id = False

            def roll_back(run):  # the savepoint of the batch is rolled back already
                run.env.transaction.clear()

            with patch.object(type(run), "_roll_back", roll_back):
                self._work()
            self.assertEqual(run.state, "stopped")
            self.assertIn("Payout journal", run.problem)
            self.company.aftersales_payout_journal_id = journal
            run.action_resume()
            self._work()
        self.assertEqual((run.state, run.problem, refunds.state), ("done", False, "paid"))

    def test_roles(self):
        refunds = self._ask(1)
        run = self.env["aftersales.refund.run"].with_user(self.finance)._start(refunds, "post")
        for user in (self.agent, self.warehouse, self.auditor):
            with self.assertRaises(AccessError):
                refunds.with_user(user).action_bulk_approve_post_pay()
            with self.assertRaises(AccessError):
                run.with_user(user).action_stop()
        with self.assertRaises(AccessError):
            run.with_user(self.finance).state = "done"
        run.with_user(self.manager).action_stop()
        self.assertEqual(run.state, "stopped")
        self.manager.group_ids |= self.env.ref("aftersales_publishing.group_finance")
        with self.assertRaisesRegex(UserError, "was started by"):
            run.with_user(self.manager).action_resume()
