from odoo import models
from odoo.exceptions import UserError


class AftersalesResolution(models.Model):
    """What forbids to propose, execute or cancel a resolution, and the remedy for it."""

    _inherit = "aftersales.resolution"

    def _get_proposal_problems(self, credits, allocation):
        """Return one message per thing that forbids a proposal.

        :param credits: those of the resolutions that credit something
        :param allocation: result of their :meth:`_allocate_credit`
        """
        problems = []
        for resolution in self:
            problems += resolution._get_line_problems()
        problems += self._get_claim_problems()
        problems += credits._get_credit_problems(allocation)
        problems += self.filtered(lambda r: r.remedy_id.ships)._get_stock_problems()
        return problems

    def _get_credits(self):
        """Those that credit what has a price; the component of a kit has none of its own."""
        return self.filtered(lambda r: r.remedy_id.credits and not r.line_id._is_part_of_set())

    def _check_claims(self):
        """Check under the lock that copies and amounts can still be claimed (R6.4).

        :raises UserError: all problems together
        """
        credits = self._get_credits()
        problems = self._get_claim_problems()
        problems += credits._get_credit_problems(credits._allocate_credit())
        if problems:
            raise UserError("\n".join(problems))

    def _get_open_problems(self):
        """Say whether the case is closed, or other remedies took the copies."""
        self.ensure_one()
        line, problems = self.line_id, []
        if self.ticket_id.phase in ("intake", "refused", "cancelled"):
            problems.append(
                self.env._(
                    "Case %(case)s is not open. Register or reopen it before you propose a remedy.",
                    case=self.ticket_id.number,
                )
            )
        if line and line.product_uom_id.compare(line.resolved_quantity, line.quantity) > 0:
            problems.append(
                self.env._(
                    "Case %(case)s: %(quantity)g copies of “%(title)s” are complained "
                    "of, remedies for %(resolved)g are proposed. Lower the quantity or "
                    "cancel the other remedy.",
                    case=line.ticket_id.number,
                    quantity=line.quantity,
                    title=line._get_title(),
                    resolved=line.resolved_quantity,
                )
            )
        return problems

    def _get_line_problems(self):
        line, problems = self.line_id, self._get_open_problems()
        if not line:
            return problems
        problems += self._get_volume_problems()
        if self.remedy_id.concerns_undelivered and not line._get_undelivered():
            problems.append(
                self.env._(
                    "Case %(case)s: “%(remedy)s” is for copies that were not sent yet. Add the "
                    "open line of the order to the case, or take the copy back.",
                    case=line.ticket_id.number,
                    remedy=self.remedy_id.name,
                )
            )
        if self._needs_delivery() and not line.delivery_move_id:
            problems.append(
                self.env._(
                    "Case %(case)s: “%(remedy)s” needs the delivery of “%(title)s”. "
                    "Pick it from the reader's orders first, or mark the copy as bought elsewhere.",
                    case=line.ticket_id.number,
                    remedy=self.remedy_id.name,
                    title=line.product_id.display_name,
                )
            )
        if self.remedy_id.credits and line._is_part_of_set():
            problems.append(
                self.env._(
                    "Case %(case)s: “%(title)s” was sold as part of “%(set)s”, which has one "
                    "price. Exchange the copy, or agree on an amount and have it credited on "
                    "the invoice of order %(order)s in accounting.",
                    case=line.ticket_id.number,
                    title=line.product_id.display_name,
                    set=line.sale_line_id.product_id.display_name,
                    order=line.order_id.name,
                )
            )
        return problems

    def _is_let_by_manager(self):
        """Whether a manager decides now, or proposed it: then whoever executes it may."""
        self.ensure_one()
        manager = "aftersales_publishing.group_manager"
        return self.env.user.has_group(manager) or self.create_uid.has_group(manager)

    def _needs_delivery(self):
        remedy = self.remedy_id
        if remedy.takes_back or remedy.ships:
            return True
        is_service = self.line_id.product_id.type == "service"
        return remedy.credits and not remedy.concerns_undelivered and not is_service

    def _get_claim_problems(self):
        """Copies that these resolutions claim beyond what is left."""
        return self._get_delivered_problems() + self._get_undelivered_problems()

    def _get_undelivered_problems(self):
        """Copies that are to be cancelled or urged beyond what waits to be sent."""
        claims = self.filtered(
            lambda r: r.remedy_id.concerns_undelivered and r.line_id._get_undelivered()
        )
        wanted = {}
        for resolution in claims:
            sale_line = resolution.line_id.sale_line_id
            wanted[sale_line] = wanted.get(sale_line, 0.0) + resolution._get_stock_quantity()
        return [
            self.env._(
                "%(wanted)g of “%(title)s” of order %(order)s are to be cancelled or urged, "
                "%(open)g wait to be sent. Lower the quantity, or look at the order's deliveries.",
                wanted=quantity,
                title=sale_line.product_id.display_name,
                order=sale_line.order_id.name,
                open=sale_line._get_undelivered_copies(),
            )
            for sale_line, quantity in wanted.items()
            if sale_line.product_id.uom_id.compare(quantity, sale_line._get_undelivered_copies())
            > 0
        ]

    def _get_delivered_problems(self, quantities=None):
        """Copies claimed beyond what was delivered and is not claimed yet (R6.4).

        :param quantities: ``{resolution: copies}`` in the product's unit where only a part is
            claimed anew; all copies of each resolution if left out
        """
        claims = self.filtered(
            lambda r: (
                r.line_id.delivery_move_id
                and (
                    r.remedy_id.takes_back
                    or r._compensates_in_full()
                    or (r.remedy_id.credits and r.remedy_id.asks_amount)
                )
            )
        )
        wanted = {}
        for resolution in claims:
            line = resolution.line_id
            key = line._get_claim()
            quantity = quantities[resolution] if quantities else resolution._get_stock_quantity()
            wanted[key] = wanted.get(key, 0.0) + quantity
        claimable = self.env["aftersales.balance"]._get_claimable_beside(wanted)
        problems = []
        for resolution in claims:
            line = resolution.line_id
            key = line._get_claim()
            if line.product_id.uom_id.compare(wanted[key], claimable[key]) > 0:
                problems.append(
                    self.env._(
                        "Case %(case)s: %(wanted)g of “%(title)s” (print run %(lot)s) "
                        "are claimed from delivery %(delivery)s, only %(claimable)g can "
                        "still be: the others came back, are announced or were paid "
                        "back. Lower the quantity or pick the right delivery.",
                        case=line.ticket_id.number,
                        wanted=wanted[key],
                        title=line._get_title(),
                        lot=line.lot_id.name or "—",
                        delivery=line.delivery_move_id.picking_id.name,
                        claimable=claimable[key],
                    )
                )
        return problems

    def _get_credit_problems(self, allocation):
        problems = []
        for resolution, (shares, missing) in zip(self, allocation, strict=True):
            if missing:
                problems.append(resolution._get_credit_message(shares))
            elif not any(share.price for share in shares):
                problems.append(resolution._get_free_message())
            elif resolution.remedy_id.asks_amount:
                problems += resolution._get_amount_problems(shares)
            elif not any(share.gross for share in shares):
                problems.append(resolution._get_nothing_left_message())
        return problems

    def _get_free_message(self):
        line = self.line_id
        return self.env._(
            "Case %(case)s: “%(title)s” of order %(order)s was given free, so there is nothing "
            "to pay back. Exchange it instead.",
            case=line.ticket_id.number,
            title=line._get_title(),
            order=line.sale_line_id.order_id.name,
        )

    def _get_credit_message(self, allocation):
        line = self.line_id
        order = line.sale_line_id.order_id
        if not line.sale_line_id.invoice_lines.filtered(
            lambda invoice_line: invoice_line.parent_state == "posted"
        ):
            return self.env._(
                "Case %(case)s: “%(title)s” of order %(order)s was not invoiced yet, "
                "so there is nothing to refund. Exchange it, or have it invoiced first.",
                case=line.ticket_id.number,
                title=line.product_id.display_name,
                order=order.name,
            )
        left = sum(share.stock_quantity for share in allocation)
        return self.env._(
            "Case %(case)s: only %(left)g invoiced copies of “%(title)s” of order "
            "%(order)s are not credited yet. Lower the quantity, or look at the credit "
            "notes of the order.",
            case=line.ticket_id.number,
            left=left,
            title=line._get_title(),
            order=order.name,
        )

    def _get_stock_problems(self, quantities=None):
        """Exchanges for which no safe copy is in stock (never the defective run).

        Stock is asked once per title, house and print run to avoid.

        :param quantities: ``{resolution: copies}`` in the product's unit where only a
            part is to be shipped now; all copies of each resolution if left out
        """
        problems, safe = [], {}
        for resolution in self.filtered("product_id.is_storable"):  # others are not counted
            line = resolution.line_id
            title = line._get_replacement()
            key = title, resolution._get_warehouse(), line._get_excluded_lot()
            if key not in safe:
                safe[key] = resolution._get_safe_quantity()
            free = safe[key]
            wanted = quantities[resolution] if quantities else resolution._get_stock_quantity()
            if line.volume_id:
                problems += resolution._get_volume_stock_problems(wanted, free)
            elif title.uom_id.compare(wanted, free) > 0:
                problems.append(
                    self.env._(
                        "Case %(case)s: %(free)g safe copies of “%(title)s” are free "
                        "in %(warehouse)s (print run %(lot)s and runs on hold do not "
                        "count). Propose a refund, fewer copies, or wait for the next "
                        "receipt.",
                        case=line.ticket_id.number,
                        free=free,
                        title=title.display_name,
                        warehouse=resolution._get_warehouse().display_name,
                        lot=line._get_excluded_lot().name or "—",
                    )
                )
        return problems

    def _check_agreed(self):
        for resolution in self:
            if resolution.state != "agreed":
                raise UserError(
                    self.env._(
                        "%(resolution)s: the reader has not agreed (or it was "
                        "cancelled). Note the agreement first.",
                        resolution=resolution.display_name,
                    )
                )

    def _check_nothing_done(self):
        self.ensure_one()
        done = self.effect_ids.filtered(lambda e: e._has_posted_document())
        if done:
            raise UserError(
                self.env._(
                    "%(resolution)s: %(effects)s already happened, so it cannot be "
                    "cancelled any more. Finish with what arrived (“Give up the "
                    "rest”), or undo the document first: return, reversal or payment.",
                    resolution=self.display_name,
                    effects=", ".join(done.mapped("display_name")),
                )
            )
