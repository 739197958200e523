from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .aftersales_returns_table import MAX_FOUND, ROLES


class AftersalesReturnsTable(models.AbstractModel):
    """A parcel that comes when its remedy has expired (R6.5)."""

    _inherit = "aftersales.returns.table"

    @api.model
    def take_late(self, picking_id):
        """Take in a parcel whose remedy has expired: it is announced again, the agent decides.

        :param picking_id: of the return that :meth:`find` told as late
        :return: the parcel as :meth:`open_parcel` describes it
        :raises UserError: when the copies were claimed otherwise meanwhile
        """
        self._check_role(*ROLES)
        picking = self.env["stock.picking"].browse(picking_id).exists()
        picking.check_access("read")
        expired = picking.sudo()._get_expired_resolutions()
        if not expired or picking.company_id not in self.env.companies:
            raise UserError(
                self.env._("This parcel is no longer overdue. Scan it again to find what it is.")
            )
        pickings = expired._take_in_late()
        return self._describe_parcel(pickings[:1].with_env(self.env))

    @api.model
    def _find_late(self, code, typed):
        """Return the return of an expired remedy that a code stands for, the latest first."""
        pickings = self.env["stock.picking"]
        if not code:
            return pickings
        ticket_ids = self._find_ticket_ids(code, typed)
        found = [("name", "=", code)]
        if ticket_ids:
            found = ["|", *found, ("move_ids.aftersales_effect_id.ticket_id", "in", ticket_ids)]
        domain = [
            ("state", "=", "cancel"),
            ("move_ids.aftersales_effect_id.resolution_id.state", "=", "expired"),
            ("company_id", "in", self.env.companies.ids),
        ]
        pickings = pickings.search(domain + found, order="id desc", limit=MAX_FOUND)
        return pickings.filtered(lambda p: p.sudo()._get_expired_resolutions())[:1]

    @api.model
    def _tell_late(self, picking):
        picking_sudo = picking.sudo()
        resolutions = picking_sudo._get_expired_resolutions()
        return self.env._(
            "%(parcel)s of case %(case)s comes too late: it was due on %(due)s and the remedy has "
            "expired. Enter takes it in; the agent decides about it.",
            parcel=picking_sudo.name,
            case=", ".join(resolutions.ticket_id.mapped("number")),
            due=format_date(self.env, resolutions[:1].return_due),
        )
