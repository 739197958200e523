"""The checks of `./dev lint`."""

import subprocess
import time

from . import addons, catalogs, node, venv
from .paths import LINT_VENV, REPO
from .process import Failed, say

PYTHON = LINT_VENV / "bin/python"
# A model's concerns may have a file each; the README is the repository's. (In .pylintrc, `enable`
# of the whole plugin would win.)
NOT_OURS = ["consider-merging-classes-inherited", "missing-readme"]
FORMATTED = "**/*.{xml,js,scss}"
SCRIPTS = "static/**/*.js"


def _ruff(fix, database):
    return [PYTHON, "-m", "ruff", "check", *(["--fix"] if fix else []), ".", "dev"]


def _format(fix, database):
    return [PYTHON, "-m", "ruff", "format", *([] if fix else ["--check"]), ".", "dev"]


def _pylint(fix, database):
    return [PYTHON, "-m", "pylint", f"--disable={','.join(NOT_OURS)}", *addons.names()]


def _oca(fix, database):
    return [LINT_VENV / "bin/oca-checks-odoo-module", *(["--fix"] if fix else []), *addons.names()]


def _prettier(fix, database):
    mode = "--write" if fix else "--check"
    return node.command(*node.PRETTIER, mode, *_in_addons(FORMATTED), "*.mjs")


def _eslint(fix, database):
    return node.command(*node.ESLINT, *(["--fix"] if fix else []), *_in_addons(SCRIPTS))


def _in_addons(pattern):
    return [f"{name}/{pattern}" for name in addons.names()]


def _translations(fix, database):
    return catalogs.check_command(database())


CHECKS = {
    "ruff": _ruff,
    "format": _format,
    "pylint": _pylint,
    "oca": _oca,
    "prettier": _prettier,
    "eslint": _eslint,
    "translations": _translations,
}


def run_all(names, fix, database):
    """Run the checks named, or all; return the exit code.

    `database` is called for one with the add-ons installed, only if a check needs it.
    """
    if unknown := set(names) - set(CHECKS):
        raise Failed(f"No such check: {', '.join(unknown)}. There are: {', '.join(CHECKS)}")
    venv.create_for_lint()
    node.install()
    failed = [name for name in names or CHECKS if not _passes(name, fix, database)]
    say(f"lint failed: {', '.join(failed)}" if failed else "lint passed")
    return 1 if failed else 0


def _passes(name, fix, database):
    """Run one check; print what it has to say if it fails."""
    command = [str(argument) for argument in CHECKS[name](fix, database)]
    started = time.monotonic()
    result = subprocess.run(
        command, cwd=REPO, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    verdict = "failed" if result.returncode else "ok"
    say(f"{name}: {verdict} ({time.monotonic() - started:.1f}s)")
    if result.returncode:
        print(result.stdout, flush=True)
    return not result.returncode
