"""The guards of the add-on, each to be taken away for a moment: does a walk notice?"""

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from unittest.mock import patch


@dataclass(frozen=True)
class Guard:
    """Methods that forbid or prevent something.

    :param methods: ``(model, method)``; several where one stands behind the other
    :param returns: what they return when they are taken away
    :param instead: or the function that replaces them; it is given the original
    """

    methods: tuple
    returns: object = None
    instead: object = None


def _return_to_refund(original):
    return lambda effect, picking: {**original(effect, picking), "to_refund": True}


GUARDS = {
    "claimable copies": Guard((("aftersales.resolution", "_get_claim_problems"),), returns=[]),
    "claimable again": Guard((("aftersales.effect", "_check_still_claimable"),)),
    "safe stock": Guard(
        (
            ("aftersales.resolution", "_get_stock_problems"),
            ("aftersales.effect", "_check_reserved"),
        ),
        returns=[],
    ),
    "safe reservation": Guard(
        (("stock.move", "_with_avoided_lots"), ("aftersales.effect", "_check_safe_stock")),
        instead=lambda original: lambda records: records,
    ),
    "avoided print runs": Guard((("stock.move.line", "_check_avoided_lots"),)),
    "inspection first": Guard(
        (("aftersales.effect", "_get_released_quantity"),),
        instead=lambda original: lambda effect: effect.quantity,
    ),
    "exchange leaves the order": Guard(
        (("aftersales.effect", "_prepare_return_move_vals"),), instead=_return_to_refund
    ),
    "invoiced first": Guard(
        (
            ("aftersales.resolution", "_get_credit_problems"),
            ("aftersales.resolution", "_set_estimated_amount"),
        ),
        returns=[],
    ),
    "pending refunds": Guard((("aftersales.refund", "_count_pending"),)),
    "creditable": Guard((("aftersales.refund", "_check_creditable"),)),
    "approval": Guard(
        (("aftersales.refund", "_check_postable"), ("account.move", "_check_aftersales_approved"))
    ),
    "lowered orders": Guard((("aftersales.refund", "_change_orders"),)),
    "reset credit notes": Guard((("aftersales.refund", "_cancel_draft_notes"),)),
    "void payments": Guard(
        (("aftersales.refund", "_get_void_payments"),),
        instead=lambda original: lambda refunds: refunds.payment_ids.browse(),
    ),
    "posted refunds": Guard((("aftersales.refund", "_check_not_posted"),)),
    "nothing done": Guard((("aftersales.resolution", "_check_nothing_done"),)),
    "copies at hand": Guard((("aftersales.inspection", "_check_at_hand"),)),
}


@contextmanager
def taken_away(registry, name):
    """Do without a guard."""
    guard = GUARDS[name]
    with ExitStack() as stack:
        for model, method in guard.methods:
            if guard.instead:
                replacement = guard.instead(getattr(registry[model], method))
            else:
                replacement = lambda *args, **kwargs: guard.returns  # noqa: E731
            stack.enter_context(patch.object(registry[model], method, replacement))
        yield
