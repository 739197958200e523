from odoo import models
from odoo.exceptions import UserError


class StockMove(models.Model):
    """Copies that a reader bought elsewhere: they bring no value and no more than was named (R1.2)."""

    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        self._check_bought_elsewhere()
        return super()._action_done(cancel_backorder=cancel_backorder)

    def _check_bought_elsewhere(self):
        """Refuse to receive more copies than the case names: nobody knows what the others are.

        :raises UserError: naming the transfer, the case and where the other copies are noted
        """
        returns = self.sudo().filtered(
            lambda move: (
                move.aftersales_effect_id.kind == "return"
                and move.aftersales_effect_id.line_id.bought_elsewhere
                and move.state not in ("done", "cancel")
            )
        )
        for effect, moves in returns.grouped("aftersales_effect_id").items():
            came = effect._get_return_done()
            more = sum(
                move.product_uom._compute_quantity(move.quantity, move.product_id.uom_id)
                for move in moves
            )
            if effect._compare(came + more, effect.quantity) > 0:
                raise UserError(
                    self.env._(
                        "%(transfer)s: case %(case)s is about %(quantity)g copies of “%(title)s” "
                        "that the reader bought elsewhere, %(came)g are counted. Receive "
                        "%(quantity)g, and note the others at the returns table as unexpected.",
                        transfer=", ".join(moves.picking_id.mapped("name")),
                        case=effect.ticket_id.number,
                        quantity=effect.quantity,
                        title=effect.line_id._get_title(),
                        came=came + more,
                    )
                )

    def _get_value_from_returns(self, quantity, at_date=None):
        """Let a copy from elsewhere enter the books at nothing.

        At standard cost Odoo values every copy alike: there the cost of after-sales service gets
        back what the copy is worth (see ``stock.location._get_aftersales_without_value``).
        """
        if self.location_id.aftersales_without_value and self.product_id.cost_method != "standard":
            description = self.env._("A copy that the reader bought elsewhere: no gain")
            return {"value": 0.0, "quantity": quantity, "description": description}
        return super()._get_value_from_returns(quantity, at_date=at_date)

    def _should_create_account_move(self):
        """Without value there is nothing to book."""
        nothing = self.location_id.aftersales_without_value and not self.value
        return super()._should_create_account_move() and not nothing
