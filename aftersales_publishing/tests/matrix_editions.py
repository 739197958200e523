"""What the desks do for the matrix where the reader takes the new edition (R6.1)."""

from .matrix_books import money
from .matrix_shapes import EDITIONS

EDITION_COST = 15.0
EDITION_COPIES = 200


class MatrixEditions:
    """Mixed into the matrix: titles that came out anew, dearer or cheaper than before."""

    def _prepare_editions(self):
        """Print the new editions; one title for each price and invoice policy."""
        sales = self._get_sales(*self.origins, remedy=EDITIONS)
        editions = {}
        for sale in sales:
            cell = sale.combination
            key = EDITIONS[cell.remedy], cell.policy
            if key not in editions:
                editions[key] = self._buy(
                    f"New Edition {key}",
                    sale,
                    EDITION_COST,
                    EDITION_COPIES,
                    list_price=EDITIONS[cell.remedy],
                    invoice_policy=cell.policy,
                    taxes_id=sale.product.taxes_id.ids,
                )
        self.env["aftersales.next.edition"].create(
            [
                {
                    "product_id": sale.product.id,
                    "next_product_id": editions[
                        EDITIONS[sale.combination.remedy], sale.combination.policy
                    ].id,
                }
                for sale in sales
            ]
        )

    def _sell_editions(self, resolutions):
        """Finance books the differences, the warehouse ships, the orders are invoiced."""
        resolutions = resolutions.filtered("remedy_id.sells_edition")
        if not resolutions:
            return
        awaiting = resolutions.filtered(lambda r: r.sudo()._get_edition_quotations())
        if awaiting:
            awaiting.with_user(self.finance).action_receive_difference(self.world.bank)
        self._end_of_request()
        orders = self.env["sale.order"].browse(resolutions.sudo().edition_order_ids.ids)
        self._validate(orders.picking_ids.with_user(self.warehouse))
        invoices = orders._create_invoices()
        invoices.invoice_date = self.world.sold_on
        invoices.action_post()
        self._end_of_request()

    def _compare_edition(self, sale, books):
        order = sale.ticket.sudo().refund_ids.edition_order_ids
        line, invoice = order.order_line, order.invoice_ids
        copies = money(books.claimed if books.edition_price else 0)
        found = [money(line[name]) for name in ("product_uom_qty", "qty_delivered", "qty_invoiced")]
        self._differ(sale, "order of the new edition", found, [copies] * 3)
        self._differ(sale, "edition, left to invoice", money(line.qty_to_invoice), money(0))
        found = tuple(map(money, (order.amount_total, order.aftersales_credit)))
        self._differ(
            sale, "edition (price, set off)", found, (books.edition_price, books.get_set_off())
        )
        found = money(sum(order.aftersales_payment_ids.mapped("amount")))
        self._differ(sale, "edition, difference paid", found, money(books.get_difference()))
        self._differ(
            sale, "edition, still due", money(sum(invoice.mapped("amount_residual"))), money(0)
        )
