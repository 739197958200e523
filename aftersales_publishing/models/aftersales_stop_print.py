from odoo import api, fields, models
from odoo.exceptions import UserError

from ..locking import lock_and_touch

MAILS = {
    "sent": "aftersales_publishing.mail_template_stop_print",
    "lifted": "aftersales_publishing.mail_template_stop_print_lifted",
}


class AftersalesStopPrint(models.Model):
    """Stop-print notice 停印通知: a letter that asks a printer to print no more of a run (R4.4).

    Sent by mail in the printer's language, or on paper; with the evidence as it was that day, and
    nothing about readers (R13.3). It stands until it is lifted. Nobody types one: verbs do.
    """

    _name = "aftersales.stop.print"
    _inherit = ["aftersales.verb.mixin", "aftersales.decision", "mail.thread"]
    _mail_post_access = "read"  # nobody has write rights
    _description = "Stop-Print Notice"
    _order = "id desc"

    name = fields.Char("Number", required=True, default="/", copy=False, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    lot_id = fields.Many2one(
        "stock.lot", "Print Run", required=True, readonly=True, index=True, ondelete="restrict"
    )
    product_id = fields.Many2one(related="lot_id.product_id", string="Title", store=True)
    partner_id = fields.Many2one(
        "res.partner", "Printer", required=True, readonly=True, ondelete="restrict"
    )
    state = fields.Selection(
        [("sent", "Sent"), ("acknowledged", "Acknowledged"), ("lifted", "Lifted")],
        default="sent",
        required=True,
        readonly=True,
        tracking=True,
    )
    reason = fields.Text(required=True, readonly=True, help="What is wrong, in the letter.")
    by_mail = fields.Boolean("Sent by Mail", readonly=True)
    # The evidence, as it was
    sold = fields.Float(digits="Product Unit", readonly=True)
    confirmed = fields.Float("Confirmed Defective", digits="Product Unit", readonly=True)
    defect_rate = fields.Float(readonly=True, aggregator=None)
    evidence = fields.Json(
        readonly=True, help="Of each defect: its id, copies complained of, copies confirmed."
    )
    # What became of it
    sent_by_id = fields.Many2one("res.users", readonly=True)
    sent_at = fields.Datetime("Sent", readonly=True)
    answer = fields.Text("Printer's Answer", readonly=True)
    acknowledged_at = fields.Datetime("Acknowledged", readonly=True)
    lift_reason = fields.Text("Why It Was Lifted", readonly=True)
    lifted_by_id = fields.Many2one("res.users", readonly=True)
    lifted_at = fields.Datetime("Lifted", readonly=True)

    _one_stands = models.UniqueIndex(
        "(lot_id, company_id, partner_id) WHERE state <> 'lifted'",
        "A stop-print notice of this run stands already. Lift it before you send another.",
    )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                vals["name"] = self.env["ir.sequence"].next_by_code(self._name) or "/"
        return super().create(vals_list)

    # ------------------------------------------------------------------
    # Verbs
    # ------------------------------------------------------------------
    def action_acknowledge(self, answer):
        """Note that the printer has stopped. Notices acknowledged already are skipped.

        :raises UserError: without what the printer said
        """
        self._check_role("print_quality", "manager")
        notices, answer = self._begin(answer, self.env._("Note what the printer answered."))
        done = notices._transition(("sent",), "acknowledged")
        done.write({"answer": answer, "acknowledged_at": fields.Datetime.now()})
        return True

    def action_lift(self, reason):
        """Let the printer go on; he is written to as before. Those lifted already are skipped.

        :raises UserError: without a reason
        """
        self._check_role("print_quality", "manager")
        notices, reason = self._begin(reason, self.env._("Say why printing may go on."))
        done = notices._transition(("sent", "acknowledged"), "lifted")
        done.write(
            {
                "lift_reason": reason,
                "lifted_by_id": self.env.uid,
                "lifted_at": fields.Datetime.now(),
            }
        )
        done.filtered("by_mail")._mail()
        return True

    def action_open_acknowledge(self):
        """Ask what the printer answered."""
        return self.env["helpdesk.ticket"]._open_reason(
            self.env._("Printer Has Stopped"),
            self,
            "action_acknowledge",
            self.env._("What did the printer answer?"),
        )

    def action_open_lift(self):
        """Ask why printing may go on."""
        return self.env["helpdesk.ticket"]._open_reason(
            self.env._("Lift the Notice"),
            self,
            "action_lift",
            self.env._("Why may printing go on? The printer reads it."),
        )

    def action_print(self):
        """Print the letters."""
        return self.env.ref("aftersales_publishing.aftersales_stop_print_report").report_action(
            self
        )

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    def _begin(self, text, question):
        """Check the text of a verb and lock; return the notices on ``sudo()`` and the text."""
        text = (text or "").strip()
        if not text:
            raise UserError(question)
        notices_sudo = self.sudo()
        lock_and_touch(notices_sudo)
        return notices_sudo, text

    def _mail(self):
        """Queue the letters, in the printer's language, with the PDF of the notice."""
        for state, notices in self.grouped("state").items():
            template = self.env.ref(MAILS[state]).sudo()
            template.send_mail_batch(notices.ids)

    def _get_evidence(self):
        """Return the defects of the letter: ``[(name, complained of, confirmed), …]``."""
        self.ensure_one()
        rows = self.evidence or []
        defects = self.env["aftersales.defect"].sudo().with_context(active_test=False)
        names = {d.id: d.name for d in defects.browse([row[0] for row in rows]).exists()}
        return [(names[id_], *copies) for id_, *copies in rows if id_ in names]
