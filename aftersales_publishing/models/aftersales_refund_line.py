from odoo import api, fields, models

from .aftersales_refund import PENDING_STATES
from .aftersales_refund_allocation import CreditShare


class AftersalesRefundLine(models.Model):
    """Copies of one effect on one invoice line."""

    _name = "aftersales.refund.line"
    _inherit = ["aftersales.decision"]
    _description = "Refund Line"
    _order = "refund_id, id"
    _rec_name = "effect_id"

    refund_id = fields.Many2one("aftersales.refund", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="refund_id.company_id", store=True, precompute=True)
    effect_id = fields.Many2one("aftersales.effect", required=True, index=True, ondelete="restrict")
    product_id = fields.Many2one(related="effect_id.product_id", string="Title")
    lot_id = fields.Many2one(related="effect_id.lot_id", string="Print Run")
    invoice_line_id = fields.Many2one("account.move.line", index=True, ondelete="restrict")
    quantity = fields.Float(
        required=True, digits="Product Unit", help="Copies, in the product's unit."
    )
    # not rounded: a copy of a dozen is 0.08333…, and the shares must add up
    invoice_quantity = fields.Float(required=True, help="In the unit of the invoice line.")
    currency_id = fields.Many2one(related="refund_id.currency_id")
    amount_untaxed = fields.Monetary(required=True)
    amount = fields.Monetary(required=True, help="With tax, in the invoice's currency.")

    @api.depends("effect_id", "quantity")
    def _compute_display_name(self):
        for line in self:
            title = line.effect_id.line_id._get_title()
            line.display_name = f"{line.quantity:g} × {title}"
            if line._is_freight():
                line.display_name = self.env._("Return postage, %s", title)

    @api.model_create_multi
    def create(self, vals_list):
        """Add lines; an approval was for what was there."""
        lines = super().create(vals_list)
        lines._void_approvals()
        return lines

    def write(self, vals):
        """Change lines; an approval does not outlive a change of the amount (R6.8)."""
        result = super().write(vals)
        if vals.keys() & {"refund_id", "quantity", "invoice_quantity", "amount_untaxed", "amount"}:
            self._void_approvals()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_void_approvals(self):
        self._void_approvals()

    def _void_approvals(self):
        self.refund_id._void_approvals(self.env._("The amount changed."))

    def _do_cancel(self):
        """Take the lines out of refunds that others share and that are not posted yet.

        A refund is cancelled when none of its lines is left.
        """
        for refund, lines in self.grouped("refund_id").items():
            if refund.line_ids == lines or refund.decision not in PENDING_STATES:
                refund._do_cancel()
                continue
            approver = refund.approved_by_id
            refund._check_not_posted()
            refund._withdraw()
            lines.unlink()
            if not approver:
                refund._decide_by_limit()

    def _is_freight(self):
        """Whether the reader's return postage is reimbursed (R6.5)."""
        self.ensure_one()
        return self.effect_id.kind == "freight"

    def _get_taxes(self):
        """Return the taxes of what is credited; our own expense has none."""
        self.ensure_one()
        taxes = self.invoice_line_id.tax_ids
        return taxes.browse() if self.refund_id.is_expense else taxes

    def _get_origins(self):
        """Return what the lines pay back: invoice lines, or books of a case without an invoice."""
        return {line.invoice_line_id or line.effect_id.line_id for line in self}

    def _gives_goods_back(self):
        """Whether the copy came back, so that the order is lowered with the credit.

        A single volume of a set never lowers the order: the set was sold. Nor does a copy that a
        platform paid before it came (ADR 26).
        """
        self.ensure_one()
        effect = self.effect_id
        resolution = effect.resolution_id
        if effect.line_id.volume_id or resolution.paid_ahead:
            return False
        return resolution.remedy_id.takes_back

    def _reverses_sale(self):
        """Whether the sale itself is reversed: the copy came back, or was never sent."""
        self.ensure_one()
        remedy = self.effect_id.resolution_id.remedy_id
        return self._gives_goods_back() or remedy.concerns_undelivered

    def _counts_quantity(self):
        """Whether the copies are credited, not only an amount for them."""
        self.ensure_one()
        return self.effect_id._settles_copies() and not self.effect_id.line_id.volume_id

    def _get_share(self):
        """Return what the line takes of its invoice line, once it is posted."""
        self.ensure_one()
        effect = self.effect_id
        return CreditShare(
            self.invoice_line_id,
            self.quantity,
            self.invoice_quantity if effect._settles_copies() else 0.0,
            self.amount_untaxed,
            self.amount,
            effect.line_id.volume_id,
        )

    def _prepare_credit_line_vals(self):
        """Values of the credit line: the sale reversed, or an allowance (postings)."""
        self.ensure_one()
        origin = self.invoice_line_id
        vals = {
            "quantity": self.invoice_quantity,
            "tax_ids": [fields.Command.set(self._get_taxes().ids)],
            "analytic_distribution": origin.analytic_distribution,
            "aftersales_origin_line_id": origin.id,
            "aftersales_effect_id": self.effect_id.id,
        }
        if self._reverses_sale():
            return {
                **vals,
                "name": origin.name,
                "product_id": origin.product_id.id,
                "product_uom_id": origin.product_uom_id.id,
                "price_unit": origin.price_unit,
                "discount": origin.discount,
                "account_id": origin.account_id.id,
                "sale_line_ids": [fields.Command.set(origin.sale_line_ids.ids)],
            }
        if self._is_freight():
            return {**vals, **self._prepare_freight_vals()}
        allowance = self.company_id._get_aftersales_setting("aftersales_allowance_product_id")
        return {
            **vals,
            "name": self.env._(
                "Allowance, %(title)s (invoice %(invoice)s)",
                title=self.effect_id.line_id._get_title(),
                invoice=origin.move_id.name,
            ),
            "product_id": allowance.id,
            "product_uom_id": allowance.uom_id.id,
            "price_unit": self._get_exact_price(self.invoice_quantity),
            "aftersales_amount_only": not self._counts_quantity(),
        }

    def _prepare_freight_vals(self):
        """Values of return postage: taken off the postage invoiced, else an expense of ours."""
        self.ensure_one()
        product = self.company_id._get_aftersales_setting("aftersales_freight_product_id")
        vals = {
            "name": self.env._(
                "Return postage, %(title)s (case %(case)s)",
                title=self.effect_id.line_id._get_title(),
                case=self.refund_id.ticket_id.number,
            ),
            "product_id": product.id,
            "product_uom_id": product.uom_id.id,
            "price_unit": self._get_exact_price(self.invoice_quantity),
            "aftersales_amount_only": True,
        }
        if self.refund_id.is_expense:
            invoice = self.refund_id.invoice_id
            accounts = product.product_tmpl_id.with_company(self.company_id).get_product_accounts(
                invoice.fiscal_position_id
            )
            vals["aftersales_origin_line_id"] = False
            if accounts["expense"]:
                vals["account_id"] = accounts["expense"].id
        return vals

    def _get_exact_price(self, quantity):
        """Price per unit whose net amount is the line's, whichever of its taxes it includes."""
        self.ensure_one()
        million = self._get_taxes().compute_all(1e6, self.currency_id)
        return self.amount_untaxed * 1e6 / million["total_excluded"] / quantity
