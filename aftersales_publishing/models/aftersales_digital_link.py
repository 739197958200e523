import re
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 random bytes


class AftersalesDigitalLink(models.Model):
    """The link by which one reader downloads the file of a title (R6.1, R13.1).

    It is known by a random token alone, and ends after a time and a number of downloads.
    """

    _name = "aftersales.digital.link"
    _inherit = ["aftersales.decision"]
    _description = "Download Link of a Reader"
    _order = "id desc"

    effect_id = fields.Many2one(
        "aftersales.effect", "Given By", required=True, index=True, ondelete="restrict"
    )
    ticket_id = fields.Many2one(related="effect_id.ticket_id", string="Case")
    company_id = fields.Many2one(related="effect_id.company_id", store=True, precompute=True)
    digital_id = fields.Many2one(
        "aftersales.digital", "File", required=True, index=True, ondelete="restrict"
    )
    token = fields.Char(
        required=True,
        default=lambda self: secrets.token_urlsafe(32),
        groups="base.group_system",
        copy=False,
    )
    url = fields.Char(
        "Link",
        compute="_compute_url",
        compute_sudo=True,
        groups="aftersales_publishing.group_agent",
    )
    quantity = fields.Float("Copies", digits="Product Unit", required=True)
    expires_at = fields.Datetime("Valid Until", required=True)
    download_limit = fields.Integer("Downloads Allowed", required=True)
    downloads = fields.Integer(default=0, required=True)
    downloaded_at = fields.Datetime("Last Download")
    is_void = fields.Boolean("Void")

    _token_once = models.UniqueIndex("(token)", "This link exists already. Try again.")
    _live_once = models.UniqueIndex(
        "(effect_id) WHERE is_void IS NOT TRUE",
        "The reader has a link of this remedy already. Reload the page.",
    )

    @api.depends("token")
    def _compute_url(self):
        for link in self:
            base = link.company_id.get_base_url()
            link.url = f"{base}/aftersales/download/{link.token}"

    def _do_renew(self):
        """Let readers download again as often and as long as at first."""
        for link in self:
            digital = link.digital_id
            link.write(
                {
                    "expires_at": fields.Datetime.now() + timedelta(days=digital.link_days),
                    "download_limit": link.downloads
                    + digital.link_downloads * max(1, int(link.quantity)),
                }
            )

    # ------------------------------------------------------------------
    # The reader's side: runs on sudo(), for whoever has the token
    # ------------------------------------------------------------------
    @api.model
    def _find_valid(self, token):
        """Return the link of a token, or none: whether it ended, is void or never was is one."""
        if not TOKEN.fullmatch(token):
            return self.browse()
        return self.search(
            [
                ("token", "=", token),
                ("is_void", "=", False),
                ("expires_at", ">", fields.Datetime.now()),
            ]
        ).filtered(lambda link: link.downloads < link.download_limit and link.digital_id.file)

    def _count_download(self):
        """Count one more download; return which one it is, 0 where all are used up meanwhile."""
        self.ensure_one()
        self.env.cr.execute(
            SQL(
                """
                UPDATE aftersales_digital_link
                   SET downloads = downloads + 1, downloaded_at = %s
                 WHERE id = %s AND downloads < download_limit
                RETURNING downloads
                """,
                fields.Datetime.now(),
                self.id,
            ),
            log_exceptions=False,  # two downloads at once: the second one is retried
        )
        row = self.env.cr.fetchone()
        self.invalidate_recordset(["downloads", "downloaded_at"])
        return row[0] if row else 0
