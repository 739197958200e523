from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

BY_PUBLISHER = ("digital_id", "code", "expires_on")  # all else is written by the verbs


class AftersalesDigitalCode(models.Model):
    """One code of the pool of a title: free, given to a reader once, or void (R6.1).

    A code that a reader complains of is kept here too, as void, also where it came with the printed
    copy: it is replaced once. Free codes are seen by managers alone, given ones by agents.
    """

    _name = "aftersales.digital.code"
    _inherit = ["aftersales.verb.mixin"]
    _description = "Code for Readers"
    _order = "digital_id, state, expires_on, id"
    _rec_name = "code"
    _check_company_auto = True

    digital_id = fields.Many2one(
        "aftersales.digital", "E-book or Access", required=True, index=True, ondelete="cascade"
    )
    product_tmpl_id = fields.Many2one(
        related="digital_id.product_tmpl_id", store=True, precompute=True
    )
    company_id = fields.Many2one(related="digital_id.company_id", store=True, precompute=True)
    code = fields.Char(required=True)
    expires_on = fields.Date(help="Not given any more after this day.")
    state = fields.Selection(
        [("free", "Free"), ("given", "Given"), ("void", "Void")],
        default="free",
        required=True,
        readonly=True,
        copy=False,
    )
    effect_id = fields.Many2one(
        "aftersales.effect",
        "Given By",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    ticket_id = fields.Many2one(related="effect_id.ticket_id", string="Case")
    partner_id = fields.Many2one(related="effect_id.ticket_id.partner_id", string="Reader")
    given_at = fields.Datetime("Given On", readonly=True, copy=False)
    dead_effect_id = fields.Many2one(
        "aftersales.effect",
        "Replaced By",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The remedy by which the reader got another code for this dead one.",
    )
    dead_ticket_id = fields.Many2one(related="dead_effect_id.ticket_id", string="Complained Of In")
    void_reason = fields.Char("Void Because", readonly=True, copy=False)

    _code_once = models.UniqueIndex(
        "(product_tmpl_id, code)",
        "The title has this code already: a code is given to one reader only. Leave it out.",
    )
    _given_for = models.Constraint(
        "CHECK(state <> 'given' OR effect_id IS NOT NULL)",
        "A given code names the case for which it was given.",
    )
    _free_codes = models.Index("(digital_id, expires_on, id) WHERE state = 'free'")

    # ------------------------------------------------------------------
    # CRUD: the publisher adds codes, the verbs do the rest
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_by_publisher(vals)
            vals["code"] = (vals.get("code") or "").strip()
        codes = super().create(vals_list)
        codes.digital_id._follow_pool()
        return codes

    def write(self, vals):
        self.check_access("write")
        self._check_by_publisher(vals)
        if not self.env.su and any(code.state != "free" for code in self):
            raise UserError(
                self.env._("Only free codes can be corrected: the others were given or are void.")
            )
        if vals.get("code"):
            vals = {**vals, "code": vals["code"].strip()}
        return super().write(vals)

    def _check_by_publisher(self, vals):
        others = vals.keys() - set(BY_PUBLISHER)
        if others and not self.env.su:
            raise AccessError(
                self.env._(
                    "Whether a code is free, given or void follows from the cases. Enter the code "
                    "and its last day, and leave out: %s.",
                    ", ".join(sorted(others)),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_free(self):
        if any(code.state != "free" for code in self):
            raise UserError(
                self.env._("Codes that were given or are void stay, so that none is given twice.")
            )

    # ------------------------------------------------------------------
    # Verbs
    # ------------------------------------------------------------------
    def action_void(self, reason=None):
        """Void codes, free or given: they are never given any more.

        Where a reader was given one, the case goes back to the agent, who sends a new code or
        cancels the remedy.
        """
        self._check_role("manager")
        codes = self.sudo()
        codes._do_void(reason or self.env._("By %s", self.env.user.name))
        codes.digital_id._follow_pool()
        codes.effect_id.ticket_id._sync_phase()
        return True

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    @api.model
    def _get_free_domain(self):
        today = fields.Date.context_today(self)
        return [
            ("state", "=", "free"),
            "|",
            ("expires_on", "=", False),
            ("expires_on", ">=", today),
        ]

    def _was_given(self):
        """Those that their readers have: what died later was given all the same."""
        return self.filtered(lambda c: c.state == "given" or (c.effect_id and c.dead_effect_id))

    def _do_give(self, effect):
        self.write({"state": "given", "effect_id": effect.id, "given_at": fields.Datetime.now()})

    def _do_void(self, reason):
        self.filtered(lambda c: c.state != "void").write({"state": "void", "void_reason": reason})

    def _do_free(self):
        """Put codes back that no reader has seen."""
        self.write({"state": "free", "effect_id": False, "given_at": False})

    def _get_masked(self):
        """Return the end of the code: messages are logged and read by others."""
        self.ensure_one()
        return f"…{self.code[-4:]}"
