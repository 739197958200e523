"""Running programs: quietly, with progress, or in our place."""

import contextlib
import fcntl
import os
import re
import shlex
import shutil
import subprocess
import sys
import time

from . import paths

STARTED = time.monotonic()
HEARTBEAT = 10  # seconds between lines of progress where no terminal shows it


class Failed(Exception):
    """A step failed; the message is for the user, the log tells more."""


def say(*words):
    """Print a line with the time elapsed."""
    print(_stamped(" ".join(map(str, words))), flush=True)


def _stamped(text):
    return f"[{time.monotonic() - STARTED:6.1f}s] {text}"


def _command(arguments):
    """Return the command line; the program ends when we are killed, whatever kills us.

    Otherwise an orphan would go on filling the database that the next call starts to make.
    """
    arguments = [str(argument) for argument in arguments]
    if shutil.which("setpriv"):
        return ["setpriv", "--pdeathsig", "KILL", *arguments]
    return arguments


def start(*arguments, **options):
    """Start a program that runs beside us, but not longer."""
    return subprocess.Popen(_command(arguments), **options)


def exit_code(*arguments, **options):
    """Run a command in full view; return its exit code."""
    return subprocess.run(_command(arguments), **options).returncode


def run(*arguments, **options):
    """Run a command in full view; raise Failed if it fails."""
    code = exit_code(*arguments, **options)
    if code:
        raise Failed(f"failed ({code}): {shlex.join(map(str, arguments))}")


def output(*arguments, **options):
    """Return what a short command prints."""
    result = subprocess.run(
        [str(argument) for argument in arguments],
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )
    if result.returncode:
        raise Failed(f"failed ({result.returncode}): {shlex.join(result.args)}")
    return result.stdout


def succeeds(*arguments, **options):
    """Whether a short command ends well; what it prints is dropped."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    arguments = [str(argument) for argument in arguments]
    return subprocess.run(arguments, **quiet, **options).returncode == 0


def become(*arguments, **options):
    """Go on as another program: it gets our terminal, our signals and our exit code."""
    arguments = [str(argument) for argument in arguments]
    sys.stdout.flush()
    os.chdir(options.get("cwd", "."))
    os.execvp(arguments[0], arguments)


def follow(title, *arguments, script=None, **options):
    """Run a long command with its output in a log, showing how far it is.

    `script` is a file given as standard input. Return the log's path.
    """
    log = paths.LOGS / (re.sub(r"\W+", "-", title.lower()).strip("-") + ".log")
    say(title)
    with contextlib.ExitStack() as stack:
        written = stack.enter_context(log.open("wb"))
        read = stack.enter_context(script.open("rb")) if script else subprocess.DEVNULL
        process = start(
            *arguments,
            stdin=read,
            stdout=written,
            stderr=subprocess.STDOUT,
            **options,
        )
        try:
            _watch(process, log)
        except BaseException:  # Ctrl-C, a signal: nothing may go on behind our back
            process.kill()
            process.wait()
            raise
    if process.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-30:])
        raise Failed(f"{tail}\n\n{title}: failed ({process.returncode}); see {log}")
    return log


def _watch(process, log):
    """Wait for the process; show the log's last step on the terminal, or every so often."""
    shown, terminal = time.monotonic(), sys.stdout.isatty()
    while True:
        try:
            process.wait(timeout=0.5)
            break
        except subprocess.TimeoutExpired:
            pass
        if terminal:
            print(f"\r\033[K{_stamped('  … ' + _last_step(log))}", end="", flush=True)
        elif time.monotonic() - shown >= HEARTBEAT:
            shown = time.monotonic()
            say("  …", _last_step(log))
    if terminal:
        print("\r\033[K", end="", flush=True)


def _last_step(log):
    """Return the last thing worth showing of a log: Odoo's module count, or its last line."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 20_000))
        lines = file.read().decode(errors="replace").splitlines()
    for line in reversed(lines):
        if found := re.search(r"Loading module (\S+) \((\d+)/(\d+)\)", line):
            return "module {1} of {2}: {0}".format(*found.groups())
    return lines[-1][:70] if lines else ""


@contextlib.contextmanager
def alone(name="lock"):
    """Let only one `./dev` at a time do this in the environment; the others wait."""
    with (paths.ENV / name).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another ./dev in this environment")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file
