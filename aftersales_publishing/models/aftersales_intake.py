from psycopg2 import IntegrityError

from odoo import Command, api, models
from odoo.exceptions import ConcurrencyError, UserError, ValidationError
from odoo.fields import Domain

from .aftersales_intake_item import IntakeBatch


class AftersalesIntake(models.AbstractModel):
    """How cases come in: form, API, later portal and mail (R1).

    Every channel goes through :meth:`_take_in`, so the acknowledgement, the log
    and the clocks are the same wherever a case comes from.
    """

    _name = "aftersales.intake"
    _inherit = ["aftersales.verb.mixin"]
    _description = "After-sales Intake"

    # ------------------------------------------------------------------
    # Submit
    # ------------------------------------------------------------------
    @api.model
    def _submit(self, vals_list):
        """Take in complaints from a channel, idempotent on its reference (R1.1).

        :param vals_list: list of items, each a dict with

            * ``external_ref`` (str, required with a channel): reference of the channel
            * ``channel`` (str or id): name of a ``helpdesk.ticket.channel``
            * ``company_id`` (int): default the user's company
            * ``reader`` (dict ``name``, ``email``, ``phone``) or ``partner_id`` (int)
            * ``order_ref`` (str): number or customer reference of the sales order
            * ``platform_order_ref`` (str)
            * ``case_type`` (str): code of the case type, required
            * ``subject``, ``description`` (str, plain text)
            * ``wish`` (str): code of the remedy wished for
            * ``lines``: list of dicts ``isbn`` (required), ``quantity``, ``lot``,
              ``volume`` (name of a volume of a set), ``defects`` (codes), ``edition``, ``impression``, ``print_date``, ``note``,
              ``bought_elsewhere`` (bool, without an order only) and ``bought_at`` (str), ``signed_on``
              (date on which the reader got the copy)
            * ``proofs``: list of dicts ``kind`` (code), ``name``, ``datas`` (base64)

        :return: per item, in order, a dict ``external_ref``, ``ticket_id``, ``number``,
            ``status`` (``created``, ``existing`` or ``rejected``) and ``errors``, a list of
            ``{code, field, message}``. A malformed item creates nothing. A well-formed one
            that cannot be helped becomes a refused case.
        :raises AccessError: when the user is no agent
        """
        self._check_role("agent", "manager")
        batch = IntakeBatch(self.env, vals_list)
        repeated = [i for i in batch.sound_items if i.same_as not in (None, i)]
        self._create_halving([i for i in batch.sound_items if i not in repeated])
        for item in repeated:
            item.repeat()
        return [item.result for item in batch.items]

    @api.model
    def _create_halving(self, items):
        """Create the cases of all items together; halve when that raises."""
        if not items:
            return
        self.env.flush_all()
        Event = self.env["aftersales.event"]
        try:
            with self.env.cr.savepoint(flush=False), Event._together():
                self._create_cases(items)
                self.env.flush_all()
            return
        except (UserError, ValidationError, ValueError, TypeError, IntegrityError) as error:
            self._check_not_pushed_meanwhile(error)
            self.env.transaction.clear()
            if len(items) == 1:
                items[0].reject("invalid", None, str(error))
                return
        middle = len(items) // 2
        self._create_halving(items[:middle])
        self._create_halving(items[middle:])

    @api.model
    def _check_not_pushed_meanwhile(self, error):
        """Let Odoo try again when another transaction took in the same reference (R1.1).

        Its case is there, but this transaction is too old to see it.

        :raises ConcurrencyError: which Odoo answers with a fresh transaction
        """
        once = self.env["helpdesk.ticket"]._external_ref_once.full_name(self.env["helpdesk.ticket"])
        if isinstance(error, IntegrityError) and error.diag.constraint_name == once:
            raise ConcurrencyError("The reference was taken in by another transaction") from error

    @api.model
    def _create_cases(self, items):
        tickets = self.env["helpdesk.ticket"].create([item.prepare_ticket_vals() for item in items])
        self._attach_proofs(items, tickets)
        self._take_in(tickets, complete=False)
        for item, ticket in zip(items, tickets, strict=True):
            if item.refusals:
                reason = " ".join(error["message"] for error in item.refusals)
                ticket._close("refused", "refused", reason, "refused")
            item.accept(ticket)

    @api.model
    def _attach_proofs(self, items, tickets):
        vals_list = []
        for item, ticket in zip(items, tickets, strict=True):
            for proof, files in item.get_proofs().items():
                attachments = self.env["ir.attachment"].create(
                    [{**file, "res_model": ticket._name, "res_id": ticket.id} for file in files]
                )
                vals_list.append(
                    {
                        "ticket_id": ticket.id,
                        "proof_id": proof.id,
                        "attachment_ids": [Command.set(attachments.ids)],
                    }
                )
        self.env["aftersales.case.proof"].create(vals_list)

    # ------------------------------------------------------------------
    # Register
    # ------------------------------------------------------------------
    @api.model
    def _take_in(self, tickets, complete=True):
        """Check, log, list the proof wanted and acknowledge (R1.3, R1.4)."""
        problems = [p for ticket in tickets for p in self._get_missing(ticket)]
        if problems and complete:
            raise UserError("\n".join(problems))
        tickets = tickets.sudo()
        with self.env["aftersales.event"]._together():
            self.env["aftersales.event"]._log("submitted", tickets)
            self._list_proofs(tickets)
            tickets._mark_registered()
            self._acknowledge(tickets)

    def _get_missing(self, ticket):
        if not ticket.case_type_id:
            yield self.env._("Case %s: choose the case type.", ticket.number)
        elif ticket.case_type_id.needs_lines and not ticket.line_ids:
            yield self.env._(
                "Case %(case)s: a case of type “%(type)s” names at least one book. Add what "
                "was delivered, or the title by its ISBN.",
                case=ticket.number,
                type=ticket.case_type_id.name,
            )
        if not (ticket.partner_id or ticket.partner_name):
            yield self.env._("Case %s: name the reader.", ticket.number)

    @api.model
    def _list_proofs(self, tickets):
        self.env["aftersales.case.proof"].create(
            [
                {"ticket_id": ticket.id, "proof_id": proof.id}
                for ticket in tickets
                for proof in (ticket.case_type_id.proof_ids | ticket.line_ids._get_page_proof())
                - ticket.proof_ids.proof_id
            ]
        )

    @api.model
    def _acknowledge(self, tickets):
        """Mail number, next step and date, in the reader's language."""
        mailed = tickets.filtered(lambda ticket: ticket._is_mailed())
        if mailed:
            template_id = self.env["aftersales.next.step"]._get_id("mail_template_acknowledge")
            self.env["mail.template"].sudo().browse(template_id).send_mail_batch(mailed.ids)
            self.env["aftersales.event"]._log("acknowledged", mailed)

    @api.model
    def _request_proof(self, tickets):
        """Mail which proof is missing."""
        for ticket in tickets:
            missing = ticket.proof_ids.filtered(lambda p: not p.received)
            if not missing:
                raise UserError(
                    self.env._(
                        "Case %s: no proof is missing. List the proof you want first.",
                        ticket.number,
                    )
                )
        self.env.ref("aftersales_publishing.mail_template_proof").sudo().send_mail_batch(
            tickets.ids
        )
        self.env["aftersales.event"]._log("proof_requested", tickets)
        tickets._sync_phase()

    # ------------------------------------------------------------------
    # Duplicates
    # ------------------------------------------------------------------
    @api.model
    def _find_duplicates(self, ticket):
        """Open cases of the same reader and title, or of the same platform order.

        Readers of a platform hide behind one partner: where the case has a platform
        order, only that identifies the reader (R1.7).
        """
        if ticket.platform_order_ref:
            same = Domain("platform_order_ref", "=", ticket.platform_order_ref)
        elif ticket.partner_id and ticket.line_ids.product_id:
            same = Domain("partner_id", "=", ticket.partner_id.id) & Domain(
                "line_ids.product_id", "in", ticket.line_ids.product_id.ids
            )
            same &= Domain("phase", "not in", ("done", "refused", "cancelled"))
        else:
            return ticket.browse()
        return ticket.search(
            same
            & Domain("is_aftersales", "=", True)
            & Domain("id", "!=", ticket._origin.id or 0)
            & Domain("company_id", "=", ticket.company_id.id),
            limit=5,
        )
