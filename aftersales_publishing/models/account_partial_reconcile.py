from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ..locking import touch


class AccountPartialReconcile(models.Model):
    """What a new edition takes of a credit note is matched with nothing else (ADR 33)."""

    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        partials._check_credit_is_held()
        partials._get_edition_refunds()._follow_editions()
        return partials

    def unlink(self):
        refunds = self._get_edition_refunds()
        result = super().unlink()
        refunds._follow_editions()
        return result

    def _get_edition_refunds(self):
        """Return the refunds that are set off against an order of which these pay an invoice."""
        invoices = self.sudo().debit_move_id.move_id.filtered(
            lambda move: move.move_type == "out_invoice"
        )
        if not invoices:
            return self.env["aftersales.refund"]
        # one query, whatever is matched: hardly any invoice is of a new edition
        orders = self.env["sale.order"].sudo()
        return orders.search(
            [
                ("aftersales_refund_id", "!=", False),
                ("order_line.invoice_lines.move_id", "in", invoices.ids),
            ]
        ).aftersales_refund_id

    def _check_credit_is_held(self):
        """Refuse to pay out, or use otherwise, what an order that lives takes; whoever does it.

        :raises UserError: naming refund, order and what can be paid
        """
        notes = self.sudo().credit_move_id.move_id.filtered(lambda m: m.move_type == "out_refund")
        refunds = notes.aftersales_refund_ids.filtered("for_edition")
        if not refunds:
            return
        touch(refunds)
        for refund in refunds:
            used = self.sudo().filtered(
                lambda p, note=refund.credit_note_id: p.credit_move_id.move_id == note
            )
            own = used.debit_move_id.move_id._get_edition_orders()
            live = refund._get_live_editions() - own
            held = sum(order._get_credit_to_set_off() for order in live)
            note = refund.credit_note_id
            if note.currency_id.compare_amounts(note.amount_residual, held) < 0:
                raise UserError(
                    self.env._(
                        "Refund %(refund)s of case %(case)s: %(held)s of credit note %(note)s are set "
                        "off against the new edition (order %(orders)s), only the rest can be paid "
                        "out or used otherwise. Have the agent end that sale first (“Refund Instead” "
                        "on the case).",
                        refund=refund.number,
                        case=refund.ticket_id.number,
                        held=format_amount(self.env, held, note.currency_id),
                        note=note.name,
                        orders=", ".join(live.mapped("name")),
                    )
                )
