"""The table of the matrix for the guide, from the same plain Python that the tests compare with."""

from .matrix_books import Books
from .matrix_shapes import SHAPES, Combination

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


def render():
    """Return the page as Markdown."""
    return HEADER + "".join(_render_row(shape) for shape in SHAPES)


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
