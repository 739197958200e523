from odoo import api, fields, models
from odoo.exceptions import UserError

from .aftersales_decision import without_defaults

# Written by the verbs only
PROTECTED = {
    "name",
    "state",
    "company_id",
    "picking_id",
    "received_by_id",
    "linked_by_id",
    "linked_at",
}


class AftersalesStrayParcel(models.Model):
    """Copies that nobody announced: a parcel without owner, or more than a parcel should hold.

    An ownerless parcel (R6.5) is noted with what is written on it and what is in it, and linked
    to its case when that is found. Copies beyond an announced return are noted on its case at
    once. Nothing is moved in stock: whose they are is not known yet. Once the case announces
    their return, they are received with it.
    """

    _name = "aftersales.stray.parcel"
    _inherit = ["aftersales.verb.mixin"]
    _description = "Ownerless Parcel"
    _order = "state desc, received_at desc, id desc"
    _check_company_auto = True

    name = fields.Char("Number", required=True, readonly=True, default="/", copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    state = fields.Selection(
        [("open", "Open"), ("linked", "Linked"), ("closed", "Closed")],
        default="open",
        required=True,
        index=True,
        readonly=True,
        copy=False,
    )
    waybill = fields.Char(help="As the scanner reads it on the parcel.")
    sender = fields.Char("Sender and Note", help="What is written on the parcel or lies in it.")
    received_at = fields.Datetime(default=fields.Datetime.now, required=True)
    received_by_id = fields.Many2one(
        "res.users", default=lambda self: self.env.user, readonly=True, copy=False
    )
    line_ids = fields.One2many("aftersales.stray.parcel.line", "parcel_id", "Contents")
    contents = fields.Char(compute="_compute_contents", string="What Is in It")
    photo = fields.Image(max_width=1920, max_height=1920)
    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        "Case",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        copy=False,
        domain="[('is_aftersales', '=', True)]",
        help="The case it belongs to. Choose it, then link the parcel.",
    )
    picking_id = fields.Many2one(
        "stock.picking",
        "Found in Return",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        copy=False,
        help="The announced return in whose parcel the copies lay.",
    )
    linked_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    linked_at = fields.Datetime(readonly=True, copy=False)
    outcome = fields.Char(help="Where the copies went, for a parcel that is closed.")

    _waybill_index = models.Index("(waybill) WHERE waybill IS NOT NULL")

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends("line_ids.quantity", "line_ids.product_id", "line_ids.description")
    def _compute_contents(self):
        for parcel in self:
            parcel.contents = ", ".join(line.display_name for line in parcel.line_ids)

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for vals in vals_list:
                self._check_protected(vals.keys() - {"company_id"})
            self = without_defaults(self, PROTECTED)
        company_ids = [vals.get("company_id") or self.env.company.id for vals in vals_list]
        vals_list = [self._with_plain_waybill(vals) for vals in vals_list]
        code = "aftersales.stray.parcel"
        self.env["ir.sequence"].sudo()._number(code, "name", vals_list, company_ids)
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            self._check_protected(vals)
            if finished := self.filtered(lambda parcel: parcel.state != "open"):
                raise UserError(
                    self.env._(
                        "Parcel %s is linked or closed and cannot be changed any more. Note what "
                        "is new on its case.",
                        ", ".join(finished.mapped("name")),
                    )
                )
        return super().write(self._with_plain_waybill(vals))

    @api.model
    def _check_protected(self, names):
        if forbidden := PROTECTED & set(names):
            raise UserError(
                self.env._(
                    "%s cannot be typed: link or close the parcel.", ", ".join(sorted(forbidden))
                )
            )

    @api.model
    def _with_plain_waybill(self, vals):
        if not vals.get("waybill"):
            return dict(vals)
        return {**vals, "waybill": self.env["aftersales.waybill"]._normalize(vals["waybill"])}

    # ------------------------------------------------------------------
    # Verbs
    # ------------------------------------------------------------------
    def action_link(self, ticket=None):
        """Say whose the parcels are: note them on the case, keep their waybills there (R6.5).

        :param ticket: the case; without it, each parcel's own choice
        :raises UserError: without a case, or when a parcel is closed
        """
        self._check_role("agent", "warehouse", "manager")
        parcels = self.sudo()
        if ticket:
            ticket.check_access("read")
            parcels.filtered(lambda parcel: parcel.state == "open").ticket_id = ticket
        missing = parcels.filtered(lambda p: p.state == "open" and not p.ticket_id)
        if missing:
            raise UserError(
                self.env._(
                    "Parcel %s: choose the case it belongs to first.",
                    ", ".join(missing.mapped("name")),
                )
            )
        parcels.ticket_id.with_env(self.env).check_access("read")
        linked = parcels._transition(("open",), "linked")
        linked.write({"linked_by_id": self.env.uid, "linked_at": fields.Datetime.now()})
        linked._keep_waybills()
        linked._tell_cases("stray_linked")
        return True

    def action_close(self):
        """Put parcels aside whose copies went somewhere: the outcome says where.

        :raises UserError: without an outcome
        """
        self._check_role("agent", "manager")
        parcels = self.sudo()
        if untold := parcels.filtered(lambda p: p.state == "open" and not p.outcome):
            raise UserError(
                self.env._(
                    "Parcel %s: say in “Outcome” where the copies went before closing it.",
                    ", ".join(untold.mapped("name")),
                )
            )
        parcels._transition(("open",), "closed")
        return True

    def action_view_case(self):
        """Open the case."""
        return self.env["helpdesk.ticket"]._get_cases_action(self.ticket_id)

    def _keep_waybills(self):
        """Let the case be found by the waybill from now on."""
        wanted = {(p.ticket_id.id, p.waybill) for p in self if p.waybill and not p.picking_id}
        waybills = self.env["aftersales.waybill"]
        known = waybills.search(
            [("ticket_id", "in", self.ticket_id.ids), ("number", "in", self.mapped("waybill"))]
        )
        wanted -= {(waybill.ticket_id.id, waybill.number) for waybill in known}
        waybills.create([{"ticket_id": ticket, "number": number} for ticket, number in wanted])

    def _tell_cases(self, code):
        """Note the copies in the log and in the chatter of their cases."""
        notes = {
            parcel: self.env._(
                "%(parcel)s: %(contents)s",
                parcel=parcel.name,
                contents=parcel.contents or parcel.sender or "—",
            )
            for parcel in self
        }
        self.env["aftersales.event"]._log(code, self, notes)
        labels = dict(self.env["aftersales.event"]._fields["code"]._description_selection(self.env))
        bodies = {}
        for parcel, note in notes.items():
            bodies.setdefault(parcel.ticket_id.id, []).append(f"{labels[code]}: {note}")
        self.ticket_id._message_log_batch(
            {ticket_id: "\n".join(texts) for ticket_id, texts in bodies.items()}
        )
