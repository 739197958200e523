"""What the desks prepare for the matrix where the reader gets something for the next order (R6.1)."""

from .later_orders import create_ten_off, offer_gift_cards
from .matrix_books import money
from .matrix_shapes import LATER_ORDERS


class MatrixLaterOrders:
    """Mixed into the matrix: store credit and coupons, where loyalty is installed."""

    def _prepare_later_orders(self):
        """A program of gift cards, and a coupon that agents may give."""
        sales = self._get_sales(*self.origins, remedy=LATER_ORDERS)
        if not sales:
            return
        for sale in sales:
            sale.reader.email = "reader@matrix.example"
        offer_gift_cards(self.company)
        create_ten_off(self.env).with_user(self.manager).action_offer_in_aftersales()

    def _compare_later_orders(self, sale, books):
        """The reader has one card, worth what was agreed."""
        if sale.combination.remedy not in LATER_ORDERS:
            return
        cards = sale.ticket.sudo().effect_ids.loyalty_card_ids
        self._differ(sale, "cards", (len(cards), cards.partner_id), (1, sale.reader))
        if sale.combination.remedy == "store_credit":
            worth = money(sum(cards.mapped("points")))
            self._differ(sale, "store credit", worth, books.get_store_credit())
