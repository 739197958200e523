"""The databases of `./dev bench`: one with sale data, and a copy of it for each contender.

Those are kept, since they take minutes to make; a run works on copies of them and drops these.
"""

import contextlib

from . import addons, base_database, databases, fingerprint, odoo, paths
from .paths import REPO, digest, is_current
from .process import follow

SALES = databases.named("bench-sales")
PEERS = paths.ENV / "bench-peers"
REQUIREMENTS_PEERS = REPO / "benchmarks/requirements-peers.txt"
PEER_MODULES = ["helpdesk_mgmt_sla", "rma_sale"]
MADE_BY = ("sales.py", "history.py", "make_sales.py")  # what decides about the sale data

CONTENDERS = ("native", "peers", "documents", "ours")


def addons_path():
    """Return the addons path with the peers' directory, which nobody else has on it."""
    folders = [REPO, PEERS / "odoo/addons"]
    return ",".join(str(folder) for folder in folders if folder.exists())


@contextlib.contextmanager
def copies(contenders):
    """Give ``{contender: database}``, copies to be used up."""
    ready = {name: ensure(name) for name in contenders}
    used = {}
    try:
        for name, database in ready.items():
            used[name] = copy(database, name)
        yield used
    finally:
        databases.drop(*used.values())


def copy(database, name):
    """Copy a database for one run; return the name of the copy."""
    used = databases.named(f"bench-run-{name}")
    with databases.created(used, "one run", template=database):
        pass
    return used


def ensure(contender):
    """Make a contender's database if need be; return its name."""
    sales, content = _ensure_sales()
    name = databases.named(f"bench-{contender}")
    modules, state = _modules(contender)
    wanted = f"{content} {state}"
    if databases.content(name) != wanted:
        with databases.created(name, wanted, template=sales) as new:
            if modules:
                options = ["-i", ",".join(modules), f"--addons-path={addons_path()}"]
                odoo.change_modules(f"install {contender} for the benchmark", new, *options)
    return name


def _modules(contender):
    """Return the modules to install and a digest of what they are."""
    if contender == "ours":
        return addons.standalone(), fingerprint.of_addons(demo=False)
    if contender == "peers":
        _install_peers()
        return PEER_MODULES, digest(REQUIREMENTS_PEERS.read_text())
    return [], contender


def _install_peers():
    stamp, wanted = PEERS / ".stamp", digest(REQUIREMENTS_PEERS.read_text())
    if is_current(stamp, wanted):
        return
    options = ["--no-deps", "--no-compile", "--upgrade", "--target", PEERS]
    pip = [paths.PYTHON, "-m", "pip", "install"]
    follow("pip install the peers", *pip, *options, "-r", REQUIREMENTS_PEERS)
    stamp.write_text(wanted)


def _ensure_sales():
    """Make the sale data if need be; return the database's name and what is in it."""
    base = base_database.ensure()
    made_by = [(REPO / "benchmarks" / file).read_text() for file in MADE_BY]
    wanted = f"{base} {digest(*made_by)}"
    if databases.content(SALES) != wanted:
        with databases.created(SALES, wanted, template=base) as new:
            options = ["--conf", paths.CONF, "--addons-path", REPO, "--db", new]
            command = [paths.PYTHON, "-m", "benchmarks.make_sales", *options]
            follow("sell books for the benchmark", *command, cwd=REPO)
    return SALES, wanted
