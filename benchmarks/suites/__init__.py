"""What is measured. A suite is a module with ``run(benches, options)`` and ``add_options``."""

from . import cases, refunds

SUITES = {"cases": cases, "refunds": refunds}
