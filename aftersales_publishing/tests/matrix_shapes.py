"""The generated matrix: every shape of sale, every remedy, every state of payment.

A :class:`Shape` varies one thing about a plain sale. A :class:`Combination` is one cell of the
product of all axes; nothing is picked by hand. Plain Python, no Odoo.
"""

from dataclasses import dataclass
from itertools import product

# Receipts before the sale, so that a sale crosses layers of cost: (run, copies, cost of a copy)
RECEIPTS = (("A", 2, 12.0), ("A", 38, 13.0), ("B", 40, 14.5))
LATER_RECEIPT = ("C", 40, 30.0)  # after the sale
STANDARD_COST = 13.0
OVERPAID = 10.0
RATE_AT_SALE, RATE_TODAY = 0.8, 0.9  # foreign currency per unit of the company's


@dataclass(frozen=True)
class Line:
    """One order line: quantity and price in its unit, and the copies of each run delivered."""

    quantity: float = 3.0
    price: float = 59.8
    discount: float = 0.0  # percent
    lots: tuple = (("A", 3),)


@dataclass(frozen=True)
class Shape:
    """A sale, as it differs from three delivered copies on one invoice."""

    code: str
    title: str
    lines: tuple = (Line(),)
    claims: tuple = ((0, "A", 2),)  # (order line, run, copies) complained of
    unit: int = 1  # copies in the order's unit
    taxes: tuple = ((9.0, False),)  # (percent, included in the price)
    foreign: bool = False
    order_discount: float = 0.0  # percent, as a line of its own
    down_payment: float = 0.0  # percent, invoiced and paid before
    deliveries: int = 1
    invoices: int = 1
    steps: str = "one"  # one, two, three: steps of the house, in and out
    other_house: bool = False
    locked: bool = False
    tracked: bool = True
    archived: str = ""  # product or customer, after the sale

    @property
    def is_free(self):
        """Whether the copies were given free."""
        return not any(line.price * (100.0 - line.discount) for line in self.lines)


SHAPES = (
    Shape("plain", "three copies"),
    Shape("line_discount", "discount of 15 % on the line", (Line(discount=15.0),)),
    Shape("order_discount", "discount of 10 % on the order", order_discount=10.0),
    Shape("two_taxes", "two taxes", taxes=((9.0, False), (3.0, False))),
    Shape("tax_included", "tax included in the price", taxes=((9.0, True),)),
    Shape("dozen", "a dozen", (Line(1.0, 94.94, 0.0, (("A", 12),)),), ((0, "A", 5),), unit=12),
    Shape("foreign", "another currency, its rate moved", foreign=True),
    Shape(
        "two_runs",
        "two print runs in one delivery",
        (Line(lots=(("A", 2), ("B", 1))),),
        ((0, "A", 1), (0, "B", 1)),
    ),
    Shape(
        "two_deliveries",
        "two deliveries, one invoice",
        (Line(lots=(("A", 1), ("B", 2))),),
        ((0, "A", 1), (0, "B", 1)),
        deliveries=2,
    ),
    Shape(
        "two_invoices",
        "two deliveries, an invoice each",
        (Line(lots=(("A", 1), ("B", 2))),),
        ((0, "A", 1), (0, "B", 1)),
        deliveries=2,
        invoices=2,
    ),
    Shape(
        "two_lines",
        "two lines of one title at two prices",
        (Line(2.0, 59.8, 0.0, (("A", 2),)), Line(2.0, 49.9, 5.0, (("B", 2),))),
        ((0, "A", 1), (1, "B", 1)),
    ),
    Shape("down_payment", "down payment of 20 %", down_payment=20.0),
    Shape("locked", "locked order", locked=True),
    Shape("free", "copies given free", (Line(price=0.0),)),
    Shape("untracked", "title without print runs", tracked=False),
    Shape("two_steps", "house of two steps in and out", steps="two"),
    Shape("three_steps", "house of three steps in and out", steps="three"),
    Shape("other_house", "delivered from another house", other_house=True),
    Shape("archived_product", "title archived since", archived="product"),
    Shape("archived_customer", "customer archived since", archived="customer"),
)
POLICIES = ("delivery", "order")
REMEDIES = ("exchange", "advance_exchange", "return_refund", "refund_only", "compensation")
COMPENSATION = 30.0  # percent of what was paid
PAYMENTS = ("unpaid", "partly", "paid", "overpaid")

# How else a case may run, of the plain sale: where the copy was bought, who pays the reader
WITHOUT_MONEY = (
    "reship",
    "refusal",
    "guidance",
    "ebook",
    "new_code",
    "send_pages",
    "send_errata",
    "send_extra",
    "gift",
    "repair",
)
REST = ("cancel_rest", "cancel_refund", "urge")  # of what was not sent yet
EDITIONS = {"new_edition": 70.0, "cheap_edition": 49.8}  # price of the new edition, without tax
LATER_ORDERS = ("store_credit", "coupon")  # what the reader gets is for the next order
ORIGINS = {
    "order": ("freight", *WITHOUT_MONEY, *EDITIONS, *LATER_ORDERS, *REST),
    "account": ("return_refund", "refund_only", "compensation", "freight", *EDITIONS),
    "platform": ("return_refund", "refund_only", "compensation", "freight", "new_edition"),
    "platform_first": ("return_refund", "refund_only"),
    "provider": ("return_refund", "refund_only", "compensation"),
    "elsewhere": (*REMEDIES, "freight", *WITHOUT_MONEY, "new_edition", *LATER_ORDERS),
    "undelivered": (
        *REST,
        "exchange",
        "return_refund",
        "refund_only",
        "compensation",
        "reship",
        "repair",
        "new_edition",
        "ebook",
        "send_pages",
        "guidance",
        "store_credit",
    ),
}
NEEDS = dict.fromkeys(LATER_ORDERS, "aftersales_publishing_loyalty") | {"provider": "payment_demo"}
WAYS = tuple((origin, remedy) for origin, remedies in ORIGINS.items() for remedy in remedies)
POSTAGE = 12.0  # what the reader paid for the way back
PRINTED_PRICE = 60.0  # on the copyright page, of what was bought elsewhere
PAGES_COST = 0.8  # of the pages printed anew, the extra or the gift for a copy
STORE_CREDIT = 20.0


@dataclass(frozen=True)
class Combination:
    """One cell of the matrix."""

    shape: Shape
    policy: str
    remedy: str
    payment: str
    origin: str = "order"

    @property
    def name(self):
        """The cell in words."""
        origin = "" if self.origin == "order" else f" ({self.origin})"
        return f"{self.shape.title}, policy {self.policy}, {self.remedy}{origin}, {self.payment}"

    @property
    def is_elsewhere(self):
        """Whether the reader bought the copy in a shop; somebody else is the order's customer."""
        return self.origin == "elsewhere"

    @property
    def is_undelivered(self):
        """Whether the copies wait to be sent while the case is decided."""
        return self.origin == "undelivered"

    @property
    def is_invoiced(self):
        """Whether there is an invoice when the case is opened."""
        return not self.is_undelivered or self.policy == "order"

    @property
    def needed_module(self):
        """The module without which there is no such cell, if any."""
        return NEEDS.get(self.origin) or NEEDS.get(self.remedy)


def get_combinations(part=0, parts=1):
    """Return every ``parts``-th cell; all parts together are the whole matrix.

    The cells are dealt out along diagonals, so that each part has every pair of values of two axes
    as evenly as possible.
    """
    axes = (SHAPES, POLICIES, REMEDIES, PAYMENTS)
    return [
        Combination(*(values[i] for values, i in zip(axes, cell, strict=True)))
        for cell in product(*(range(len(values)) for values in axes))
        if (cell[0] + 3 * cell[1] + cell[2] + 2 * cell[3] + cell[3] // 2) % parts == part
    ]


def get_ways(part=0, parts=1):
    """Return every ``parts``-th cell of the plain sale's other ways; see :func:`get_combinations`.

    What is invoiced on delivery cannot be paid before: such a cell there is once.
    """
    axes = (WAYS, POLICIES, PAYMENTS[:3])
    cells = [
        Combination(SHAPES[0], POLICIES[policy], WAYS[way][1], PAYMENTS[payment], WAYS[way][0])
        for way, policy, payment in product(*(range(len(values)) for values in axes))
        if (way + 7 * policy + 3 * payment) % parts == part
    ]
    return [cell for cell in cells if cell.is_invoiced or cell.payment == "unpaid"]
