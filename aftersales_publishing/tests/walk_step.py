from dataclasses import dataclass
from functools import wraps

STEPS = {}  # name: Step


@dataclass(frozen=True)
class Step:
    """What somebody may do in a walk.

    :param needs: name of the method of the walk that returns what the step is about, if anything
    :param weight: how often it is chosen, compared with others
    :param by_hand: done in Odoo's own screens, to orders that were not touched before
    :param may_exceed: may bring back, credit or unreserve what our verbs may not (I1, I5, R4)
    """

    name: str
    method: object
    needs: str
    weight: int
    by_hand: bool
    may_exceed: bool


def step(needs, weight=1, by_hand=False, may_exceed=False):
    """Make a method a step of a walk: see :class:`Step`.

    The method takes what the step needs and returns the orders that it may change, if any.
    """

    def register(method):
        this = Step(method.__name__, method, needs, weight, by_hand, by_hand or may_exceed)
        STEPS[this.name] = this

        @wraps(method)
        def walk_on(self, **choices):
            return self._do(this, choices)

        return walk_on

    return register
