from odoo import models


class AftersalesResolution(models.Model):
    """What forbids a remedy for single volumes of a set (R6.3)."""

    _inherit = "aftersales.resolution"

    def _get_volume_problems(self):
        self.ensure_one()
        line, remedy = self.line_id, self.remedy_id
        if not line.volume_id:
            return []
        problems = []
        if not self._get_stock_quantity().is_integer():
            problems.append(
                self.env._(
                    "Case %(case)s: “%(title)s” can only be claimed by whole volumes, not "
                    "%(quantity)g. Change the quantity.",
                    case=line.ticket_id.number,
                    title=line._get_title(),
                    quantity=self.quantity,
                )
            )
        if remedy.concerns_undelivered:
            problems.append(
                self.env._(
                    "Case %(case)s: “%(remedy)s” is for whole sets that were not sent yet. Remove "
                    "the volume from the line, or choose another remedy.",
                    case=line.ticket_id.number,
                    remedy=remedy.name,
                )
            )
        if remedy.takes_back and not remedy.ships and not line._get_replacement():
            problems.append(self._get_no_part_message())
        return problems

    def _get_no_part_message(self):
        line = self.line_id
        return self.env._(
            "Case %(case)s: no single volume is kept in stock for “%(title)s”. Exchange or take "
            "back the whole set, refund its share without a return, or let a manager name the "
            "product on the set.",
            case=line.ticket_id.number,
            title=line._get_title(),
        )

    def _get_volume_stock_problems(self, wanted, free):
        """Say why the volumes cannot be sent, with their own ways out."""
        self.ensure_one()
        line = self.line_id
        part = line._get_replacement()
        if not part:
            return [self._get_no_part_message()]
        if part.uom_id.compare(wanted, free) <= 0:
            return []
        return [
            self.env._(
                "Case %(case)s: %(free)g safe copies of “%(part)s”, which replaces “%(title)s”, are "
                "free in %(warehouse)s. Receive single volumes, exchange the whole set, or refund "
                "the share of the volume.",
                case=line.ticket_id.number,
                free=free,
                part=part.display_name,
                title=line._get_title(),
                warehouse=self._get_warehouse().display_name,
            )
        ]
