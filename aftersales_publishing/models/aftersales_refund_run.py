import logging
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError

from ..background import RETRIED

_logger = logging.getLogger(__name__)

BATCH = 50  # refunds that are posted together, and lost together when a worker is killed
TRIES = 5
ACTIONS = [
    ("approve", "Approve"),
    ("approve_post", "Approve and post"),
    ("approve_post_pay", "Approve, post and pay"),
    ("post", "Post"),
    ("pay", "Pay"),
]


class AftersalesRefundRun(models.Model):
    """Many refunds approved, posted or paid in the background (R6.8, R13.2).

    A batch is committed together with the state of its lines, so a refund is done once, whatever
    is stopped, killed or started twice. What cannot be done is kept with its reason.
    """

    _name = "aftersales.refund.run"
    _inherit = ["aftersales.verb.mixin", "aftersales.decision"]
    _description = "Refund Run"
    _order = "id desc"
    _rec_name = "user_id"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one("res.users", "Started by", required=True, ondelete="restrict")
    action = fields.Selection(ACTIONS, "What to Do", required=True)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("running", "Running"),
            ("stopped", "Stopped"),
            ("done", "Done"),
        ],
        default="waiting",
        required=True,
        index=True,
    )
    problem = fields.Char(readonly=True, help="Why it was stopped, unless by a user.")
    started_at = fields.Datetime(readonly=True)
    finished_at = fields.Datetime(readonly=True)
    line_ids = fields.One2many("aftersales.refund.run.line", "run_id", "Refunds")
    total_count = fields.Integer("Refunds Chosen", compute="_compute_counts")
    done_count = fields.Integer("Done", compute="_compute_counts")
    failed_count = fields.Integer("Failed", compute="_compute_counts")
    progress = fields.Float("Progress (%)", compute="_compute_counts")

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends("line_ids.state")
    def _compute_counts(self):
        groups = self.env["aftersales.refund.run.line"]._read_group(
            [("run_id", "in", self.ids)], ["run_id", "state"], ["__count"]
        )
        counts = {(run, state): count for run, state, count in groups}
        for run in self:
            todo, done, failed = (
                counts.get((run._origin, state), 0) for state in ("todo", "done", "failed")
            )
            run.done_count, run.failed_count = done, failed
            run.total_count = todo + done + failed
            run.progress = 100.0 * (done + failed) / (run.total_count or 1)

    @api.depends("action", "create_date")
    def _compute_display_name(self):
        labels = dict(self._fields["action"]._description_selection(self.env))
        for run in self:
            run.display_name = f"{labels.get(run.action, '')} #{run.id}"

    # ------------------------------------------------------------------
    # Verbs
    # ------------------------------------------------------------------
    @api.model
    def _start(self, refunds, action):
        """Put refunds in the background; return the run. One run for each company."""
        self._check_role("finance")
        refunds.check_access("read")
        runs = self.sudo().create(
            [
                {
                    "company_id": company.id,
                    "user_id": self.env.uid,
                    "action": action,
                    "line_ids": [fields.Command.create({"refund_id": r.id}) for r in group],
                }
                for company, group in refunds.grouped("company_id").items()
            ]
        )
        runs._wake()
        return runs.with_env(self.env)

    def action_stop(self):
        """Stop after the batch that is being done; what is done stays done."""
        self._check_role("finance", "manager")
        self.sudo().filtered(lambda run: run.state in ("waiting", "running")).state = "stopped"
        return True

    def action_resume(self):
        """Go on with a stopped run."""
        self._check_role("finance")
        self._check_own()
        runs = self.sudo().filtered(lambda run: run.state == "stopped")
        runs.write({"state": "waiting", "problem": False})
        runs._wake()
        return True

    def action_retry(self):
        """Try again what failed."""
        self._check_role("finance")
        self._check_own()
        failed = self.sudo().line_ids.filtered(lambda line: line.state == "failed")
        failed.write({"state": "todo", "reason": False})
        failed.run_id.write({"state": "waiting", "finished_at": False})
        failed.run_id._wake()
        return True

    def action_view_refunds(self):
        """Open the refunds of the run."""
        return self.env["helpdesk.ticket"]._open_records(
            self.env._("Refunds"), self.line_ids.refund_id
        )

    def _check_own(self):
        """A run acts with the rights and in the name of who started it."""
        for run in self.filtered(lambda r: r.user_id != self.env.user):
            raise UserError(
                self.env._(
                    "%(run)s was started by %(user)s and acts in that name. Choose the refunds "
                    "that are left and start a run of your own.",
                    run=run.display_name,
                    user=run.user_id.name,
                )
            )

    # ------------------------------------------------------------------
    # In the background
    # ------------------------------------------------------------------
    def _wake(self):
        self.env.ref("aftersales_publishing.ir_cron_refund_run").sudo()._trigger()

    @api.model
    def _cron_process(self):
        """Do what waits, batch by batch; committed after each, resumed where it was left."""
        Cron = self.env["ir.cron"]
        Line = self.env["aftersales.refund.run.line"]
        waiting = [("state", "=", "todo"), ("run_id.state", "in", ("waiting", "running"))]
        Cron._commit_progress(remaining=Line.search_count(waiting))
        while run := self.search([("state", "in", ("waiting", "running"))], order="id", limit=1):
            count = run._retry_batch()
            if count is None:  # somebody works on the same: later
                cron = self.env.ref("aftersales_publishing.ir_cron_refund_run")
                cron._trigger(at=fields.Datetime.now() + timedelta(minutes=1))
                Cron._commit_progress()
                return
            if not Cron._commit_progress(count):
                return

    def _retry_batch(self):
        """Do a batch; again when somebody else worked on the same, as requests are.

        :return: number of refunds dealt with; ``None`` when that went wrong again and again
        """
        size, tries = BATCH, 0
        while tries < TRIES:
            try:
                count = self._do_batch(size)
                self.env.cr.flush()  # what runs before the commit is tried again too
                return count
            except RETRIED as error:
                _logger.info("%s is tried again: %s", self, error)
                self._roll_back()
                time.sleep(0.1 * 2**tries)
                tries += 1
            except RedirectWarning as error:  # a setting is missing: the same for all refunds
                self._roll_back()
                self.write({"state": "stopped", "problem": error.args[0]})
                return 0
            except Exception as error:  # one broken refund must not hold up the others
                self._roll_back()
                if size == 1:
                    _logger.exception("A refund of %s could not be done", self)
                    return self._fail_next(repr(error))
                size //= 2
        return None

    def _fail_next(self, reason):
        """Mark the next refund as failed, or the run where none is left; return how many."""
        line = self._get_next_lines(1)
        if line:
            line.write({"state": "failed", "reason": reason})
        else:
            self.write({"state": "stopped", "problem": reason})
        return len(line)

    def _get_next_lines(self, size):
        return self.env["aftersales.refund.run.line"].search(
            [("run_id", "=", self.id), ("state", "=", "todo")], limit=size
        )

    def _roll_back(self):
        self.env.cr.rollback()
        self.env.transaction.clear()

    def _do_batch(self, size):
        self.ensure_one()
        self.invalidate_recordset()
        if self.state not in ("waiting", "running"):
            return 0
        if self.state == "waiting":
            self.write({"state": "running", "started_at": self.started_at or fields.Datetime.now()})
        lines = self._get_next_lines(size)
        if not lines:
            self._finish()
            return 0
        problems = self._do_refunds(lines.refund_id)
        failed = lines.filtered(lambda line: line.refund_id in problems)
        (lines - failed).state = "done"
        for line in failed:
            line.write({"state": "failed", "reason": problems[line.refund_id]})
        return len(lines)

    def _do_refunds(self, refunds):
        """Do it in the name of who started the run; return ``{refund: problem}``."""
        user = self.user_id
        if not user.active:
            problem = self.env._("%s no longer has access. Start a run of your own.", user.name)
            return dict.fromkeys(refunds, problem)
        company = {"allowed_company_ids": self.company_id.ids, "lang": user.lang, "tz": user.tz}
        own = refunds.with_user(user).with_context(**company)
        try:
            problems = own._do_in_bulk(self.action)
        except UserError as error:  # the role was taken away
            return dict.fromkeys(refunds, str(error))
        return {refunds.browse(refund.id): problem for refund, problem in problems.items()}

    def _finish(self):
        self.write({"state": "done", "finished_at": fields.Datetime.now()})
        self.user_id._bus_send(
            "simple_notification",
            {
                "type": "warning" if self.failed_count else "success",
                "title": self.display_name,
                "message": self.env._(
                    "%(done)s refunds done, %(failed)s failed.",
                    done=self.done_count,
                    failed=self.failed_count,
                ),
            },
        )
