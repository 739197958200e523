"""Is a print run worse than its printer usually is? A sequential test on counts (R4.3).

The question is asked again after every inspection, so an ordinary test at 1 % would sooner or later
accuse every run. Wald's sequential probability ratio test is made for that (A. Wald, *Sequential
Analysis*, 1947, chapter 3). With ``k`` defective copies among ``n`` sold, the usual rate ``p0`` and
the rate ``p1 = ratio * p0`` of a bad run, the evidence is the logarithm of how much better "bad"
explains the copies than "usual":

    evidence(k, n) = k * ln(p1 / p0) + (n - k) * ln((1 - p1) / (1 - p0))

Only "bad" is ever decided (a run is never declared good), when the evidence reaches ``ln(1 / alpha)``.
Of runs at the usual rate at most the share ``alpha`` ever gets there, however often and whenever one
looks: the likelihood ratio is a martingale with mean 1 (J. Ville, *Étude critique de la notion de
collectif*, 1939; H. Robbins, *Statistical methods related to the law of the iterated logarithm*,
1970). Copies whose defect is not found yet count as sound, as do those that came back unread or
sound; that delays an alarm, never makes one.

>>> round(evidence(5, 1000, 0.005, 5), 2)  # as many as usual: speaks for the run
-12.16
>>> round(evidence(14, 500, 0.005, 5), 2)
12.66
>>> judge(14, 500, 0.005).level
'alarm'
"""

from math import exp, log
from typing import NamedTuple

# The share of usual runs that ever reaches a level, at most; the gravest level last
LEVELS = {"warning": 1 / 200, "alarm": 1 / 10_000}
# A printer's own rate is mixed with the house's, as if so many copies had been seen at that rate
PRIOR_COPIES = 2000
# Rates outside make no sense as a base: nobody prints without any defect, or one book in ten wrong
LOWEST, HIGHEST = 0.0005, 0.1
MOST_ODDS = 1_000_000


class Judgement(NamedTuple):
    """What the figures of a run say.

    ``level``: ``warning``, ``alarm`` or None; ``odds``: of runs at the usual rate fewer than one in
    so many ever looks as bad; ``above_limit``: the rate is above the fixed limit
    """

    level: str | None
    odds: int
    above_limit: bool


def evidence(defective: float, exposed: float, base: float, ratio: float) -> float:
    """Return the logarithm of the likelihood ratio of "bad" against "usual".

    >>> evidence(0, 0, 0.005, 5)
    0.0
    >>> evidence(0, 100, 0.005, 5) < 0
    True
    """
    bad = min(base * ratio, 0.5)
    sound = max(exposed - defective, 0.0)
    return defective * log(bad / base) + sound * log((1 - bad) / (1 - base))


def judge(
    defective: float, exposed: float, base: float, ratio: float = 5.0, limit: float = 0.0
) -> Judgement:
    """Judge a run by its confirmed defective copies.

    :param defective: confirmed defective copies
    :param exposed: copies among which they were found
    :param base: the usual rate, a share of 1
    :param ratio: how many times as many a bad run has; above 1
    :param limit: a fixed limit, a share of 1; 0 for none. It takes four copies at least, as chance
        alone does at the usual ratio: one copy of the first ten sold is no bad run.

    >>> judge(3, 3, 0.005).level is None  # three copies never are enough
    True
    >>> judge(4, 20, 0.005)
    Judgement(level='warning', odds=451, above_limit=False)
    >>> judge(4, 100, 0.05, limit=0.03).above_limit
    True
    """
    found = evidence(defective, exposed, base, ratio)
    reached = [level for level, share in LEVELS.items() if found >= log(1 / share)]
    return Judgement(
        reached[-1] if reached else None,
        int(exp(min(max(found, 0.0), log(MOST_ODDS)))),
        bool(limit) and defective >= 4 and exposed > 0 and defective / exposed > limit,
    )


def usual_rate(defective: float, exposed: float, house_rate: float) -> float:
    """Return a printer's own rate of defects, from the copies of other runs.

    A few copies tell little: the rate moves from the house's to the printer's own as they become
    many (the mean of a beta distribution that begins with ``PRIOR_COPIES`` at the house's rate).

    >>> usual_rate(0, 0, 0.005)
    0.005
    >>> round(usual_rate(160, 8000, 0.005), 4)
    0.017
    >>> usual_rate(0, 1_000_000, 0.005)  # never below what makes sense
    0.0005
    """
    rate = (defective + house_rate * PRIOR_COPIES) / (max(exposed, 0.0) + PRIOR_COPIES)
    return min(max(rate, LOWEST), HIGHEST)
