"""Prettier and eslint. Node itself comes as a Python package, with the linters."""

import shutil

from . import paths
from .paths import NODE, REPO, digest, is_current
from .process import follow

MODULES = NODE / "node_modules"
PRETTIER = [
    MODULES / "prettier/bin/prettier.cjs",
    # a path, since the configuration lies elsewhere than node_modules
    f"--plugin={MODULES}/@prettier/plugin-xml/src/plugin.js",
    "--log-level=warn",
    "--no-error-on-unmatched-pattern",
]
ESLINT = [MODULES / "eslint/bin/eslint.js", "--no-error-on-unmatched-pattern"]


def command(*arguments):
    """Return a command line for Node."""
    return [paths.LINT_VENV / "bin/node", *arguments]


def install():
    """Install what package.json pins. No lock file: it would name the registry's host."""
    package, stamp = REPO / "package.json", NODE / ".stamp"
    wanted = digest(package.read_text())
    if is_current(stamp, wanted):
        return
    shutil.rmtree(NODE, ignore_errors=True)
    NODE.mkdir()
    shutil.copy(package, NODE)
    quiet = ["--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"]
    follow("npm install", paths.LINT_VENV / "bin/npm", "install", *quiet, cwd=NODE)
    stamp.write_text(wanted)
