import logging

from odoo import api, models
from odoo.exceptions import AccessError, UserError

_logger = logging.getLogger(__name__)

ROLES = {
    "agent": "aftersales_publishing.group_agent",
    "warehouse": "aftersales_publishing.group_warehouse",
    "finance": "aftersales_publishing.group_finance",
    "print_quality": "aftersales_publishing.group_print_quality",
    "manager": "aftersales_publishing.group_manager",
    "auditor": "aftersales_publishing.group_auditor",
}


class AftersalesVerbMixin(models.AbstractModel):
    """What every public verb does: check who asks, move the state, post in batch.

    Decision records (resolutions, effects, refunds, inspections) carry no write
    rights for anybody: the verbs are the only way to change them. A verb checks
    the role and the reader's rights on the records, then works on ``sudo()``.
    """

    _name = "aftersales.verb.mixin"
    _description = "After-sales verbs"

    # ------------------------------------------------------------------
    # Who asks
    # ------------------------------------------------------------------
    @api.model
    def _has_role(self, *roles):
        return self.env.su or any(self.env.user.has_group(ROLES[r]) for r in roles)

    def _check_role(self, *roles):
        """Check that the user has one of ``roles`` and may read ``self``.

        :raises AccessError: naming the roles that may do it (R13.1)
        """
        if not self._has_role(*roles):
            names = [self.env.ref(ROLES[role]).sudo().display_name for role in roles]
            raise AccessError(
                self.env._(
                    "%(user)s may not do this. It takes one of these roles: "
                    "%(roles)s. Ask a colleague who has it, or an administrator.",
                    user=self.env.user.name,
                    roles=", ".join(names),
                )
            )
        if self:
            self.check_access("read")

    # ------------------------------------------------------------------
    # States
    # ------------------------------------------------------------------
    def _transition(self, allowed, target, field="state"):
        """Sort ``self`` into to-do, already there and not allowed; write the first.

        :param allowed: states from which ``target`` is reached
        :return: the records that were written
        :raises UserError: naming each record that is in another state
        """
        todo = self.filtered(lambda r: r[field] in allowed)
        wrong = self.filtered(lambda r: r[field] not in allowed and r[field] != target)
        if wrong:
            labels = dict(self._fields[field]._description_selection(self.env))
            raise UserError(
                "\n".join(
                    self.env._(
                        "%(record)s is “%(state)s”: it cannot become “%(target)s”. "
                        "Reload the page to see what happened meanwhile.",
                        record=record.display_name,
                        state=labels.get(record[field], record[field]),
                        target=labels[target],
                    )
                    for record in wrong
                )
            )
        if todo:
            todo.write({field: target})
        return todo

    # ------------------------------------------------------------------
    # Batches
    # ------------------------------------------------------------------
    def _post_and_report(self, post):
        """Post as many as can be posted; tell the problems of the others.

        :param post: called with the records that are to be posted together
        :return: ``True``, or a notification for the web client
        :raises UserError: the problem of a single record; nothing of it is left, whoever
            catches the error
        """
        return self._report_problems(self._post_in_batches(post))

    def _post_in_batches(self, post):
        """Call ``post(records)`` on all records together; halve what raises.

        The good ones are posted together inside a savepoint; when that raises a
        :class:`UserError`, the savepoint is rolled back and both halves are tried.
        Everything else (serialization failures above all) goes through: the whole
        transaction is retried.

        :return: ``{record: message}`` of those that could not be posted
        """
        if not self:
            return {}
        self.env.flush_all()
        try:
            # not a flushing savepoint: that runs what waits for the commit in the middle of a verb
            with self.env.cr.savepoint(flush=False), self.env["aftersales.event"]._together():
                post(self)
                self.env.flush_all()
            return {}
        except UserError as error:
            self.env.transaction.clear()
            if len(self) == 1:
                _logger.info("%s could not be posted: %s", self, error)
                return {self: self._name_problem(str(error))}
        middle = len(self) // 2
        return {
            **self[:middle]._post_in_batches(post),
            **self[middle:]._post_in_batches(post),
        }

    def _name_problem(self, problem):
        """Say which case a problem is about: Odoo's own messages don't know."""
        self.ensure_one()
        number = self.ticket_id.number
        if number in problem:
            return problem
        return self.env._("Case %(case)s: %(problem)s", case=number, problem=problem)

    def _report_problems(self, problems):
        """Raise the problem of a single record; log and tell those of many.

        :param problems: result of :meth:`_post_in_batches`
        :return: ``True``, or a notification for the web client
        :raises UserError: when ``self`` is one record
        """
        if not problems:
            return True
        if len(self) == 1:
            raise UserError(next(iter(problems.values())))
        self.env["aftersales.event"]._log("failed", self.browse().concat(*problems), problems)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "title": self.env._("%s could not be posted", len(problems)),
                "message": "\n".join(problems.values()),
            },
        }
