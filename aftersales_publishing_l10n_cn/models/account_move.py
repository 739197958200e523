from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

ROLES = (
    "aftersales_publishing.group_finance,aftersales_publishing.group_manager,"
    "aftersales_publishing.group_auditor"
)
FINANCE = "aftersales_publishing.group_finance"
RED_FIELDS = {
    "aftersales_fapiao_date",
    "aftersales_red_number",
    "aftersales_red_applied_on",
    "aftersales_red_issued_on",
    "aftersales_red_not_needed",
}
RED_STATES = [
    ("due", "Due"),
    ("applied", "Applied for"),
    ("issued", "Issued"),
    ("not_needed", "Not needed"),
    ("withdraw", "To withdraw"),
]


class AccountMove(models.Model):
    """The red invoice (红冲) of a credit note whose invoice has a fapiao (R6.8).

    What finance enters are facts; the state follows from them and from the credit note, whoever
    posts, resets or reverses it.
    """

    _inherit = "account.move"

    aftersales_fapiao_date = fields.Date("Fapiao Issued On", copy=False, groups=ROLES)
    aftersales_origin_fapiao = fields.Char(
        "Fapiao of the Invoice", related="reversed_entry_id.fapiao", groups=ROLES
    )
    aftersales_red_number = fields.Char(
        "Confirmation Sheet",
        copy=False,
        groups=ROLES,
        help="Number of the confirmation sheet of red-letter invoice information "
        "(红字发票信息确认单).",
    )
    aftersales_red_applied_on = fields.Date("Applied On", copy=False, groups=ROLES)
    aftersales_red_issued_on = fields.Date("Red Invoice Issued On", copy=False, groups=ROLES)
    aftersales_red_not_needed = fields.Char(
        "Why None Is Needed",
        copy=False,
        groups=ROLES,
        help="For instance: the fapiao was voided in the month it was issued.",
    )
    aftersales_red_state = fields.Selection(
        RED_STATES,
        "Red Invoice",
        compute="_compute_aftersales_red_state",
        compute_sudo=True,
        search="_search_aftersales_red_state",
        help="To withdraw: the credit note is no longer valid, its red invoice still is.",
    )

    # ------------------------------------------------------------------
    # State
    # ------------------------------------------------------------------
    @api.depends(
        "state",
        "move_type",
        "fapiao",
        "payment_state",
        "reversed_entry_id.fapiao",
        "reversal_move_ids.state",
        "aftersales_red_number",
        "aftersales_red_issued_on",
        "aftersales_red_not_needed",
    )
    def _compute_aftersales_red_state(self):
        for move in self:
            move.aftersales_red_state = move._get_aftersales_red_state()

    def _get_aftersales_red_state(self):
        self.ensure_one()
        if self.move_type != "out_refund" or not self.reversed_entry_id.fapiao:
            return False
        issued = self.fapiao or self.aftersales_red_issued_on
        if not self._is_standing_credit():
            return "withdraw" if issued or self.aftersales_red_number else False
        if issued:
            return "issued"
        if self.aftersales_red_number:
            return "applied"
        return "not_needed" if self.aftersales_red_not_needed else "due"

    @api.model
    def _search_aftersales_red_state(self, operator, value):
        """Find the credit notes of invoices that have a fapiao; a reversal is seen one by one."""
        if operator != "in":
            return NotImplemented
        candidates = self.sudo().search(
            [("move_type", "=", "out_refund"), ("reversed_entry_id.fapiao", "!=", False)]
        )
        found = candidates.filtered(lambda move: move._get_aftersales_red_state() in set(value))
        if False not in value:
            return [("id", "in", found.ids)]
        return Domain("id", "in", found.ids) | Domain("id", "not in", candidates.ids)

    # ------------------------------------------------------------------
    # What finance enters
    # ------------------------------------------------------------------
    @api.constrains("aftersales_red_number", "aftersales_red_not_needed")
    def _check_aftersales_red(self):
        for move in self.sudo():
            if move.aftersales_red_number and move.aftersales_red_not_needed:
                raise ValidationError(
                    self.env._(
                        "Credit note %s has a confirmation sheet, so a red invoice is needed. Empty "
                        "one of the two.",
                        move.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Take red-invoice data from finance only."""
        self._check_aftersales_red_editor(set().union(*vals_list))
        return super().create(vals_list)

    def write(self, vals):
        """Take red-invoice data from finance only; a number is applied for today."""
        self._check_aftersales_red_editor(vals.keys())
        if "aftersales_red_number" in vals:
            number = (vals["aftersales_red_number"] or "").strip()
            self._check_aftersales_red_number(number)
            vals = {**vals, "aftersales_red_number": number or False}
            if "aftersales_red_applied_on" not in vals:
                today = fields.Date.context_today(self)
                vals["aftersales_red_applied_on"] = number and today
        return super().write(vals)

    def _check_aftersales_red_number(self, number):
        """Refuse to write a sheet over another one: two people may have applied at once (ADR 48)."""
        for move in self.sudo() if number else ():
            known = move.aftersales_red_number
            if known and known != number:
                raise ValidationError(
                    self.env._(
                        "Credit note %(note)s has confirmation sheet %(known)s, perhaps entered by "
                        "somebody else just now. If that number is wrong, empty it and save, then "
                        "enter %(number)s; if two sheets were applied for, withdraw one of them.",
                        note=move.display_name,
                        known=known,
                        number=number,
                    )
                )

    def _check_aftersales_red_editor(self, names):
        if RED_FIELDS & set(names) and not self.env.su and not self.env.user.has_group(FINANCE):
            raise AccessError(
                self.env._(
                    "%s may not change the data of fapiao and red invoices. Ask a refund approver.",
                    self.env.user.name,
                )
            )

    def action_open_aftersales_red(self):
        """Open the credit note."""
        return self.env["helpdesk.ticket"]._open_records(self.env._("Credit Note"), self)
