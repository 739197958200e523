from odoo import api, fields, models
from odoo.exceptions import UserError

from ..locking import lock_and_touch, touch

SEEN_BY = "aftersales_publishing.group_agent,aftersales_publishing.group_auditor"


class AftersalesResolution(models.Model):
    """Remedies that send an e-book or a code (R6.1)."""

    _inherit = "aftersales.resolution"

    digital_id = fields.Many2one(
        "aftersales.digital",
        "E-book or Code",
        index="btree_not_null",
        ondelete="restrict",
        groups=SEEN_BY,
    )
    digital_code_ids = fields.Many2many(
        "aftersales.digital.code",
        string="Codes Given",
        compute="_compute_digital",
        compute_sudo=True,
        groups=SEEN_BY,
    )
    digital_link_ids = fields.Many2many(
        "aftersales.digital.link",
        string="Links Given",
        compute="_compute_digital",
        compute_sudo=True,
        groups=SEEN_BY,
    )
    can_void_digital = fields.Boolean(compute="_compute_digital", compute_sudo=True)

    @api.depends(
        "state", "effect_ids.digital_code_ids.state", "effect_ids.digital_link_ids.is_void"
    )
    def _compute_digital(self):
        for resolution in self:
            effects = resolution.effect_ids
            resolution.digital_code_ids = effects.digital_code_ids
            resolution.digital_link_ids = effects.digital_link_ids
            resolution.can_void_digital = resolution.state == "agreed" and any(
                effect._get_digital_given() for effect in effects
            )

    @api.depends("effect_ids.digital_code_ids.state", "effect_ids.digital_link_ids.is_void")
    def _compute_can_resend(self):
        return super()._compute_can_resend()

    # ------------------------------------------------------------------
    # Verbs
    # ------------------------------------------------------------------
    def action_void_digital(self, reason=None):
        """Void the codes and links that the reader was given.

        Nobody knows who else has seen a code that was mailed: it never returns to the pool; one
        whose mail waits does. Afterwards one is sent again (:meth:`action_retry`), or the remedy is
        cancelled. Agents void the codes of a remedy once, a manager does it again.

        :raises UserError: when the reader has no valid code or link of it
        """
        self._check_role("agent", "manager")
        self.ticket_id._check_may_decide()
        resolutions = self.sudo()
        lock_and_touch(resolutions)
        for resolution in resolutions:
            if not resolution.can_void_digital:
                raise UserError(
                    self.env._(
                        "%(resolution)s: the reader has no valid code or link of it, so there is "
                        "none to void.",
                        resolution=resolution.display_name,
                    )
                )
        resolutions.effect_ids._do_void_digital(reason or self.env._("Voided by the agent"))
        resolutions.ticket_id._sync_phase()
        return True

    def action_open_void_digital(self):
        """Ask why the code or link is voided."""
        return self.ticket_id._open_reason(
            self.env._("Void the Code or Link"),
            self,
            "action_void_digital",
            self.env._("Why may the reader no longer use it?"),
        )

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    def _execute(self, checked=False):
        """Serialize cases of one reader about copies that no delivery serializes."""
        without = self.filtered(lambda r: r.digital_id and not r.line_id.delivery_move_id)
        touch(without.ticket_id.partner_id)
        return super()._execute(checked)

    def _prepare_effect_vals(self, remedy_effect):
        vals = super()._prepare_effect_vals(remedy_effect)
        if remedy_effect.kind == "digital":
            vals["quantity"] = self._get_digital_quantity()
        return vals

    def _get_mailed_effects(self):
        return super()._get_mailed_effects() | self.effect_ids.filtered(
            lambda e: not e.is_cancelled and e.posted_at and e._get_digital_given()
        )

    # ------------------------------------------------------------------
    # What forbids it
    # ------------------------------------------------------------------
    def _get_proposal_problems(self, credits, allocation):
        sending = self.filtered("digital_id")
        return (
            super()._get_proposal_problems(credits, allocation)
            + sending._get_pool_problems()
            + sending._get_archived_problems()
            + sending._get_digital_address_problems()
        )

    def _get_line_problems(self):
        problems = super()._get_line_problems()
        line = self.line_id
        names = {"case": self.ticket_id.number, "title": line._get_title() if line else ""}
        if not self.remedy_id.sends_digital:
            return problems
        if not line:
            problems.append(
                self.env._(
                    "Case %(case)s names no title to send an e-book or code of. Add the title to "
                    "the case first.",
                    case=self.ticket_id.number,
                )
            )
        elif line._get_undelivered():
            problems.append(
                self.env._(
                    "Case %(case)s: “%(title)s” was not sent yet, so nothing of it can be faulty. "
                    "Pick the delivery that brought it, or choose another remedy.",
                    **names,
                )
            )
        elif len(line._get_dead_codes()) > line._get_whole_copies(line.quantity):
            problems.append(
                self.env._(
                    "Case %(case)s: more dead codes are noted than copies of “%(title)s” are "
                    "complained of. Correct the codes (one a line) or the quantity.",
                    **names,
                )
            )
        return problems

    def _get_claim_problems(self):
        sending = self.filtered("digital_id")
        return (
            super()._get_claim_problems()
            + sending._get_given_problems()
            + sending._get_dead_code_problems()
        )

    def _get_given_problems(self):
        """The same e-book for more copies than the reader has, over all cases (R6.4).

        It does not consume the copy (I1), which can still be exchanged; but each copy gets it once,
        unless a manager gives it again. Copies from elsewhere are known by their reader alone.
        """
        limited = self.filtered(lambda r: not r._is_let_by_manager())
        wanted = {}
        for resolution in limited.filtered("line_id.delivery_move_id"):
            key = resolution.digital_id, resolution.line_id._get_claim()
            wanted[key] = wanted.get(key, 0.0) + resolution._get_digital_quantity()
        return (
            limited._get_delivered_digital_problems(wanted)
            + limited._get_unproven_digital_problems()
            + limited._get_digital_elsewhere_problems()
        )

    def _get_delivered_digital_problems(self, wanted):
        if not wanted:
            return []
        held = self.env["aftersales.balance"]._get_claimable({claim for _d, claim in wanted})
        given = self._get_given_digital()
        problems = []
        for (digital, claim), quantity in wanted.items():
            free = held[claim] - given.get((digital, claim), 0.0)
            if claim[0].product_id.uom_id.compare(quantity, free) > 0:
                problems.append(
                    self.env._(
                        "%(quantity)g × “%(digital)s” are to be sent, %(free)g copies of delivery "
                        "%(delivery)s have not got it yet: the others did, or came back. Lower the "
                        "quantity, mail the former one again, or let a manager send it.",
                        quantity=quantity,
                        digital=digital.display_name,
                        free=max(0.0, free),
                        delivery=claim[0].picking_id.name,
                    )
                )
        return problems

    def _get_given_digital(self):
        """Return ``{(digital, claim): copies}`` of the same deliveries that got it already."""
        groups = (
            self.env["aftersales.effect"]
            .sudo()
            ._read_group(
                [
                    ("delivery_move_id", "in", self.line_id.delivery_move_id.ids),
                    ("kind", "=", "digital"),
                    ("is_cancelled", "=", False),
                ],
                ["resolution_id.digital_id", "delivery_move_id", "lot_id", "line_id.volume_id"],
                ["quantity:sum"],
            )
        )
        return {
            (digital, (move, lot, volume)): quantity
            for digital, move, lot, volume, quantity in groups
        }

    def _get_unproven_digital_problems(self):
        """More copies of a line without delivery than were ordered; one where no order is known.

        Nothing else says how many there are: the agent types the quantity of the line (R6.4).
        """
        wanted = {}
        for resolution in self.filtered(lambda r: r.line_id and not r.line_id.delivery_move_id):
            line = resolution.line_id
            wanted[line] = wanted.get(line, 0.0) + resolution._get_digital_quantity()
        if not wanted:
            return []
        groups = (
            self.env["aftersales.effect"]
            .sudo()
            ._read_group(
                [
                    ("line_id", "in", [line.id for line in wanted]),
                    ("kind", "=", "digital"),
                    ("is_cancelled", "=", False),
                ],
                ["line_id"],
                ["quantity:sum"],
            )
        )
        given = {line.id: quantity for line, quantity in groups}
        return [
            self.env._(
                "Case %(case)s: %(wanted)g codes or e-books for “%(title)s” are to be sent, "
                "%(free)g copies are proven that have not got one: without a delivery an order "
                "line counts, else one copy. Lower the quantity, or let a manager send it.",
                case=line.ticket_id.number,
                wanted=quantity,
                title=line._get_title(),
                free=max(0.0, line._get_proven_copies() - given.get(line.id, 0.0)),
            )
            for line, quantity in wanted.items()
            if quantity + given.get(line.id, 0.0) > line._get_proven_copies()
        ]

    def _get_digital_elsewhere_problems(self):
        """Copies bought elsewhere whose reader got the same for another line, in any case.

        What is given together with them counts too.
        """
        elsewhere = self.filtered(lambda r: not r.line_id.delivery_move_id)
        if not elsewhere:
            return []
        others = (
            self.env["aftersales.effect"]
            .sudo()
            .search_fetch(
                [
                    ("kind", "=", "digital"),
                    ("is_cancelled", "=", False),
                    ("delivery_move_id", "=", False),
                    ("resolution_id.digital_id", "in", elsewhere.digital_id.ids),
                    "|",
                    ("ticket_id", "in", elsewhere.ticket_id.ids),
                    ("ticket_id.partner_id", "in", elsewhere.ticket_id.partner_id.ids),
                ],
                ["ticket_id", "resolution_id"],
            )
            .resolution_id
        )
        problems = []
        for resolution in elsewhere:
            ticket = resolution.ticket_id
            other = others.filtered(
                lambda o, r=resolution: (
                    o.digital_id == r.digital_id
                    and o.line_id != r.line_id
                    and self._is_same_reader(o.ticket_id, r.ticket_id)
                )
            )[:1]
            others |= resolution
            if other:
                problems.append(
                    self.env._(
                        "Case %(case)s: %(reader)s got “%(digital)s” in case %(other)s already, "
                        "for a copy without an order. Mail it again there, or let a manager send "
                        "it.",
                        case=ticket.number,
                        reader=ticket.partner_id.display_name,
                        digital=resolution.digital_id.display_name,
                        other=other.ticket_id.number,
                    )
                )
        return problems

    def _get_dead_code_problems(self):
        """Codes that were replaced in another case, or given to somebody else (R2.2)."""
        limited = self.filtered(
            lambda r: r.digital_id.kind == "access" and not r._is_let_by_manager()
        )
        known = limited._find_dead_codes()
        problems = []
        for resolution in limited:
            ticket = resolution.ticket_id
            codes = known.get(resolution.digital_id, {})
            for code in filter(None, map(codes.get, resolution.line_id._get_dead_codes())):
                names = {"case": ticket.number, "code": code._get_masked()}
                replaced, given = code.dead_effect_id.ticket_id, code.effect_id.ticket_id
                if replaced and replaced != ticket:
                    problems.append(
                        self.env._(
                            "Case %(case)s: the dead code %(code)s was replaced in case %(other)s "
                            "already. Ask the reader to read it again, mail the new one again "
                            "there, or let a manager send one.",
                            other=replaced.number,
                            **names,
                        )
                    )
                elif given and not self._is_same_reader(given, ticket):
                    problems.append(
                        self.env._(
                            "Case %(case)s: the dead code %(code)s was given to another reader in "
                            "case %(other)s. Ask the reader to read it again, or let a manager "
                            "send a new one.",
                            other=given.number,
                            **names,
                        )
                    )
        return problems

    @api.model
    def _is_same_reader(self, ticket, other):
        """Readers of a platform hide behind one partner: the platform order tells them apart."""
        if ticket == other:
            return True
        if ticket.platform_order_ref and other.platform_order_ref:
            return ticket.platform_order_ref == other.platform_order_ref
        return bool(ticket.partner_id) and ticket.partner_id == other.partner_id

    def _find_dead_codes(self):
        """Return ``{digital: {code: record}}`` of the codes complained of that we know."""
        wanted = {code for r in self for code in r.line_id._get_dead_codes()}
        found = (
            self.env["aftersales.digital.code"]
            .sudo()
            .search([("digital_id", "in", self.digital_id.ids), ("code", "in", list(wanted))])
            if wanted
            else self.env["aftersales.digital.code"]
        )
        known = {}
        for code in found:
            known.setdefault(code.digital_id, {})[code.code] = code
        return known

    def _get_digital_quantity(self):
        self.ensure_one()
        return self.line_id._get_whole_copies(self.quantity)

    def _get_pool_problems(self):
        """Pools with fewer free codes than these remedies need together."""
        wanted = {}
        for resolution in self.filtered(lambda r: r.digital_id.way == "codes"):
            resolutions, number = wanted.get(resolution.digital_id, (self.browse(), 0))
            number += resolution._get_digital_quantity()
            wanted[resolution.digital_id] = resolutions | resolution, number
        digitals = self.env["aftersales.digital"].concat(*wanted)
        free = digitals._get_free_counts()
        return [
            resolutions._get_pool_message(digital, free[digital], number)
            for digital, (resolutions, number) in wanted.items()
            if free[digital] < number
        ]

    def _get_archived_problems(self):
        return [
            self.env._(
                "Case %(case)s: “%(digital)s” is archived, so it is not sent any more. Propose "
                "another remedy, or let a manager restore it (Configuration, E-books and Codes).",
                case=resolution.ticket_id.number,
                digital=resolution.digital_id.display_name,
            )
            for resolution in self
            if not resolution.digital_id.active
        ]

    def _get_pool_message(self, digital, free, number):
        return self.env._(
            "Case %(case)s: “%(remedy)s” needs %(number)s codes of “%(title)s”, %(free)s are free. "
            "Ask a manager to add codes (Configuration, E-books and Codes), or propose another "
            "remedy.",
            case=", ".join(self.ticket_id.mapped("number")),
            remedy=", ".join(self.remedy_id.mapped("name")),
            number=number,
            title=digital.product_tmpl_id.display_name,
            free=free,
        )

    def _get_digital_address_problems(self):
        return [
            self.env._(
                "Case %(case)s: “%(remedy)s” is mailed, and no mail address of the reader is "
                "known. Enter it on the reader, or propose another remedy.",
                case=resolution.ticket_id.number,
                remedy=resolution.remedy_id.name,
            )
            for resolution in self
            if not resolution.ticket_id._get_reader_address()
        ]
