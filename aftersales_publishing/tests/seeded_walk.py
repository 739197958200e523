from random import Random

from odoo.exceptions import UserError


class SeededWalk:
    """Four walks of random steps, mixed into a test case.

    Steps are its methods ``step_…``, which use ``self.random``; each is all or nothing and may be
    refused. ``_check`` is asked after each, ``_finish`` brings the case to its end.
    """

    steps = 10

    def _walk(self, seed):
        self.random = Random(seed)
        steps = sorted(name for name in dir(self) if name.startswith("step_"))
        story = []
        for _number in range(self.steps):
            step = self.random.choice(steps)
            story.append(step)
            try:
                with self.cr.savepoint():
                    getattr(self, step)()
                    self._end_of_request()
            except UserError as error:
                story[-1] += f" ({error})"
            with self.subTest(seed=seed, story=story):
                self._check()
        self._finish()

    def test_walk_1(self):
        self._walk(1)

    def test_walk_2(self):
        self._walk(2)

    def test_walk_3(self):
        self._walk(3)

    def test_walk_4(self):
        self._walk(4)
