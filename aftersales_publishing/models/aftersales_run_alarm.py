from odoo import api, fields, models
from odoo.exceptions import UserError

LEVELS = [
    ("warning", "Warning"),
    ("alarm", "Alarm"),
    ("limit", "Above the limit"),
]


class AftersalesRunAlarm(models.Model):
    """A print run has more confirmed defects than chance explains, or than the house bears (R4.3).

    Raised once per run, company and level, with the figures of that moment: the evidence stays
    readable when the run's figures go on. Nobody types one; print quality notes what was done.
    """

    _name = "aftersales.run.alarm"
    _inherit = [
        "aftersales.verb.mixin",
        "aftersales.decision",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _mail_post_access = "read"  # nobody has write rights
    _description = "Alarm of a Print Run"
    _order = "state desc, raised_at desc, id desc"
    _rec_name = "lot_id"

    lot_id = fields.Many2one(
        "stock.lot", "Print Run", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    product_id = fields.Many2one(related="lot_id.product_id", string="Title", store=True)
    printer_id = fields.Many2one(related="lot_id.printer_id", store=True)
    on_hold = fields.Boolean(related="lot_id.on_hold")
    level = fields.Selection(LEVELS, required=True, readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("done", "Dealt with")], default="open", required=True, readonly=True
    )
    raised_at = fields.Datetime("Raised", default=fields.Datetime.now, readonly=True)
    # The evidence, as it was
    confirmed = fields.Float("Confirmed Defective", digits="Product Unit", readonly=True)
    exposed = fields.Float(
        "Copies Sold",
        digits="Product Unit",
        readonly=True,
        help="All that were sold, also those that came back sound.",
    )
    defect_rate = fields.Float(readonly=True, aggregator=None)
    base_rate = fields.Float(
        "Usual Rate",
        readonly=True,
        aggregator=None,
        help="Of the printer's other runs, without those that have an alarm; where few copies are "
        "known, mixed with the rate of the house.",
    )
    odds = fields.Integer(readonly=True, aggregator=None)
    limit_rate = fields.Float("Limit", readonly=True, aggregator=None)
    explanation = fields.Text(compute="_compute_explanation")
    # What was done
    note = fields.Text("What Was Done", readonly=True)
    done_by_id = fields.Many2one("res.users", "Dealt With By", readonly=True)
    done_at = fields.Datetime("Dealt With On", readonly=True)

    _level_once = models.UniqueIndex(
        "(lot_id, company_id, level)", "This alarm of the print run was raised already."
    )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends("level", "confirmed", "exposed", "defect_rate", "base_rate", "odds", "limit_rate")
    @api.depends_context("lang")
    def _compute_explanation(self):
        """Tell the evidence in plain words, in the language of whoever reads it."""
        for alarm in self:
            values = {
                "confirmed": f"{alarm.confirmed:g}",
                "exposed": f"{alarm.exposed:g}",
                "rate": f"{alarm.defect_rate:.2%}",
                "base": f"{alarm.base_rate:.2%}",
                "odds": f"{alarm.odds:,}",
                "limit": f"{alarm.limit_rate:.2%}",
                "printer": alarm.printer_id.name or self.env._("the house"),
            }
            if alarm.level == "limit":
                alarm.explanation = self.env._(
                    "%(confirmed)s of %(exposed)s copies sold are confirmed defective: %(rate)s. "
                    "The limit of the house is %(limit)s.",
                    **values,
                )
            else:
                alarm.explanation = self.env._(
                    "%(confirmed)s of %(exposed)s copies sold are confirmed defective: %(rate)s. "
                    "Usual for %(printer)s is %(base)s. Of runs as good as usual, fewer than one "
                    "in %(odds)s ever looks as bad by chance.",
                    **values,
                )

    # ------------------------------------------------------------------
    # Verbs
    # ------------------------------------------------------------------
    def action_done(self, note):
        """Note what was done about the alarms. Those dealt with already are skipped.

        :raises UserError: without a note
        """
        self._check_role("print_quality", "manager")
        note = (note or "").strip()
        if not note:
            raise UserError(self.env._("Say what was done about the alarm."))
        alarms_sudo = self.sudo()
        done = alarms_sudo._transition(("open",), "done")
        done.write({"note": note, "done_by_id": self.env.uid, "done_at": fields.Datetime.now()})
        done.activity_ids.action_feedback(feedback=note)
        return True

    def action_open_done(self):
        """Ask what was done."""
        return self.env["helpdesk.ticket"]._open_reason(
            self.env._("Alarm Dealt With"), self, "action_done", self.env._("What was done?")
        )

    def action_open_hold(self):
        """Put the print runs on hold."""
        return self.lot_id.action_open_hold_wizard()

    def action_view_run(self):
        """Open the print run."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "aftersales_publishing.aftersales_print_run_action"
        )
        view = self.env.ref("aftersales_publishing.aftersales_print_run_view_form")
        return {
            **action,
            "view_mode": "form",
            "views": [(view.id, "form")],
            "res_id": self.lot_id.id,
            "path": False,
        }

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    def _notify(self):
        """Make the new alarms a task of one who judges print quality; tell it on the run."""
        task = "aftersales_publishing.mail_activity_run_alarm"
        type_id = self.env["ir.model.data"]._xmlid_to_res_id(task, True)
        Step = self.env["aftersales.next.step"]
        for company, alarms in self.grouped("company_id").items():
            load = Step._get_load("print_quality", company, type_id)
            load = load or Step._get_load("manager", company, type_id)
            for alarm in alarms:
                user_id = min(load, key=lambda user: (load[user], user), default=None)
                if user_id:
                    load[user_id] += 1
                    reader = alarm.with_context(lang=self.env["res.users"].browse(user_id).lang)
                    reader.activity_schedule(
                        task,
                        summary=reader.env._("Look at the print run: hold it?"),
                        note=reader.explanation,
                        user_id=user_id,
                    )
