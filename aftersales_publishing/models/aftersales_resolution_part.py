from odoo import api, fields, models
from odoo.exceptions import UserError

from ..locking import lock_and_touch


class AftersalesResolution(models.Model):
    """Remedies that send a part of the title: pages, an errata sheet, an extra (R6.1)."""

    _inherit = "aftersales.resolution"

    part_id = fields.Many2one("aftersales.title.part", index="btree_not_null", ondelete="restrict")
    can_resend = fields.Boolean(compute="_compute_can_resend")

    @api.depends("part_id")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        for resolution in self.filtered("part_id"):
            resolution.display_name += f" ({resolution.part_id.name})"
        return result

    @api.depends("state", "effect_ids.posted_at")
    def _compute_can_resend(self):
        for resolution in self:
            resolution.can_resend = resolution.state == "agreed" and bool(
                resolution._get_mailed_effects()
            )

    # ------------------------------------------------------------------
    # Verbs
    # ------------------------------------------------------------------
    def action_resend(self):
        """Mail the documents once more: the mail got lost, or the address was wrong.

        A part that was shipped is sent again by :meth:`action_retry` once it came back.

        :raises UserError: when no document was mailed, or the last mail has not left yet
        """
        self._check_role("agent", "manager")
        resolutions = self.sudo()
        lock_and_touch(resolutions)
        for resolution in resolutions:
            effects = resolution._get_mailed_effects()
            if resolution.state != "agreed" or not effects:
                raise UserError(
                    self.env._(
                        "%(resolution)s: no document of it was mailed, so there is none to mail "
                        "again. Execute the remedy, or propose another one.",
                        resolution=resolution.display_name,
                    )
                )
            effects._mail_again()
        resolutions.ticket_id._sync_phase()
        return True

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    def _get_mailed_effects(self):
        return self.effect_ids.filtered(
            lambda e: e.kind == "document" and not e.is_cancelled and e.posted_at
        )

    def _get_remedy_effects(self):
        """Of the effects of the remedy, the way in which this part gets to the reader."""
        effects = super()._get_remedy_effects()
        if not self.part_id:
            return effects
        way = self.part_id._get_effect_kind()
        return effects.filtered(lambda e: e.kind not in ("part", "document") or e.kind == way)

    # ------------------------------------------------------------------
    # What forbids it
    # ------------------------------------------------------------------
    def _get_proposal_problems(self, credits, allocation):
        sending = self.filtered("remedy_id.sends_part")
        return (
            super()._get_proposal_problems(credits, allocation)
            + sending._get_part_stock_problems()
            + sending._get_address_problems()
        )

    def _get_line_problems(self):
        problems = super()._get_line_problems()
        if self.remedy_id.sends_part and self.line_id._get_undelivered():
            problems.append(
                self.env._(
                    "Case %(case)s: “%(title)s” was not sent yet, so nothing of it can be missing. "
                    "Pick the delivery that brought it, or choose another remedy.",
                    case=self.ticket_id.number,
                    title=self.line_id._get_title(),
                )
            )
        return problems

    def _get_claim_problems(self):
        return super()._get_claim_problems() + self._get_part_problems()

    def _get_part_problems(self):
        """Parts for more copies than the reader has, over all cases (R6.4).

        Whatever was lost twice is up to a manager, who proposes it or executes it. Copies from
        elsewhere have no delivery.
        """
        limited = self.filtered(
            lambda r: r.part_id and r.line_id.delivery_move_id and not r._is_let_by_manager()
        )
        wanted = {}
        for resolution in limited:
            key = resolution.part_id, resolution.line_id._get_claim()
            wanted[key] = wanted.get(key, 0.0) + resolution._get_stock_quantity()
        if not wanted:
            return []
        held = self.env["aftersales.balance"]._get_claimable({claim for _part, claim in wanted})
        sent = limited._get_sent_parts()
        problems = []
        for (part, claim), quantity in wanted.items():
            free = held[claim] - sent.get((part, claim), 0.0)
            if claim[0].product_id.uom_id.compare(quantity, free) > 0:
                problems.append(
                    self.env._(
                        "%(quantity)g × “%(part)s” of “%(title)s” are to be sent, %(free)g copies "
                        "of delivery %(delivery)s are still without it: the others got it or came "
                        "back. Lower the quantity, exchange the copy, or let a manager send it.",
                        quantity=quantity,
                        part=part.name,
                        title=claim[0].product_id.display_name,
                        free=max(0.0, free),
                        delivery=claim[0].picking_id.name,
                    )
                )
        return problems

    def _get_sent_parts(self):
        """Return ``{(part, claim): parts}`` sent or announced for the same deliveries."""
        groups = (
            self.env["aftersales.effect"]
            .sudo()
            ._read_group(
                [
                    ("delivery_move_id", "in", self.line_id.delivery_move_id.ids),
                    ("kind", "in", ("part", "document")),
                    ("is_cancelled", "=", False),
                ],
                ["resolution_id.part_id", "delivery_move_id", "lot_id", "line_id.volume_id"],
                ["quantity:sum"],
            )
        )
        return {
            (part, (move, lot, volume)): quantity for part, move, lot, volume, quantity in groups
        }

    def _get_part_stock_problems(self, quantities=None):
        """Parts of which not enough are free, each product and house asked once.

        :param quantities: ``{resolution: parts}`` where only some are to be shipped now
        """
        wanted = {}
        for resolution in self.filtered("part_id.part_product_id"):
            key = resolution.part_id.part_product_id, resolution._get_warehouse()
            quantity = quantities[resolution] if quantities else resolution._get_stock_quantity()
            named = wanted.get(key, (self.browse(), 0.0))
            wanted[key] = named[0] | resolution, named[1] + quantity
        problems = []
        for (product, house), (resolutions, quantity) in wanted.items():
            free = self.env["stock.quant"]._get_safe_quantity(
                product, house.lot_stock_id, self.env["stock.lot"]
            )
            if product.uom_id.compare(quantity, free) > 0:
                problems.append(
                    self.env._(
                        "Case %(case)s: %(free)g of “%(part)s” (%(product)s) are free in "
                        "%(warehouse)s, %(wanted)g are needed. Receive more, or exchange the copy.",
                        case=", ".join(resolutions.ticket_id.mapped("number")),
                        free=free,
                        part=", ".join(resolutions.part_id.mapped("name")),
                        product=product.display_name,
                        warehouse=house.display_name,
                        wanted=quantity,
                    )
                )
        return problems

    def _get_address_problems(self):
        """Documents for readers whose mail address is not known."""
        mailing = self.filtered(lambda r: r.part_id and not r.part_id.part_product_id)
        return [
            self.env._(
                "Case %(case)s: “%(part)s” is mailed, and no mail address of the reader is known. "
                "Enter it on the reader, or exchange the copy.",
                case=resolution.ticket_id.number,
                part=resolution.part_id.name,
            )
            for resolution in mailing
            if not resolution.ticket_id._get_reader_address()
        ]
