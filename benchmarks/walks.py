"""Random walks of all desks through the house, checked after every step.

``python -m benchmarks.walks --conf odoo.conf --db DATABASE``; the database holds the add-on without
its demo data and is left as it was. Every walk has a seed of its own: what fails is told, and fails
again with ``--seed`` and ``--walks 1``. With ``--guards`` each guard is taken away in turn, until a
walk notices.
"""

from collections import Counter

from .on_tests import run

TOLD_EVERY = 10  # walks


def add_options(parser):
    """Options of this suite."""
    parser.add_argument("--walks", type=int, default=2000, help="walks, or walks per guard")
    parser.add_argument("--steps", type=int, default=35, help="steps of a walk")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first walk")
    parser.add_argument("--guards", action="store_true", help="take the guards away in turn")


def main(registry, options):
    """Take the walks; return the metrics."""
    from odoo.addons.aftersales_publishing.tests import walk, walk_house

    house = walk_house.WalkHouse
    house.setUpClass()
    try:
        if options.guards:
            return _take_guards_away(registry, house, walk.wander, options)
        return _take_walks(house, walk.wander, options)
    finally:
        house.doClassCleanups()


def _take_walks(house, wander, options):
    counts, failures = Counter(), 0
    for seed in range(options.seed, options.seed + options.walks):
        try:
            counts += wander(house, seed, options.steps).counts
        except AssertionError as error:
            failures += 1
            print(f"seed {seed}: {error}\n", flush=True)
        if not (seed - options.seed + 1) % TOLD_EVERY:
            print(f"up to seed {seed}: {failures} failures", flush=True)
    for name in sorted({name for name, _outcome in counts}):
        print(f"{name:25} {counts[name, 'done']:6} done {counts[name, 'refused']:6} refused")
    return {"walks": options.walks, "steps": sum(counts.values()), "failures": failures}


def _take_guards_away(registry, house, wander, options):
    from odoo.addons.aftersales_publishing.tests.guards import GUARDS, taken_away

    unnoticed = 0
    for name in GUARDS:
        with taken_away(registry, name):
            seed = _find_failing_seed(house, wander, options)
        unnoticed += seed is None
        print(f"{name:25} {'not noticed' if seed is None else f'seed {seed}'}", flush=True)
    return {"guards": len(GUARDS), "unnoticed": unnoticed}


def _find_failing_seed(house, wander, options):
    for seed in range(options.seed, options.seed + options.walks):
        try:
            wander(house, seed, options.steps)
        except AssertionError:
            return seed
    return None


if __name__ == "__main__":
    run("walks", __doc__, add_options, main, ("failures", "unnoticed"))
