"""Which ways of the matrix are refused, in which words, and why. Plain Python, no Odoo."""

from typing import NamedTuple

from .matrix_shapes import REST


class Refusal(NamedTuple):
    """``pattern`` is found in the message that the agent reads, ``why`` stands in the guide."""

    pattern: str
    why: str


NOT_SENT = Refusal("needs the delivery of", "nothing was delivered")
NOTHING_OF_IT = Refusal("was not sent yet, so nothing of it", "nothing was delivered")
REFUSALS = {
    **{
        ("order", remedy): Refusal("is for copies that were not sent yet", "the copies were sent")
        for remedy in REST
    },
    ("platform", "new_edition"): Refusal(
        "was bought on a platform, which took the money", "the platform has the money"
    ),
    ("elsewhere", "compensation"): Refusal(
        "is a part of what was paid to us", "nothing was paid to the house"
    ),
    ("elsewhere", "reship"): Refusal(
        "no parcel of ours got lost", "no parcel of the house got lost"
    ),
    ("elsewhere", "new_edition"): Refusal(
        "was not bought in one. Exchange it instead", "nothing was paid to the house"
    ),
    **{
        ("undelivered", remedy): NOT_SENT
        for remedy in (
            "exchange",
            "return_refund",
            "refund_only",
            "compensation",
            "reship",
            "repair",
            "new_edition",
        )
    },
    ("undelivered", "ebook"): NOTHING_OF_IT,
    ("undelivered", "send_pages"): NOTHING_OF_IT,
    ("undelivered", "cancel_rest", "order"): Refusal(
        "is invoiced already, also the copies that are to be cancelled",
        "invoiced, to be refunded too",
    ),
    ("undelivered", "cancel_refund", "delivery"): Refusal(
        "was not invoiced yet", "not invoiced, nothing to refund"
    ),
}


def get_refusal(combination):
    """Return why a way is refused, if it is."""
    way = combination.origin, combination.remedy
    return REFUSALS.get(way) or REFUSALS.get((*way, combination.policy))
