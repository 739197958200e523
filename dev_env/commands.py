"""What each command of `./dev` does."""

import os
import socket
import time
import urllib.error
import urllib.request

from . import (
    base_database,
    bench_suites,
    catalogs,
    checks,
    demo_database,
    mailbox,
    odoo,
    odoo_source,
    odoo_suites,
    paths,
    postgres,
    suites,
    system,
    test_database,
    venv,
)
from . import landed as landed_sources
from .process import Failed, alone, become, say, start
from .process import run as run_command


def prepare(browser=False):
    """Make everything but the databases."""
    os.environ.setdefault("FC_LANG", "zh-cn")  # PDF: Han characters in their Simplified shapes
    system.install_packages(browser)
    if paths.OWN_ODOO:
        odoo_source.unpack()
        venv.create()
    else:
        venv.check_given()
    postgres.start()
    odoo.write_configuration()


def serve(arguments):
    """Serve the demo database."""
    _check_port()
    with alone():
        prepare()
        database = demo_database.ensure(fresh=_take(arguments, "--fresh"))
    with mailbox.opened():
        server = start(*odoo.command("server", "-d", database, *arguments))
        try:
            _wait_for_page(server, "/web/login")
            say(f"ready: http://127.0.0.1:{paths.PORT}  (admin / admin), Ctrl-C stops it")
            say(f"mail it sends lands in {mailbox.FOLDER}")
            return server.wait()
        finally:
            server.terminate()
            server.wait()


def test(arguments):
    """Run a suite of tests, or all; the exit code is pytest's."""
    if _take(arguments, "--odoo-suites"):
        return _compare_odoo_suites(arguments)
    fresh, every = _take(arguments, "--fresh"), _take(arguments, "--all")
    named = [name for name in suites.ALL if _take(arguments, f"--{name}")]
    wanted = list(suites.ALL) if every else named or ["core"]
    with alone("lock-test") as turn:
        with alone():
            prepare(browser=True)
            _browser()
            ready = {name: suites.ALL[name].database(fresh) for name in wanted}
            os.environ["TEST_BASE_DATABASE"] = base_database.name()
        if len(wanted) > 1:
            return suites.run_all(ready, arguments)
        os.set_inheritable(turn.fileno(), True)  # two test runs would disturb each other
        say("pytest")
        (name,) = wanted
        become(*suites.ALL[name].command(ready[name], arguments), cwd=paths.REPO)


def _compare_odoo_suites(arguments):
    with alone("lock-test"):
        with alone():
            prepare(browser=True)
            _browser()
        return odoo_suites.compare(arguments)


def lint(arguments):
    """Check code and translations."""
    fix = _take(arguments, "--fix")

    def database():
        with alone():
            prepare()
            return test_database.ensure()

    return checks.run_all(arguments, fix, database)


def translate(arguments):
    """Export the .pot files and merge them into the .po files."""
    with alone():
        prepare()
        catalogs.refresh(test_database.ensure())


def story(arguments):
    """Play the story on the demo database."""
    _play("story", arguments)


def bench(arguments):
    """Run a suite of measurements, on databases of its own."""
    name = arguments[0] if arguments else ""
    if name not in bench_suites.ALL:
        raise Failed(f"./dev bench {'|'.join(bench_suites.ALL)} [options]")
    with alone():
        prepare()
    with alone("lock-bench"):
        bench_suites.ALL[name](arguments[1:])


def landed(arguments):
    """Keep the sources of a landed commit for the test of upgrades."""
    if len(arguments) != 1:
        raise Failed("./dev landed COMMIT")
    say("tests_install/landed:", landed_sources.renew(arguments[0]))


def _play(package, arguments):
    if not (paths.REPO / package / "__main__.py").exists():
        raise Failed(f"There is no {package}/ yet.")
    with alone():
        prepare()
        database = demo_database.ensure(fresh=_take(arguments, "--fresh"))
    options = ["--conf", paths.CONF, "--db", database]
    with mailbox.opened():
        run_command(paths.PYTHON, "-m", package, *options, *arguments, cwd=paths.REPO)


def run(arguments):
    """Run a command with the environment's programs and variables."""
    if not arguments:
        raise Failed("./dev run CMD…")
    with alone():
        prepare()
    os.environ.setdefault("ODOO_RC", str(paths.CONF))
    become(*arguments)


def stop(arguments):
    """Stop the private PostgreSQL server."""
    with alone():
        postgres.stop()


def _take(arguments, flag):
    """Remove our own flag from the arguments that are passed on; return whether it was there."""
    if flag not in arguments:
        return False
    arguments.remove(flag)
    return True


def _check_port():
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(paths.PORT)))
        except OSError as error:
            raise Failed(
                f"Port {paths.PORT} is in use. Another one: PORT=8070 ./dev serve"
            ) from error


def _wait_for_page(server, page):
    """Wait until the server answers; the first page also builds the style sheets."""
    while server.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{paths.PORT}{page}", timeout=60).close()
            return
        except urllib.error.HTTPError as error:
            raise Failed(f"The server answers {error}; its log above tells why.") from error
        except OSError:
            time.sleep(0.3)
    raise Failed("The server stopped.")


def _browser():
    """Give Chromium the name Odoo's tests look for first, and flags that keep it offline."""
    browser = paths.BIN / "google-chrome"
    flags = "--disable-quic --disable-component-update --disable-sync"
    browser.write_text(f'#!/bin/sh\nexec "${{CHROME:-chromium}}" {flags} "$@"\n')
    browser.chmod(0o755)
