import base64

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..locking import touch

DIGITAL_KINDS = [
    ("ebook", "E-book"),
    ("access", "Access code"),
]
# What readers can be given as a file, by its ending: how such a file begins, and at which byte
FILE_STARTS = {
    ".pdf": (b"%PDF-", 0),
    ".epub": (b"PK\x03\x04", 0),
    ".zip": (b"PK\x03\x04", 0),
    ".mobi": (b"BOOKMOBI", 60),
    ".azw3": (b"BOOKMOBI", 60),
}
NEAR = 20  # codes above the limit: more than agents give at the same time
QUIET_ACTIVITY = {"mail_activity_quick_update": True}


class AftersalesDigital(models.Model):
    """The e-book or the access code of a title, and how readers get it (R6.1, R2.2).

    Either codes from a pool, each given once, or a file that is downloaded by a link of its own for
    each reader. What readers were given hangs on the effects.
    """

    _name = "aftersales.digital"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "E-book or Access Code of a Title"
    _order = "product_tmpl_id, kind, id"
    _rec_names_search = ["product_tmpl_id.name", "product_tmpl_id.barcode"]
    _check_company_auto = True

    product_tmpl_id = fields.Many2one(
        "product.template",
        "Title",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('is_storable', '=', True)]",
    )
    company_id = fields.Many2one(related="product_tmpl_id.company_id", store=True)
    active = fields.Boolean(default=True)
    kind = fields.Selection(DIGITAL_KINDS, required=True, default="ebook")
    way = fields.Selection(
        [("codes", "Codes from a pool"), ("file", "Link to a file")],
        "Sent As",
        required=True,
        default="codes",
    )
    instructions = fields.Text(
        "How the Reader Uses It",
        translate=True,
        help="Stands in the mail: the address where the code is entered, the reader software …",
    )
    # A file
    file = fields.Binary(
        attachment=True,
        groups="aftersales_publishing.group_manager",
        help="PDF, EPUB, MOBI, AZW3 or ZIP. Readers get what lies here when they download.",
    )
    file_name = fields.Char()
    link_days = fields.Integer("Link Is Valid For", default=14, help="In days from the mail.")
    link_downloads = fields.Integer("Downloads", default=5, help="For each copy, by one link.")
    # A pool
    code_ids = fields.One2many("aftersales.digital.code", "digital_id", "Codes")
    free_count = fields.Integer("Free Codes", compute="_compute_code_counts")
    given_count = fields.Integer("Given Codes", compute="_compute_code_counts")
    void_count = fields.Integer("Void Codes", compute="_compute_code_counts")
    low_limit = fields.Integer(
        "Warn Below",
        default=10,
        help="When fewer codes are free, whoever is responsible gets a task. 0: no warning.",
    )
    warned_at = fields.Datetime("Running Low Since", readonly=True, copy=False)
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        help="Orders new codes.",
    )

    _kind_once = models.UniqueIndex(
        "(product_tmpl_id, kind) WHERE active IS TRUE",
        "A title has one e-book and one kind of access code. Open the one there is.",
    )
    _link_terms = models.Constraint(
        "CHECK(link_days > 0 AND link_downloads > 0)",
        "A link is valid for at least one day and one download.",
    )

    # ------------------------------------------------------------------
    # Computes and constraints
    # ------------------------------------------------------------------
    @api.depends("product_tmpl_id", "kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for digital in self:
            names = [digital.product_tmpl_id.display_name, kinds.get(digital.kind)]
            digital.display_name = ": ".join(filter(None, names))

    @api.depends("code_ids.state", "code_ids.expires_on")
    def _compute_code_counts(self):
        groups = (
            self.env["aftersales.digital.code"]
            .sudo()
            ._read_group([("digital_id", "in", self.ids)], ["digital_id", "state"], ["__count"])
        )
        counts = {(digital.id, state): count for digital, state, count in groups}
        free = self._get_free_counts()
        for digital in self:
            digital.free_count = free[digital]
            digital.given_count = counts.get((digital.id, "given"), 0)
            digital.void_count = counts.get((digital.id, "void"), 0)

    @api.constrains("way", "file", "file_name")
    def _check_file(self):
        for digital in self.sudo().filtered(lambda d: d.way == "file"):
            data = base64.b64decode(digital.with_context(bin_size=False).file or b"")
            name = (digital.file_name or "").lower()
            ending = next((end for end in FILE_STARTS if name.endswith(end)), None)
            start, offset = FILE_STARTS.get(ending, (b"", 0))
            if not ending or not data[offset:].startswith(start):
                raise ValidationError(
                    self.env._(
                        "%(digital)s: “%(file)s” cannot be given to readers. Choose a file of one "
                        "of these kinds: %(kinds)s.",
                        digital=digital.display_name,
                        file=digital.file_name or "—",
                        kinds=", ".join(FILE_STARTS),
                    )
                )

    def write(self, vals):
        """Keep the title once readers were given something of it."""
        if "product_tmpl_id" in vals:
            given = (
                self.env["aftersales.resolution"]
                .sudo()
                .search([("digital_id", "in", self.ids)], limit=1)
            )
            if given:
                raise UserError(
                    self.env._(
                        "%(digital)s was proposed to readers (case %(case)s), so it cannot move to "
                        "another title. Archive it and create a new one.",
                        digital=given.digital_id.display_name,
                        case=given.ticket_id.number,
                    )
                )
        result = super().write(vals)
        if "low_limit" in vals:
            self._follow_pool()
        return result

    def action_view_codes(self):
        """Open the codes of the pool; new and imported ones are added to it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "aftersales_publishing.aftersales_digital_code_action"
        )
        return {
            **action,
            "name": self.display_name,
            "domain": [("digital_id", "=", self.id)],
            "context": {"default_digital_id": self.id},
        }

    # ------------------------------------------------------------------
    # The pool
    # ------------------------------------------------------------------
    def _get_free_counts(self):
        """Return ``{digital: codes}`` that can still be given, without those that expired."""
        Code = self.env["aftersales.digital.code"].sudo()
        domain = [("digital_id", "in", self.ids), *Code._get_free_domain()]
        groups = Code._read_group(domain, ["digital_id"], ["__count"])
        counts = {digital.id: count for digital, count in groups}
        return {digital: counts.get(digital.id, 0) for digital in self}

    def _can_give(self, quantity):
        """Whether so many copies can get it now."""
        self.ensure_one()
        return self.way == "file" or self.free_count >= quantity

    @api.model
    def _take_codes(self, wanted):
        """Lock free codes, those that expire first before others; one query for all pools.

        A code that another transaction is giving is skipped; one that it gave after our snapshot
        ends in a serialization failure, which Odoo retries: no code is given twice.

        :param wanted: ``{digital: number}``
        :return: ``{digital: codes}``, perhaps fewer than wanted
        """
        Code = self.env["aftersales.digital.code"].sudo()
        Code.flush_model(["digital_id", "state", "expires_on"])
        self.env.cr.execute(
            SQL(
                """
                SELECT wanted.digital_id, free.id
                  FROM unnest(%s, %s) AS wanted (digital_id, number)
                 CROSS JOIN LATERAL (
                    SELECT code.id FROM aftersales_digital_code code
                     WHERE code.digital_id = wanted.digital_id AND code.state = 'free'
                       AND (code.expires_on IS NULL OR code.expires_on >= %s)
                     ORDER BY code.expires_on, code.id
                     LIMIT wanted.number
                       FOR NO KEY UPDATE SKIP LOCKED) AS free
                """,
                [digital.id for digital in wanted],
                list(wanted.values()),
                fields.Date.context_today(self),
            ),
            log_exceptions=False,  # the serialization failure is expected and retried
        )
        taken = dict.fromkeys(wanted, Code)
        by_id = {digital.id: digital for digital in wanted}
        for digital_id, code_id in self.env.cr.fetchall():
            taken[by_id[digital_id]] += Code.browse(code_id)
        return taken

    # ------------------------------------------------------------------
    # Running low
    # ------------------------------------------------------------------
    def _follow_pool(self):
        """Give whoever is responsible a task when a pool runs low, once, and take it back after.

        Pools near their limit are touched: of two agents that give codes at the same time, one
        starts again and sees what the other one took.
        """
        pools = self.sudo().filtered(lambda d: d.way == "codes")
        free = pools._get_free_counts()
        touch(
            pools.filtered(
                lambda d: not d.warned_at and d.low_limit and free[d] < d.low_limit + NEAR
            )
        )
        low = pools.filtered(lambda d: free[d] < d.low_limit)
        new = low.filtered(lambda d: d.active and not d.warned_at)
        new.warned_at = fields.Datetime.now()
        over = (pools - low).filtered("warned_at")
        over.warned_at = False
        over.activity_unlink(["aftersales_publishing.mail_activity_digital_low"])
        for digital in new:
            digital.with_context(**QUIET_ACTIVITY).activity_schedule(
                "aftersales_publishing.mail_activity_digital_low",
                summary=self.env._("%s codes are left: order new ones", free[digital]),
                user_id=digital.user_id.id or self.env.user.id,
            )
