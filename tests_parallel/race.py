"""Two steps against each other.

*Late*: the second transaction takes its snapshot before the first commits and acts after it, which
is where a lock alone would let both through. *Together*: both start at the same time, in threads.
Each is repeated as Odoo repeats a request that meets a serialization failure.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from odoo.exceptions import UserError
from odoo.service.model import retrying


class Race:
    """Run two steps in one of the modes.

    A step is a pair of a desk and a function of an environment. The outcome of a step is ``""``
    when it was done, or the message with which it was refused; everything else is raised.
    """

    def __init__(self, house, mode):
        self.house = house
        self.mode = mode

    def __call__(self, first, second):
        """Return the outcomes of both, in the order given."""
        if self.mode == "together":
            return self._together(first, second)
        if self.mode == "swapped":
            return tuple(reversed(self._late(second, first)))
        return self._late(first, second)

    def _late(self, first, second):
        early = []
        late = _outcome(
            partial(self._act_late, partial(self._append_outcome, early, first), second)
        )
        return *early, late

    def _act_late(self, first, second):
        desk, step = second
        with self.house.registry.cursor() as cr:
            env = self.house.environment(cr, desk)
            cr.execute("SELECT 1")  # its snapshot is taken here
            first()
            retrying(partial(step, env), env)

    def _append_outcome(self, outcomes, step):
        outcomes.append(_outcome(partial(self.house.work, *step)))

    def _together(self, first, second):
        start = threading.Barrier(2)

        def run(desk, step):
            start.wait()
            return _outcome(partial(self.house.work, desk, step))

        with ThreadPoolExecutor(2) as pool:
            running = [pool.submit(run, *step) for step in (first, second)]
            return tuple(future.result() for future in running)


def _outcome(act):
    try:
        act()
    except UserError as error:
        return str(error)
    return ""
