from collections import Counter

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from odoo.tests import tagged

from .walk import Walk
from .walk_house import WalkHouse

SUITE = {"max_examples": 12, "stateful_step_count": 20, "derandomize": True}


@tagged("post_install", "-at_install")
class TestWalks(WalkHouse):
    """All desks do what they like, in any order, natively too: no invariant breaks."""

    options = SUITE

    def test_random_walks(self):
        counts = Counter()
        run_state_machine_as_test(
            self._make_machine(counts),
            settings=settings(
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                phases=(Phase.generate, Phase.shrink),
                **self.options,
            ),
        )
        self.counts = counts

    def _make_machine(self, counts):
        """Return a machine whose examples are walks, each undone at its end."""
        house, env = self, self.env

        class Machine(RuleBasedStateMachine):
            def __init__(self):
                super().__init__()
                self.savepoint = env.cr.savepoint(flush=True)
                self.walk = Walk(house)

            @rule(data=st.data())
            def go_on(self, data):
                self.walk.draw = lambda label, count: data.draw(st.integers(0, count - 1), label)
                name = data.draw(st.sampled_from(self.walk.get_possible()), "step")
                getattr(self.walk, name)()

            def teardown(self):
                try:
                    self.walk.check_at_rest()
                finally:
                    counts.update(self.walk.counts)
                    env.cr.precommit.clear()
                    env.cr.postcommit.clear()
                    self.savepoint.close(rollback=True)
                    env.invalidate_all(flush=False)

        return Machine
