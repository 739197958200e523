from odoo import models

from ..locking import touch
from .aftersales_refund_allocation import CreditShare


class AftersalesResolution(models.Model):
    """Remedies for copies that the reader bought elsewhere (R1.2).

    They are exchanged and get parts. Money is the exception: a manager proposes it, at list price
    on proof of purchase, where no safe copy is left to send.
    """

    _inherit = "aftersales.resolution"

    def _needs_delivery(self):
        return not self.line_id.bought_elsewhere and super()._needs_delivery()

    def _get_credits(self):
        """Leave out what has no price here: see the problems of these copies."""
        return (
            super()
            ._get_credits()
            .filtered(
                lambda r: (
                    not r.line_id.bought_elsewhere
                    or (r.line_id._get_list_price() and not r.remedy_id.asks_amount)
                )
            )
        )

    def _get_line_problems(self):
        problems = super()._get_line_problems()
        if self.line_id.bought_elsewhere:
            problems += self._get_identity_problems()
            if self.remedy_id._gives_money():
                problems += self._get_purchase_problems()
            if self.remedy_id.credits:
                problems += self._get_money_problems()
        return problems

    def _execute(self, checked=False):
        """Serialize money for one title: another case of the same reader may pay for the copy."""
        touch(self._get_paying_elsewhere().product_id.product_tmpl_id)
        return super()._execute(checked)

    def _get_paying_elsewhere(self):
        return self.filtered(lambda r: r.line_id.bought_elsewhere and r.remedy_id.credits)

    def _get_claim_problems(self):
        elsewhere = self._get_elsewhere_problems() + self._get_paid_elsewhere_problems()
        return super()._get_claim_problems() + elsewhere

    # ------------------------------------------------------------------
    # What forbids it
    # ------------------------------------------------------------------
    def _get_names(self):
        return {
            "case": self.ticket_id.number,
            "remedy": self.remedy_id.name,
            "title": self.line_id._get_title(),
        }

    def _get_elsewhere_problems(self):
        """Never more copies than the case line names: no delivery counts them (R6.4)."""
        return [
            self.env._(
                "Case %(case)s: %(quantity)g copies of “%(title)s” are complained of, remedies for "
                "%(resolved)g are agreed. Cancel one, or raise the quantity of the line.",
                quantity=line.quantity,
                resolved=line.resolved_quantity,
                case=line.ticket_id.number,
                title=line._get_title(),
            )
            for line in self.line_id.filtered("bought_elsewhere")
            if line.product_uom_id.compare(line.resolved_quantity, line.quantity) > 0
            and "agreed" in self.filtered(lambda r, line=line: r.line_id == line).mapped("state")
        ]

    def _get_paid_elsewhere_problems(self):
        """Copies that another case paid for: nothing but the reader's word tells them apart."""
        paying = self._get_paying_elsewhere()
        asked = paying.filtered(lambda r: not r.line_id.exception_reason)
        if not asked:
            return []
        effects = self.env["aftersales.effect"].search(
            [
                ("kind", "=", "credit"),
                ("is_cancelled", "=", False),
                ("resolution_id.line_id.bought_elsewhere", "=", True),
                ("resolution_id.product_id", "in", asked.product_id.ids),
            ]
        )
        problems = []
        for resolution in asked:
            # of those that are checked together, the first one gets the money
            others = effects.resolution_id | paying.filtered(lambda r, me=resolution: r.id < me.id)
            other = others.filtered(lambda r, me=resolution: me._is_same_elsewhere(r))[:1]
            if other:
                problems.append(
                    self.env._(
                        "Case %(case)s: this reader gets money for “%(title)s” in case %(other)s. "
                        "If it is another copy, let a manager let the book through with a reason.",
                        case=resolution.ticket_id.number,
                        title=resolution.line_id._get_title(),
                        other=other.ticket_id.number,
                    )
                )
        return problems

    def _is_same_elsewhere(self, other):
        """Whether another case is about the same title, or volume, of the same reader."""
        volumes = self.line_id.volume_id | other.line_id.volume_id
        return (
            other.ticket_id != self.ticket_id
            and other.product_id == self.product_id
            and len(volumes) < 2
            and self._is_same_reader(other.ticket_id, self.ticket_id)
        )

    def _get_identity_problems(self):
        """Say what is missing to know the copy: the page, the photo of it."""
        self.ensure_one()
        line, remedy, names = self.line_id, self.remedy_id, self._get_names()
        problems = []
        if remedy.ships and not remedy.takes_back:
            problems.append(
                self.env._(
                    "Case %(case)s: “%(title)s” was bought elsewhere, so no parcel of ours got "
                    "lost. Exchange the copy instead of “%(remedy)s”.",
                    **names,
                )
            )
        if not (remedy.takes_back or remedy.ships or remedy._gives_money()):
            return problems
        if not (line.lot_id or line._has_page()):
            problems.append(
                self.env._(
                    "Case %(case)s: which print run of “%(title)s” the reader has is not known. "
                    "Note edition, impression or print date from the copyright page.",
                    **names,
                )
            )
        proof = line._get_page_proof()
        if not line._has_proof(proof):
            problems.append(
                self.env._(
                    "Case %(case)s: “%(title)s” was bought elsewhere and is known by its page "
                    "only. Ask for “%(proof)s” and tick it when you saw it.",
                    proof=proof.name,
                    **names,
                )
            )
        return problems

    def _get_purchase_problems(self):
        """Say who gives money, or store credit, for the copy and on which proof.

        Who proposes it was settled when it was agreed.
        """
        self.ensure_one()
        line, names, problems = self.line_id, self._get_names(), []
        is_manager = self.env.user.has_group("aftersales_publishing.group_manager")
        if self.state == "proposed" and not is_manager:
            problems.append(
                self.env._(
                    "Case %(case)s: “%(title)s” was bought elsewhere, so only a manager proposes "
                    "money for it. Exchange it or send what is missing, or hand the case to your "
                    "manager.",
                    **names,
                )
            )
        proof = line._get_elsewhere_proof("purchase_proof")
        if not line._has_proof(proof):
            problems.append(
                self.env._(
                    "Case %(case)s: money for a copy bought elsewhere needs “%(proof)s”. Ask the "
                    "reader for it and tick it on the case when you saw it.",
                    proof=proof.name,
                    **names,
                )
            )
        return problems

    def _get_money_problems(self):
        """Say why no money is paid for the copy, and what to do instead.

        Whether a copy is free was settled when it was agreed.
        """
        self.ensure_one()
        line, names, problems = self.line_id, self._get_names(), []
        if self.remedy_id.asks_amount:
            problems.append(
                self.env._(
                    "Case %(case)s: “%(remedy)s” is a part of what was paid to us, “%(title)s” was "
                    "bought elsewhere. Exchange it, or refund it at list price.",
                    **names,
                )
            )
        free = self._get_free_safe_copies() if self.state == "proposed" else 0.0
        if line.product_id.uom_id.compare(free, 0.0) > 0:
            problems.append(
                self.env._(
                    "Case %(case)s: %(free)g safe copies of “%(title)s” are free in %(warehouse)s. "
                    "Exchange as many copies; money is for those that cannot be exchanged.",
                    free=free,
                    warehouse=self._get_warehouse().display_name,
                    **names,
                )
            )
        if not self.ticket_id._get_payee(self.env["account.move"]):
            problems.append(
                self.env._(
                    "Case %(case)s: nobody is named who could get the money. Pick the reader, or a "
                    "payee, from the contacts.",
                    **names,
                )
            )
        if not line._get_list_price():
            problems.append(
                self.env._(
                    "Case %(case)s: “%(title)s” has no list price. Note the one printed on the "
                    "copyright page.",
                    **names,
                )
            )
        return problems

    def _get_free_safe_copies(self):
        """Safe copies that are free beside those promised to the reader for the same line."""
        self.ensure_one()
        promised = 0.0
        for other in self.line_id._get_live_resolutions() - self:
            if other.remedy_id.ships:
                shipments = other.effect_ids.filtered(lambda e: e.kind == "shipment")
                reserved = sum(shipments.mapped("quantity_planned"))
                promised += max(0.0, other._get_stock_quantity() - reserved)
        return self._get_safe_quantity() - promised

    # ------------------------------------------------------------------
    # Money, without an invoice of ours
    # ------------------------------------------------------------------
    def _allocate_credit(self):
        elsewhere = self.filtered("line_id.bought_elsewhere")
        invoiced = iter(super(AftersalesResolution, self - elsewhere)._allocate_credit())
        return [
            ([r._get_list_price_share(r._get_stock_quantity())], 0.0)
            if r in elsewhere
            else next(invoiced)
            for r in self
        ]

    def _get_list_price_share(self, copies):
        """Return the share of a refund at the list price of today."""
        self.ensure_one()
        line = self.line_id
        price = line._get_list_price() * self.remedy_id.credit_share / 100.0
        return self._get_elsewhere_share(copies, line.company_currency_id.round(price) * copies)

    def _get_agreed_share(self, copies):
        """Return the share of what was agreed, whatever the title costs by now."""
        self.ensure_one()
        amount = self.amount * copies / self._get_stock_quantity()
        return self._get_elsewhere_share(copies, self.currency_id.round(amount))

    def _get_elsewhere_share(self, copies, amount):
        """Return a share that falls on no invoice line.

        No tax: it was the shop that charged one.
        """
        no_line = self.env["account.move.line"]
        return CreditShare(no_line, copies, copies, amount, amount, price=amount)
