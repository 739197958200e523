from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ..locking import lock_and_touch

MONEY_ROLES = (
    "aftersales_publishing.group_agent,"
    "aftersales_publishing.group_finance,aftersales_publishing.group_auditor"
)


class AftersalesResolution(models.Model):
    """The new edition against the price difference: its price as proposed, its order (R6.1)."""

    _inherit = "aftersales.resolution"

    edition_product_id = fields.Many2one("product.product", "New Edition", ondelete="restrict")
    edition_price = fields.Float(
        "Price of the New Edition",
        digits="Product Price",
        groups=MONEY_ROLES,
        help="Of a copy, by the pricelist of the order, as the reader was told.",
    )
    edition_discount = fields.Float(
        "Discount of the New Edition (%)", digits="Discount", groups=MONEY_ROLES
    )
    edition_amount = fields.Monetary(
        "Total of the New Edition",
        groups=MONEY_ROLES,
        help="What the copies of the new edition cost, tax included, as proposed.",
    )
    edition_difference = fields.Monetary(
        "To Pay by the Reader",
        compute="_compute_edition_difference",
        groups=MONEY_ROLES,
        help="Price of the new edition less what is credited for the old copies; below zero, that "
        "much is paid back.",
    )
    edition_order_ids = fields.Many2many(
        "sale.order", string="Orders of the New Edition", compute="_compute_edition_order_ids"
    )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------
    @api.depends("edition_amount", "amount")
    def _compute_edition_difference(self):
        for resolution in self:
            resolution.edition_difference = resolution.edition_amount - resolution.amount

    @api.depends("effect_ids.edition_line_ids")
    def _compute_edition_order_ids(self):
        for resolution in self.sudo():
            resolution.edition_order_ids = resolution.effect_ids.edition_line_ids.order_id

    @api.depends("remedy_id", "effect_ids.state")
    def _compute_can_cancel(self):
        """With an order, the order is ended first: its button says what becomes of the credit."""
        result = super()._compute_can_cancel()
        self.filtered(lambda r: r.sudo()._get_live_editions()).can_cancel = False
        return result

    # ------------------------------------------------------------------
    # Propose
    # ------------------------------------------------------------------
    def _get_line_problems(self):
        problems = super()._get_line_problems()
        if self.remedy_id.sells_edition and self.line_id:
            problems += self.line_id._get_edition_problems(self.remedy_id)
        return problems

    def _get_credit_problems(self, allocation):
        """Refuse at once what could not be set off when the copy is here."""
        problems = super()._get_credit_problems(allocation)
        for resolution, (shares, _missing) in zip(self, allocation, strict=True):
            if resolution.remedy_id.sells_edition:
                problems += resolution._get_edition_currency_problems(shares)
        return problems

    def _get_edition_currency_problems(self, shares):
        """Say so where the old copy was invoiced in another currency than the new one is sold in."""
        order = self.line_id.sale_line_id.order_id
        currency = order.pricelist_id.currency_id or order.company_id.currency_id
        invoiced = currency.union(*(share.invoice_line.currency_id for share in shares)) - currency
        if not invoiced:
            return []
        return [
            self.env._(
                "Case %(case)s: “%(title)s” was invoiced in %(currency)s, the new edition would be "
                "sold in %(other)s by the pricelist of order %(order)s. Exchange the copy, or have "
                "it refunded.",
                case=self.ticket_id.number,
                title=self.line_id._get_title(),
                currency=", ".join(invoiced.mapped("name")),
                other=currency.name,
                order=order.name,
            )
        ]

    def _set_estimated_amount(self, allocation):
        """Note the price of the new edition with the credit: what the reader agrees to."""
        result = super()._set_estimated_amount(allocation)
        for resolution in self.filtered("edition_product_id"):
            quote = resolution._quote_edition()
            resolution.write(
                {
                    "edition_price": quote.order_line.price_unit,
                    "edition_discount": quote.order_line.discount,
                    "edition_amount": quote.amount_total,
                }
            )
        return result

    def _quote_edition(self):
        """Return the order of the new edition as it would be made today, not saved."""
        self.ensure_one()
        line = self.line_id
        vals = self._prepare_edition_order_vals(line.sale_line_id.order_id)
        order_line = {
            "product_id": self.edition_product_id.id,
            "product_uom_qty": self._get_stock_quantity(),
            "product_uom_id": self.edition_product_id.uom_id.id,
        }
        return self.env["sale.order"].new(
            {**vals, "order_line": [fields.Command.create(order_line)]}
        )

    def _prepare_edition_order_vals(self, order):
        """Values of an order on the terms of the one that brought the old edition."""
        self.ensure_one()
        return {
            "company_id": self.company_id.id,
            "partner_id": order.partner_id.id,
            "partner_invoice_id": order.partner_invoice_id.id,
            "partner_shipping_id": (
                self.ticket_id._get_shipping_partner() or order.partner_shipping_id
            ).id,
            "pricelist_id": order.pricelist_id.id,
            "fiscal_position_id": order.fiscal_position_id.id,
            "payment_term_id": order.payment_term_id.id,
            "warehouse_id": self._get_warehouse().id,
            "user_id": order.user_id.id,
            "team_id": order.team_id.id,
            "origin": self.ticket_id.number,
            "require_signature": False,
        }

    def _get_edition_note(self, shares):
        """Tell what the new edition costs, what is credited and what is left to pay."""
        self.ensure_one()
        quote = self._quote_edition()
        currency = quote.currency_id
        credit = sum(share.gross for share in shares)
        difference = currency.round(quote.amount_total - credit)
        names = {
            "quantity": self.quantity,
            "title": self.edition_product_id.display_name,
            "price": format_amount(self.env, quote.amount_total, currency),
            "credit": format_amount(self.env, credit, currency),
            "difference": format_amount(self.env, abs(difference), currency),
        }
        if currency.compare_amounts(difference, 0.0) > 0:
            return self.env._(
                "%(quantity)g × “%(title)s” for %(price)s, %(credit)s credited: the reader pays "
                "%(difference)s.",
                **names,
            )
        if currency.is_zero(difference):
            return self.env._(
                "%(quantity)g × “%(title)s” for %(price)s, all of it credited: nothing to pay.",
                **names,
            )
        return self.env._(
            "%(quantity)g × “%(title)s” for %(price)s, %(credit)s credited: nothing to pay, "
            "%(difference)s is paid back.",
            **names,
        )

    # ------------------------------------------------------------------
    # The order
    # ------------------------------------------------------------------
    def _get_edition_effects(self):
        return self.effect_ids.filtered(lambda e: e.kind == "edition" and not e.is_cancelled)

    def _get_live_editions(self):
        """Return the orders that hold the credit, or had it: those that are not cancelled."""
        return self._get_edition_effects().edition_line_ids.order_id.filtered(
            lambda order: order.state != "cancel"
        )

    def _get_edition_quotations(self):
        return self._get_live_editions().filtered(lambda order: order.state in ("draft", "sent"))

    def action_remind_difference(self):
        """Write to the reader once more; the difference is due as many days from today.

        :raises UserError: when no difference is awaited
        """
        self._check_role("agent", "manager")
        resolutions = self.sudo()
        resolutions.ticket_id._check_may_decide()
        quotations = resolutions._get_edition_quotations()
        resolutions._check_awaits_difference(quotations)
        lock_and_touch(quotations)
        quotations._start_difference_term()
        self.env["aftersales.event"]._log(
            "difference_reminded", quotations.order_line.aftersales_edition_effect_id
        )
        quotations._mail_difference()
        resolutions.ticket_id._follow_difference_term()
        resolutions.ticket_id._sync_phase()
        return True

    def _check_awaits_difference(self, quotations):
        if not quotations:
            raise UserError(
                self.env._(
                    "%s: no difference is awaited. Reload the page to see what happened meanwhile.",
                    ", ".join(self.mapped("display_name")),
                )
            )

    def action_refund_edition(self, reason=None, orders=None):
        """End the sale of the new edition; what is not sent of it is credited to pay out.

        Orders of which nothing left are cancelled, those of which a part left are lowered to it.
        Orders that were sent are left alone.

        :param orders: ``sale.order`` to end; all of them, and what is still to come, if left out
        :raises UserError: when all copies left, or the reader has nothing to get back
        """
        self._check_role("agent", "manager")
        resolutions = self.sudo()
        resolutions.ticket_id._check_may_decide()
        lock_and_touch(resolutions)
        effects = resolutions._get_edition_effects()
        live = resolutions._get_live_editions()
        chosen = live if orders is None else live & orders.sudo()
        lock_and_touch(chosen.aftersales_refund_id)
        lock_and_touch(chosen)
        ended = chosen._get_edition_rest()
        gone = effects.edition_line_ids.order_id.filtered(lambda order: order.state == "cancel")
        effects = resolutions._check_edition_to_end(effects, chosen, ended, orders is None)
        copies = ended._get_edition_copies_to_come()
        ended._end_edition_sale()
        refunds = effects._end_edition_copies(None if orders is None else copies)
        refunds._take_freed_off_account()
        (ended | gone if orders is None else ended).aftersales_ended = True
        self.env["aftersales.event"]._log("edition_ended", effects, reason)
        effects.ticket_id._sync_phase()
        return True

    def _check_edition_to_end(self, effects, chosen, ended, is_all):
        """Return the effects that end with these orders; refuse where there is nothing to end."""
        is_lowered = is_all and any(effect._was_edition_cancelled() for effect in effects)
        if not ended and not is_lowered:
            chosen._check_edition_not_shipped()
        if not is_all:
            effects &= ended.order_line.aftersales_edition_effect_id
        effects |= ended.order_line.aftersales_edition_effect_id
        if not effects:
            raise UserError(
                self.env._(
                    "%s: no new edition is to be sold any more. Reload the page.",
                    ", ".join(self.mapped("display_name")),
                )
            )
        return effects

    def action_open_refund_edition(self):
        """Ask why the reader gets the money instead and, where there are several, for which order."""
        return self.env["helpdesk.ticket"]._open_dialog(
            "aftersales.end.edition.wizard",
            self.env._("Refund Instead of the New Edition"),
            resolution_ids=self.ids,
        )

    def action_receive_difference(self, journal=None, orders=None, amount=None):
        """Book the difference that the reader paid outside of Odoo; the new edition is shipped.

        :param journal: ``account.journal`` that received the money; nothing where accounting has
            booked it already
        :param orders: ``sale.order`` that were paid; all that wait if left out
        :param amount: what was received for one order, in its currency; the difference if left
            out. Less than that is booked, and the rest awaited
        :raises UserError: when no difference is awaited
        """
        self._check_role("finance")
        resolutions = self.sudo()
        quotations = resolutions._get_edition_quotations()
        if orders is not None:
            quotations &= orders.sudo()
        resolutions._check_awaits_difference(quotations)
        if amount is not None and (len(quotations) > 1 or amount <= 0):
            raise UserError(
                self.env._(
                    "Orders %s: note what the reader paid order by order, above zero.",
                    ", ".join(quotations.mapped("name")),
                )
            )
        lock_and_touch(quotations.aftersales_refund_id)
        lock_and_touch(quotations)
        quotations._receive_difference(journal.sudo() if journal else journal, amount)
        resolutions.ticket_id._sync_phase()
        return True
