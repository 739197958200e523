"""The table of the matrix for the guide, from the same plain Python that the tests compare with."""

from .matrix_books import Books
from .matrix_shapes import (
    EDITIONS,
    PAGES_COST,
    POSTAGE,
    PRINTED_PRICE,
    SHAPES,
    STORE_CREDIT,
    WAYS,
    Combination,
)
from .matrix_way_books import WayBooks

HEADER = """# What is posted for which sale

Made from the generated matrix that the tests compare Odoo with, figure by figure
(`aftersales_publishing/tests/matrix_shapes.py` and `matrix_books.py`). Every shape of sale below is
sold under both invoice policies; then copies are exchanged, exchanged in advance, taken back and
refunded, refunded without return, or kept for 30 % of the price; on an unpaid, partly paid, paid and overpaid invoice; at
standard, average, first-in-first-out cost and cost by print run.

- An exchange, finished or under way, leaves the order as it was.
- A refund is set off against what is open on the invoice; the rest is paid out.
- A compensation leaves order, stock and cost as they were.
- Copies given free are exchanged, never refunded.

“Left” is ordered = delivered = invoiced after return and refund, with nothing to invoice. Amounts
are in the currency of the invoice; cost is by average, in the company's currency.

| Sale | Invoiced | Copies back | Refund | of it tax | Cost reversed | Left | Paid out: partly paid | paid | 30 % compensation |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
"""
WAYS_HEADER = f"""
## Other ways

Three copies at 59.80 and 9 % tax, two of them complained of; again under both invoice policies, on
an unpaid, partly paid and paid invoice, with every cost method. Postage is {POSTAGE:.2f}, the price
printed on the page {PRINTED_PRICE:.2f}; pages printed anew, an extra or a gift cost {PAGES_COST:.2f} a copy.

- *On account*: finance keeps the credit on the customer's account, nothing is paid out.
- *Platform*: it paid the reader, and the payout is booked on its clearing account. What an open
  invoice has taken already cannot be recorded as paid once more.
- *Platform, before the return*: the credit is an allowance; the order stays as it is when the copies
  come.
- *Provider*: the customer paid online, and the money goes back through the payment provider.
- *Elsewhere*: nobody's order changes, whatever is open on it. Copies come back without value,
  what goes out is a cost. Return postage is only noted: no invoice names who is credited.
- *Not sent yet*: three copies wait to be sent, and the case is about two of them; what is left is sent
  in the end. “Paid out” is for what is invoiced as ordered.
- *New edition*: what the credit leaves after the open invoice pays for it, the reader pays the rest.
- What costs the reader nothing and pays nothing back is posted alike, whoever was paid.

“Refused” is a message that names the case and says what to do instead.

| Bought, paid by | Remedy | Left of the order | Copies back | Copies out | Credited | Paid out: unpaid | partly | paid |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
"""
NAMES = {
    "order": "here, bank",
    "account": "here, on account",
    "platform": "here, platform",
    "platform_first": "here, platform before the return",
    "provider": "here, payment provider",
    "elsewhere": "elsewhere, bank",
    "undelivered": "here, not sent yet",
}
INVOICED = {"order": "as ordered", "delivery": "on delivery"}
REMEDIES = {
    "exchange": "exchange",
    "advance_exchange": "exchange in advance",
    "return_refund": "return and refund",
    "refund_only": "refund without return",
    "compensation": "30 % compensation",
    "freight": "exchange, postage reimbursed",
    "reship": "sent again",
    "refusal": "refused",
    "guidance": "guidance",
    "ebook": "e-book",
    "new_code": "new access code",
    "send_pages": "pages",
    "send_errata": "errata sheet",
    "send_extra": "extra",
    "gift": "gift",
    "repair": "repair",
    "new_edition": f"new edition at {EDITIONS['new_edition']:.2f}",
    "cheap_edition": f"new edition at {EDITIONS['cheap_edition']:.2f}",
    "store_credit": f"store credit of {STORE_CREDIT:.2f}",
    "coupon": "coupon",
    "cancel_rest": "the rest cancelled",
    "cancel_refund": "the rest cancelled and refunded",
    "urge": "delivery urged",
}


def render():
    """Return the page as Markdown."""
    rows = [HEADER, *map(_render_row, SHAPES), WAYS_HEADER, *(_render_way(*way) for way in WAYS)]
    return "".join(rows)


def _render_way(origin, remedy):
    policies = ("order", "delivery") if origin == "undelivered" else ("delivery",)
    rows = {policy: _render_cells(origin, remedy, policy) for policy in policies}
    if rows[policies[0]][1:] == rows[policies[-1]][1:]:
        return _render_line(NAMES[origin], rows[policies[0]])
    return "".join(
        _render_line(f"{NAMES[origin]}, invoiced {INVOICED[policy]}", cells)
        for policy, cells in rows.items()
    )


def _render_line(name, cells):
    return "| " + " | ".join(map(str, (name, *cells))) + " |\n"


def _render_cells(origin, remedy, policy):
    unpaid, partly, paid = (
        WayBooks(Combination(SHAPES[0], policy, remedy, payment, origin), "average")
        for payment in ("unpaid", "partly", "paid")
    )
    if paid.is_refused:
        return [REMEDIES[remedy], f"refused: {paid.refusal.why}", *["–"] * 6]
    back = sum(count for _shelf, count in paid.get_stock().values())
    credited = sum(gross for _net, gross in paid.get_credits())
    return [
        REMEDIES[remedy],
        *(f"{line[0]:.2f}" for line in paid.get_order_lines()),
        back + paid.get_without_value() + (paid.claimed if remedy == "repair" else 0),
        paid.get_sent(),
        credited or "–",
        *(_render_payout(books) for books in (unpaid, partly, paid)),
    ]


def _render_payout(books):
    if difference := books.get_difference():
        return f"reader pays {difference}"
    return sum(books.get_payouts()) or "–"


def _render_row(shape):
    paid, partly = (
        Books(Combination(shape, "delivery", "return_refund", payment), "average")
        for payment in ("paid", "partly")
    )
    invoiced = sum(invoice.total + invoice.deducted for invoice in paid.invoices)
    cells = [shape.title, invoiced, paid.claimed]
    if paid.is_refused:
        cells += ["refused: given free"] + ["–"] * 6
    else:
        net, gross = (sum(amounts) for amounts in zip(*paid.get_credits(), strict=True))
        left = ", ".join(f"{line[0]:.2f}" for line in paid.get_order_lines())
        cost = paid.get_ledger()["stock"]
        cells += [gross, gross - net, f"{cost:.2f}", left]
        cells += [sum(partly.get_payouts()), sum(paid.get_payouts())]
        kept = Books(Combination(shape, "delivery", "compensation", "paid"), "average")
        cells.append(sum(gross for _net, gross in kept.get_credits()))
    return "| " + " | ".join(map(str, cells)) + " |\n"
