"""Apportioning money so that the parts add up."""

from math import floor


def apportion(amount, weights, rounding=0.01):
    """Divide ``amount`` in proportion to ``weights``; the parts add up to it.

    Each part is a multiple of ``rounding``, the unit of the currency; the units that rounding
    leaves go to the parts that lost most, the first of equals first (largest remainders).

    :param amount: in the currency, may be negative
    :param weights: numbers of one sign, at least one of them not zero (unless there are none)
    :return: a part per weight, in their order

    >>> apportion(10, [1, 1, 1])
    [3.34, 3.33, 3.33]
    >>> apportion(-17.94, [119.6, 59.8])
    [-11.96, -5.98]
    >>> apportion(100, [1, 2], rounding=1.0)
    [33.0, 67.0]
    >>> apportion(5, [])
    []
    """
    total = sum(weights)
    units = round(abs(amount) / rounding)
    exact = [units * weight / total for weight in weights]
    parts = [floor(part + 1e-9) for part in exact]
    losers = sorted(range(len(parts)), key=lambda i: parts[i] - exact[i])
    for i in losers[: units - sum(parts)]:
        parts[i] += 1
    sign = -1 if amount < 0 else 1
    return [sign * round(part * rounding, 6) for part in parts]
